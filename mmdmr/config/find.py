"""Where the configs of this package are, and which one a name means."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import mmdmr
from mmdmr.errors import InputError

#: Suffixes of the files that MMEngine reads configs from.
SUFFIXES = ('.py', '.json', '.yaml', '.yml')


def project_root() -> Path:
    """Folder that holds ``configs/``: the source tree, or ``mmdmr/.mim``.

    Returns:
        Path: The folder.
    """
    package = Path(mmdmr.__file__).resolve().parent
    mim = package / '.mim'
    return mim if mim.is_dir() else package.parent


def own_configs() -> dict[str, Path]:
    """List the configs of this package.

    Returns:
        dict[str, Path]: The files by base name.
    """
    return {
        path.name: path
        for path in (project_root() / 'configs').rglob('*.py')
        if '_base_' not in path.parts
    }


def find_config(name: str) -> Path:
    """Find a config by its path or, in this package, by its base name.

    Args:
        name (str): A path; or a base name, with or without ``.py``.

    Returns:
        Path: An existing file.

    Raises:
        FileNotFoundError: Neither is found. The message names the config of
            this package with the most similar name.
        InputError: The path is not a Python, JSON or YAML file.
    """
    path = Path(name)
    if path.is_file():
        if path.suffix not in SUFFIXES:
            raise InputError(f'{name} is not a config: give a .py file.')
        return path
    base_name = name if name.endswith('.py') else f'{name}.py'
    own = own_configs()
    if base_name in own:
        return own[base_name]
    raise FileNotFoundError(
        f'config {name} is neither a file nor the name of one in '
        f'{project_root() / "configs"}.{nearest(base_name, own)}'
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Ask whether a similar config was meant.

    Args:
        name (str): Path or name of a config that was not found.
        known (Iterable[str]): Base names of configs.

    Returns:
        str: A question, such as ' Did you mean a.py?'; '' if no base name is
        similar.

    Example:
        >>> nearest('dmrnt.py', ['dmrnet.py', 'fcos.py'])
        ' Did you mean dmrnet.py?'
    """
    near = get_close_matches(Path(name).name, list(known), n=1)
    return f' Did you mean {near[0]}?' if near else ''
