"""MMDetection's own tools, on configs that mmdmr finds and completes."""

import os
import runpy
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import mmdet
from matplotlib import style
from mmengine.config import Config

from mmdmr.cli.argument_types import whole
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors, message_of
from mmdmr.cli.tools import TOOLS
from mmdmr.config import datasets_of, load_config
from mmdmr.errors import InputError

_LOADERS = {
    'browse_dataset': ('train_dataloader',),
    'get_flops': ('val_dataloader',),
}
_WITHOUT_CONFIG = ('analyze_logs',)
#: Tools that run no code of this package: wrong input causes their errors.
_WITHOUT_OUR_CODE = ('analyze_logs', 'print_config')
_INPUT_ERRORS = (AssertionError, KeyError, IndexError, ValueError)


def run_mmdet_tool(name: str, argv: Sequence[str]) -> int:
    """Run one of MMDetection's tools.

    Args:
        name (str): Tool with an ``upstream`` script.
        argv (Sequence[str]): Arguments of the tool. A config may be the base
            name of a config of this package; ``--data-root`` is added.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    script = find_script(name)
    if name in _WITHOUT_CONFIG:
        # The default style of analyze_logs, which Matplotlib does not know.
        style.library.setdefault('dark', style.library['seaborn-v0_8-dark'])
        return _run(script, name, argv)
    parser = ArgumentParser(
        f'mmdmr {name}',
        add_help=False,
        description=f"MMDetection's {name}. All arguments but the following "
        "are MMDetection's:",
    )
    add_config_options(parser)
    if name == 'browse_dataset':
        parser.add_argument(
            '--number',
            type=whole(1),
            metavar='N',
            help='draw the first N images of each data set only',
        )
        parser.add_argument(
            '--output-dir',
            metavar='DIR',
            help='folder for the pictures (default on a machine without a '
            'display: work_dirs/<name of the config>/browse_dataset)',
        )
    if {'-h', '--help'} & set(argv):
        print(parser.format_help())
        return _run(script, name, ['--help'])
    args, rest = parser.parse_known_args(argv)
    with config_errors():
        cfg = load_config(
            **config_arguments(args), loaders=_LOADERS.get(name, ())
        )
        if name == 'browse_dataset':
            rest += _browse_options(cfg, args)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / Path(args.config).with_suffix('.py').name
        with config_errors():
            cfg.dump(config)
        return _run(script, name, [str(config), *rest])


def find_script(name: str) -> Path:
    """Find a script of the installed MMDetection.

    Args:
        name (str): Tool with an ``upstream`` script.

    Returns:
        Path: The script.

    Raises:
        FileNotFoundError: The installed MMDetection has no such script.
    """
    package = Path(mmdet.__file__).parent
    places = [
        tools / TOOLS[name].upstream
        for tools in (package / '.mim/tools', package.parent / 'tools')
    ]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f'this MMDetection has no tool {name}; looked for '
        f'{" and ".join(map(str, places))}'
    )


def _run(script: Path, name: str, argv: Sequence[str]) -> int:
    own_argv = sys.argv
    # A script reads its arguments from the process.
    sys.argv = [f'mmdmr {name}', *argv]
    try:
        runpy.run_path(str(script), run_name='__main__')
    except ModuleNotFoundError as error:
        print(
            f"mmdmr {name}: error: MMDetection's tool needs "
            f'{error.name}. Run: pip install {error.name}',
            file=sys.stderr,
        )
        return 2
    except _INPUT_ERRORS as error:
        if name not in _WITHOUT_OUR_CODE:
            raise
        raise InputError(
            "wrong arguments or files: MMDetection's tool reports "
            f'"{message_of(error)}"; see mmdmr {name} --help'
        ) from error
    finally:
        sys.argv = own_argv
    return 0


def _browse_options(cfg: Config, args: Namespace) -> list[str]:
    """Arguments of MMDetection's browse_dataset for the parsed options."""
    if args.number is not None:
        for dataset in datasets_of(cfg, 'train_dataloader'):
            dataset.indices = args.number
    folder, show = args.output_dir, []
    if not _has_display():
        show = ['--not-show']
        name = Path(args.config).stem
        folder = folder or os.path.join('work_dirs', name, 'browse_dataset')
    if folder:
        print(f'Saving pictures in {folder}')
        return [*show, '--output-dir', folder]
    return show


def _has_display() -> bool:
    return sys.platform != 'linux' or bool(
        os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
    )
