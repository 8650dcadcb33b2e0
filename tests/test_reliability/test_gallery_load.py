"""A gallery that many threads search while it changes."""

import threading

import numpy as np
import pytest
from tool_runner import tool

from mmdmr.gallery import Gallery
from mmdmr.gallery.resident import Resident
from mmdmr.gallery.searching import Searcher
from mmdmr.gallery.store import Store
from mmdmr.reliability.gallery_load import check_load


def load(tmp_path, searches=200, threads=4, limit=1e9, **options):
    return check_load(
        tmp_path / 'g',
        searches,
        threads,
        persons=200,
        dim=16,
        limit=limit,
        **options,
    )


@pytest.mark.parametrize('index', [False, True])
def test_every_answer_is_right(tmp_path, index):
    found = load(tmp_path, index=index)
    assert found.problems == []
    assert found.searches == 200
    assert found.changes >= 200 // 5 - 1
    assert 1 <= found.states < 20
    assert 0 < found.median <= found.slowest
    assert found.log_bytes > 0
    assert 0.95 < found.recall <= 1


def test_the_command(tmp_path, capsys):
    argv = ['--searches', '40', '--threads', '2', '--limit-mb', '999']
    argv += ['--work-dir', str(tmp_path / 'new')]
    assert tool('check_gallery')(argv) == 0
    printed = capsys.readouterr().out
    assert printed.startswith('40 searches by 2 threads')
    assert printed.endswith('all right\n')
    assert not list((tmp_path / 'new').iterdir())
    assert tool('check_gallery')([*argv, '--patience', '0']) == 1
    assert 'PROBLEM: ' in capsys.readouterr().out


def wrong_similarity(self, rows, codes=Store.codes):
    found = codes(self, rows).copy()
    found[: len(found) // 2, 0] += 0.01
    return found


def keeps_removed(self, removed, refresh=Resident.refresh):
    refresh(self, np.empty(0, dtype=np.int64))


def never_follows(self, refresh=Searcher.refresh):
    if self._generation == -1:
        refresh(self)


def loses_a_person(self, kept, size, blocks=Resident.blocks):
    return blocks(self, kept.take(slice(1, None)), size)


def other_person(self, rows, read=Gallery.read):
    return read(self, rows)[::-1]


@pytest.mark.parametrize(
    'owner,name,broken,problem',
    [
        (Store, 'codes', wrong_similarity, ', not 0.'),
        (Resident, 'refresh', keeps_removed, 'person'),
        (Searcher, 'refresh', never_follows, 'person'),
        (Resident, 'blocks', loses_a_person, 'is missing'),
        (Gallery, 'read', other_person, 'is not of'),
    ],
)
def test_the_check_finds_a_broken_search(
    tmp_path, monkeypatch, owner, name, broken, problem
):
    monkeypatch.setattr(owner, name, broken)
    found = load(tmp_path)
    assert any(problem in text for text in found.problems), found.problems


def test_a_lock_up_is_found(tmp_path, monkeypatch):
    held = threading.Event()
    monkeypatch.setattr(
        Searcher, 'search', lambda *args, **kwargs: held.wait(60)
    )
    found = load(tmp_path, patience=0.5)
    held.set()
    assert 'a search or a change took over 0.5 s' in ' '.join(found.problems)


def test_a_rise_of_the_memory_is_found(tmp_path, monkeypatch):
    kept = []

    def search(self, *args, search=Searcher.search, **kwargs):
        kept.append(np.ones(50_000))
        return search(self, *args, **kwargs)

    monkeypatch.setattr(Searcher, 'search', search)
    found = load(tmp_path, searches=400, limit=20e6)
    assert 'memory rose by' in ' '.join(found.problems)
