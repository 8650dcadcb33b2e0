"""What the log of a training tells about the training itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

#: Lines of MMEngine's description of the environment, and what this package
#: adds to it, by their names in the report.
_FACTS = {
    'Command': 'command',
    'mmdmr': 'mmdmr',
    'MMDetection': 'mmdet',
    'MMCV': 'mmcv',
    'MMEngine': 'mmengine',
    'PyTorch': 'torch',
    'Python': 'Python',
    'seed': 'seed',
    'GPU number': 'processes',
}
_FACT = re.compile(r'^\s+(?P<name>[\w ,]+): (?P<value>.*)$')
_TIME = re.compile(r'^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) - ')
_FORMAT = '%Y/%m/%d %H:%M:%S'
#: Part of the first line behind the description of the environment.
_FIRST_STEP = '(train)'


@dataclass(frozen=True)
class LogFacts:
    """Facts of a training from its logs.

    Args:
        facts (dict[str, str]): ``command``, versions, ``device`` and others,
            by name, of the last start.
        started (datetime | None): Time of the first start. Defaults to None.
        duration (timedelta): Time between first and last line of the logs,
            summed over the starts. Defaults to 0.
        starts (int): Number of logs. Defaults to 0.
    """

    facts: dict[str, str] = field(default_factory=dict)
    started: datetime | None = None
    duration: timedelta = timedelta()
    starts: int = 0


def read_logs(paths: Iterable[Path]) -> LogFacts:
    r"""Read the logs of a run.

    A log is text for people. What is not found is left out.

    Args:
        paths (Iterable[Path]): Logs of MMEngine, oldest first.

    Returns:
        LogFacts: The facts.

    Raises:
        OSError: A file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'a.log')
        >>> _ = path.write_text(
        ...     '2026/01/31 10:00:00 - mmengine - INFO - \n'
        ...     '    CUDA available: False\n    PyTorch: 2.13.0+cpu\n'
        ...     '2026/01/31 10:05:00 - mmengine - INFO - done\n')
        >>> found = read_logs([path])
        >>> found.facts, str(found.duration)
        ({'device': 'CPU', 'torch': '2.13.0+cpu'}, '0:05:00')
    """
    facts: dict[str, str] = {}
    started, duration, starts = None, timedelta(), 0
    for path in paths:
        starts += 1
        first = last = None
        trains = False
        with path.open(encoding='utf-8', errors='replace') as file:
            for line in file:
                trains = trains or _FIRST_STEP in line
                if not trains:
                    facts.update(_fact(line))
                time = _time(line)
                first, last = first or time, time or last
        if first and last:
            started = started or first
            duration += last - first
    return LogFacts(facts, started, duration, starts)


def _time(line: str) -> datetime | None:
    match = _TIME.match(line)
    try:
        return datetime.strptime(match[1], _FORMAT) if match else None
    except ValueError:
        return None


def _fact(line: str) -> dict[str, str]:
    """Fact of a line; empty for any other line."""
    match = _FACT.match(line)
    if not match:
        return {}
    name, value = match['name'], match['value'].strip()
    if name == 'CUDA available' and value == 'False':
        return dict(device='CPU')
    if re.fullmatch(r'GPU \d+(,\d+)*', name):
        return dict(device=value)
    if name == 'Python':
        value = value.partition(' ')[0]
    return {_FACTS[name]: value} if name in _FACTS else {}
