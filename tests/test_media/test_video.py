"""Frames of videos of every kind and state."""

import contextlib
import functools
import http.server
import threading
import time
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest
from video_samples import cut, write_sound, write_video

from mmdmr.errors import InputError
from mmdmr.media import decoding
from mmdmr.media.opening import BadMedia
from mmdmr.media.video import read_frames


def read(source, **options):
    """Frames, and the error behind them."""
    frames = []
    try:
        for frame in read_frames(source, **options):
            frames.append(frame)
    except BadMedia as error:
        return frames, error
    return frames, None


def greys(frames):
    return [int(frame.image.mean()) for frame in frames]


@pytest.mark.parametrize('codec', ['mpeg4', 'libx264'])
@pytest.mark.parametrize('suffix', ['mp4', 'mkv', 'ts', 'mov'])
def test_all_frames(codec, suffix, tmp_path):
    path = tmp_path / f'a.{suffix}'
    write_video(path, 25, codec=codec)
    frames, error = read(path)
    assert error is None
    assert [frame.index for frame in frames] == list(range(25))
    np.testing.assert_allclose(
        [frame.time for frame in frames], np.arange(25) / 25, atol=1e-3
    )
    np.testing.assert_allclose(greys(frames), np.arange(25) * 9, atol=6)
    image = frames[3].image
    assert image.shape == (32, 48, 3) and image.dtype == np.uint8
    assert image.flags.c_contiguous


def test_pixels_are_those_of_opencv(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    image = cv2.resize(image, (96, 64), interpolation=cv2.INTER_LINEAR)
    write_video(tmp_path / 'a.mp4', [image])
    (frame,), _ = read(tmp_path / 'a.mp4')
    wanted = cv2.VideoCapture(str(tmp_path / 'a.mp4')).read()[1]
    assert np.abs(frame.image.astype(int) - wanted).max() <= 2
    # Blue first.
    assert np.abs(frame.image.astype(int) - image).mean() < 12


@pytest.mark.parametrize('suffix', ['mp4', 'mkv'])
def test_a_variable_rate(suffix, tmp_path):
    times = [0, 40, 80, 500, 990, 1000, 1400, 3700, 4000]
    path = tmp_path / f'a.{suffix}'
    write_video(path, len(times), times=times)
    frames, error = read(path)
    assert error is None
    np.testing.assert_allclose(
        [frame.time for frame in frames], np.array(times) / 1000, atol=1e-6
    )
    frames, _ = read(path, every_seconds=0.5)
    assert [frame.index for frame in frames] == [0, 3, 5, 7, 8]
    frames, _ = read(path, every_frames=4)
    assert [frame.index for frame in frames] == [0, 4, 8]
    frames, error = read(path, every_frames=2, limit=2)
    assert [frame.index for frame in frames] == [0, 2] and error is None


def test_time_begins_with_the_first_frame(tmp_path):
    write_video(tmp_path / 'a.mkv', 3, times=[2000, 2040, 2100])
    frames, _ = read(tmp_path / 'a.mkv')
    np.testing.assert_allclose([f.time for f in frames], [0, 0.04, 0.1])


def test_time_never_runs_back(tmp_path):
    """Transport streams that are joined begin their time anew."""
    write_video(tmp_path / 'a.ts', 25)
    content = (tmp_path / 'a.ts').read_bytes()
    (tmp_path / 'b.ts').write_bytes(content + content)
    frames, _ = read(tmp_path / 'b.ts')
    assert len(frames) >= 49
    steps = np.diff([frame.time for frame in frames])
    assert steps.min() >= 0 and steps.max() < 0.2
    assert len(read(tmp_path / 'b.ts', every_seconds=0.5)[0]) in (4, 5)


def test_bare_h264_has_the_time_of_its_rate(tmp_path):
    write_video(tmp_path / 'a.h264', 10, codec='libx264')
    frames, error = read(tmp_path / 'a.h264')
    assert error is None
    np.testing.assert_allclose(
        [frame.time for frame in frames], np.arange(10) / 25
    )


@pytest.mark.parametrize('rotation, turns', [(0, 0), (90, 1), (-90, 3)])
def test_rotation(rotation, turns, tmp_path):
    image = np.zeros((32, 48, 3), np.uint8)
    image[:16, :16] = 255
    write_video(tmp_path / 'a.mp4', [image], rotation=rotation)
    (frame,), _ = read(tmp_path / 'a.mp4')
    assert frame.image.flags.c_contiguous
    wanted = np.rot90(image, turns)
    assert frame.image.shape == wanted.shape
    assert np.abs(frame.image.astype(int) - wanted).mean() < 8


def test_one_frame(tmp_path):
    write_video(tmp_path / 'a.mp4', 1)
    frames, error = read(tmp_path / 'a.mp4')
    assert [(f.time, f.index) for f in frames] == [(0, 0)] and error is None


@pytest.mark.parametrize('codec', ['mpeg4', 'libx264'])
@pytest.mark.parametrize(
    'suffix, options', [('mkv', {}), ('mp4', dict(movflags='faststart'))]
)
def test_a_video_that_ends_early_gives_what_it_has(
    codec, suffix, options, tmp_path
):
    rng = np.random.default_rng(0)
    images = list(rng.integers(0, 256, (75, 32, 48, 3), dtype=np.uint8))
    path = tmp_path / f'a.{suffix}'
    write_video(path, images, codec=codec, **options)
    whole, error = read(path)
    assert len(whole) == 75 and error is None
    cut(path, path, 0.5)
    frames, error = read(path)
    assert 20 < len(frames) < 50
    for frame, other in zip(frames, whole):
        assert frame.time == other.time
    assert (frames[5].image == whole[5].image).all()
    assert str(path) in str(error)
    assert f'good frames: {len(frames)}' in str(error)
    # Whoever wants less is not told.
    assert read(path, limit=5)[1] is None


@pytest.mark.parametrize(
    'codec, hole, good, end',
    [
        ('mpeg4', 300, 45, ''),
        ('libx264', 1000, 24, 'ends after 0.9 of 2.0'),
        # A decoder that raises an error instead of marking the frame.
        ('ffv1', 1000, 38, ''),
    ],
)
def test_damaged_places_are_skipped(codec, hole, good, end, tmp_path):
    """Without another key frame, H.264 gives nothing behind the damage."""
    images = list(
        np.random.default_rng(0).integers(0, 256, (50, 32, 48, 3), np.uint8)
    )
    write_video(tmp_path / 'a.mkv', images, codec=codec)
    content = bytearray((tmp_path / 'a.mkv').read_bytes())
    middle = len(content) // 2
    content[middle : middle + hole] = bytes(hole)
    (tmp_path / 'a.mkv').write_bytes(content)
    frames, error = read(tmp_path / 'a.mkv')
    assert abs(len(frames) - good) < 5
    assert 'damaged frames left out: 1; ' in error.reason
    assert error.reason.endswith(f'good frames: {len(frames)}')
    assert end in error.reason


def test_files_without_frames(tmp_path):
    write_sound(tmp_path / 'sound.mp4')
    write_video(tmp_path / 'whole.mp4', 25)
    # The index of the frames is at the end.
    cut(tmp_path / 'whole.mp4', tmp_path / 'unfinished.mp4', 0.8)
    write_video(tmp_path / 'none.mkv', 1)
    content = (tmp_path / 'none.mkv').read_bytes()
    # Element "cluster", which holds the frames.
    (tmp_path / 'none.mkv').write_bytes(
        content[: content.index(b'\x1f\x43\xb6\x75') + 4]
    )
    (tmp_path / 'text.mp4').write_text('no video ' * 100)
    (tmp_path / 'empty.mp4').touch()
    (tmp_path / 'folder.mp4').mkdir()
    for name, reason in (
        ('sound.mp4', 'no video inside'),
        ('unfinished.mp4', '(no video inside|cannot be opened).*finished'),
        ('none.mkv', 'no frame could be decoded'),
        ('text.mp4', 'cannot be opened: this is no video'),
        ('empty.mp4', 'the file is empty'),
        ('folder.mp4', 'this is no regular file'),
        ('gone.mp4', 'No such file'),
    ):
        frames, error = read(tmp_path / name)
        assert not frames
        with pytest.raises(BadMedia, match=f'{name}: {reason}'):
            raise error


def test_a_cover_is_no_video(tmp_path):
    write_video(tmp_path / 'a.mp4', 2)
    with av.open(str(tmp_path / 'a.mp4')) as container:
        stream = container.streams.video[0]
        cover = SimpleNamespace(disposition=av.stream.Disposition.attached_pic)
        streams = SimpleNamespace(video=[cover, stream])
        found = decoding.video_stream(SimpleNamespace(streams=streams), 'a')
        assert found is stream
        streams.video = [cover]
        with pytest.raises(BadMedia, match='a: no video inside'):
            decoding.video_stream(SimpleNamespace(streams=streams), 'a')


def test_large_frames_are_refused(tmp_path):
    write_video(tmp_path / 'a.mp4', 2)
    with pytest.raises(BadMedia, match='48 x 32 pixels .* limit of 1535'):
        next(read_frames(tmp_path / 'a.mp4', max_pixels=32 * 48 - 1))


def test_names_are_no_addresses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('a:b.mp4', 'concat:a.mp4', 'Zoë 人.mp4', '-i.mp4', 'a%d.mp4'):
        write_video(tmp_path / name, 1)
        assert len(read(name)[0]) == 1


def test_a_playlist_opens_no_address(tmp_path):
    """A file may be a list of addresses."""
    with served(tmp_path) as (address, requests):
        (tmp_path / 'a.m3u8').write_text(
            '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n'
            f'{address}/b.ts\n#EXT-X-ENDLIST\n'
        )
        frames, error = read(tmp_path / 'a.m3u8')
        assert not frames and error is not None
        assert not requests


def test_options_are_checked_before_the_file():
    with pytest.raises(InputError, match='not both'):
        read_frames('gone.mp4', every_frames=1, every_seconds=1.0)
    with pytest.raises(InputError, match='limit must be 1 or more, not 0'):
        read_frames('gone.mp4', limit=0)


@contextlib.contextmanager
def served(folder):
    """A server of files, its address, and the list of its requests."""
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            requests.append(self.path)

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        try:
            yield f'http://127.0.0.1:{server.server_port}', requests
        finally:
            server.shutdown()


def test_http(tmp_path):
    write_video(tmp_path / 'a.mp4', 10)
    with served(tmp_path) as (address, requests):
        secret = address.replace('//', '//me:secret@')
        frames, error = read(f'{secret}/a.mp4', every_frames=5)
        assert [frame.index for frame in frames] == [0, 5] and error is None
        assert frames[1].time == pytest.approx(0.2)
        assert requests
        _, error = read(f'{secret}/gone.mp4')
        assert 'secret' not in str(error) and '//me@127.0.0.1' in str(error)
        assert error.__cause__ is None and error.__suppress_context__
    _, error = read(f'{secret}/a.mp4')
    assert 'cannot be opened: Connection refused' in str(error)


def test_how_streams_are_opened(tmp_path, monkeypatch):
    """Of a live stream the time is that of arrival."""
    write_video(tmp_path / 'a.mkv', 100)
    cut(tmp_path / 'a.mkv', tmp_path / 'cut.mkv', 0.5)
    calls, real = [], av.open

    def opened(address, **options):
        calls.append((address, options))
        return real(str(tmp_path / 'cut.mkv'))

    monkeypatch.setattr(av, 'open', opened)
    before = time.time()
    frames, error = read('rtsp://me:secret@camera/1')
    assert error is None
    times = [frame.time for frame in frames]
    assert before <= times[0] and times == sorted(times)
    assert times[-1] <= time.time()
    read('/dev/video0', limit=1)
    (_, stream), (device, webcam) = calls
    assert calls[0][0] == 'rtsp://me:secret@camera/1'
    assert stream['options'] == {'rtsp_transport': 'tcp'}
    assert stream['timeout'] == webcam['timeout'] == decoding.TIMEOUT
    assert (device, webcam['format']) == ('/dev/video0', 'v4l2')


def test_a_stream_that_breaks_off(tmp_path, monkeypatch):
    write_video(tmp_path / 'a.mp4', 20)
    real = av.open

    class Broken:
        """A container whose connection times out after ten packets."""

        def __init__(self, container):
            self.container = container

        def __getattr__(self, name):
            return getattr(self.container, name)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.container.close()

        def demux(self, stream):
            for i, packet in enumerate(self.container.demux(stream)):
                if i == 10:
                    raise av.TimeoutError(110, 'Connection timed out')
                yield packet

    monkeypatch.setattr(
        av, 'open', lambda *args, **options: Broken(real(tmp_path / 'a.mp4'))
    )
    frames, error = read('rtsp://me:secret@camera/1')
    assert len(frames) == 10
    assert str(error) == (
        'rtsp://me@camera/1: reading broke off: Connection timed out; '
        'good frames: 10'
    )


def test_a_video_is_closed_with_its_generator(tmp_path, monkeypatch):
    write_video(tmp_path / 'a.mp4', 5)
    containers, real = [], av.open

    def opened(*args, **options):
        containers.append(real(*args, **options))
        return containers[-1]

    monkeypatch.setattr(av, 'open', opened)
    frames = read_frames(tmp_path / 'a.mp4')
    next(frames)
    frames.close()
    with pytest.raises(AssertionError, match='Container is not open'):
        next(containers[0].demux())
