"""Cross-references to objects by the names that code uses.

A docstring names a class as its module imports it: ``Tensor``, ``np.ndarray``.
The pages, ours and those of other libraries, name a class by the package that
exports it. A name that Sphinx does not find is therefore looked up in the
module of the docstring, and replaced by the public name of what it means.
"""

import builtins
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import getattr_static
from types import ModuleType
from typing import Any

from docutils import nodes
from inventories import FOLDER, SITES, read_lines
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

#: Short names of modules, for docstrings in modules that do not import them.
SHORT = {'np': 'numpy', 'nn': 'torch.nn'}
#: What a name that leads nowhere means.
MISSING = object()


def find_object(name: str, module: ModuleType, owner: Any = None) -> Any:
    """Find what a name in a docstring means.

    Args:
        name (str): The name, with dots.
        module (ModuleType): The module of the docstring.
        owner (Any): The class of the docstring. Defaults to None.

    Returns:
        Any: The object, or ``MISSING``.

    Example:
        >>> import pathlib
        >>> find_object('os.path', pathlib).__name__
        'posixpath'
    """
    for start in (module, builtins, owner):
        found = _follow(start, name.split('.'))
        if found is not MISSING:
            return found
    first, dot, rest = name.partition('.')
    name = f'{SHORT.get(first, first)}{dot}{rest}'
    # A name from a package around the module, or a whole name.
    packages = module.__name__.split('.')
    for depth in range(len(packages), -1, -1):
        found = _import('.'.join([*packages[:depth], name]))
        if found is not MISSING:
            return found
    return MISSING


def names_of(value: Any) -> Iterator[str]:
    """Names under which packages export an object, the shortest first.

    Args:
        value (Any): A class, a function or a module.

    Yields:
        str: A whole name.

    Example:
        >>> from torch import Tensor
        >>> next(names_of(Tensor))
        'torch.Tensor'
    """
    if isinstance(value, ModuleType):
        yield value.__name__
        return
    module = getattr(value, '__module__', None)
    qualname = getattr(value, '__qualname__', None)
    if not module or not qualname:
        return
    if module == 'builtins':
        yield qualname
    packages = module.split('.')
    for depth in range(1, len(packages) + 1):
        package = '.'.join(packages[:depth])
        found = _follow(sys.modules.get(package), qualname.split('.'))
        if found is value:
            yield f'{package}.{qualname}'


def setup(app: Sphinx) -> dict[str, bool]:
    """Look names up before Intersphinx does."""
    app.connect('missing-reference', _resolve, priority=400)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def _follow(value: Any, names: list[str]) -> Any:
    for name in names:
        # What a module imports on first use is found by getattr alone. Of a
        # class, getattr would run properties.
        get = getattr if isinstance(value, ModuleType) else getattr_static
        value = MISSING if value is None else get(value, name, MISSING)
        if value is MISSING:
            return MISSING
    return getattr(value, '__func__', value)


def _import(name: str) -> Any:
    """Object by a whole name, whose first part may be any module."""
    parts = name.split('.')
    for depth in range(len(parts), 0, -1):
        try:
            module = import_module('.'.join(parts[:depth]))
        except (ImportError, ValueError):
            continue
        return _follow(module, parts[depth:])
    return MISSING


def _resolve(
    app: Sphinx,
    env: BuildEnvironment,
    node: addnodes.pending_xref,
    contnode: nodes.TextElement,
) -> nodes.Node | None:
    if node.get('refdomain') != 'py':
        return None
    module, owner = _place_of(node)
    value = find_object(node['reftarget'], module, owner)
    domain = env.domains.python_domain
    if value is MISSING:
        return None
    for name in names_of(value):
        if name in domain.objects:
            node['reftarget'], node['reftype'] = name, 'obj'
            return domain.resolve_xref(
                env, node['refdoc'], app.builder, 'obj', name, node, contnode
            )
        if name in _others():
            # Intersphinx comes next.
            node['reftarget'], node['reftype'] = name, 'obj'
            return None
    if value is None:
        return None
    # What is ours and not public has no page: its name stays a name.
    home = getattr(value, '__module__', None) or getattr(
        value, '__name__', module.__name__
    )
    return contnode if home.startswith('mmdmr') else None


@cache
def _others() -> set[str]:
    """Names that other libraries' pages have."""
    return set().union(*(read_lines(FOLDER / f'{name}.txt') for name in SITES))


def _place_of(node: nodes.Node) -> tuple[ModuleType, Any]:
    """Module and class of the docstring that a reference stands in."""
    module = import_module(node.get('py:module') or 'mmdmr')
    owner = (
        _follow(module, [node['py:class']]) if node.get('py:class') else None
    )
    parent = node.parent
    while parent is not None and not isinstance(parent, addnodes.desc):
        parent = parent.parent
    value = owner
    if parent is not None:
        signature = parent[0]
        value = _follow(
            import_module(signature['module']),
            signature['fullname'].split('.'),
        )
    value = getattr(value, 'fget', value)
    name = (
        getattr(inspect.unwrap(value), '__module__', None) if value else None
    )
    return sys.modules.get(str(name), module), owner
