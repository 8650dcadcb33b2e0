"""``mmdmr TOOL ...``: one command for all tools."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from mmdmr.cli.errors import input_errors
from mmdmr.stack import require_stack
from mmdmr.version import __version__

#: A tool is a module ``mmdmr.cli.<name>`` with ``main(argv) -> int``, unless
#: it is one of ``STOCK``.
TOOLS: dict[str, str] = {
    'train': 'train a person-search network from a config',
    'test': 'search with a trained network and score it',
    'publish_model': 'keep the weights that searching needs',
    'convert_dmrnet': "turn the DMRNet authors' weights into ours",
    'convert_backbone': "name another library's weights to start from them",
    'score_search': "score anyone's predictions by every protocol",
    'benchmark_search_eval': 'time the scoring against a peer',
    'compare_searches': 'tell whether one method beats another',
    'browse_search': 'a page of queries, what was found and missed',
    'plot_gallery_size': 'plot mAP and top-1 against the gallery size',
    'plot_ranking': 'draw queries with their best matches',
    'score_histogram': 'search by colours alone, for comparison',
    'verify_dataset': 'check a data set: files, boxes, counts',
    'split_dataset': 'split a COCO-style file into training and test',
    'convert_mot': 'turn tracked video (MOT format) into COCO-style JSON',
    'browse_dataset': 'draw training images as the network sees them',
    'print_config': 'print a config with all it inherits',
    'get_flops': 'count operations and parameters',
    'analyze_logs': 'plot the curves of a training log',
    'make_synthetic': 'draw a small person-search data set',
    'ablate': "train the rows of DMRNet's comparison, write tables",
    'demo': 'make data, train and search, all in minutes on a CPU',
}
#: Tools that are MMDetection's own.
STOCK = ('browse_dataset', 'print_config', 'get_flops', 'analyze_logs')
#: Tools that do without PyTorch and the OpenMMLab libraries.
WITHOUT_STACK = (
    *('split_dataset', 'score_search', 'compare_searches', 'browse_search'),
    *('convert_mot', 'make_synthetic'),
)
#: Distributions that are called otherwise than what they bring.
_PACKAGES = {'PIL': 'pillow', 'cv2': 'opencv-python-headless'}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool named first with the arguments after it.

    A tool is imported when it is called: the help needs no PyTorch.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: Exit code; 2 for wrong input.
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
    if name not in WITHOUT_STACK:
        with input_errors(name):
            require_stack()
    _print_any_name()
    # A full disk, a name too long, a file in place of a folder: wherever a
    # tool writes, even in a training, this is for the user to mend.
    with input_errors(name, _MissingLibrary, OSError):
        if name in STOCK:
            return import_module('mmdmr.cli.stock').run_stock(name, rest)
        return _import_tool(name).main(rest)


def _print_any_name() -> None:
    """Let names of files be printed that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):
            stream.reconfigure(errors='backslashreplace')


class _MissingLibrary(ImportError):
    """A library that a tool without PyTorch needs."""


def _import_tool(name: str) -> ModuleType:
    try:
        return import_module(f'mmdmr.cli.{name}')
    except ModuleNotFoundError as error:
        library = str(error.name).split('.')[0]
        if library == 'mmdmr':
            raise
        package = _PACKAGES.get(library, library)
        raise _MissingLibrary(
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
    lines = [f'  {name:{width}}  {summary}' for name, summary in TOOLS.items()]
    return '\n'.join(
        [
            'usage: mmdmr TOOL [arguments]',
            '',
            'Person search (DMRNet) for MMDetection.',
            '',
            'tools:',
            *lines,
            '',
            '"mmdmr TOOL --help" explains a tool, "mmdmr --version" prints '
            'the version.',
        ]
    )


def _unknown(name: str) -> str:
    near = get_close_matches(name, TOOLS, n=1)
    hint = (
        f'did you mean {near[0]!r}?'
        if near
        else 'there are ' + ', '.join(TOOLS) + '.'
    )
    return f'there is no tool {name!r}: {hint}'
