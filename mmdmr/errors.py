"""The error for wrong input, and texts that are safe to print."""

from pathlib import Path

#: Characters of a message. A longer one quotes a value of the user's file that
#: nobody reads to its end.
_LONGEST = 1200


def printable(name: str | Path, keep: str = '') -> str:
    r"""Name of a file, safe to print.

    Args:
        name (str | Path): Any name, also one that is no valid Unicode.
        keep (str): Control characters to leave as they are. Defaults to none.

    Returns:
        str: The name; control characters and undecodable bytes are escaped.

    Example:
        >>> print(printable('Zoë\udcff\n.jpg'))
        Zoë\udcff\n.jpg
    """
    return ''.join(
        char
        if char.isprintable() or char in keep
        else char.encode('unicode_escape').decode('ascii')
        for char in str(name)
    )


def readable(message: str) -> str:
    """Make a message that quotes a file of the user safe and short.

    Control characters but line ends are escaped. The middle of a message that
    is too long is cut out: the beginning names the file, and the end says
    what to do.

    Args:
        message (str): Message of an error.

    Returns:
        str: The message, with 1200 characters at most beside a note.

    Example:
        >>> readable('a.json: ' + 5000 * '7' + ' is no id')[595:640]
        '77777 [3817 characters left out] 777777777777'
    """
    message = printable(message, keep='\n')
    rest = len(message) - _LONGEST
    if rest <= 0:
        return message
    half = _LONGEST // 2
    return f'{message[:half]} [{rest} characters left out] {message[-half:]}'


class InputError(ValueError):
    """A config, data set, file of predictions or option is wrong.

    The message names the file or the option, what is wrong, and the cure. The
    command line prints the message alone and exits with code 2. Any other
    :class:`ValueError` is a bug in this package and keeps its traceback.

    Args:
        message (str): The message; see :func:`readable`.

    Example:
        >>> raise InputError('scores.json: not a JSON file')
        Traceback (most recent call last):
        ...
        mmdmr.errors.InputError: scores.json: not a JSON file
    """

    def __init__(self, message: str) -> None:
        # PyTorch makes the error of a data-loading process anew, with the
        # traceback in its message, from which the command line takes the end.
        is_traceback = message.startswith('Caught ')
        super().__init__(message if is_traceback else readable(message))
