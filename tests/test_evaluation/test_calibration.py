"""Verdicts of a calibrated model, and the table of its thresholds."""

import numpy as np
import pytest
from search_reference import unit

from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import (
    Calibration,
    calibrate,
    calibration_table,
)
from mmdmr.evaluation.functional import FalseAlarms, OperatingPoint
from mmdmr.structures import Detections, GroundTruth, ModelInfo

MODEL = ModelInfo('osnet.onnx', 'ab12', 8, 'MSMT17')
BOX, AWAY = [0.0, 0.0, 40.0, 100.0], [200.0, 0.0, 240.0, 100.0]


def calibration(unsure=0.5, likely=0.7):
    points = tuple(
        OperatingPoint(rate, threshold, rate, 0.5)
        if threshold is not None
        else OperatingPoint(rate, None, None, None)
        for rate, threshold in ((0.01, unsure), (0.001, likely))
    )
    counts = FalseAlarms(points, 20_000, 300, 40, 200, 6, 7)
    return Calibration(MODEL, 'PRW', 0.5, counts)


@pytest.mark.parametrize(
    'similarity, verdict',
    [
        (0.7, 'likely'),
        (1.0, 'likely'),
        (0.7 - 1e-9, 'unsure'),
        (0.5, 'unsure'),
        (0.5 - 1e-9, 'unlikely'),
        (-1.0, 'unlikely'),
        (float('nan'), 'unlikely'),
        (np.float32(0.75), 'likely'),
    ],
)
def test_verdicts(similarity, verdict):
    assert calibration().verdict(similarity) == verdict


def test_without_a_threshold_for_it_nobody_is_likely():
    small = calibration(likely=None)
    assert small.verdict(1.0) == 'unsure'
    assert small.threshold(0.001) is None
    assert 'Too few comparisons to say "likely"' in small.describe(10)
    table = '\n'.join(calibration_table(small))
    assert 'fewer than 10 comparisons would reach' in table


def test_a_description_tells_of_the_size_of_the_gallery():
    told = calibration().describe(50_000)
    assert '"likely" or better: 0.700 and more, 0.1 %' in told
    assert 'about 50 among 50000 persons' in told
    assert 'about 500 among 50000 persons' in told


def test_table():
    lines = calibration_table(calibration())
    assert lines[1].split() == ['1', '%', '0.5000', '50.0', '%']
    assert lines[2].split() == ['0.1', '%', '0.7000', '50.0', '%']
    assert lines[3].startswith('20000 comparisons of two persons, 300 of one')
    assert '6 detections of unlabelled persons, 7 of no anno' in lines[5]
    assert lines[-1] == (
        'model: osnet.onnx, trained on MSMT17; measured on PRW'
    )


def labelled_set(num_images=40):
    """Two persons an image, one of them unlabelled every tenth time, and a
    weak detection.
    """
    rng = np.random.default_rng(0)
    centres = unit(rng.standard_normal((6, 8)))
    person_ids = [
        np.array([i % 6 if i % 10 else -1, (i + 1) % 6])
        for i in range(num_images)
    ]
    truth = GroundTruth(
        tuple(f'{i}.jpg' for i in range(num_images)),
        [np.array([BOX, AWAY])] * num_images,
        person_ids,
        np.full(num_images, -1),
    )
    feats = np.concatenate([unit(centres[[*ids, 0]]) for ids in person_ids])
    feats = unit(feats + 0.1 * rng.standard_normal(feats.shape))
    detections = Detections.from_counts(
        np.array([BOX, AWAY, BOX] * num_images),
        np.array([0.9, 0.8, 0.3] * num_images),
        feats,
        [3] * num_images,
    )
    return detections, truth


def test_a_set_is_measured_on_detections_that_count():
    detections, truth = labelled_set()
    found = calibrate(detections, truth, MODEL, 'mine', 0.5)
    counts = found.measured
    assert (counts.num_boxes, counts.num_unlabelled) == (76, 4)
    # The weak copies of each first box match nobody, and do not count.
    assert counts.num_unmatched == 0 and counts.num_persons == 6
    assert found.dataset == 'mine' and found.model is MODEL
    unsure = found.threshold(0.01)
    assert counts.points[0].false_alarm_rate <= 0.01
    assert counts.points[0].true_match_rate > 0.9
    assert found.verdict(unsure) == 'unsure'
    low = calibrate(detections, truth, MODEL, 'mine', 0.2).measured
    assert low.num_unmatched == 40


def test_a_set_that_does_not_fit():
    detections, truth = labelled_set()
    other = ModelInfo('other.onnx', 'cd', 512)
    with pytest.raises(InputError, match='other.onnx makes .* length 512, bu'):
        calibrate(detections, truth, other, 'mine')
    with pytest.raises(InputError, match='too few to measure a rate of 0.01'):
        calibrate(*labelled_set(12), MODEL, 'mine')
