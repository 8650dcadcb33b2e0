"""``mmdmr make_synthetic``: draw a small person-search data set."""

from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.progress import progress
from mmdmr.synthetic import Settings, generate
from mmdmr.synthetic.appearance import DIFFICULTIES
from mmdmr.synthetic.backgrounds import PAINTERS


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    default = Settings()
    parser.description = (
        'Draw people in scenes and write them, with boxes and identities, in '
        'the layout of CUHK-SYSU. The same arguments give the same files.'
    )
    parser.add_argument(
        '--out',
        type=Path,
        required=True,
        metavar='DIR',
        default=SUPPRESS,
        help='folder to write to: new, empty, or a former synthetic set, '
        'which is replaced',
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=default.seed,
        help='seed of all randomness: another seed draws other people and '
        'pictures',
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
        'training identities',
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


def run(args: Namespace) -> int:
    """Draw and write a data set.

    Returns:
        int: 0.

    Raises:
        InputError: A setting is out of range, or the folder holds other
            files.
    """
    settings = Settings(
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
    print(
        f'drawing {settings.images} training and {settings.test_images} '
        f'test images into {args.out}',
        flush=True,
    )
    generate(args.out, settings, progress)
    print(f'done: {args.out}')
    return 0
