"""``mmdmr test``: search with a trained network and score it."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmdmr.apis.embedder_detector import replace_network
from mmdmr.apis.models import needs_checkpoint
from mmdmr.cli.config_options import (
    add_config_options,
    add_run_options,
    run_arguments,
)
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_run_config
from mmdmr.engine.checkpoint import (
    check_checkpoint,
    check_fits,
    read_checkpoint,
)
from mmdmr.engine.checks import check_complete
from mmdmr.engine.half_precision import HALF_TYPES, use_half_precision
from mmdmr.engine.launch import build_runner
from mmdmr.engine.used_detections import drop_unused_detections
from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError
from mmdmr.evaluation.metrics import PersonSearchMetric
from mmdmr.files import check_target
from mmdmr.registry import METRICS

UNTRAINED = 'untrained'
#: Beside the checkpoints, not among the logs of the training.
SUBFOLDER = '/test'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Search with a trained network, or with another model, and score the '
        'search.'
    )
    add_config_options(parser)
    parser.add_argument(
        'checkpoint',
        help=f'checkpoint file; or "{UNTRAINED}" for the network as it is '
        'before training; or a bundle of "mmdmr export_onnx", or a YAML file '
        'of two ONNX networks, in place of the network of the config',
    )
    add_run_options(parser, SUBFOLDER)
    parser.add_argument(
        '--amp',
        choices=list(HALF_TYPES),
        help='run the network in half precision; scores, boxes and '
        'embeddings stay float32',
    )
    parser.add_argument(
        '--out',
        metavar='SCORES.json',
        help='file for the metrics at full precision; with several test sets '
        'one file each, SCORES_NAME.json',
    )
    parser.add_argument(
        '--dump',
        metavar='RESULTS.npz',
        help='file for detections and embeddings; with several test sets one '
        'file each, RESULTS_NAME.npz',
    )


def run(args: Namespace) -> int:
    """Test a checkpoint, or a model in its place.

    Returns:
        int: 0.

    Raises:
        InputError: The config, its data or the checkpoint is wrong.
    """
    with config_errors():
        cfg = _test_config(args)
        runner = build_runner(cfg, args.local_rank)
        # Reads the data set, so that errors in it show before testing.
        check_complete(runner.test_loop)
        model = getattr(runner.model, 'module', runner.model)
        if args.checkpoint == UNTRAINED:
            model.init_weights()
        elif cfg.load_from and not is_remote(args.checkpoint):
            checkpoint = read_checkpoint(args.checkpoint)
            check_fits(model, checkpoint, args.checkpoint)
        if args.amp:
            use_half_precision(runner.test_loop, args.amp)
    drop_unused_detections(runner, runner.test_loop)
    runner.test()
    return 0


def _test_config(args: Namespace) -> Config:
    cfg = load_run_config(
        **run_arguments(args),
        subfolder=SUBFOLDER,
        loaders=('test_dataloader',),
    )
    if args.checkpoint == UNTRAINED:
        cfg.load_from = None
        cfg.setdefault('randomness', dict(seed=0))
    elif not needs_checkpoint(args.checkpoint):
        if args.amp:
            raise InputError(
                f'--amp: {args.checkpoint} has its own precision; leave the '
                'option out'
            )
        cfg.load_from = None
        score_thr = _least_score(cfg)
        replace_network(cfg, args.checkpoint, score_thr, args.cfg_options)
    else:
        check_checkpoint(args.checkpoint)
        cfg.load_from = args.checkpoint
    cfg.resume = False
    if args.out is not None or args.dump is not None:
        for suffix, metric in _search_metrics(cfg):
            for option, key, kind in (
                (args.out, 'out_file', '.json'),
                (args.dump, 'dump_file', '.npz'),
            ):
                if option is not None:
                    path = Path(option)
                    check_target(path, kind)
                    path = path.with_name(path.stem + suffix + path.suffix)
                    check_target(path, kind)
                    metric[key] = str(path)
    return cfg


def _search_metrics(cfg: Config) -> list[tuple[str, dict]]:
    """Person-search metrics, each with the suffix of its files.

    The suffix is the name of the data set, or empty with a single data set.
    """
    evaluator = cfg.get('test_evaluator') or []
    names = isinstance(evaluator, dict) and evaluator.get('dataset_prefixes')
    metrics = metrics_of(cfg)
    suffixes = [f'_{name}' for name in names] if names else [''] * len(metrics)
    found = [
        (suffix, metric)
        for suffix, metric in zip(suffixes, metrics)
        if is_search_metric(metric.get('type'))
    ]
    if not found:
        raise InputError(
            '--out and --dump need a mmdmr.PersonSearchMetric '
            "among the config's test_evaluator."
        )
    return found


def _least_score(cfg: Config) -> float:
    """Score below which no metric uses a detection."""
    metrics = metrics_of(cfg)
    if not all(is_search_metric(metric.get('type')) for metric in metrics):
        return 0.0
    return min((METRICS.build(m).keep_thr for m in metrics), default=0.0)


def metrics_of(cfg: Config) -> list[Any]:
    """List the metrics of a test.

    Args:
        cfg (Config): The config.

    Returns:
        list[Any]: Configs of the metrics.
    """
    evaluator = cfg.get('test_evaluator') or []
    if isinstance(evaluator, dict):
        return list(evaluator.get('metrics', [evaluator]))
    return list(evaluator)


def is_search_metric(kind: str | type) -> bool:
    """Tell whether a metric scores a search.

    Args:
        kind (str | type): Entry ``type`` of the metric's config.

    Returns:
        bool: True for :class:`PersonSearchMetric` and its subclasses.
    """
    metric = METRICS.get(kind) if isinstance(kind, str) else kind
    return isinstance(metric, type) and issubclass(metric, PersonSearchMetric)
