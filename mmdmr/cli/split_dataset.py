"""``mmdmr split_dataset``: one JSON becomes training and test."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.cli.errors import input_errors
from mmdmr.readers import CocoReader
from mmdmr.readers.coco import choose_queries
from mmdmr.readers.coco_file import load_json
from mmdmr.readers.splitting import (
    cut,
    group_by_people,
    split_by_order,
    split_by_people,
)
from mmdmr.structures import GroundTruth

#: With fewer, the command says how coarse the scores will be.
FEW_QUERIES = 50


def main(argv: Sequence[str] | None = None) -> int:
    """Split a COCO-style file.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    path = Path(args.ann_file)
    folder = (
        Path(args.out)
        if args.out
        else (
            path.parent
            if path.parent.name == 'annotations'
            else path.parent / 'annotations'
        )
    )
    targets = [folder / f'{name}.json' for name in ('train', 'test')]
    with input_errors('split_dataset'):
        if not path.is_file():
            raise FileNotFoundError(
                f'{path} is {"a folder" if path.is_dir() else "no file"}; '
                'name the JSON file to split'
            )
        there = [str(target) for target in targets if target.exists()]
        if there and not args.overwrite:
            raise FileExistsError(
                f'{", ".join(there)} would be overwritten; '
                'give --overwrite if you mean it, or --out'
            )
        # As a test file: queries are checked, too.
        content = load_json(path)
        reader = CocoReader(
            path.parent, True, path.absolute(), content=content
        )
        truth = reader.ground_truth()
        is_test, how = choose(truth, args.by, args.test_share, args.seed)
        share = is_test.mean()
        seen = {
            name
            for ids in _of(truth.person_ids, ~is_test)
            for name in _names(truth, ids)
        }
        files = cut(content, is_test, seen)
        # What is wrong with a part is to be known before any is written.
        parts = [_part(*pair) for pair in zip(targets, files)]
        folder.mkdir(parents=True, exist_ok=True)
        for target, part in zip(targets, files):
            target.write_text(json.dumps(part), encoding='utf-8')
    for remark in reader.remarks:
        print(f'note: {remark}')
    listed, kept = (len(c.get('queries') or ()) for c in (content, files[1]))
    if kept < listed:
        print(
            f'note: {listed - kept} of {listed} listed queries are left out: '
            'their image or their person is in the training file'
            + ('' if kept else '; queries are chosen by rule instead')
        )
    print(
        f'{how}\n{100 * share:.0f} % of the images are for the test, '
        f'{100 * args.test_share:.0f} % were asked for'
    )
    for target, truth in zip(targets, parts):
        ids = np.concatenate([[], *truth.person_ids])
        print(
            f'{target}: {len(truth.img_names)} images, {len(ids)} boxes, '
            f'{(ids >= 0).sum()} of them labelled, '
            f'{len(truth.person_id_names)} identities'
        )
    num = kept or len(choose_queries(parts[1]).img_ids)
    print(f'{num} queries in {targets[1]}')
    if num < FEW_QUERIES:
        print(
            f'Fewer than {FEW_QUERIES} queries make a coarse measure: one of '
            f'them is worth {100 / max(num, 1):.0f} % of the scores. Label '
            'more persons in two images or more, or give a larger '
            '--test-share.'
        )
    return 0


def _part(target: Path, content: dict) -> GroundTruth:
    """Read a part before it is written.

    Raises:
        ValueError: Training or test would come to nothing with it.
    """
    test = target.stem == 'test'
    reader = CocoReader(
        target.parent, test, target.absolute(), content=content
    )
    if not content['images']:
        raise ValueError(
            f'{target} would have no image; give another --test-share, or --by'
        )
    truth = reader.ground_truth()
    if not any((ids >= 0).any() for ids in truth.person_ids):
        raise ValueError(
            f'{target} would have no labelled person, so that there is '
            'nothing to '
            + ('search for' if test else 'learn')
            + '; label more persons with person_id, or give another '
            '--test-share, --seed or --by'
        )
    if test:
        reader.search_task(truth, reader.available_protocols(truth)[:1])
    return truth


def choose(
    truth: GroundTruth, by: str, test_share: float, seed: int
) -> tuple[np.ndarray, str]:
    """Choose the test images.

    Args:
        truth (GroundTruth): Annotations of all images.
        by (str): ``people``, ``order`` or ``auto``: by people if possible.
        test_share (float): Share of the images for the test.
        seed (int): Seed of the draw by people.

    Returns:
        tuple[np.ndarray, str]: (n,) bool, True for test images; and how they
        were chosen, for people to read.

    Raises:
        ValueError: There is no way to choose them by people.
    """
    sizes = np.bincount(group_by_people(truth.person_ids))
    linked = (
        f'persons they share link the images to {len(sizes)} groups, the '
        f'largest of {sizes.max()} images'
    )
    if by != 'order':
        is_test = split_by_people(truth.person_ids, test_share, seed)
        if is_test.any():
            return is_test | ~truth.in_gallery, (
                f'by people: nobody is in both files ({linked})'
            )
        if by == 'people':
            raise ValueError(
                f'cannot be split by people: {linked}; use --by order'
            )
    is_test = split_by_order(truth.cam_ids.tolist(), test_share)
    why = '' if by == 'order' else f' since not possible by people ({linked})'
    return is_test | ~truth.in_gallery, (
        f'by order{why}: the last images of each camera are for the test; '
        'persons seen in both files are unlabelled in the test'
    )


def _of(items: Sequence, mask: np.ndarray) -> list:
    return [item for item, chosen in zip(items, mask) if chosen]


def _names(truth: GroundTruth, ids: np.ndarray) -> list:
    return [truth.person_id_names[i] for i in ids[ids >= 0]]


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
        'random, nobody is in both files; order: the last images of each '
        'camera are for the test, as suits video; auto: people if that is '
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
