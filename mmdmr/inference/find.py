"""Find descriptions of networks by path or, in this package, by name."""

from difflib import get_close_matches
from pathlib import Path

from mmdmr.files import project_root

from .description import SUFFIXES


def own_descriptions() -> dict[str, Path]:
    """List the descriptions of this package.

    Returns:
        dict[str, Path]: The files by name, without ``.yaml``.

    Example:
        >>> own_descriptions()['yolox-nano_osnet-x0.25'].parent.name
        'search'
    """
    folder = project_root() / 'configs' / 'search'
    return {path.stem: path for path in sorted(folder.glob('*.yaml'))}


def find_own_description(name: str) -> Path | None:
    """Find a description of this package by its name.

    Args:
        name (str): Name, with or without ``.yaml``.

    Returns:
        Path | None: The file; None if this package has none of this name.

    Example:
        >>> find_own_description('yolox-nano_osnet-x0.25.yaml').name
        'yolox-nano_osnet-x0.25.yaml'
    """
    return own_descriptions().get(name.removesuffix('.yaml'))


def nearest_description(name: str) -> str:
    """Suggest a description of this package with a similar name.

    Args:
        name (str): Path or name of a description that was not found.

    Returns:
        str: A question, such as ' Did you mean a?'; '' if no name is similar.

    Example:
        >>> nearest_description('yolox-nano_osnet.yaml')
        ' Did you mean yolox-nano_osnet-x0.25?'
    """
    stem = Path(name).name
    for suffix in SUFFIXES:
        stem = stem.removesuffix(suffix)
    near = get_close_matches(stem, own_descriptions(), n=1)
    return f' Did you mean {near[0]}?' if near else ''
