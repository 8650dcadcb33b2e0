"""Find configs by path or, in this package, by base name."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from mmdmr.errors import InputError
from mmdmr.files import project_root

#: Suffixes of the files that MMEngine reads configs from.
SUFFIXES = ('.py', '.json', '.yaml', '.yml')


def own_configs() -> dict[str, Path]:
    """List the configs of this package, without the folder ``_base_``.

    Returns:
        dict[str, Path]: The files by base name.

    Example:
        >>> own_configs()['dmrnet_faster-rcnn_r50_fpn_1x_prw.py'].parent.name
        'dmrnet'
    """
    return {
        path.name: path
        for path in (project_root() / 'configs').rglob('*.py')
        if '_base_' not in path.parts
    }


def find_config(name: str) -> Path:
    """Find a config by its path or, in this package, by its base name.

    Args:
        name (str): A path, which is tried first; or a base name, with or
            without ``.py``.

    Returns:
        Path: An existing file.

    Raises:
        FileNotFoundError: Neither a file nor a base name is found. The
            message names the config of this package with the most similar
            name.
        InputError: The file is no Python, JSON or YAML file.

    Example:
        >>> find_config('dmrnet_faster-rcnn_r50_fpn_1x_prw').name
        'dmrnet_faster-rcnn_r50_fpn_1x_prw.py'
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
        f'config {name} is neither a file nor the name of a config in '
        f'{project_root() / "configs"}.{nearest(base_name, own)}'
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggest a config with a similar name.

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
