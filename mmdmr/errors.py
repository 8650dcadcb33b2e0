"""The error for wrong input."""


class InputError(ValueError):
    """A config, data set, file of predictions or option is wrong.

    The message names the file or the option, what is wrong, and the cure. The
    command line prints the message alone and exits with code 2. Any other
    :class:`ValueError` is a bug in this package and keeps its traceback.

    Example:
        >>> raise InputError('scores.json: not a JSON file')
        Traceback (most recent call last):
        ...
        mmdmr.errors.InputError: scores.json: not a JSON file
    """
