"""``mmdmr verify_dataset``: check that training on a data set would work."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.prediction_options import add_dataset_options
from mmdmr.cli.progress import progress
from mmdmr.errors import InputError
from mmdmr.readers import READERS, CocoReader, Reader
from mmdmr.readers.coco import ANN_FILES
from mmdmr.readers.verification import verify
from mmdmr.readers.verification_report import print_report


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Check that every file of a data set is present and '
        'readable and every box inside its image; count images, boxes, '
        'identities and queries. Exit code 0: training on the data set would '
        'work; 1: the data set has errors.'
    )
    add_dataset_options(parser)
    parser.add_argument(
        '--train-ann',
        metavar='FILE',
        help='coco: training annotations, below ROOT (default: '
        f'{ANN_FILES["train"]})',
    )
    parser.add_argument(
        '--img-dir',
        metavar='DIR',
        help='folder of the images, below ROOT (default: '
        f'{CocoReader.img_dir} for coco, else the usual folder of the data '
        'set)',
    )
    for split in ('train', 'test'):
        parser.add_argument(
            f'--{split}-img-dir',
            metavar='DIR',
            help=f'folder of the {split} images, below ROOT, if they are in a '
            'folder of their own (default: folder of --img-dir)',
        )
    parser.add_argument(
        '--workers', type=int, metavar='N', help='threads that read images'
    )


def run(args: Namespace) -> int:
    """Verify a data set.

    Returns:
        int: 0 if training on it would work, else 1.

    Raises:
        InputError: An argument or a file is wrong.
    """
    _check(args)
    root = Path(args.data_root)
    if not root.is_dir():
        raise FileNotFoundError(f'--data-root {root} is no folder')
    readers = _readers(args, root)
    print(f'verifying {args.dataset} in {root}', flush=True)
    default = args.img_dir or readers[0].img_dir
    report = verify(
        *readers,
        root / (args.train_img_dir or default),
        progress,
        args.workers,
        root / (args.test_img_dir or default),
    )
    print_report(report, readers[0].published_counts)
    if args.dataset == 'coco' and not any(
        file.exists() for reader in readers for file in reader.files()
    ):
        print(
            'One file for all images? "mmdmr split_dataset FILE.json" makes '
            'the two.'
        )
    return 1 if report.errors else 0


def _check(args: Namespace) -> None:
    if args.workers is not None and args.workers < 1:
        raise InputError(f'--workers must be at least 1, not {args.workers}')
    if args.dataset != 'coco' and (args.train_ann or args.test_ann):
        raise InputError('--train-ann and --test-ann go with --dataset coco')


def _readers(args: Namespace, root: Path) -> tuple[Reader, Reader]:
    """Readers of the training and the test split."""
    if args.dataset == 'coco':
        return (
            CocoReader(root, ann_file=args.train_ann),
            CocoReader(root, test=True, ann_file=args.test_ann),
        )
    reader = READERS[args.dataset]
    return reader(root), reader(root, test=True)
