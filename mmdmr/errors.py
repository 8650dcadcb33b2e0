"""The error for whatever the user has to mend."""


class InputError(ValueError):
    """Something that the user gave is wrong.

    A config, a data set, a file of predictions, an option: the message names
    the file or the option, says what is wrong with it and what to do. The
    command line prints the message alone and exits with code 2. Any other
    :class:`ValueError` is a bug of this package and keeps its traceback.

    Example:
        >>> raise InputError('scores.json: not a JSON file')
        Traceback (most recent call last):
        ...
        mmdmr.errors.InputError: scores.json: not a JSON file
    """
