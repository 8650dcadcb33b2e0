"""Reading MATLAB files, with errors that name the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.errors import InputError

from .mat_elements import check_elements


def load_mat(
    path: str | Path,
    names: str | Sequence[str],
    fields: Sequence[str] = (),
) -> np.ndarray:
    """Load one variable of a MATLAB file, with single dimensions squeezed.

    Args:
        path (str | Path): The file.
        names (str | Sequence[str]): Name of the variable, or several names,
            of which the first one in the file is taken.
        fields (Sequence[str]): Fields that each entry must have. Defaults to
            none.

    Returns:
        np.ndarray: The variable with at least one dimension. Strings are
        ``str``; use :func:`unwrap` on fields of a struct.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file cannot be read, or has no such variable or field.
    """
    # Slow to import: only for those who read such a file.
    from scipy.io import loadmat

    names = (names,) if isinstance(names, str) else tuple(names)
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such file')
    try:
        check_elements(path)
        content = loadmat(str(path), squeeze_me=True)
    except InputError:
        raise  # names the file already
    except NotImplementedError as error:
        raise InputError(
            f'{path}: is a file of MATLAB 7.3, which cannot be read; save the '
            'file again in MATLAB: save FILE.mat -v7'
        ) from error
    except Exception as error:  # scipy raises many kinds
        raise InputError(
            f'{path}: not a readable MATLAB file ({error}); copy or download '
            'it again'
        ) from error
    found = [name for name in content if not name.startswith('__')]
    name = next((name for name in names if name in content), None)
    if name is None:
        raise InputError(
            f'{path}: holds no variable {" or ".join(names)}, only '
            f'{", ".join(found) or "nothing"}; is it the file of that name '
            'from the data set?'
        )
    value = np.atleast_1d(content[name])
    missing = set(fields) - set(value.dtype.names or ())
    if missing:
        raise InputError(
            f'{path}: the entries of {name} lack the field '
            f'{", ".join(sorted(missing))}; is it the file of that name from '
            'the data set?'
        )
    return value


def unwrap(value: Any) -> Any:
    """Take the content out of a zero-dimensional array.

    Args:
        value (Any): Field of a squeezed struct: the content itself, or an
            array without dimensions around the content.

    Returns:
        Any: The content.
    """
    if isinstance(value, np.ndarray) and value.shape == ():
        return value[()] if value.dtype.names else value.item()
    return value


def text_of(value: Any) -> str:
    """A name in a file: a text or a number, wrapped or not.

    Args:
        value (Any): Entry of a cell array, or field of a squeezed struct.

    Returns:
        str: The name.

    Raises:
        TypeError: The value is anything else. Use :func:`entries_of`.
    """
    name = unwrap(value)
    if not isinstance(name, (str, int, float, np.integer)):
        raise TypeError(f'a name is of the type {type(name).__name__}')
    return str(name)


@contextmanager
def entries_of(path: str | Path, what: str) -> Iterator[None]:
    """Name the file in errors about its entries.

    Args:
        path (str | Path): The file whose entries are read inside.
        what (str): Type of a right entry, for the message.

    Raises:
        InputError: An entry has a wrong type, in place of the error that
            Python and NumPy raise.
    """
    try:
        yield
    except InputError:
        raise  # names the file already
    except (
        ValueError,
        IndexError,
        TypeError,
        KeyError,
        AttributeError,
    ) as error:
        raise InputError(
            f'{path}: an entry is not {what} ({error}); copy or download the '
            'file again'
        ) from error
