"""Wrong input ends with one readable message and exit code 2."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
