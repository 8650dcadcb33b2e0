"""``mmdmr predict``: any model over the test split of a data set."""

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.apis.models import load_embedder
from mmdmr.apis.predict import predict
from mmdmr.cli.argument_types import whole
from mmdmr.cli.errors import config_errors
from mmdmr.cli.model_options import (
    add_embedder_options,
    add_model_arguments,
    embedder_keywords,
)
from mmdmr.cli.prediction_options import (
    add_dataset_options,
    add_img_dir_option,
    dataset_keywords,
)
from mmdmr.cli.progress import progress
from mmdmr.evaluation.loading import make_reader
from mmdmr.evaluation.saving import save_predictions
from mmdmr.files import check_target


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Detect and embed the persons of a test split by two ONNX networks '
        'or by a trained person-search network, and write the predictions '
        'into a file for "mmdmr score_search".'
    )
    add_model_arguments(parser)
    add_dataset_options(parser)
    add_img_dir_option(parser)
    parser.add_argument(
        '--out',
        required=True,
        metavar='FILE.npz',
        help='file for detections and embeddings',
    )
    parser.add_argument(
        '--gt',
        action='store_true',
        help='also embed the ground-truth boxes, for "mmdmr score_search '
        '--gt"',
    )
    add_embedder_options(parser)
    parser.add_argument(
        '--batch-size',
        type=whole(1),
        default=8,
        help='images that are embedded together',
    )


def run(args: Namespace) -> int:
    """Write the predictions of a model.

    Returns:
        int: 0.

    Raises:
        InputError: An argument, the model or a file is wrong.
    """
    check_target(Path(args.out), '.npz')
    reader = make_reader(**dataset_keywords(args))
    truth = reader.ground_truth()
    # The queries are the same for all protocols.
    task = reader.search_task(truth, reader.available_protocols(truth)[:1])
    paths = reader.image_paths(truth.img_names, args.img_dir)
    with config_errors():
        embedder = load_embedder(
            args.model, args.checkpoint, **embedder_keywords(args)
        )
    started = time.perf_counter()
    found = predict(embedder, task, paths, args.gt, args.batch_size, progress)
    seconds = time.perf_counter() - started
    model = embedder.model
    save_predictions(
        args.out,
        task,
        found.detections,
        found.query_feats,
        found.gt_feats,
        getattr(embedder, 'score_thr', None),
        model.fingerprint,
    )
    print(
        f'{args.out}: {len(found.detections)} detections in {len(paths)} '
        f'images and {len(found.query_feats)} queries, '
        f'{len(paths) / seconds:.1f} images/s\n'
        f'model: {model}'
    )
    return 0
