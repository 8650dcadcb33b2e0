"""``mmdmr calibrate_threshold``: which similarity means the same person."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.apis.calibration import (
    calibrate,
    calibration_path,
    check_calibration_target,
    write_calibration,
)
from mmdmr.apis.models import load_embedder
from mmdmr.apis.predict import predict
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
from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import calibration_table
from mmdmr.evaluation.functional import load_detections, load_fingerprint
from mmdmr.evaluation.loading import DEFAULT_THR, make_reader, score_thr_of
from mmdmr.files import check_target
from mmdmr.inference import Embedder
from mmdmr.readers import Reader
from mmdmr.structures import Detections, GroundTruth


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Measure which similarity gives 1 % and 0.1 % false alarms, on a '
        'labelled test split whose persons the model was not trained on. A '
        'false alarm is a pair of two persons that looks as similar as that. '
        'The result is stored beside the model: hits of a search are then '
        'marked likely, unsure or unlikely.'
    )
    add_model_arguments(parser)
    add_dataset_options(parser)
    add_img_dir_option(parser)
    parser.add_argument(
        '--detections',
        metavar='FILE.npz',
        help='predictions of this model on the test split, by "mmdmr predict" '
        '(default: the model is run)',
    )
    add_embedder_options(
        parser, f'as the file or the model says, else {DEFAULT_THR:g}'
    )
    parser.add_argument(
        '--out',
        metavar='FILE.json',
        help='file for the calibration (default: NAME.calibration.json beside '
        'the YAML file or the checkpoint, where a search looks for it)',
    )


def run(args: Namespace) -> int:
    """Calibrate a model.

    Returns:
        int: 0.

    Raises:
        InputError: An argument, the model or a file is wrong.
    """
    out = Path(args.out or calibration_path(args.model, args.checkpoint))
    check_target(out, '.json')
    check_calibration_target(out)
    reader = make_reader(**dataset_keywords(args))
    truth = reader.ground_truth()
    with config_errors():
        embedder = load_embedder(
            args.model, args.checkpoint, **embedder_keywords(args)
        )
    score_thr = _score_thr(args, embedder)
    if args.detections:
        _check_maker(args.detections, embedder)
        names = truth.img_names
        detections = load_detections(args.detections, names, truth.in_gallery)
    else:
        detections = _run_model(args, embedder, reader, truth)
    calibration = calibrate(
        detections, truth, embedder.model, args.dataset, score_thr
    )
    for note in dict.fromkeys(reader.notes):
        print(f'note: {note}', file=sys.stderr)
    write_calibration(out, calibration)
    print('\n'.join([*calibration_table(calibration), f'stored in {out}']))
    return 0


def _check_maker(path: str, embedder: Embedder) -> None:
    """Refuse predictions of another model."""
    made_by, model = load_fingerprint(path), embedder.model
    if made_by and made_by != model.fingerprint:
        raise InputError(
            f'{path} was made by another model ({made_by[:12]}) than '
            f'{model.name} ({model.fingerprint[:12]}); leave --detections '
            'out, or name the model that made the file'
        )


def _score_thr(args: Namespace, embedder: Embedder) -> float:
    """Least score of a detection."""
    if args.score_thr is not None:
        return args.score_thr
    if args.detections:
        return score_thr_of(args.detections)
    named = getattr(embedder, 'score_thr', None)
    return DEFAULT_THR if named is None else named


def _run_model(
    args: Namespace, embedder: Embedder, reader: Reader, truth: GroundTruth
) -> Detections:
    """Detections of all images of the test split."""
    # The queries are the same for all protocols.
    task = reader.search_task(truth, reader.available_protocols(truth)[:1])
    paths = reader.image_paths(truth.img_names, args.img_dir)
    return predict(embedder, task, paths, progress=progress).detections
