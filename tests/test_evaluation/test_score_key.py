"""Keys of rows of metrics, both ways."""

from dataclasses import fields
from itertools import product
from pathlib import Path

import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import ScoreKey

DOCS = Path(__file__).parents[2] / 'docs'
OPTIONS = ('cbgm', 'cws', 'qe', 'rerank', 'gt', 'strict')


def all_keys():
    for name, *used in product(
        ('all', 'G100', 'cross-camera', 'a.b+c', '+gt'), *[(False, True)] * 6
    ):
        yield ScoreKey(name, **dict(zip(OPTIONS, used)))
    for thr, labelled in product((0, 0.5, 0.01, 1, 1e-5, 0.25), (False, True)):
        yield ScoreKey(score_thr=thr, labelled=labelled)


@pytest.mark.parametrize('key', [*all_keys()], ids=str)
def test_what_is_written_is_read(key):
    assert ScoreKey.parse(str(key)) == key


@pytest.mark.parametrize(
    'text, key',
    [
        ('search.all', ScoreKey('all')),
        (
            'search.G50+cbgm+cws+gt+strict',
            ScoreKey('G50', cbgm=True, cws=True, gt=True, strict=True),
        ),
        (
            'search.all+qe+rerank+gt',
            ScoreKey('all', qe=True, rerank=True, gt=True),
        ),
        ('detection@0.5', ScoreKey(score_thr=0.5)),
        (
            'detection-labelled@0.01',
            ScoreKey(score_thr=0.01, labelled=True),
        ),
    ],
)
def test_grammar(text, key):
    assert str(key) == text and ScoreKey.parse(text) == key
    assert key.is_search == text.startswith('search')


@pytest.mark.parametrize(
    'text',
    ['', 'search', 'search.', 'search/mAP', 'detection', 'detection@', 'mAP']
    + ['detection@x', 'histogram.search.full+gt', 'detection-labeled@0.5'],
)
def test_other_texts_are_refused(text):
    with pytest.raises(InputError, match='no key of metrics'):
        ScoreKey.parse(text)


def test_a_key_is_of_a_search_or_a_detection():
    for wrong in (dict(), dict(protocol='all', score_thr=0.5)):
        with pytest.raises(ValueError, match='either a protocol or'):
            ScoreKey(**wrong)


@pytest.mark.parametrize(
    'text, short',
    [
        ('search.all', 'search'),
        ('search.all+cbgm+gt', 'search+cbgm+gt'),
        ('search.all-day', 'search.all-day'),
        ('search.G50+gt', 'search.G50+gt'),
        ('detection@0.2', 'detection'),
        ('detection-labelled@0.2', 'detection-labelled'),
        ('detection@0.01', 'detection@0.01'),
    ],
)
def test_short_form_leaves_out_headline_and_threshold(text, short):
    assert ScoreKey.parse(text).short('all', 0.2) == short


def test_every_option_is_tested_and_described():
    options = {
        field.name for field in fields(ScoreKey) if 'bool' in str(field.type)
    }
    assert set(OPTIONS) == options - {'labelled'}
    guide = (DOCS / 'evaluation.md').read_text('utf-8')
    assert [name for name in OPTIONS if f'| `+{name}` |' not in guide] == []
