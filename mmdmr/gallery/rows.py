"""Values of rows of the database, which may be damaged."""

import math
from typing import Any, NamedTuple

from .database import from_sql


class FrameValues(NamedTuple):
    """What the database tells of a photograph or a frame.

    Args:
        number (int): Number of the row.
        source (str): Name of the source.
        path (str): File within the source.
        content_hash (str): Hash of the content of the file.
        size (tuple[int, int]): Width and height in pixels.
        camera (str): Name of the camera, '' if unknown.
        time (float | None): Seconds from the start of a video, or POSIX time.
        frame (int | None): Index of the frame; None for a photograph.
    """

    number: int
    source: str
    path: str
    content_hash: str
    size: tuple[int, int]
    camera: str
    time: float | None
    frame: int | None


def read_frame(row: Any) -> FrameValues:
    """Read the values of a photograph or a frame from a row.

    Args:
        row (tuple): Number, source, path, content, width, height, camera, time
            and frame, as the database holds them.

    Returns:
        FrameValues: The values.

    Raises:
        TypeError: A value is of a wrong kind.
        ValueError: The same, or a time is not finite.
    """
    number, source, path, content, width, height, camera, time, frame = row
    return FrameValues(
        number,
        from_sql(source),
        from_sql(path),
        from_sql(content),
        (int(width), int(height)),
        from_sql(camera),
        read_known(time),
        None if frame < 0 else int(frame),
    )


def read_number(value: Any) -> float:
    """Read a finite number.

    Args:
        value (Any): Value of the database.

    Returns:
        float: The number.

    Raises:
        ValueError: The value is anything else.

    Example:
        >>> read_number(3)
        3.0
    """
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f'{value!r} is no number')
    return float(value)


def read_known(value: Any) -> float | None:
    """Read a finite number that may be unknown.

    Args:
        value (Any): Value of the database.

    Returns:
        float | None: The number; None if it is unknown.

    Raises:
        ValueError: The value is anything else.

    Example:
        >>> read_known(None) is None
        True
    """
    return None if value is None else read_number(value)
