"""Small videos, made with PyAV."""

from fractions import Fraction

import av
import numpy as np


def write_video(
    path,
    images=25,
    times=None,
    fps=25,
    codec='mpeg4',
    rotation=None,
    **options,
):
    """Write a video.

    Args:
        path (Path): File; its suffix chooses the container.
        images (int | list): BGR images with even sides, or the number of
            frames whose grey values are 0, 9, 18 ...
        times (list[int] | None): Milliseconds of the frames.
        fps (int): Frames a second, without ``times``.
        codec (str): Encoder.
        rotation (int | None): Degrees counterclockwise that the player turns
            the frames by.
        options: Options of the container.
    """
    if isinstance(images, int):
        images = [
            np.full((32, 48, 3), 9 * i % 256, np.uint8) for i in range(images)
        ]
    with av.open(str(path), 'w', options=options) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = 'yuv420p'
        if rotation is not None:
            stream.set_display_rotation(rotation)
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for i, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, 'bgr24')
            if times is not None:
                frame.pts, frame.time_base = times[i], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_sound(path):
    """Write a file that holds sound only."""
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('aac', rate=8000)
        frame = av.AudioFrame(format='fltp', layout='mono', samples=1024)
        frame.planes[0].update(bytes(4096))
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def cut(path, target, share):
    """Write the first part of a file."""
    content = path.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
