"""``mmdmr benchmark_test``: images a second of a test, and where they go."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope

from mmdmr.apis.checkpoint_embedder import load_network
from mmdmr.benchmark.agreement import Agreement, compare_detections
from mmdmr.benchmark.testing import (
    PARTS,
    PublishedWay,
    TestSet,
    Walk,
    Way,
    walk_in_turn,
)
from mmdmr.benchmark.training.machine import describe
from mmdmr.benchmark.training.report import machine_line
from mmdmr.cli.argument_types import whole
from mmdmr.cli.commands.test import (
    UNTRAINED,
    is_search_metric,
    metrics_of,
)
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.cli.progress import progress
from mmdmr.config import load_config
from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.half_precision import HALF_TYPES
from mmdmr.errors import InputError
from mmdmr.files import check_target, write_json
from mmdmr.models import PersonSearchMixin
from mmdmr.registry import DATASETS, METRICS, MODELS

_PUBLISHED = 'published'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Test a network in several ways, in turn in one process: images a '
        'second, the shares of the parts, and the differences of the results.'
    )
    add_config_options(parser)
    parser.add_argument(
        'checkpoint',
        help=f'checkpoint file; or "{UNTRAINED}" for random weights',
    )
    parser.add_argument(
        '--images',
        type=whole(1),
        metavar='N',
        help='number of images, spread over the test set; the search is then '
        'not scored (default: all)',
    )
    parser.add_argument(
        '--rounds',
        type=whole(1),
        default=3,
        help='number of rounds, of which the median counts (default: 3)',
    )
    parser.add_argument(
        '--batch-sizes',
        type=whole(1),
        nargs='+',
        metavar='N',
        help="batch sizes (default: the config's)",
    )
    parser.add_argument(
        '--amp',
        choices=list(HALF_TYPES),
        help='also test in half precision, in the last of the batch sizes',
    )
    parser.add_argument(
        '--published',
        action='store_true',
        help='also test as published repositories do, with batches of 1 and '
        'three passes for a query, and compare with that',
    )
    parser.add_argument(
        '--out', metavar='FILE.json', help='file for the figures'
    )


def run(args: Namespace) -> int:
    """Measure a test.

    Returns:
        int: 0.

    Raises:
        FileNotFoundError: A file is missing.
        InputError: The config, its data or the checkpoint is wrong.
    """
    if args.out:
        check_target(Path(args.out), '.json')
    with config_errors():
        cfg = load_config(
            **config_arguments(args), loaders=('test_dataloader',)
        )
        init_default_scope(cfg.get('default_scope', 'mmdet'))
        test_set = _test_set(cfg, args)
        sizes = args.batch_sizes or [cfg.test_dataloader.get('batch_size', 1)]
        ways = _ways(test_set, sizes, args)
    walks = walk_in_turn(ways, args.rounds, progress)
    figures = dict(
        machine=describe(torch.device(get_device())),
        ways=_figures(ways, walks),
    )
    _report(figures, args)
    if args.out:
        write_json(Path(args.out), dict(figures, arguments=vars(args)))
    return 0


def _test_set(cfg: Config, args: Namespace) -> TestSet:
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    metrics = metrics_of(cfg)
    if (
        not isinstance(dataset, PersonSearchDataset)
        or len(metrics) != 1
        or not is_search_metric(metrics[0].get('type'))
    ):
        raise InputError(
            f'{args.config} has several test sets or metrics: name a config '
            'with a single person-search data set and its metric'
        )
    torch.manual_seed(0)
    if args.checkpoint == UNTRAINED:
        network = MODELS.build(cfg.model)
        network.init_weights()
    else:
        network, _ = load_network(cfg, args.config, args.checkpoint)
    if not isinstance(network, PersonSearchMixin):
        raise InputError(f'{args.config} is no config of a person search')
    img_ids = None
    if args.images and args.images < len(dataset):
        places = np.linspace(0, len(dataset) - 1, args.images)
        img_ids = places.astype(int).tolist()
    return TestSet(
        network.to(get_device()).eval(),
        dataset,
        cfg.test_dataloader,
        METRICS.build(metrics[0]),
        img_ids,
    )


def _ways(
    test_set: TestSet, sizes: list[int], args: Namespace
) -> dict[str, Way]:
    """Ways by name, the one that others are compared with first."""
    ways: dict[str, Way] = {}
    if args.published:
        ways[_PUBLISHED] = PublishedWay(test_set)
        ways[f'{_PUBLISHED}, each image once'] = PublishedWay(test_set, True)
    ways |= {f'batch of {size}': Way(test_set, size) for size in sizes}
    if args.amp:
        name = f'batch of {sizes[-1]}, {args.amp}'
        ways[name] = Way(test_set, sizes[-1], HALF_TYPES[args.amp])
    return ways


def _figures(
    ways: dict[str, Way], walks: dict[str, list[Walk]]
) -> dict[str, dict[str, Any]]:
    """Speeds, shares of the parts, and differences, by way."""
    totals = {
        name: [sum(walk.seconds.values()) for walk in found]
        for name, found in walks.items()
    }
    base = next(iter(ways))
    reference = walks[base][0]
    figures: dict[str, dict[str, Any]] = {}
    for name, found in walks.items():
        total = median(totals[name])
        agreement = compare_detections(
            found[0].detections, reference.detections
        )
        figures[name] = dict(
            # Walks of one round are neighbours: their ratio is the steadiest.
            ratios=[b / a for a, b in zip(totals[name], totals[base])],
            seconds=totals[name],
            images_a_second=found[0].detections.num_images / total,
            passes=ways[name].num_passes,
            parts={
                part: median(walk.seconds[part] for walk in found)
                for part in PARTS
            },
            metrics=found[0].metrics,
            agreement=agreement._asdict(),
        )
    return figures


def _report(figures: dict[str, Any], args: Namespace) -> None:
    """Print ratios first, then speeds and shares, then differences."""
    ways = figures['ways']
    base, reference = next(iter(ways.items()))
    print(
        f'Median of {args.rounds} rounds in turn; ratio: times as fast as '
        f'"{base}"\n{"":28}{"ratio":>7}{"images/s":>10}{"passes":>8}'
        + ''.join(f'{part:>11}' for part in PARTS)
    )
    for name, row in ways.items():
        whole_time = sum(row['parts'].values())
        print(
            f'{name:28}{median(row["ratios"]):>7.2f}'
            f'{row["images_a_second"]:>10.2f}{row["passes"]:>8}'
            + ''.join(
                f'{t / whole_time:>11.1%}' for t in row['parts'].values()
            )
        )
    print(f'Differences from "{base}":')
    for name, row in [*ways.items()][1:]:
        text = Agreement(**row['agreement']).describe()
        if 'search/mAP' in row['metrics']:
            value = row['metrics']['search/mAP']
            change = value - reference['metrics']['search/mAP']
            text = f'mAP {value:.4f} ({change:+.2g}); {text}'
        print(f'{name}: {text}')
    print(machine_line(figures['machine']))
