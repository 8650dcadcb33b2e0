"""``mmdmr split_dataset``: split a JSON file into training and test."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.errors import InputError
from mmdmr.readers.coco_split import split_coco


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Split a COCO-style file with person_id into train.json and test.json.'
    )
    parser.add_argument('ann_file', help='the file to split')
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='folder for the two files (default: "annotations" beside the '
        'file)',
    )
    parser.add_argument(
        '--test-share',
        type=float,
        default=0.3,
        help='share of the images for the test',
    )
    parser.add_argument(
        '--by',
        choices=('auto', 'people', 'order'),
        default='auto',
        help='people: groups of images that share persons are drawn at '
        'random, and no person is in both files; order: the last images of '
        'each camera are for the test, as suits video; auto: people if '
        'possible, else order (default)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the draw by people'
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace existing files'
    )


def run(args: Namespace) -> int:
    """Split a COCO-style file.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    _check(args)
    path = Path(args.ann_file)
    folder = Path(args.out) if args.out else _default_folder(path)
    targets = [folder / f'{name}.json' for name in ('train', 'test')]
    existing = [str(target) for target in targets if target.exists()]
    if path.is_file() and existing and not args.overwrite:
        raise FileExistsError(
            f'{", ".join(existing)} would be overwritten; '
            'give --overwrite if you mean it, or --out'
        )
    # Both parts are checked before either is written.
    split = split_coco(path, targets, args.by, args.test_share, args.seed)
    folder.mkdir(parents=True, exist_ok=True)
    for target, content in zip(targets, split.contents):
        target.write_text(json.dumps(content), encoding='utf-8')
    print('\n'.join(split.summary(targets, args.test_share)))
    return 0


def _check(args: Namespace) -> None:
    if args.seed < 0:
        raise InputError(f'--seed must not be negative, not {args.seed}')
    if not 0 < args.test_share < 1:
        raise InputError(
            f'--test-share must be between 0 and 1, not {args.test_share}'
        )


def _default_folder(path: Path) -> Path:
    """Folder ``annotations`` that holds the file, else one beside the file."""
    if path.parent.name == 'annotations':
        return path.parent
    return path.parent / 'annotations'
