"""Pictures into a gallery."""

import os
import signal
import subprocess
import sys

import cv2
import pytest
from photo_folder import index, make_photo_folder, picture
from tool_runner import tool

from mmdmr.gallery import Gallery


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_photo_folder(tmp_path)
    return tmp_path


def test_what_is_there_is_passed_over(folder, capsys):
    index()
    capsys.readouterr()
    assert tool('index_gallery')(['photos', '--gallery', 'g']) == 0
    assert '3 unchanged' in capsys.readouterr().out
    (folder / 'photos/c1_b.png').unlink()
    index()
    assert '1 files are gone: kept' in capsys.readouterr().out
    index('--prune')
    assert '1 files are gone: removed' in capsys.readouterr().out
    with Gallery.open('g') as gallery:
        assert len(gallery) == 4


def test_bad_files_are_counted_and_named(folder, capsys):
    (folder / 'photos/d.jpg').write_text('no picture')
    assert index() == 0
    out = capsys.readouterr().out
    assert '1 files could not be read' in out and 'd.jpg: ' in out
    assert index() == 0  # nothing is new, but three pictures are good
    assert '3 unchanged' in capsys.readouterr().out
    (folder / 'bad').mkdir()
    (folder / 'bad/e.jpg').write_text('no picture')
    argv = ['bad', '--gallery', 'g', '--model', 'two.yaml']
    assert tool('index_gallery')(argv) == 1  # nothing at all could be read


def test_names_cannot_write_to_the_terminal(folder, capsys):
    (folder / 'photos/\x1b[31m\n.jpg').write_text('no picture')
    index()
    out = capsys.readouterr().out
    assert r'\x1b[31m\n.jpg: ' in out and '\x1b' not in out
    assert tool('gallery_info')(['g']) == 0
    out = capsys.readouterr().out
    assert r'\x1b[31m\n.jpg: ' in out and '\x1b' not in out


def test_an_indexing_that_is_killed_goes_on(folder):
    for i in range(60):
        cv2.imwrite(str(folder / f'photos/x{i}.png'), picture('red', 'blue'))
    argv = [sys.executable, '-m', 'mmdmr', 'index_gallery', 'photos']
    argv += ['--gallery', 'g', '--model', 'two.yaml', '--batch-size', '1']
    env = {**os.environ, 'OMP_NUM_THREADS': '1'}
    kills = 0
    for lines in (1, 2):
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, text=True, env=env
        )
        for line in process.stdout:
            if '/' in line:
                lines -= 1
            if not lines:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
        process.wait()
        process.stdout.close()
    assert kills
    with Gallery.open('g') as gallery:
        assert 0 < gallery.num_files < 63
    assert subprocess.run(argv, env=env, capture_output=True).returncode == 0
    with Gallery.open('g') as gallery:
        assert (gallery.num_files, len(gallery)) == (63, 126)
