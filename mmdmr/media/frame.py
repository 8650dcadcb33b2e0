"""One frame of a video, found without decoding what lies before it."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .addresses import without_password
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
from .video import read_frames

#: Seconds before the frame at which decoding starts: at the key frame before
#: it, or further back where a file has no exact index.
_STARTS = (0, 5, 30)
#: Formats (FFmpeg's names) whose timestamps belong to other frames for some
#: seconds behind the place where reading starts: MPEG programme streams.
_INEXACT = frozenset(('mpeg',))
#: Seconds by which rounding may change a time.
_ROUNDING = 1e-6


def read_frame(
    source: str | Path, time: float, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Read the frame that is shown at a time.

    Decoding starts at the key frame before it, so a frame at the end of a
    long video takes no longer than one at the beginning. Videos without
    timestamps or key frames, and MPEG programme streams (``.mpg``, ``.vob``),
    are decoded from their start. In a recording that was joined from several,
    whose time begins anew, the frame may be another one.

    Args:
        source (str | Path): Video file, or the address of one.
        time (float): Seconds from the start, as ``Frame.time`` of
            :func:`~.video.read_frames`. Without a frame of exactly that time,
            the next one is read.
        max_pixels (int): Largest width times height of the frame. Defaults to
            ``MAX_PIXELS``, 89 million.

    Returns:
        np.ndarray: (h, w, 3) uint8, BGR, upright.

    Raises:
        BadMedia: The source cannot be opened, holds no video, or ends before
            the time.

    Example:
        >>> read_frame('gone.mp4', 3.2)
        Traceback (most recent call last):
        ...
        mmdmr.media.opening.BadMedia: gone.mp4: No such file or directory
    """
    name = without_password(str(source))
    with open_source(source, name) as container:
        frame = _seek(container, video_stream(container, name), time)
        if frame is not None:
            check_size(frame, name, max_pixels)
            return upright(frame)
    try:
        for later in read_frames(source, max_pixels=max_pixels):
            if later.time >= time - _ROUNDING:
                return later.image
    except BadMedia as error:
        raise BadMedia(
            name, f'no frame at {time:.2f} seconds; {error.reason}'
        ) from error
    raise BadMedia(name, f'the video ends before {time:.2f} seconds')


def _seek(
    container: InputContainer, stream: VideoStream, time: float
) -> VideoFrame | None:
    """First frame at or after a time; None if it is not sure to be that."""
    unit, start = stream.time_base, stream.start_time
    if unit is None or start is None or container.format.name in _INEXACT:
        return None
    # Rounding gives back the exact timestamp from which the time was made.
    target = start + round(Fraction(time) / unit)
    for seconds in _STARTS:
        try:
            container.seek(target - int(seconds / unit), stream=stream)
        except av.FFmpegError:
            return None
        is_exact = False
        for frame in decode(container, stream, Faults()):
            if frame.pts is None:
                return None
            # Frames ahead of a key frame lack what they are made from. A key
            # frame behind the time may have frames before it.
            is_exact |= frame.key_frame and frame.pts <= target
            if frame.pts >= target:
                if is_exact:
                    return frame
                break
    return None
