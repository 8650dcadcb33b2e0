"""``mmdmr TOOL ...``: one command for all tools."""

import gc
import sys
from argparse import (
    Action,
    ArgumentDefaultsHelpFormatter,
    ArgumentParser,
)
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from itertools import groupby
from types import ModuleType

from mmdmr.cli.errors import report_errors
from mmdmr.cli.tools import TOOLS
from mmdmr.errors import InputError
from mmdmr.stack import force_weights_only, require_stack
from mmdmr.version import __version__

#: Packages to install for modules that have another name.
_PACKAGES = {
    'PIL': 'pillow',
    'cv2': 'opencv-python-headless',
    'yaml': 'pyyaml',
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool named first with the arguments after it.

    A tool is imported when it is called: the help needs no PyTorch.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None: the arguments
            of the process.

    Returns:
        int: Exit code; 2 for wrong input.

    Raises:
        SystemExit: With code 2 if the tool is given wrong input.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    if not argv:
        print(_help(), file=sys.stderr)
        return 2
    name, *rest = argv
    if name in ('-h', '--help'):
        print(_help())
        return 0
    if name in ('-V', '--version'):
        print(f'mmdmr {__version__}')
        return 0
    if name not in TOOLS:
        print(f'mmdmr: error: {_unknown(name)}', file=sys.stderr)
        return 2
    _print_any_name()
    with report_errors(name):
        if TOOLS[name].needs_stack:
            require_stack()
        if TOOLS[name].upstream:
            upstream = _import('mmdmr.cli.mmdet_tools')
            _guard(name)
            return upstream.run_mmdet_tool(name, rest)
        args = build_parser(name).parse_args(rest)
        _guard(name, getattr(args, 'trust_checkpoint', False))
        return _import_command(name).run(args)


def build_parser(name: str) -> ArgumentParser:
    """Make the parser of a tool of this package.

    Args:
        name (str): The tool.

    Returns:
        ArgumentParser: Parser of the arguments behind the tool's name.
    """
    parser = ArgumentParser(
        f'mmdmr {name}', formatter_class=_DefaultsFormatter
    )
    _import_command(name).add_arguments(parser)
    if TOOLS[name].loads:
        parser.add_argument(
            '--trust-checkpoint',
            action='store_true',
            help='load all that a checkpoint holds, which may run code: for '
            'files that you made yourself',
        )
    return parser


def _guard(name: str, trust: bool = False) -> None:
    """Let no file run code by being loaded, unless the user trusts it."""
    if trust:
        print(
            f'mmdmr {name}: warning: --trust-checkpoint: checkpoints are '
            'loaded with all that they hold, which may run code',
            file=sys.stderr,
        )
    force_weights_only(trust)
    if TOOLS[name].needs_stack:
        _import('mmdmr.engine.safe_loading').load_safely(trust)


class _DefaultsFormatter(ArgumentDefaultsHelpFormatter):
    """Shows defaults, except of options that are off or unset."""

    def _get_help_string(self, action: Action) -> str | None:
        if action.default in (None, False, []) or (
            action.help and '(default' in action.help
        ):
            return action.help
        return super()._get_help_string(action)


def _print_any_name() -> None:
    """Print characters that the encoding of the terminal lacks as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):
            stream.reconfigure(errors='backslashreplace')


def _import(name: str) -> ModuleType:
    """Import a module without looking for garbage meanwhile.

    A module lives until the end. Still, the garbage collector would search all
    modules of PyTorch and MMDetection time and again while they are imported:
    a fifth of the time in which a tool starts.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        if enabled:
            gc.enable()


def _import_command(name: str) -> ModuleType:
    try:
        return _import(f'mmdmr.cli.commands.{name}')
    except ModuleNotFoundError as error:
        library = str(error.name).split('.')[0]
        if library == 'mmdmr':
            raise
        package = _PACKAGES.get(library, library)
        raise InputError(
            f'needs {library}. Run: pip install {package}'
        ) from error


def run_tool(name: str) -> None:
    """Run a tool with the arguments of the process, for ``tools/NAME.py``.

    Args:
        name (str): The tool.

    Raises:
        SystemExit: With the tool's exit code.
    """
    raise SystemExit(main([name, *sys.argv[1:]]))


def _help() -> str:
    width = max(map(len, TOOLS))
    lines = ['usage: mmdmr TOOL [arguments]', '']
    lines += ['Person search (DMRNet) for MMDetection.', '']
    for group, names in groupby(TOOLS, lambda name: TOOLS[name].group):
        lines.append(f'{group}:')
        lines += [f'  {n:{width}}  {TOOLS[n].summary}' for n in names]
        lines.append('')
    lines.append(
        '"mmdmr TOOL --help" explains a tool, "mmdmr --version" prints the '
        'version.'
    )
    return '\n'.join(lines)


def _unknown(name: str) -> str:
    near = get_close_matches(name, TOOLS, n=1)
    hint = (
        f'did you mean {near[0]!r}?'
        if near
        else 'the tools are ' + ', '.join(TOOLS) + '.'
    )
    return f'there is no tool {name!r}: {hint}'
