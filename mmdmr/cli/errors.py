"""Report of wrong input: one readable message and exit code 2."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mmdmr.cli.ranks import (
    lost_rank_message,
    tell_launcher,
    this_rank,
    wait_for_launcher,
)
from mmdmr.errors import InputError, readable
from mmdmr.stack import StackError

#: Exit code after Ctrl-C, as shells have it.
_INTERRUPTED = 130
#: Errors of registries and constructors, raised for a wrong argument or type
#: in a config, but also for a bug of this package.
_PERHAPS_OURS = (TypeError, AttributeError, AssertionError)
_CONFIG_ERRORS = (
    *(ValueError, KeyError, SyntaxError, ImportError),
    *_PERHAPS_OURS,
)

#: Beginning of an error that PyTorch hands over from another process.
_OF_A_WORKER = re.compile(r'Caught \w+ in DataLoader worker process \d+\.\n')


@contextmanager
def report_errors(tool: str) -> Iterator[None]:
    """Print an error that the user has to mend, and exit.

    An :class:`~mmdmr.errors.InputError` says what is wrong with the input.
    An OSError, such as a full disk or a missing file, is the user's to mend,
    even if a training raises it. Ctrl-C, too, ends a tool without a
    traceback. Any other error is a bug and keeps its traceback.
    ``MMDMR_DEBUG=1`` shows every traceback.

    In a run of several processes, a message starts with the rank. A process
    that stops since another process has ended says so in one line, without a
    traceback, see :mod:`mmdmr.cli.ranks`.

    Args:
        tool (str): Name of the tool, printed before the message.

    Raises:
        SystemExit: With code 2, in place of an error that the user has to
            mend, or of the loss of another process; with code 130 after
            Ctrl-C.
    """
    try:
        yield
    except (InputError, OSError, StackError) as error:
        if os.environ.get('MMDMR_DEBUG', '0') != '0':
            raise
        text = readable(message_of(error))
        if _is_nameless(error):
            text += f' ({type(error).__name__}; MMDMR_DEBUG=1 shows where)'
        print(f'mmdmr {tool}: {this_rank()}error: {text}', file=sys.stderr)
        raise SystemExit(2) from error
    except Exception as error:
        lost = lost_rank_message(error)
        if lost is None or os.environ.get('MMDMR_DEBUG', '0') != '0':
            tell_launcher(error)
            raise
        print(f'mmdmr {tool}: {this_rank()}error: {lost}', file=sys.stderr)
        wait_for_launcher()
        raise SystemExit(2) from error
    except KeyboardInterrupt as error:
        if os.environ.get('MMDMR_DEBUG', '0') != '0':
            raise
        print(f'\nmmdmr {tool}: interrupted', file=sys.stderr)
        raise SystemExit(_INTERRUPTED) from error


@contextmanager
def config_errors() -> Iterator[None]:
    """Turn errors of building the objects of a config into InputError.

    A registry calls constructors with the arguments of a config: a TypeError
    of a constructor is the user's to mend. Wrap code that reads user input
    only. An error during training is a bug and must keep its traceback.

    Raises:
        InputError: In place of an error of a registry or a constructor.
    """
    try:
        yield
    except (InputError, OSError, StackError):
        raise
    except _CONFIG_ERRORS as error:
        text = message_of(error)
        if isinstance(error, _PERHAPS_OURS):
            text += f' ({type(error).__name__}; MMDMR_DEBUG=1 shows where)'
        raise InputError(text) from error


def _is_nameless(error: BaseException) -> bool:
    """True if an error of the operating system names no file."""
    return (
        isinstance(error, OSError)
        and error.errno is not None
        and error.filename is None
    )


def message_of(error: BaseException) -> str:
    """Message of an error, without the words of libraries around it.

    MMEngine's registry raises an error of a constructor again as the same
    type, with "class `X` in file.py: " before the text. PyTorch raises an
    error of a process that loads data again as the same type, with the
    traceback in the text.

    Args:
        error (BaseException): The error.

    Returns:
        str: One readable message.
    """
    while str(error).lstrip('\'"').startswith('class `') and error.__context__:
        error = error.__context__
    if _OF_A_WORKER.match(str(error)):
        kind = type(error)
        module = '' if kind.__module__ == 'builtins' else f'{kind.__module__}.'
        # The last line of a traceback begins with the type of the error.
        text = str(error).rpartition(f'\n{module}{kind.__qualname__}: ')[2]
        return text.strip()
    if isinstance(error, OSError) and isinstance(
        error.filename, (str, bytes, os.PathLike)
    ):
        # Python's text has a number first and the file last.
        names = [error.filename, error.filename2]
        files = ' -> '.join(os.fsdecode(name) for name in names if name)
        return f'{files}: {error.strerror}'
    if isinstance(error, KeyError) and error.args:
        text = str(error.args[0])
        return text if ' ' in text else f'missing key {text!r}'
    return str(error) or type(error).__name__
