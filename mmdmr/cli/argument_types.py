"""Types of arguments that argparse checks before a tool runs."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(least: int = 0, most: int = 10**9) -> Callable[[str], int]:
    """Make a type of whole numbers in a range.

    Args:
        least (int): Least number. Defaults to 0.
        most (int): Greatest number. Defaults to 10**9.

    Returns:
        Callable[[str], int]: ``type`` of an argument. It raises
        ArgumentTypeError for any other text.

    Example:
        >>> whole(1)('12')
        12
    """

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise ArgumentTypeError(
                f'must be a whole number from {least} to {most}, not {text}'
            )
        return value

    return parse


def not_negative(text: str) -> float:
    """Read a finite number of 0 or more, as ``type`` of an argument.

    Args:
        text (str): Text of the argument.

    Returns:
        float: The number.

    Raises:
        ArgumentTypeError: The text is anything else.

    Example:
        >>> not_negative('1.5')
        1.5
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e9:
        raise ArgumentTypeError(f'must be a number of 0 or more, not {text}')
    return value
