"""When is the person of a picture in a video?"""

import json

import pytest
from photo_folder import FIRST, make_photo_folder, picture
from tool_runner import tool
from video_samples import write_video

from mmdmr.cli.commands import search_video
from mmdmr.gallery import Gallery


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_photo_folder(tmp_path)
    return tmp_path


def test_a_video(folder, capsys):
    frames = [picture('red', 'blue')] * 10 + [picture('green', 'pink')] * 10
    write_video(folder / 'a.mp4', frames, fps=5)
    argv = ['a.mp4', '--query', 'anna.png', *FIRST]
    argv += ['--model', 'two.yaml', '--out', 'found', '--top-k', '1']
    assert tool('search_video')(argv) == 0
    out = capsys.readouterr().out
    assert '16 persons in 8 frames' in out
    content = json.loads((folder / 'found/hits.json').read_text())
    (hit,) = content['queries'][0]['hits']
    assert (hit['start'], hit['end'], hit['num_views']) == (0.0, 1.6, 4)
    # Nothing is left but the result.
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *('photos', 'anna.png', 'a.mp4', 'found'),
        *('two.yaml', 'detector.onnx', 'reid.onnx'),
    }
    tool('search_video')([*argv, '--gallery', 'g'])
    with Gallery.open('g') as gallery:
        assert gallery.sources() == ['a.mp4']


def test_an_interrupted_stream_is_searched(folder, capsys, monkeypatch):
    frames = [picture('red', 'blue')] * 40
    write_video(folder / 'a.mp4', frames, fps=5)

    def interrupted(items, total):
        for number, item in enumerate(items):
            if number == 31:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr(search_video, 'progress', interrupted)
    argv = ['a.mp4', '--query', 'anna.png', *FIRST, '--every-frames', '1']
    argv += ['--model', 'two.yaml', '--out', 'found', '--top-k', '1']
    assert tool('search_video')(argv) == 0
    assert 'so far' in capsys.readouterr().out
    content = json.loads((folder / 'found/hits.json').read_text())
    # Two batches of 16 frames were stored.
    assert content['queries'][0]['hits'][0]['num_views'] == 32


def test_a_query_without_a_person_shows_before_decoding(
    folder, capsys, monkeypatch
):
    write_video(folder / 'a.mp4', [picture('red', 'blue')] * 5, fps=5)

    def never(items, total):
        raise AssertionError('the video was decoded')

    monkeypatch.setattr(search_video, 'progress', never)
    argv = ['a.mp4', '--query', 'anna.png', '--box', '500,0,600,50']
    argv += ['--model', 'two.yaml', '--out', 'found']
    with pytest.raises(SystemExit):
        tool('search_video')(argv)
    assert 'holds no pixel' in capsys.readouterr().err
