"""Runs of a test in several ways, in turn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
import torch
from mmengine.evaluator import Evaluator

from mmdmr.structures import Detections

from .parts import PARTS, Clock
from .ways import Way

#: Batches of a walk that is not timed.
_WARM_UP = 2


class Walk(NamedTuple):
    """One run of a test.

    Args:
        seconds (dict[str, float]): Time of each of ``PARTS``.
        metrics (dict[str, float]): Metrics of the search; empty for a part of
            the images.
        detections (Detections): Kept detections, by rising image index.
    """

    seconds: dict[str, float]
    metrics: dict[str, float]
    detections: Detections


@torch.no_grad()
def walk(way: Way, num_batches: int | None = None) -> Walk:
    """Run the test once.

    Args:
        way (Way): How to run the test.
        num_batches (int | None): Number of batches, to warm up. Defaults to
            None: all images, whose search is scored.

    Returns:
        Walk: Times, metrics and detections.
    """
    test_set, network = way.test_set, way.test_set.network
    device = next(network.parameters()).device
    clock, metric = Clock(device), test_set.metric
    metric.results.clear()
    metric.dataset_meta = test_set.dataset.metainfo
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = metric.dataset_meta
    network.embed_score_thr = way.embed_score_thr
    network.embed_gt_boxes = False
    with ExitStack() as stack:
        for owner, method, part in (
            (network.data_preprocessor, 'forward', 'transfer'),
            (network, 'predict', 'network'),
            (network, 'embed', 'embedding'),
        ):
            stack.enter_context(clock.watching(owner, method, part))
        stack.enter_context(
            torch.autocast(device.type, way.amp, way.amp is not None)
        )
        way.process(clock, evaluator, num_batches)
    detections = _detections(metric.results)
    metrics: dict[str, float] = {}
    if num_batches is None and test_set.img_ids is None:
        with clock.timed('scoring'):
            metrics = evaluator.evaluate(len(test_set.dataset))
    seconds = dict.fromkeys(PARTS, 0.0) | clock.seconds
    # Embedding is a part of predict().
    seconds['network'] -= seconds['embedding']
    return Walk(seconds, metrics, detections)


def walk_in_turn(
    ways: Mapping[str, Way],
    rounds: int,
    progress: Callable[[Iterable, int], Iterable] = lambda items, total: items,
) -> dict[str, list[Walk]]:
    """Run several ways in turn, round by round.

    Args:
        ways (Mapping[str, Way]): Ways by name.
        rounds (int): Number of rounds, at least 1.
        progress (Callable): Wrapper of the loop over walks, given the walks
            and their number. Defaults to showing nothing.

    Returns:
        dict[str, list[Walk]]: Walks of each way, round by round.
    """
    for way in ways.values():
        walk(way, _WARM_UP)
    walks: dict[str, list[Walk]] = {name: [] for name in ways}
    # A change of the machine's speed meets all; none is always the first.
    order = [
        name
        for number in range(rounds)
        for name in (list(ways)[::-1] if number % 2 else ways)
    ]
    for name in progress(order, len(order)):
        walks[name].append(walk(ways[name]))
    return walks


def _detections(entries: Sequence[dict]) -> Detections:
    """Kept detections of the metric, whatever the order of the images."""
    entries = sorted(entries, key=lambda entry: entry['img_id'])
    return Detections.from_counts(
        np.concatenate([entry['boxes'] for entry in entries]),
        np.concatenate([entry['scores'] for entry in entries]),
        np.concatenate([entry['feats'] for entry in entries]),
        [len(entry['scores']) for entry in entries],
    )
