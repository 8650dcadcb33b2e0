"""Options of tools that score or show predictions."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError
from mmdmr.evaluation.loading import DEFAULT_THR
from mmdmr.readers import READERS
from mmdmr.readers.coco import ANN_FILES


def add_dataset_options(parser: ArgumentParser) -> None:
    """Add the options that name a data set.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    parser.add_argument(
        '--dataset',
        choices=list(READERS),
        required=True,
        help='kind of data set; coco: COCO-style JSON with person_id',
    )
    parser.add_argument(
        '--data-root',
        required=True,
        metavar='ROOT',
        help='folder of the data set',
    )
    parser.add_argument(
        '--test-ann',
        metavar='FILE',
        help='coco: test annotations, below ROOT (default: '
        f'{ANN_FILES["test"]})',
    )


def add_img_dir_option(parser: ArgumentParser) -> None:
    """Add the option that names the folder of the images.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    parser.add_argument(
        '--img-dir',
        metavar='DIR',
        help='folder of the images, below ROOT (default: the folder of the '
        'data set)',
    )


def add_prediction_options(parser: ArgumentParser) -> None:
    """Add the options that name a test split and predictions on it.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    add_dataset_options(parser)
    parser.add_argument(
        '--detections',
        required=True,
        metavar='FILE.npz',
        help='predictions: img_names (n), num_dets (n), dets (N, 5: x1 y1 x2 '
        'y2 score), feats (N, D), query_img_names (q), query_boxes (q, 4), '
        'query_feats (q, D); "mmdmr predict" and "mmdmr test --dump" write '
        'such a file',
    )
    parser.add_argument(
        '--score-thr',
        type=float,
        help='least score of a detection (default: the score_thr of the file, '
        'which "mmdmr predict" and "mmdmr test --dump" write, else '
        f'{DEFAULT_THR:g})',
    )


def dataset_keywords(args: Namespace) -> dict[str, Any]:
    """Options as keyword arguments of :func:`make_reader`.

    Args:
        args (Namespace): Arguments of :func:`add_dataset_options`, perhaps
            with ``score_thr``.

    Returns:
        dict[str, Any]: ``dataset``, ``data_root`` and ``test_ann``.

    Raises:
        FileNotFoundError: The folder of the data set is missing.
        InputError: A value is out of range, or options do not go together.
    """
    if args.score_thr is not None and not 0 <= args.score_thr <= 1:
        raise InputError(
            f'--score-thr must be in [0, 1], not {args.score_thr}'
        )
    if args.test_ann and args.dataset != 'coco':
        raise InputError('--test-ann goes with --dataset coco')
    if not Path(args.data_root).is_dir():
        raise FileNotFoundError(f'--data-root {args.data_root} is no folder')
    return dict(
        dataset=args.dataset,
        data_root=args.data_root,
        test_ann=args.test_ann,
    )


def prediction_keywords(args: Namespace) -> dict[str, Any]:
    """Options as keyword arguments of :func:`load_predictions`.

    Args:
        args (Namespace): Arguments of :func:`add_prediction_options`.

    Returns:
        dict[str, Any]: ``detections``, ``dataset``, ``data_root``,
            ``test_ann`` and ``score_thr``.

    Raises:
        FileNotFoundError: The folder of the data set is missing.
        InputError: A value is out of range, or options do not go together.
    """
    return dict(
        dataset_keywords(args),
        detections=args.detections,
        score_thr=args.score_thr,
    )
