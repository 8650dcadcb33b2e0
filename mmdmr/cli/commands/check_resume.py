"""``mmdmr check_resume``: kill a training, resume it, compare."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.argument_types import whole
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_config
from mmdmr.files import check_new
from mmdmr.reliability.interruptions import check_interruptions


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Train a config twice. The first training runs through; the second is '
        'killed (kill -9) at random moments, also while it writes a '
        'checkpoint, and resumed each time. Check that a good checkpoint '
        'always stands, and that data, losses, weights, memory, key encoder '
        'and optimizer are equal to the last bit in every iteration. Exit '
        'code 1 if not. Equality to the last bit needs a CPU, or a GPU with '
        'randomness.deterministic=True.'
    )
    add_config_options(parser)
    parser.add_argument(
        '--out',
        required=True,
        metavar='DIR',
        help='new folder for both trainings',
    )
    parser.add_argument(
        '--kills', type=whole(1), default=20, help='number of kills'
    )
    parser.add_argument(
        '--every',
        type=whole(0),
        default=1,
        metavar='N',
        help='save a checkpoint every N iterations and keep one; 0: save as '
        'the config says',
    )
    parser.add_argument(
        '--seed',
        type=whole(0),
        default=0,
        help='seed of the moments of the kills',
    )


def run(args: Namespace) -> int:
    """Kill, resume and compare.

    Returns:
        int: 0; 1 if a promise was broken.

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
    result = check_interruptions(
        cfg, out, args.kills, args.every or None, args.seed
    )
    for problem in result.problems:
        print(f'PROBLEM: {problem}')
    print(
        f'{result.kills} kills, {result.while_writing} of them while a '
        f'checkpoint was written; {result.iterations} iterations, '
        f'{result.repeated} trained again after a kill: '
        + (
            f'{len(result.problems)} problems'
            if result.problems
            else 'all equal to the uninterrupted training'
        )
    )
    return 1 if result.problems else 0
