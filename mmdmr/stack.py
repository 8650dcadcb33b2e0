"""Check the versions of Python, PyTorch and the OpenMMLab libraries.

Also here: the switch of what PyTorch may load.

mmdmr does not require these libraries from pip, which would replace the
user's builds. Readers, ``mmdmr.evaluation.functional`` and ``mmdmr.apis`` with
ONNX networks work without these libraries.
"""

import io
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

#: Oldest version of Python, and the first version that is too new.
PYTHON = ((3, 10), (3, 14))
TORCH = 'torch>=2.4'
#: Families of distributions that contain mmcv, mmengine and mmdet, the same as
#: the extras in setup.cfg. The first family is suggested.
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
_OPENMMLAB = tuple(FAMILIES['onedl'])
#: mmcv is compiled on installation, against the installed PyTorch.
_BUILD = "pip install 'setuptools<82' wheel ninja psutil"
#: PyTorch's own switches, of the environment: to load weights only, even where
#: a caller asks for more; and to load anything where no caller says otherwise.
_WEIGHTS_ONLY = 'TORCH_FORCE_WEIGHTS_ONLY_LOAD'
_ANYTHING = 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'
#: The decision of :func:`force_weights_only`, for child processes as well.
_TRUST = 'MMDMR_TRUST_CHECKPOINT'
#: Variables of the environment that say what is loaded.
LOADING = (_WEIGHTS_ONLY, _ANYTHING, _TRUST)


class StackError(ImportError):
    """A library that mmdmr builds on is missing or too old."""


class StackWarning(UserWarning):
    """A library that parts of mmdmr build on is missing."""


class Problem(NamedTuple):
    """A requirement that is not met.

    Attributes:
        module (str): Name to import.
        requirement (str): Requirement, as pip understands it.
        version (str | None): Version that is too old; None if the library is
            not installed.
    """

    module: str
    requirement: str
    version: str | None


def is_examined(argv: Sequence[str]) -> bool:
    """Whether a process examines the environment rather than works in it.

    ``mmdmr doctor`` explains what cannot work, so it has to start there.

    Args:
        argv (Sequence[str]): ``sys.argv`` of the process.

    Returns:
        bool: True for ``mmdmr doctor`` and for its script below ``tools/``.

    Example:
        >>> is_examined(['mmdmr', 'doctor'])
        True
        >>> is_examined(['tools/misc/doctor.py', '--json'])
        True
        >>> is_examined(['mmdmr', 'train', 'doctor'])
        False
    """
    names = [Path(name).stem for name in argv[:1]]
    return names == ['doctor'] or list(argv[1:2]) == ['doctor']


def check_stack() -> None:
    """Check the installed versions when mmdmr is imported.

    Readers, evaluation and the search with two ONNX networks work without
    PyTorch and the OpenMMLab libraries: all may be missing. If only some of
    the OpenMMLab libraries are missing, the installation was not completed,
    which makes a :class:`StackWarning`. Parts that need the libraries call
    :func:`require_stack`.

    Raises:
        StackError: Python is outside of 3.10 to 3.13, or a library is too
            old. The message gives the command to run.
    """
    oldest, newer = PYTHON
    if not oldest <= sys.version_info[:2] < newer:
        raise StackError(
            'mmdmr needs Python 3.10 to 3.13, this is '
            f'{sys.version.split()[0]}. Make an environment with another '
            'Python: python3.12 -m venv .venv'
        )
    problems = _problems()
    if any(problem.version for problem in problems):
        raise StackError(f'mmdmr cannot work here: {_message(problems)}')
    if problems and any(find_spec(module) for module in _OPENMMLAB):
        warnings.warn(
            'mmdmr can read, score and search with ONNX networks, but not '
            f'train: {_message(problems)}',
            StackWarning,
            stacklevel=3,
        )


def require_stack() -> None:
    """Check that all libraries are installed, in versions that work.

    Raises:
        StackError: A library is missing or too old. The message gives the
            command to run.
    """
    problems = _problems()
    if problems:
        raise StackError(f'mmdmr cannot work here: {_message(problems)}')


def load_stack() -> None:
    """Check the installed versions and import MMDetection silently.

    Raises:
        StackError: A library is missing or too old.
    """
    require_stack()
    # The forks print a line for each optional data set that they lack.
    with redirect_stdout(io.StringIO()):
        import mmdet.datasets  # noqa: F401


def force_weights_only(trust: bool = False) -> None:
    """Decide what PyTorch loads, in this process and its children.

    PyTorch reads the decision from the environment at each ``torch.load``. It
    holds for every library, also for one that asks for ``weights_only=False``.

    Args:
        trust (bool): True to let checkpoints hold objects of any class, whose
            loading may run code. Defaults to False.

    Example:
        >>> force_weights_only()
        >>> is_trusting()
        False
    """
    for name in LOADING:
        os.environ.pop(name, None)
    os.environ[_ANYTHING if trust else _WEIGHTS_ONLY] = '1'
    if trust:
        os.environ[_TRUST] = '1'


def is_trusting() -> bool:
    """Tell whether checkpoints may hold objects of any class.

    Returns:
        bool: True after ``force_weights_only(trust=True)``.
    """
    return os.environ.get(_TRUST) == '1'


@contextmanager
def weights_only(only: bool) -> Iterator[None]:
    """Let PyTorch load weights only, or anything, for a while.

    Args:
        only (bool): True for weights only, whatever a caller asks for; False
            for what the caller asks for.

    Yields:
        None: The environment is as before behind it.
    """
    before = {n: os.environ.pop(n, None) for n in (_WEIGHTS_ONLY, _ANYTHING)}
    os.environ[_WEIGHTS_ONLY if only else _ANYTHING] = '1'
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@cache
def _problems() -> tuple[Problem, ...]:
    """Requirements that are not met, PyTorch first."""
    problems = [_problem('torch', TORCH)]
    family = _installed_family()
    for module, requirement in FAMILIES[family].items():
        problems.append(_problem(module, requirement))
    return tuple(problem for problem in problems if problem is not None)


def _installed_family() -> str:
    """Family with an installed distribution, else the suggested family."""
    for family, requirements in FAMILIES.items():
        if any(
            _version(distribution_of(r)) is not None
            for r in requirements.values()
        ):
            return family
    return next(iter(FAMILIES))


def _problem(module: str, requirement: str) -> Problem | None:
    """Compare a library with its requirement; None if it is met.

    Only the lower bound is checked: newer versions may work.
    """
    oldest = requirement.split('>=')[1].split(',')[0]
    if find_spec(module) is None:
        return Problem(module, requirement, None)
    version = _version(distribution_of(requirement))
    # A module without a distribution, such as a source tree, is taken.
    if version is not None and release(version) < release(oldest):
        return Problem(module, requirement, version)
    return None


def _message(problems: tuple[Problem, ...]) -> str:
    """Message with the problems and the commands to solve all problems."""
    missing = [p.module for p in problems if not p.version]
    too_old = [f'{p.module} {p.version}' for p in problems if p.version]
    what = [
        f'{title}: {", ".join(names)}'
        for title, names in (('too old', too_old), ('not installed', missing))
        if names
    ]
    return f'{"; ".join(what)}. Run: {install_command(problems)}'


def install_command(problems: Sequence[Problem]) -> str:
    """Command that installs what is missing or too old.

    Args:
        problems (Sequence[Problem]): Requirements that are not met.

    Returns:
        str: Commands for a shell, joined by ``&&``.

    Example:
        >>> install_command([Problem('torch', TORCH, '2.3.1')])
        "pip install 'torch>=2.4'"
    """
    requirements = [problem.requirement for problem in problems]
    # In the order of running: mmcv is built against PyTorch.
    commands: list[str] = []
    if TORCH in requirements:
        commands.append(f"pip install '{TORCH}'")
        requirements.remove(TORCH)
    if any('mmcv' in requirement for requirement in requirements):
        commands.append(_BUILD)
    if requirements:
        quoted = ' '.join(f"'{requirement}'" for requirement in requirements)
        commands.append(f'pip install --no-build-isolation {quoted}')
    return ' && '.join(commands)


def distribution_of(requirement: str) -> str:
    """Distribution of a requirement.

    Args:
        requirement (str): Requirement of :data:`FAMILIES`.

    Returns:
        str: Name of the distribution.

    Example:
        >>> distribution_of('mmcv>=2.1.0,<2.2')
        'mmcv'
    """
    return requirement.split('>=')[0]


def _version(distribution: str) -> str | None:
    """Installed version of a distribution; None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def release(version: str) -> tuple[int, ...]:
    """Numbers of a version, to compare it.

    Args:
        version (str): Version of a distribution.

    Returns:
        tuple[int, ...]: The numbers before any suffix.

    Example:
        >>> release('2.4.1+cpu')
        (2, 4, 1)
    """
    numbers = re.match(r'\d+(\.\d+)*', version)
    return tuple(map(int, numbers.group().split('.'))) if numbers else ()
