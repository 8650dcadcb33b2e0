"""The network embeds what metrics and drawings use."""

from types import SimpleNamespace

import pytest
from mmdet.engine.hooks import DetVisualizationHook
from mmdet.evaluation import CocoMetric
from torch import nn

from mmdmr.engine.used_detections import drop_unused_detections
from mmdmr.evaluation.metrics import PersonSearchMetric
from mmdmr.models import PersonSearchMixin


class Network(PersonSearchMixin, nn.Module):
    def __init__(self, embed_score_thr=0.0):
        nn.Module.__init__(self)
        self.embed_score_thr, self.embed_gt_boxes = embed_score_thr, True


def limited(network, metrics, hooks=()):
    runner = SimpleNamespace(model=network, hooks=list(hooks))
    evaluator = SimpleNamespace(metrics=metrics)
    drop_unused_detections(runner, SimpleNamespace(evaluator=evaluator))
    network = getattr(network, 'module', network)
    return network.embed_score_thr, network.embed_gt_boxes


OTHER = object.__new__(CocoMetric)
DRAWING = dict(draw=True, score_thr=0.3)


@pytest.mark.parametrize(
    'metrics, hooks, expected',
    [
        ([PersonSearchMetric()], [], (0.5, True)),
        ([PersonSearchMetric(score_thr=0.7, keep_thr=0.2)], [], (0.2, True)),
        (
            [PersonSearchMetric(), PersonSearchMetric(score_thr=0.4)],
            [],
            (0.4, True),
        ),
        # Another package's metric may use every detection.
        ([PersonSearchMetric(), OTHER], [], (0.0, True)),
        ([OTHER], [], (0.0, False)),
        ([PersonSearchMetric()], [DRAWING], (0.3, True)),
        ([PersonSearchMetric()], [dict(DRAWING, draw=False)], (0.5, True)),
    ],
)
def test_the_least_score_that_is_used(metrics, hooks, expected):
    drawings = []
    for settings in hooks:
        # Its constructor wants the visualizer of a run.
        drawings.append(object.__new__(DetVisualizationHook))
        vars(drawings[-1]).update(settings)
    assert limited(Network(), metrics, drawings) == expected


def test_a_higher_threshold_of_the_config_stays():
    assert limited(Network(0.9), [PersonSearchMetric()])[0] == 0.9


def test_a_wrapped_network_is_found():
    wrapped = nn.Module()
    wrapped.module = Network()
    assert limited(wrapped, [PersonSearchMetric()]) == (0.5, True)


def test_other_models_and_loops_are_left_alone():
    model = nn.Linear(1, 2)
    runner = SimpleNamespace(model=model, hooks=[])
    metrics = SimpleNamespace(metrics=[PersonSearchMetric()])
    drop_unused_detections(runner, SimpleNamespace(evaluator=metrics))
    assert not hasattr(model, 'embed_score_thr')
    network = Network()
    runner.model = network
    for loop in (None, SimpleNamespace(evaluator=None)):
        drop_unused_detections(runner, loop)
    assert network.embed_score_thr == 0
