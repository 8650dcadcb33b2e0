"""Opening and decoding videos: the parts that all readers of frames share."""

import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .addresses import is_address, is_webcam
from .opening import BadMedia, open_file

#: Seconds without data after which a stream is given up.
TIMEOUT = 15.0


def open_source(source: str | Path, name: str) -> InputContainer:
    """Open a source, without a password in any message.

    Args:
        source (str | Path): Video file, address or webcam.
        name (str): The source without a password.

    Returns:
        InputContainer: The open source; it closes as a context.

    Raises:
        BadMedia: The source cannot be opened.
    """
    address = str(source)
    options, form, timeout = {}, None, None
    if is_address(address):
        # Over UDP, frames of a busy network arrive damaged.
        options, timeout = {'rtsp_transport': 'tcp'}, TIMEOUT
    elif is_webcam(address):
        form, timeout = 'v4l2', TIMEOUT
    else:
        open_file(source).close()
        # A file must not make FFmpeg open anything but files: playlists may
        # name addresses. The prefix keeps "a:b.mp4" from being an address.
        options = {'protocol_whitelist': 'file'}
        address = f'file:{os.path.abspath(source)}'
    try:
        return av.open(
            address,
            format=form,
            options=options,
            timeout=timeout,
            metadata_errors='replace',
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        # The error's own text, and its traceback, show the whole address.
        raise BadMedia(name, f'cannot be opened: {_text(error)}') from None


def _text(error: Exception) -> str:
    if isinstance(error, (av.InvalidDataError, av.EOFError)):
        return 'this is no video, or a video that was never finished'
    return getattr(error, 'strerror', None) or type(error).__name__


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """Find the first stream of moving pictures: covers of music are none.

    Args:
        container (InputContainer): An open source.
        name (str): The source without a password.

    Returns:
        VideoStream: The stream, to be decoded by several threads.

    Raises:
        BadMedia: The source holds no video.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            stream.thread_type = 'AUTO'
            return stream
    raise BadMedia(
        name, 'no video inside, or the recording was cut off or never finished'
    )


class Faults:
    """Counts what could not be decoded.

    Attributes:
        num_damaged (int): Number of frames that were left out.
        end (str): Why reading broke off; '' if it did not.
    """

    def __init__(self) -> None:
        self.num_damaged = 0
        self.end = ''

    def reasons(self) -> list[str]:
        """Tell what is wrong.

        Returns:
            list[str]: One text for each kind of fault.
        """
        reasons = []
        if self.num_damaged:
            reasons.append(f'damaged frames left out: {self.num_damaged}')
        if self.end:
            reasons.append(f'reading broke off: {self.end}')
        return reasons


def decode(
    container: InputContainer, stream: VideoStream, faults: Faults
) -> Iterator[VideoFrame]:
    """Decode frames; count faults instead of raising them.

    Args:
        container (InputContainer): An open source.
        stream (VideoStream): The stream to decode, from where the container
            stands.
        faults (Faults): Counts the faults.

    Yields:
        VideoFrame: Good frames in the order of display.
    """
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError as error:
            faults.end = _text(error)
            packet = None
        try:
            # Without a packet, frames that the decoder kept back come out.
            frames = stream.decode(packet)
        except av.EOFError:
            frames = []
        except av.FFmpegError:
            faults.num_damaged += 1
            frames = []
        for frame in frames:
            if frame.is_corrupt:
                faults.num_damaged += 1
            else:
                yield frame
        if packet is None:
            return


def check_size(frame: VideoFrame, name: str, max_pixels: int) -> None:
    """Check the size of a frame before it is converted.

    Args:
        frame (VideoFrame): The frame.
        name (str): The source without a password.
        max_pixels (int): Largest width times height.

    Raises:
        BadMedia: The frame is larger.
    """
    if frame.width * frame.height > max_pixels:
        raise BadMedia(
            name,
            f'frames of {frame.width} x {frame.height} pixels are more than '
            f'the limit of {max_pixels}',
        )


def upright(frame: VideoFrame) -> np.ndarray:
    """Convert a frame and turn it as a player does.

    Args:
        frame (VideoFrame): The frame.

    Returns:
        np.ndarray: (h, w, 3) uint8, BGR.
    """
    image = frame.to_ndarray(format='bgr24')
    # Both count quarter turns counterclockwise.
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))
