"""Recipes: lists of changes, drawn by Hypothesis, kept as JSON.

A step is ``[file, change, where, how]``: the name of a file, the name of a
change, and two numbers that the change takes as it likes. A recipe still
works where the file is another one than when it was drawn.
"""

import gzip
import lzma
from contextlib import suppress
from functools import cache, partial
from pathlib import PurePosixPath

from hypothesis import strategies as st

from . import archives, matlab, raw, tables, trees

#: A folder in place of a file.
FOLDER = None
_ENDS = st.integers(0, 2**20)


def gone(files, name, where, how):
    del files[name]


def folder(files, name, where, how):
    files[name] = FOLDER


def other(files, name, where, how):
    """Put the content of another file of the set into this one."""
    names = sorted(n for n in files if files[n] is not FOLDER)
    if names:
        files[name] = files[names[where % len(names)]]


def renamed(files, name, where, how):
    suffix = ('.JSON', '.bak', ' ', '.part')[how % 4]
    files[f'{name}{suffix}'] = files.pop(name)


FILES = dict(gone=gone, folder=folder, other=other, renamed=renamed)


def _named(changes, function):
    """Changes by name, each by one function that takes the name."""
    return {name: _bind(function, name) for name in changes}


def _bind(function, name):
    def change(data, where, how):
        return function(data, name, where, how)

    return change


_JSON = {**_named(trees.CHANGES, trees.change_json), **raw.LINES, **raw.KEYS}


def _packed(pack, unpack, change):
    def changed(data, where, how):
        return pack(change(unpack(data), where, how))

    return changed


def _bomb(pack):
    @cache
    def member():
        return pack(b' ' * 2**26)

    def bomb(data, where, how):
        # Several members one behind the other are one text.
        return member() * 50

    return bomb


_GZIP = partial(gzip.compress, mtime=0)
_PACKED = {
    suffix: {
        **{
            name: _packed(pack, unpack, change)
            for name, change in _JSON.items()
        },
        'bomb': _bomb(pack),
    }
    for suffix, pack, unpack in (
        ('.gz', _GZIP, gzip.decompress),
        ('.xz', lzma.compress, lzma.decompress),
    )
}
#: Changes by the suffix of a file, beside those of all files.
KINDS = {
    '.json': _JSON,
    '.yaml': {
        **_named(trees.CHANGES, trees.change_yaml),
        **raw.LINES,
        'alias_bomb': trees.alias_bomb,
    },
    '.mat': {
        **_named(matlab.CHANGES, matlab.change_mat),
        'compress': matlab.compress,
        'bomb': matlab.bomb,
    },
    '.npz': {
        **_named(archives.ARRAYS, archives.change_member),
        'key': archives.key,
        'bomb': archives.bomb,
    },
    '.npy': _named(archives.ARRAYS, archives.change_npy),
    '.sqlite': tables.TABLES,
    **dict.fromkeys(('.txt', '.csv', '.ini'), raw.LINES),
    **_PACKED,
}
#: Changes that take seconds and are drawn seldom.
_SLOW = 'bomb'


def _changes(name):
    return KINDS.get(PurePosixPath(name).suffix, {})


def steps(names, weights):
    """Strategy of steps.

    Args:
        names (Sequence[str]): Files to change.
        weights (dict[str, int]): How often a file is drawn, 1 if missing.
    """
    drawn = [n for n in names for _ in range(weights.get(n, 1))]

    def of_file(name):
        own = [c for c in _changes(name) if c != _SLOW]
        # What knows the kind of the file finds more than what does not.
        pool = [*own * 3, *[*raw.BYTES] * 2, *FILES]
        if _SLOW in _changes(name):
            pool.append(_SLOW)
        return st.tuples(
            st.just(name), st.sampled_from(pool), _ENDS, _ENDS
        ).map(list)

    return st.sampled_from(drawn).flatmap(of_file)


def recipes(names, weights):
    """Strategy of recipes."""
    return st.lists(steps(names, weights), min_size=1, max_size=3)


def apply(files, recipe):
    """Change a set of files.

    Args:
        files (dict[str, bytes | None]): Content by name.
        recipe (list): Steps.

    Returns:
        dict[str, bytes | None]: Content by name.
    """
    files = dict(files)
    for name, change, where, how in recipe:
        if name not in files:
            continue
        if change in FILES:
            FILES[change](files, name, where, how)
        elif files[name] is not FOLDER:
            known = {**raw.BYTES, **_changes(name)}
            if change in known:
                # After another change, what this one looks for may be gone.
                with suppress(Exception):
                    files[name] = known[change](files[name], where, how)
    return files
