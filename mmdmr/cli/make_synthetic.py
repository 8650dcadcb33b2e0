"""``mmdmr make_synthetic``: draw a small person-search data set."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmdmr.cli.errors import input_errors
from mmdmr.cli.progress import progress
from mmdmr.errors import InputError
from mmdmr.synthetic import Settings, generate
from mmdmr.synthetic.appearance import DIFFICULTIES
from mmdmr.synthetic.backgrounds import PAINTERS


def _parser() -> argparse.ArgumentParser:
    default = Settings()
    parser = argparse.ArgumentParser(
        prog='mmdmr make_synthetic',
        description='Draw people in scenes and write them, with boxes and '
        'identities, in the layout of CUHK-SYSU. The same arguments give the '
        'same files.',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        '--out',
        type=Path,
        required=True,
        metavar='DIR',
        default=argparse.SUPPRESS,
        help='folder to write to: new, empty, or a former synthetic set, '
        'which is replaced',
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=default.seed,
        help='seed of all randomness: other people and pictures',
    )
    parser.add_argument(
        '--images',
        type=int,
        default=default.images,
        help='number of training images',
    )
    parser.add_argument(
        '--test-images',
        type=int,
        default=default.test_images,
        help='number of test images',
    )
    parser.add_argument(
        '--identities',
        type=int,
        default=default.identities,
        help='number of labelled training identities',
    )
    parser.add_argument(
        '--test-identities',
        type=int,
        default=default.test_identities,
        help='number of labelled test identities, other people than the '
        'training ones',
    )
    parser.add_argument(
        '--queries',
        type=int,
        default=default.queries,
        help='number of queries, over which test identities take turns',
    )
    parser.add_argument(
        '--image-size',
        type=int,
        nargs=2,
        default=default.image_size,
        metavar=('W', 'H'),
        help='width and height in pixels',
    )
    parser.add_argument(
        '--difficulty',
        choices=DIFFICULTIES,
        default=default.difficulty,
        help='easy: identities differ clearly; hard: groups of look-alikes '
        'that differ in one small thing',
    )
    parser.add_argument(
        '--cameras',
        nargs='+',
        choices=tuple(PAINTERS),
        metavar='PLACE',
        default=default.cameras,
        help='places, one camera each, out of '
        f'{", ".join(PAINTERS)}; a place named twice gets two cameras',
    )
    return parser


def _parse(argv: Sequence[str] | None) -> tuple[Path, Settings]:
    """Folder and settings; a wrong value ends the program."""
    args = _parser().parse_args(argv)
    with input_errors('make_synthetic', InputError):
        return args.out, Settings(
            seed=args.seed,
            images=args.images,
            test_images=args.test_images,
            identities=args.identities,
            test_identities=args.test_identities,
            queries=args.queries,
            image_size=tuple(args.image_size),
            difficulty=args.difficulty,
            cameras=tuple(args.cameras),
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Draw and write a set.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None: the
            arguments of the process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    out, settings = _parse(argv)
    print(
        f'drawing {settings.images} training and {settings.test_images} '
        f'test images into {out}',
        flush=True,
    )
    with input_errors('make_synthetic', OSError, InputError):
        generate(out, settings, progress)
    print(f'done: {out}')
    return 0
