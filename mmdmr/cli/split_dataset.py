"""``mmdmr split_dataset``: one JSON becomes training and test."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.cli.errors import input_errors
from mmdmr.readers.coco_split import CocoSplit, split_coco

#: With fewer queries the command tells how coarse the scores will be.
FEW_QUERIES = 50


def main(argv: Sequence[str] | None = None) -> int:
    """Split a COCO-style file.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None: the
            arguments of the process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    path = Path(args.ann_file)
    folder = Path(args.out) if args.out else _default_folder(path)
    targets = [folder / f'{name}.json' for name in ('train', 'test')]
    with input_errors('split_dataset'):
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
    _print_split(split, targets, args.test_share)
    return 0


def _default_folder(path: Path) -> Path:
    """Folder ``annotations``: that of the file, or else one beside it."""
    if path.parent.name == 'annotations':
        return path.parent
    return path.parent / 'annotations'


def _print_split(
    split: CocoSplit, targets: Sequence[Path], test_share: float
) -> None:
    """Print notes, the way of the choice, and counts of both files."""
    for note in split.notes:
        print(f'note: {note}')
    print(
        f'{split.how}\n{100 * split.share:.0f} % of the images are for the '
        f'test, {100 * test_share:.0f} % were asked for'
    )
    for target, truth in zip(targets, split.truths):
        ids = np.concatenate([[], *truth.person_ids])
        print(
            f'{target}: {len(truth.img_names)} images, {len(ids)} boxes, '
            f'{(ids >= 0).sum()} of them labelled, '
            f'{len(truth.person_id_names)} identities'
        )
    print(f'{split.num_queries} queries in {targets[1]}')
    if split.num_queries < FEW_QUERIES:
        print(
            f'Fewer than {FEW_QUERIES} queries make a coarse measure: one of '
            f'them is worth {100 / max(split.num_queries, 1):.0f} % of the '
            'scores. Label more persons in two images or more, or give a '
            'larger --test-share.'
        )


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr split_dataset',
        description='Split a COCO-style file with person_id into train.json '
        'and test.json.',
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
        help='share of the images for the test (default: %(default)s)',
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
    args = parser.parse_args(argv)
    if args.seed < 0:
        parser.error(f'--seed must not be negative, not {args.seed}')
    if not 0 < args.test_share < 1:
        parser.error(
            f'--test-share must be between 0 and 1, not {args.test_share}'
        )
    return args
