"""``mmdmr check_leaks``: train for long, see what piles up."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.argument_types import not_negative, whole
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_config
from mmdmr.files import check_new
from mmdmr.reliability.leaks import check_leaks


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Train a config for many iterations, with its validations and '
        'checkpoints, and note resident memory and open file handles every '
        '10 iterations. The last tenth of the measurements is compared with '
        'the first tenth behind --after, by their medians. Exit code 1 if '
        'the memory of the training or of a data-loading process rose by '
        'more than --limit-mb, or if more files are open.'
    )
    add_config_options(parser)
    parser.add_argument(
        '--out',
        required=True,
        metavar='DIR',
        help='new folder for the training and the measurements',
    )
    parser.add_argument(
        '--iterations',
        type=whole(1),
        default=2000,
        help='iterations, rounded up to whole epochs (default: 2000)',
    )
    parser.add_argument(
        '--after',
        type=whole(0),
        default=200,
        help='first iterations, which fill caches and are not judged '
        '(default: 200)',
    )
    parser.add_argument(
        '--limit-mb',
        type=not_negative,
        default=20.0,
        help='rise of the memory that is allowed, in MB (default: 20)',
    )


def run(args: Namespace) -> int:
    """Train and judge.

    Returns:
        int: 0; 1 if memory or handles pile up.

    Raises:
        FileExistsError: The folder exists.
        InputError: The config is wrong, or does not train.
    """
    out = Path(args.out)
    check_new(out)
    with config_errors():
        cfg = load_config(
            **config_arguments(args),
            loaders=('train_dataloader', 'val_dataloader'),
        )
        found = check_leaks(
            cfg, out, args.iterations, args.after, 1e6 * args.limit_mb
        )
    for problem in found.problems:
        print(f'PROBLEM: {problem}')
    print(
        f'{found.iterations} iterations; after the first {args.after}, '
        f'memory rose by {found.memory / 1e6:.1f} MB, that of the largest '
        f'data-loading process by {found.worker_memory / 1e6:.1f} MB, open '
        f'handles by {found.handles:.0f}, tensors by {found.tensors:.0f}: '
        + ('too much' if found.problems else 'nothing piles up')
    )
    return 1 if found.problems else 0
