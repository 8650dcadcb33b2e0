"""Opening a file of a user, and the error for one that cannot be used."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from mmdmr.errors import InputError, printable

#: What is wrong with a file of no bytes.
EMPTY = 'the file is empty'


class BadMedia(InputError):
    """An image or a video cannot be read.

    Args:
        name (str | Path): File or address, as the user knows it. Characters
            that cannot be printed are escaped in the message.
        reason (str): What is wrong, and what to do if that is not plain.

    Attributes:
        name (str): The name, as it is.
        reason (str): The reason without the name, for a list of bad files.

    Example:
        >>> raise BadMedia('a.jpg', 'the file is empty')
        Traceback (most recent call last):
        ...
        mmdmr.media.opening.BadMedia: a.jpg: the file is empty
    """

    def __init__(self, name: str | Path, reason: str) -> None:
        super().__init__(f'{printable(name)}: {reason}')
        self.name = str(name)
        self.reason = reason


def open_file(path: str | Path) -> BinaryIO:
    """Open a regular file for reading.

    Folders, pipes and devices are refused before they are opened: reading
    from a pipe could wait for ever.

    Args:
        path (str | Path): The file.

    Returns:
        BinaryIO: The open file; it is not empty.

    Raises:
        BadMedia: The file is missing, unreadable, empty or no regular file.

    Example:
        >>> open_file('gone.jpg')
        Traceback (most recent call last):
        ...
        mmdmr.media.opening.BadMedia: gone.jpg: No such file or directory
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise BadMedia(path, 'this is no regular file')
        if not status.st_size:
            raise BadMedia(path, EMPTY)
        return open(path, 'rb')
    except OSError as error:
        raise BadMedia(path, error.strerror or str(error)) from error
    except ValueError as error:
        if isinstance(error, BadMedia):
            raise
        # os.stat refuses names with a null character by a bare ValueError.
        raise BadMedia(path, str(error)) from error
