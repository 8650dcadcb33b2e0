"""Wrong input ends with one readable message and exit code 2."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdmr.stack import StackError

#: What readers, configs and registries raise for wrong input. A registry
#: calls constructors with what a config holds: a wrong argument or type there
#: is the user's to mend, too.
_PERHAPS_OURS = (TypeError, AttributeError, AssertionError)
INPUT_ERRORS = (
    *(OSError, ValueError, KeyError, SyntaxError, ImportError, StackError),
    *_PERHAPS_OURS,
)


@contextmanager
def input_errors(tool: str, *errors: type[BaseException]) -> Iterator[None]:
    """Report what configs, readers and registries complain of.

    Wrap only what reads the user's input, never a running training: an error
    in there is ours and needs its traceback. ``MMDMR_DEBUG=1`` shows the
    traceback here too.

    Args:
        tool (str): Name of the tool, printed before the message.
        *errors (type): Errors to report; those of ``INPUT_ERRORS`` if none
            are given.

    Raises:
        SystemExit: With code 2, in place of such an error.
    """
    try:
        yield
    except errors or INPUT_ERRORS as error:
        if os.environ.get('MMDMR_DEBUG', '0') != '0':
            raise
        text = message_of(error)
        if isinstance(error, _PERHAPS_OURS) or _is_nameless(error):
            text += f' ({type(error).__name__}; MMDMR_DEBUG=1 shows where)'
        print(f'mmdmr {tool}: error: {text}', file=sys.stderr)
        raise SystemExit(2) from error


def _is_nameless(error: BaseException) -> bool:
    """Whether an error of the system does not say which file it is about."""
    return (
        isinstance(error, OSError)
        and error.errno is not None
        and error.filename is None
    )


def message_of(error: BaseException) -> str:
    """The message of an error, without what MMEngine wraps around it.

    MMEngine's registry raises an error of a constructor again as the same
    type, with "class `X` in file.py: " before the text.

    Args:
        error (BaseException): What was raised.

    Returns:
        str: One readable message.
    """
    while str(error).lstrip('\'"').startswith('class `') and error.__context__:
        error = error.__context__
    if isinstance(error, KeyError) and error.args:
        text = str(error.args[0])
        return text if ' ' in text else f'missing key {text!r}'
    return str(error) or type(error).__name__


def check_new(path: Path) -> None:
    """Check that a tool would not write over something.

    Args:
        path (Path): What it is about to write.

    Raises:
        FileExistsError: It is there, be it a folder or a link to nowhere.
    """
    if path.exists() or path.is_symlink():
        raise FileExistsError(
            f'{path} is there already; remove it or write elsewhere'
        )


def check_target(path: Path, kind: str) -> None:
    """Check that a tool will be able to write a file, before it computes what
    will be in it, and make the file's folder.

    Args:
        path (Path): The file; one of its kind is written over.
        kind (str): Suffix of such files, with its dot.

    Raises:
        IsADirectoryError: It is a folder.
        FileExistsError: A file of another kind is there, as a config or a
            checkpoint that was named in the wrong place.
        OSError: Its folder cannot be made.
    """
    if path.is_dir():
        raise IsADirectoryError(f'{path} is a folder; name a {kind} file')
    if path.exists() and path.suffix != kind:
        raise FileExistsError(
            f'{path} is there already and no {kind} file; name another'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
