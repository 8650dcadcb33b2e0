"""Embed no detections that neither a metric nor a drawing uses."""

from typing import Any

from mmdet.engine.hooks import DetVisualizationHook
from mmengine.runner import BaseLoop, Runner

from mmdmr.evaluation.metrics import PersonSearchMetric
from mmdmr.models import PersonSearchMixin


def drop_unused_detections(runner: Runner, loop: BaseLoop) -> None:
    """Let a network embed only what a loop's evaluation uses.

    A network detects up to 100 persons an image; most of them have a score
    below the threshold of the metrics. ``embed_score_thr`` of the network
    rises to the least score that is used, so that the metrics stay as they
    are. Without a person-search metric, ground-truth boxes are not embedded.

    Args:
        runner (Runner): Runner with its model built. A model of another
            package is left as it is.
        loop (BaseLoop): Validation or test loop of the runner.

    Example::

        drop_unused_detections(runner, runner.test_loop)
        runner.test()
    """
    network = getattr(runner.model, 'module', runner.model)
    metrics = getattr(getattr(loop, 'evaluator', None), 'metrics', None)
    if metrics is None or not isinstance(network, PersonSearchMixin):
        return
    if not any(isinstance(m, PersonSearchMetric) for m in metrics):
        network.embed_gt_boxes = False
    network.embed_score_thr = max(
        network.embed_score_thr, _least_score(runner, metrics)
    )


def _least_score(runner: Runner, metrics: list[Any]) -> float:
    """Score below which no detection is used."""
    # Another package's metric may use all detections.
    thresholds = [getattr(metric, 'keep_thr', 0.0) for metric in metrics]
    thresholds += [
        hook.score_thr
        for hook in runner.hooks
        if isinstance(hook, DetVisualizationHook) and hook.draw
    ]
    return min(thresholds, default=0.0)
