"""Inherit from a config of this package by its base name.

MMEngine looks for a base config at the path that ``_base_`` gives, relative
to the config that inherits. A config outside of this package would have to
know where the package is installed. Here the base name is enough:

    my_project/mine.py        _base_ = './dmrnet_faster-rcnn_r50_fpn_1x_prw.py'
    site-packages/mmdmr/.mim/configs/dmrnet/dmrnet_faster-rcnn_r50_fpn_1x_prw.py

:func:`resolve_bases` writes a copy of ``mine.py``, with the absolute path of
the second file as its ``_base_``. MMEngine then reads the copy. Nothing in
MMEngine is replaced, and a config that names existing files is not copied.
"""

import ast
import io
import re
from pathlib import Path
from typing import Any

from mmengine.fileio import dump, load

from .find import nearest, own_configs

#: MMEngine's variables for the path of a config, as in ``{{ fileDirname }}``.
_VARIABLES = {
    'fileDirname': 'parent',
    'fileBasename': 'name',
    'fileBasenameNoExtension': 'stem',
    'fileExtname': 'suffix',
}


def resolve_bases(path: Path, folder: Path) -> Path:
    """Give every base config of an inheritance chain a path that exists.

    Args:
        path (Path): The config.
        folder (Path): Empty folder for the copies; must exist as long as the
            returned file is needed.

    Returns:
        Path: ``path`` itself if every base exists where ``_base_`` says;
        otherwise a copy of the config in ``folder``.

    Raises:
        FileNotFoundError: A base neither exists nor is the name of a config
            of this package.

    Example:
        >>> from tempfile import mkdtemp
        >>> mine = Path(mkdtemp(), 'mine.py')
        >>> name = 'dmrnet_faster-rcnn_r50_fpn_1x_prw.py'
        >>> _ = mine.write_text(f"_base_ = '{name}'")
        >>> copy = resolve_bases(mine, Path(mkdtemp()))
        >>> f"_base_ = ['{own_configs()[name]}']" in copy.read_text()
        True
    """
    path = path.absolute()
    found = _read_bases(path)
    if found is None:
        return path
    bases = [_resolve(base, path, folder) for base in found]
    if bases == found:
        return path
    # A folder of its own, since two configs of a chain may share a name.
    copy = folder / str(len(list(folder.iterdir()))) / path.name
    copy.parent.mkdir()
    _write_copy(path, copy, bases)
    return copy


def _resolve(base: str, path: Path, folder: Path) -> str:
    """Path of a base; ``base`` itself if MMEngine finds it unaided."""
    if '::' in base:  # a config of another installed package
        return base
    target = path.parent / base
    if target.is_file():
        resolved = resolve_bases(target, folder)
        return base if resolved == target.absolute() else str(resolved)
    own = own_configs()
    name = Path(base).name
    if name not in own:
        raise FileNotFoundError(
            f'{path}: its _base_ {base} is neither a file nor the name of a '
            f'config of mmdmr.{nearest(name, own)}'
        )
    return str(own[name])


def _read_bases(path: Path) -> list[str] | None:
    """Bases of a config; None if MMEngine should read the config unchanged.

    A config without ``_base_`` stays unchanged, and an invalid config, which
    MMEngine reports better.
    """
    bases: Any = None
    try:
        if path.suffix == '.py':
            assignment = _base_assignment(_text(path))
            if assignment is not None:
                bases = ast.literal_eval(assignment.value)
        else:
            bases = _content(path).get('_base_')
    except (SyntaxError, ValueError, AttributeError):
        return None
    if isinstance(bases, str):
        return [bases]
    return list(bases) if isinstance(bases, (list, tuple)) else None


def _text(path: Path) -> str:
    """Text of a config, with MMEngine's variables for its path filled in."""
    text = path.read_text(encoding='utf-8')
    for name, part in _VARIABLES.items():
        # Python would unescape the backslashes of a path on Windows.
        value = str(getattr(path, part)).replace('\\', '/')
        text = re.sub(r'\{\{\s*' + name + r'\s*\}\}', value, text)
    return text


def _content(path: Path) -> dict[str, Any]:
    """Entries of a JSON or YAML config, as :func:`_text` gives its text."""
    return load(io.StringIO(_text(path)), file_format=path.suffix[1:])


def _base_assignment(text: str) -> ast.Assign | None:
    """The statement ``_base_ = ...`` of a Python config."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == '_base_'
            for target in node.targets
        ):
            return node
    return None


def _write_copy(path: Path, copy: Path, bases: list[str]) -> None:
    """Write a copy of a config that inherits from the given bases instead."""
    # A relative base stays relative to the original.
    absolute = [b if '::' in b else str(path.parent / b) for b in bases]
    if path.suffix != '.py':
        dump({**_content(path), '_base_': absolute}, copy)
        return
    text = _text(path)
    node = _base_assignment(text)
    assert node is not None and node.end_lineno is not None
    lines = text.splitlines(keepends=True)
    # The statement keeps its number of lines. So the line numbers in
    # MMEngine's messages are right for the original, too.
    height = node.end_lineno - node.lineno
    lines[node.lineno - 1 : node.end_lineno] = [
        f'_base_ = {absolute!r}\n' + '\n' * height
    ]
    copy.write_text(''.join(lines), encoding='utf-8')
