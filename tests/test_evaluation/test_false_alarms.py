"""False alarms per comparison, against loops, scikit-learn and by hand."""

import numpy as np
import pytest
from plain_reranking import plain_similarity
from search_reference import random_scene, unit
from sklearn.metrics import roc_curve

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import false_alarms, pairs
from mmdmr.evaluation.functional.false_alarms import (
    FalseAlarms,
    expected_false_alarms,
    match_identities,
    measure_false_alarms,
)
from mmdmr.evaluation.functional.matching import iou
from mmdmr.structures import Detections, GroundTruth

ON, OFF = [0.0, 0.0, 40.0, 100.0], [200.0, 0.0, 240.0, 100.0]


def random_set(seed, num=120, num_persons=12, num_images=40, ties=False):
    """Embeddings around persons, some of whom stand twice in an image."""
    rng = np.random.default_rng(seed)
    person_ids = rng.integers(-2, num_persons, num)
    centres = rng.standard_normal((num_persons + 2, 8))
    feats = centres[person_ids + 2] + 0.8 * rng.standard_normal((num, 8))
    if ties:
        feats = np.sign(feats)
    return unit(feats), person_ids, rng.integers(0, num_images, num)


def plain_comparisons(feats, person_ids, img_ids):
    """Similarities of two persons, and by person of one person, by loops."""
    impostor, genuine = [], {}
    for i in range(len(feats)):
        for j in range(i):
            if min(person_ids[i], person_ids[j]) < 0:
                continue
            if img_ids[i] == img_ids[j]:
                continue
            same = person_ids[i] == person_ids[j]
            sim = plain_similarity(feats[i], feats[j])
            if same:
                genuine.setdefault(int(person_ids[i]), []).append(sim)
            else:
                impostor.append(sim)
    return np.array(impostor), [np.array(sims) for sims in genuine.values()]


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('ties', [False, True])
def test_thresholds_equal_those_of_plain_loops(seed, ties):
    scene = random_set(seed, ties=ties)
    impostor, genuine = plain_comparisons(*scene)
    rates = (0.1, 0.01, 0.003)
    found = measure_false_alarms(*scene, rates=rates)
    assert found.num_impostor == len(impostor)
    assert found.num_genuine == sum(map(len, genuine))
    person_ids = scene[1]
    assert found.num_boxes == (person_ids >= 0).sum()
    assert found.num_persons == len(set(person_ids[person_ids >= 0].tolist()))
    assert found.num_unlabelled == (person_ids == -1).sum()
    assert found.num_unmatched == (person_ids == -2).sum()
    for rate, point in zip(rates, found.points):
        assert point.rate == rate
        reached = impostor >= point.threshold
        assert point.false_alarm_rate == pytest.approx(reached.mean())
        assert point.false_alarm_rate <= rate
        assert point.true_match_rate == pytest.approx(
            np.mean([(sims >= point.threshold).mean() for sims in genuine])
        )
        # A millionth lower, too many would reach the threshold.
        assert (impostor >= point.threshold - 1e-6).mean() > rate


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('ties', [False, True])
def test_points_lie_on_the_curve_of_scikit_learn(seed, ties):
    scene = random_set(seed, ties=ties)
    impostor, genuine = plain_comparisons(*scene)
    sims = np.concatenate([impostor, *genuine]).round(12)
    labels = np.arange(len(sims)) >= len(impostor)
    # Each person weighs the same, however often the person is seen.
    weights = np.concatenate(
        [np.ones(len(impostor))]
        + [np.full(len(s), 1 / len(s)) for s in genuine]
    )
    fpr, tpr, thresholds = roc_curve(
        labels, sims, sample_weight=weights, drop_intermediate=False
    )
    found = measure_false_alarms(*scene, rates=(0.05, 0.01))
    for point in found.points:
        # The curve's last point at or above the threshold.
        last = np.flatnonzero(thresholds >= point.threshold)[-1]
        assert point.false_alarm_rate == pytest.approx(fpr[last])
        assert point.true_match_rate == pytest.approx(tpr[last])
        # No point with as few false alarms finds impostors beyond it.
        assert fpr[fpr <= point.rate].max() == pytest.approx(fpr[last])


def on_a_circle(degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_numbers_by_hand():
    """Persons A at 0 degrees in 10 images and B at 60 in 10 others: 100
    comparisons of cosine 0.5. A stands at 60 degrees in an 11th: 10 more,
    of cosine 1; so 110. A rate of 10 % allows 11: the threshold lies above
    0.5, with 10 alarms. Of A's 55 genuine comparisons 10 have 0.5, B has 45.
    """
    feats = on_a_circle([0.0] * 10 + [60.0] * 10 + [60.0])
    person_ids = np.array([0] * 10 + [1] * 10 + [0])
    found = measure_false_alarms(feats, person_ids, np.arange(21), [0.1])
    (point,) = found.points
    assert (found.num_impostor, found.num_genuine) == (110, 100)
    assert point.threshold == 0.5000005
    assert point.false_alarm_rate == 10 / 110
    assert point.true_match_rate == (45 / 55 + 1) / 2


def test_nothing_is_left_out_unless_it_is_said():
    counts = FalseAlarms((), 110, 100, 2, 21)
    assert (counts.num_unlabelled, counts.num_unmatched) == (0, 0)


def test_a_rate_that_the_greatest_similarity_exceeds():
    """All impostors are equally similar: the threshold lies just above."""
    feats = np.tile(on_a_circle([0.0, 60.0]), (20, 1))
    person_ids, img_ids = np.tile([0, 1], 20), np.arange(40)
    (point,) = measure_false_alarms(feats, person_ids, img_ids, [0.5]).points
    assert point.false_alarm_rate == 0.0
    assert point.threshold == 0.5000005
    assert point.true_match_rate == 1.0


def test_a_share_of_exactly_the_rate_is_allowed():
    """Four at 0 degrees, ten of another person: 8 comparisons at 10 degrees,
    4 at 20 and 28 at 45. The 12 nearest are 30 %.
    """
    feats = on_a_circle([0.0] * 4 + [10.0] * 2 + [20.0] + [45.0] * 7)
    person_ids, img_ids = np.array([0] * 4 + [1] * 10), np.arange(14)
    for rate, alarms, refused in ((0.3, 12, 45), (0.29, 8, 20)):
        (point,) = measure_false_alarms(
            feats, person_ids, img_ids, [rate]
        ).points
        assert point.false_alarm_rate == alarms / 40
        assert point.threshold == pytest.approx(
            np.cos(np.radians(refused)), abs=1.1e-6
        )
        assert point.threshold > np.cos(np.radians(refused))


def test_persons_of_one_image_are_not_compared():
    """Persons side by side are known to be two, and a person is not found
    again in the image itself.
    """
    scene = random_set(0)
    one_image = np.zeros_like(scene[2])
    with pytest.raises(InputError, match='^0 comparisons of 12 labelled'):
        measure_false_alarms(*scene[:2], one_image)


def test_a_rate_with_too_few_comparisons_has_no_threshold():
    scene = random_set(1)
    found = measure_false_alarms(*scene, rates=(0.01, 1e-5))
    assert found.points[0].threshold is not None
    assert found.points[1].threshold is None
    assert found.points[1].false_alarm_rate is None
    assert found.points[1].true_match_rate is None
    few = [array[:20] for array in scene]
    with pytest.raises(InputError, match='rate of 0.01, which needs 1000'):
        measure_false_alarms(*few)


def test_nobody_seen_twice_gives_thresholds_alone():
    feats = unit(np.random.default_rng(0).standard_normal((60, 5)))
    found = measure_false_alarms(feats, np.arange(60), np.arange(60), [0.1])
    assert found.num_genuine == 0
    assert found.points[0].threshold is not None
    assert found.points[0].true_match_rate is None


@pytest.mark.parametrize('size', [1, 7, 1000])
def test_thresholds_do_not_depend_on_the_block_size(size, monkeypatch):
    scene = random_set(3)
    first = measure_false_alarms(*scene, rates=(0.1, 0.01))
    for module in (false_alarms, pairs):
        monkeypatch.setattr(module, 'BLOCK', size)
    assert measure_false_alarms(*scene, rates=(0.01, 0.1)) == first


@pytest.mark.parametrize(
    'change, rates, message',
    [
        (lambda f, p, i: (2 * f, p, i), [0.1], 'unit length'),
        (lambda f, p, i: (f, p[1:], i), [0.1], 'as many identities'),
        (lambda f, p, i: (f, p, i[:, None]), [0.1], 'as many identities'),
        (lambda f, p, i: (f, p, i), [], 'rates of false alarms'),
        (lambda f, p, i: (f, p, i), [0.1, 1.0], 'rates of false alarms'),
        (lambda f, p, i: (f[:0], p[:0], i[:0]), [0.1], '^0 comparisons of 0'),
    ],
)
def test_wrong_arguments(change, rates, message):
    with pytest.raises(InputError, match=message):
        measure_false_alarms(*change(*random_set(0)), rates=rates)


def test_expected_number_grows_with_the_gallery():
    assert expected_false_alarms(0.01, 768) == pytest.approx(7.68)
    assert expected_false_alarms(0.001, 0) == 0.0
    for rate, num in ((-0.1, 1), (1.1, 1), (0.1, -1), (float('nan'), 1)):
        with pytest.raises(InputError, match='a rate is in'):
            expected_false_alarms(rate, num)


def test_identities_of_detections():
    """Two detections of one person: the better one matches."""
    truth = GroundTruth(
        ('a', 'b', 'c'),
        [np.array([ON, OFF]), np.empty((0, 4)), np.array([ON])],
        [np.array([3, -1]), np.empty(0, np.int64), np.array([5])],
        np.full(3, -1),
    )
    near = [2.0, 0.0, 42.0, 100.0]
    detections = Detections.from_counts(
        np.array([near, OFF, ON, ON]), np.ones(4), np.eye(4), [3, 1, 0]
    )
    assert match_identities(detections, truth).tolist() == [-2, -1, 3, -2]
    with pytest.raises(InputError, match='2 images do not fit .* of 3'):
        match_identities(
            Detections.from_counts(
                np.empty((0, 4)), np.empty(0), np.empty((0, 2)), [0, 0]
            ),
            truth,
        )


@pytest.mark.parametrize('seed', range(10))
def test_identities_equal_plain_loops(seed):
    detections, _, _, truth = random_scene(seed)
    found = match_identities(detections, truth)
    for img_id, boxes in enumerate(truth.boxes):
        rows = range(*detections.offsets[img_id : img_id + 2])
        for row in rows:
            ious = [float(iou(detections.boxes[row], box)) for box in boxes]
            identity = -2
            if ious and max(ious) >= 0.5:
                best = ious.index(max(ious))
                others = [
                    float(iou(detections.boxes[r], boxes[best])) for r in rows
                ]
                if others.index(max(others)) == row - rows[0]:
                    identity = max(truth.person_ids[img_id][best], -1)
            assert found[row] == identity
