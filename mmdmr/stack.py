"""Check that PyTorch and one of the two OpenMMLab families are there.

mmdmr does not install them by itself: pip would replace what the user has.
"""
from importlib import metadata
from importlib.util import find_spec
from typing import Optional, Tuple

_REQUIRED = {
    # module: (oldest version, distributions that bring it)
    'torch': ('2.4', ('torch', )),
    'mmengine': ('0.10', ('onedl-mmengine', 'mmengine')),
    'mmcv': ('2.1', ('onedl-mmcv', 'mmcv')),
    'mmdet': ('3.3', ('onedl-mmdetection', 'mmdet')),
}
_HOW = ('Run "make env" in a checkout of mmdmr, or install PyTorch and then '
        'one family: "pip install --no-build-isolation mmdmr[onedl]" or '
        '"pip install mmdmr[openmmlab]".')


class StackError(ImportError):
    """A library that mmdmr builds on is missing or too old."""


def check_stack() -> None:
    """Check modules and versions without importing them.

    Raises:
        StackError: If a module is missing or older than needed. The message
            names it and the command that installs it.
    """
    for module, (oldest, distributions) in _REQUIRED.items():
        if find_spec(module) is None:
            raise StackError(f'mmdmr needs {module} >= {oldest}, which is '
                             f'not installed. {_HOW}')
        version = _installed_version(distributions)
        if version is not None and _release(version) < _release(oldest):
            raise StackError(f'mmdmr needs {module} >= {oldest}, but '
                             f'{version} is installed. {_HOW}')


def _installed_version(distributions: Tuple[str, ...]) -> Optional[str]:
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _release(version: str) -> Tuple[int, int]:
    major, minor = version.split('.')[:2]
    return int(major), int(minor)
