"""Check Python, PyTorch and the OpenMMLab libraries.

mmdmr does not install them by itself: pip would replace what the user has.
Readers and ``mmdmr.evaluation.functional`` do without them.
"""

import io
import re
import sys
import warnings
from contextlib import redirect_stdout
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from typing import NamedTuple

PYTHON = ((3, 10), (3, 14))
TORCH = 'torch>=2.4'
#: The families of distributions that bring mmcv, mmengine and mmdet, as the
#: extras of setup.cfg have them; the first one is what we suggest.
FAMILIES: dict[str, dict[str, str]] = {
    'onedl': {
        'mmcv': 'onedl-mmcv>=2.3.6,<2.4',
        'mmengine': 'onedl-mmengine>=0.10.12,<0.11',
        'mmdet': 'onedl-mmdetection>=3.5.1,<3.6',
    },
    'openmmlab': {
        'mmcv': 'mmcv>=2.1.0,<2.2',
        'mmengine': 'mmengine>=0.10.4,<0.11',
        'mmdet': 'mmdet>=3.3.0,<4',
    },
}
_BUILD = "pip install 'setuptools<82' wheel ninja psutil"


class StackError(ImportError):
    """A library that mmdmr builds on is missing or too old."""


class StackWarning(UserWarning):
    """A library is missing that a part of mmdmr builds on."""


class _Problem(NamedTuple):
    """A requirement that is not met; the version that is too old, if any."""

    module: str
    requirement: str
    version: str | None


def check_stack() -> None:
    """Check what is installed, when mmdmr is imported.

    Only evaluation works without PyTorch, so that a missing library is a
    :class:`StackWarning` here; the parts that need it raise.

    Raises:
        StackError: Python is outside of 3.10 to 3.13, or a library is too
            old. The message gives the command that mends it.
    """
    oldest, newer = PYTHON
    if not oldest <= sys.version_info[:2] < newer:
        raise StackError(
            'mmdmr needs Python 3.10 to 3.13, this is '
            f'{sys.version.split()[0]}. Make an environment of another: '
            'python3.12 -m venv .venv'
        )
    problems = _problems()
    if any(problem.version for problem in problems):
        raise StackError(f'mmdmr cannot work here: {_message(problems)}')
    if problems:
        warnings.warn(
            'mmdmr can only read and score, not train or search: '
            f'{_message(problems)}',
            StackWarning,
            stacklevel=3,
        )


def require_stack() -> None:
    """Check what is installed, before a part that needs all of it.

    Raises:
        StackError: A library is missing or too old. The message gives the
            command that mends it.
    """
    problems = _problems()
    if problems:
        raise StackError(f'mmdmr cannot work here: {_message(problems)}')


def load_stack() -> None:
    """Check what is installed and import MMDetection, without a word.

    The forks print at every start which optional data sets they could not
    import.

    Raises:
        StackError: As :func:`require_stack`.
    """
    require_stack()
    with redirect_stdout(io.StringIO()):
        import mmdet.datasets  # noqa: F401


@cache
def _problems() -> tuple[_Problem, ...]:
    problems = [_problem('torch', TORCH)]
    family = _installed_family()
    for module, requirement in FAMILIES[family].items():
        problems.append(_problem(module, requirement))
    return tuple(problem for problem in problems if problem is not None)


def _installed_family() -> str:
    """Family of which something is installed, else the one we suggest."""
    for family, requirements in FAMILIES.items():
        if any(_version(_name(r)) is not None for r in requirements.values()):
            return family
    return next(iter(FAMILIES))


def _problem(module: str, requirement: str) -> _Problem | None:
    oldest = requirement.split('>=')[1].split(',')[0]
    if find_spec(module) is None:
        return _Problem(module, requirement, None)
    version = _version(_name(requirement))
    if version is not None and _release(version) < _release(oldest):
        return _Problem(module, requirement, version)
    return None


def _message(problems: tuple[_Problem, ...]) -> str:
    requirements = [problem.requirement for problem in problems]
    commands: list[str] = []
    if TORCH in requirements:
        commands.append(f"pip install '{TORCH}'")
        requirements.remove(TORCH)
    if any('mmcv' in requirement for requirement in requirements):
        commands.append(_BUILD)
    if requirements:
        quoted = ' '.join(f"'{requirement}'" for requirement in requirements)
        commands.append(f'pip install --no-build-isolation {quoted}')
    missing = [p.module for p in problems if not p.version]
    too_old = [f'{p.module} {p.version}' for p in problems if p.version]
    what = [
        f'{title}: {", ".join(names)}'
        for title, names in (('too old', too_old), ('not installed', missing))
        if names
    ]
    return f'{"; ".join(what)}. Run: {" && ".join(commands)}'


def _name(requirement: str) -> str:
    return requirement.split('>=')[0]


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _release(version: str) -> tuple[int, ...]:
    """Numbers of a version, without what follows them: 2.4.1+cpu, 3.0rc1."""
    numbers = re.match(r'\d+(\.\d+)*', version)
    return tuple(map(int, numbers.group().split('.'))) if numbers else ()
