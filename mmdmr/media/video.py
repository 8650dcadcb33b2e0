"""Frames of a video file, a network stream or a webcam."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mmdmr.errors import InputError

from .addresses import is_live, without_password
from .decoding import (
    Faults,
    check_size,
    decode,
    open_source,
    upright,
    video_stream,
)
from .images import MAX_PIXELS
from .opening import BadMedia
from .sampling import Sampler, sampler

#: Seconds that may be missing at the end of a video before it is incomplete.
_MISSING_END = 1.0
#: Seconds by which time runs back if it begins anew, not just by a fault.
_RESTART = 0.5


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of a video.

    Args:
        image (np.ndarray): (h, w, 3) uint8, BGR, upright.
        time (float): Seconds from the first frame of a file; POSIX time of
            arrival for a live stream.
        index (int): Number of decoded frames before the frame, also of frames
            that were left out.
    """

    image: np.ndarray
    time: float
    index: int


def read_frames(
    source: str | Path,
    every_frames: int | None = None,
    every_seconds: float | None = None,
    limit: int | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[Frame]:
    """Decode frames one after the other.

    Damaged places of a file are skipped. All good frames are given, then an
    error tells what was damaged or missing: a caller that catches the error
    keeps the frames. Frames are not deinterlaced, and pixels that are not
    square stay so.

    Args:
        source (str | Path): Video file; address such as
            ``rtsp://user:password@camera/1`` or ``https://host/a.mp4``; or
            webcam, such as ``/dev/video0``.
        every_frames (int | None): Every n-th frame, from the first. Defaults
            to None: every frame.
        every_seconds (float | None): The first frame of each interval of that
            many seconds, by the timestamps of the frames. Defaults to None.
        limit (int | None): Largest number of frames. Defaults to None: all.
        max_pixels (int): Largest width times height of a frame. Defaults to
            ``MAX_PIXELS``, 89 million.

    Yields:
        Frame: Frames in the order of display.

    Raises:
        InputError: An option is wrong.
        BadMedia: The source cannot be opened or holds no video. Behind the
            last good frame: the video is damaged, ends early, or the stream
            broke off. Passwords in addresses are not shown.

    Example:
        >>> next(read_frames('gone.mp4'))
        Traceback (most recent call last):
        ...
        mmdmr.media.opening.BadMedia: gone.mp4: No such file or directory
    """
    # Wrong options are told at once, not with the first frame.
    if limit is not None and limit < 1:
        raise InputError(f'limit must be 1 or more, not {limit}')
    wanted = sampler(every_frames, every_seconds)
    return _frames(source, wanted, limit, max_pixels)


def _frames(
    source: str | Path,
    wanted: Sampler,
    limit: int | None,
    max_pixels: int,
) -> Iterator[Frame]:
    name = without_password(str(source))
    with open_source(source, name) as container:
        stream = video_stream(container, name)
        live = is_live(str(source))
        clock, faults, given, index = _Clock(stream), Faults(), 0, -1
        for index, frame in enumerate(decode(container, stream, faults)):
            seconds = clock.read(frame)
            if live:
                seconds = Fraction(time.time())
            if not wanted(index, seconds):
                continue
            check_size(frame, name, max_pixels)
            yield Frame(upright(frame), float(seconds), index)
            given += 1
            if given == limit:
                return
        if index < 0:
            raise BadMedia(name, 'no frame could be decoded')
        reasons = faults.reasons()
        if not live:
            reasons += _missing_end(container, stream, clock.last)
        if reasons:
            reasons.append(f'good frames: {index + 1}')
            raise BadMedia(name, '; '.join(reasons))


class _Clock:
    """Exact seconds from the start of a stream, which never run back.

    Args:
        stream (VideoStream): The stream.

    Attributes:
        last (Fraction): Time of the last frame.
        step (Fraction): Usual time between two frames.
    """

    def __init__(self, stream: VideoStream) -> None:
        self.step = 1 / Fraction(stream.average_rate or 25)
        self.last = -self.step
        self._unit = stream.time_base
        self._start = stream.start_time

    def read(self, frame: VideoFrame) -> Fraction:
        if frame.pts is None or self._unit is None:
            # Streams without timestamps, such as bare H.264.
            self.last += self.step
            return self.last
        if self._start is None:
            self._start = frame.pts
        now = (frame.pts - self._start) * self._unit
        if now < self.last - _RESTART:
            # Recordings that were joined begin their time anew.
            now = self.last + self.step
            self._start = frame.pts - int(now / self._unit)
        self.last = max(now, self.last)
        return self.last


def _missing_end(
    container: InputContainer, stream: VideoStream, last: Fraction
) -> list[str]:
    """Tell if a file is shorter than it says, in one text or none.

    The length of the file is of use only if the video is its one stream:
    sound may be longer.
    """
    if stream.duration is not None and stream.time_base is not None:
        length = float(stream.duration * stream.time_base)
    elif container.duration is not None and len(container.streams) == 1:
        length = container.duration / av.time_base
    else:
        return []
    if length - float(last) <= _MISSING_END:
        return []
    return [f'the video ends after {float(last):.1f} of {length:.1f} seconds']
