"""The settings of a run, read from its config without running it."""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError

#: Entries that say where a run is, not what it does.
_PLACES = ('work_dir', 'experiment_name', 'launcher', 'local_rank', 'resume')
#: Text of a setting that one of two configs lacks.
ABSENT = '(not set)'


class NotPlain(ValueError):
    """A config holds more than values, such as an import."""


def read_settings(path: Path) -> dict[str, Any]:
    """Read a config that a runner wrote: names and values alone.

    Args:
        path (Path): The config, as MMEngine dumps it.

    Returns:
        dict[str, Any]: Entries of the config.

    Raises:
        OSError: The file cannot be read.
        InputError: The file is no Python file.
        NotPlain: The file holds more than values. It is not run, as a program
            of others could do anything.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'config.py')
        >>> _ = path.write_text("model = dict(type='A', sizes=[1, (2, -3)])")
        >>> read_settings(path)
        {'model': {'type': 'A', 'sizes': [1, (2, -3)]}}
    """
    try:
        tree = ast.parse(path.read_bytes(), str(path))
        return {
            _name(node): _value(node.value)  # type: ignore[attr-defined]
            for node in tree.body
        }
    except NotPlain:
        raise
    except (
        *(SyntaxError, ValueError, TypeError),
        *(RecursionError, MemoryError),
    ) as error:
        raise InputError(
            f'{path}: no config ({error}); copy the config of the run there, '
            'or remove the file'
        ) from error


def _name(node: ast.stmt) -> str:
    """Name that a statement assigns to."""
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    ):
        return node.targets[0].id
    raise NotPlain(f'line {node.lineno} is no plain entry')


def _value(node: ast.expr) -> Any:
    """Value of an expression of literals and calls of dict."""
    if isinstance(node, ast.Call):
        named = {k.arg: _value(k.value) for k in node.keywords if k.arg}
        if (
            isinstance(node.func, ast.Name)
            and node.func.id == 'dict'
            and not node.args
            and len(named) == len(node.keywords)
        ):
            return named
        raise NotPlain(f'line {node.lineno} calls more than dict')
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [_value(item) for item in node.elts]
        return values if isinstance(node, ast.List) else tuple(values)
    if isinstance(node, ast.Dict):
        if None in node.keys:
            raise NotPlain(f'line {node.lineno} unpacks a dict')
        return {
            _value(key): _value(value)
            for key, value in zip(node.keys, node.values)
            if key is not None
        }
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise NotPlain(f'line {node.lineno} holds no plain value') from error


def part_of(settings: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Part of a config.

    Args:
        settings (Mapping[str, Any]): Entries of a config.
        keys (str): Keys from the outside to the inside.

    Returns:
        Mapping[str, Any]: The part; empty if it is missing, or anything but
        entries.

    Example:
        >>> part_of(dict(model=dict(memory=None)), 'model', 'memory')
        {}
    """
    for key in keys:
        found = settings.get(key)
        settings = found if isinstance(found, Mapping) else {}
    return settings


def flatten(settings: Mapping[str, Any]) -> dict[str, str]:
    """Write settings as text by dotted keys.

    Args:
        settings (Mapping[str, Any]): Entries of a config.

    Returns:
        dict[str, str]: Values by key, in order; lists of dicts by position.
        Without entries that say where a run is, such as ``work_dir``.

    Example:
        >>> flatten(dict(model=dict(type='A'), hooks=[dict(type='B')],
        ...              work_dir='x'))
        {'model.type': "'A'", 'hooks.0.type': "'B'"}
    """
    flat: dict[str, str] = {}

    def add(key: str, value: Any) -> None:
        items: Sequence[tuple[Any, Any]] = ()
        if isinstance(value, Mapping):
            items = list(value.items())
        elif isinstance(value, (list, tuple)) and any(
            isinstance(item, Mapping) for item in value
        ):
            items = list(enumerate(value))
        for name, item in items:
            add(f'{key}.{name}', item)
        if not items:
            flat[key] = _text(key, value)

    for name, value in settings.items():
        if name not in _PLACES:
            add(str(name), value)
    return flat


def _text(key: str, value: Any) -> str:
    """Text of a value; equal settings have one text."""
    if isinstance(value, (list, tuple)):
        # A config that went through JSON has lists in place of tuples.
        return f'[{", ".join(_text(key, item) for item in value)}]'
    if key.endswith('data_root') and isinstance(value, str):
        value = value.rstrip('/')
    return repr(value)


def differences(
    flats: Sequence[Mapping[str, str]],
) -> list[tuple[str, list[str]]]:
    """Find the settings that are not the same in all configs.

    Args:
        flats (Sequence[Mapping[str, str]]): Configs of :func:`flatten`.

    Returns:
        list[tuple[str, list[str]]]: Key and value in each config, by key.

    Example:
        >>> differences([{'a': '1', 'b.c': '2'}, {'a': '1', 'b': 'None'}])
        [('b', ['c=2', 'None'])]
    """
    keys = set().union(*flats)
    # Where one config has a value in place of another's entries, such as None
    # to switch a part off, the entries below are no rows of their own.
    rows = [
        (key, [_shown(key, flat) for flat in flats])
        for key in sorted(keys)
        if keys.isdisjoint(_above(key))
    ]
    return [row for row in rows if len(set(row[1])) > 1]


def _above(key: str) -> list[str]:
    """Dotted keys of the entries that hold an entry."""
    parts = key.split('.')
    return ['.'.join(parts[:i]) for i in range(1, len(parts))]


def _shown(key: str, flat: Mapping[str, str]) -> str:
    """Value of a key, or the entries below it."""
    if key in flat:
        return flat[key]
    below = [
        f'{name.removeprefix(key + ".")}={value}'
        for name, value in flat.items()
        if name.startswith(f'{key}.')
    ]
    return ', '.join(below) or ABSENT


def read_base(name: str) -> dict[str, Any] | None:
    """Read the config that a run was started from, where MMEngine is.

    The guards that ``mmdmr train`` adds to a config are added, too.

    Args:
        name (str): Path of a config, or base name of a config of mmdmr.

    Returns:
        dict[str, Any] | None: Entries of the config; None without PyTorch and
        the OpenMMLab libraries.

    Raises:
        FileNotFoundError: There is no such config.
        InputError: The config cannot be read.
    """
    try:
        from mmdmr.config import add_guards, find_config, read_config
    except ImportError:
        return None
    cfg = read_config(find_config(name))
    if 'train_dataloader' in cfg:
        add_guards(cfg)
    return cfg.to_dict()
