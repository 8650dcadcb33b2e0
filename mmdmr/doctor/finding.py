"""One line of the doctor's report."""

from typing import Literal, NamedTuple

#: How bad a finding is. Only a problem makes the exit code 1.
Level = Literal['ok', 'warning', 'problem']


class Finding(NamedTuple):
    """What was found, and what to do.

    Args:
        level (str): ``ok``, ``warning`` (something will not work, or only
            slowly) or ``problem`` (mmdmr cannot work as it was installed).
        text (str): Finding in one or two sentences.
        advice (str): What to do, in words. Defaults to ''.
        command (str): What to run, for a shell. Defaults to ''.
        source (str): Address of a report of the same problem. Defaults to ''.

    Example:
        >>> Finding('ok', 'Python 3.11.7').level
        'ok'
    """

    level: Level
    text: str
    advice: str = ''
    command: str = ''
    source: str = ''
