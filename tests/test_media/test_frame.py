"""One frame of a video, of those that reading in order gives."""

import time

import numpy as np
import pytest
from video_samples import cut, write_video

from mmdmr.media import frame as frame_module
from mmdmr.media.frame import read_frame
from mmdmr.media.opening import BadMedia
from mmdmr.media.video import read_frames


@pytest.fixture
def is_sought(monkeypatch):
    """Fails a test in which a video is decoded from its start."""

    def refuse(*args, **kwargs):
        raise AssertionError('decoded from the start')

    monkeypatch.setattr(frame_module, 'read_frames', refuse)


def moving(num, seed=0):
    """A picture that moves: every frame differs from all others."""
    picture = np.random.default_rng(seed).integers(0, 256, (8, 80, 3))
    picture = picture.astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    return [np.ascontiguousarray(picture[:, i : i + 96]) for i in range(num)]


@pytest.mark.parametrize('codec', ['mpeg4', 'libx264'])
@pytest.mark.parametrize('suffix', ['mp4', 'mkv', 'ts', 'mov'])
def test_every_frame_is_found(codec, suffix, tmp_path, is_sought):
    path = tmp_path / f'a.{suffix}'
    write_video(path, moving(60), codec=codec)
    for frame in read_frames(path):
        assert np.array_equal(read_frame(path, frame.time), frame.image)


def test_a_format_whose_seeking_shifts_the_times(tmp_path):
    path = tmp_path / 'a.mpg'
    # Small frames, of which a packet holds several: numbers as bars.
    bits = np.arange(120)[:, None] >> np.arange(8) & 1
    bars = (20 + 210 * bits).astype(np.uint8).repeat(12, axis=1)
    write_video(
        path,
        [np.tile(row[None, :, None], (64, 1, 3)) for row in bars],
        codec='mpeg2video',
    )
    for frame in list(read_frames(path))[100:]:
        assert np.array_equal(read_frame(path, frame.time), frame.image)


@pytest.mark.parametrize('suffix', ['mp4', 'mkv'])
def test_a_variable_rate(suffix, tmp_path, is_sought):
    times = [0, 40, 80, 500, 990, 1000, 1400, 3700, 4000]
    path = tmp_path / f'a.{suffix}'
    write_video(path, moving(len(times)), times=times)
    frames = list(read_frames(path))
    for frame in frames:
        assert np.array_equal(read_frame(path, frame.time), frame.image)
    # between two frames: the next
    assert np.array_equal(read_frame(path, 0.3), frames[3].image)


def test_a_video_without_timestamps(tmp_path):
    path = tmp_path / 'a.h264'
    write_video(path, moving(20), codec='libx264')
    for frame in read_frames(path, every_frames=5):
        assert np.array_equal(read_frame(path, frame.time), frame.image)


def test_rotation(tmp_path):
    path = tmp_path / 'a.mp4'
    write_video(path, moving(3), rotation=90)
    frames = list(read_frames(path))
    image = read_frame(path, frames[2].time)
    assert image.shape == (96, 64, 3)
    assert np.array_equal(image, frames[2].image)


def test_the_start_is_not_decoded(tmp_path, is_sought):
    """Of a minute with a key frame every ten seconds."""
    path = tmp_path / 'a.mp4'
    write_video(path, moving(240) * 6, codec='libx264')
    begin = time.perf_counter()
    first = read_frame(path, 0)
    middle = time.perf_counter()
    last = read_frame(path, 1439 / 25)
    end = time.perf_counter()
    assert not np.array_equal(first, last)
    assert end - middle < 10 * (middle - begin) + 0.1


@pytest.mark.parametrize('seconds', [1.0, 1e6])
def test_no_frame_at_a_time(seconds, tmp_path):
    write_video(tmp_path / 'a.mp4', 25)
    with pytest.raises(BadMedia, match=r'a\.mp4: .* seconds'):
        read_frame(tmp_path / 'a.mp4', seconds)


def test_a_video_that_was_cut(tmp_path):
    write_video(tmp_path / 'a.mkv', moving(50))
    cut(tmp_path / 'a.mkv', tmp_path / 'b.mkv', 0.5)
    start = read_frame(tmp_path / 'a.mkv', 0.2)
    assert np.array_equal(read_frame(tmp_path / 'b.mkv', 0.2), start)
    with pytest.raises(BadMedia, match=r'b\.mkv: no frame at 1\.80 seconds'):
        read_frame(tmp_path / 'b.mkv', 1.8)


def test_bad_files(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'junk' * 99)
    with pytest.raises(BadMedia, match=r'a\.mp4: cannot be opened'):
        read_frame(tmp_path / 'a.mp4', 0)
    write_video(tmp_path / 'b.mp4', 3)
    with pytest.raises(BadMedia, match='more than the limit of 100'):
        read_frame(tmp_path / 'b.mp4', 0, max_pixels=100)
