"""False alarms per comparison, and the similarities that bound them.

A *comparison* is a pair of detections in two images. It is an *impostor*
comparison if the detections show two labelled persons, and a *genuine* one if
they show one person twice. A *false alarm* is an impostor comparison that
reaches a similarity threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, GroundTruth

from .matching import iou, mutual_best
from .pairs import BLOCK, compare_pairs
from .similarity import check_embeddings, similarity

#: Identity of a detection of an unlabelled person, and of one that matches no
#: annotated person.
UNLABELLED, UNMATCHED = -1, -2
#: Fewest false alarms that a rate is measured by.
LEAST_ALARMS = 10
#: Similarities are counted in steps of a millionth, from -1.03 to 1.03: the
#: length of an embedding is 1.01 at most.
_STEPS_PER_UNIT, _MOST_STEPS = 10**6, 1_030_000


@dataclass(frozen=True)
class OperatingPoint:
    """A similarity threshold, measured at one rate of false alarms.

    Args:
        rate (float): Greatest share of the impostor comparisons that may
            reach the threshold, in (0, 1).
        threshold (float | None): Least similarity of a match; None if there
            are too few comparisons to measure the rate.
        false_alarm_rate (float | None): Share of the impostor comparisons
            that reach the threshold, at most ``rate``; None without a
            threshold.
        true_match_rate (float | None): Share of a person's genuine
            comparisons that reach the threshold, as the mean over persons;
            None without a threshold or without genuine comparisons.

    Example:
        >>> OperatingPoint(0.01, 0.6, 0.0099, 0.8).threshold
        0.6
    """

    rate: float
    threshold: float | None
    false_alarm_rate: float | None
    true_match_rate: float | None


@dataclass(frozen=True)
class FalseAlarms:
    """Thresholds of a model, and the comparisons that gave them.

    Args:
        points (tuple[OperatingPoint, ...]): Thresholds, by falling rate.
        num_impostor (int): Number of comparisons of two persons.
        num_genuine (int): Number of comparisons of a person with itself.
        num_persons (int): Number of labelled persons.
        num_boxes (int): Number of detections of labelled persons.
        num_unlabelled (int): Detections of unlabelled persons, left out.
        num_unmatched (int): Detections of no annotated person, left out.

    Example:
        >>> alarms = FalseAlarms((), 1000, 50, 20, 60, 5, 3)
        >>> alarms.num_boxes
        60
    """

    points: tuple[OperatingPoint, ...]
    num_impostor: int
    num_genuine: int
    num_persons: int
    num_boxes: int
    num_unlabelled: int = 0
    num_unmatched: int = 0


def expected_false_alarms(rate: float, num_persons: int) -> float:
    """False alarms to expect in one search.

    A search compares one person with every person of the gallery. The rate is
    per comparison, so that false alarms grow with the gallery.

    Args:
        rate (float): False alarms per comparison, in [0, 1].
        num_persons (int): Number of detections searched, 0 or more.

    Returns:
        float: Expected number of false alarms, if the gallery resembles the
        set that the rate was measured on.

    Raises:
        InputError: A value is out of its range.

    Example:
        >>> expected_false_alarms(0.001, 50_000)
        50.0
    """
    if not 0 <= rate <= 1 or num_persons < 0:
        raise InputError(
            'a rate is in [0, 1] and a number of persons 0 or more, not '
            f'{rate} and {num_persons}'
        )
    return rate * num_persons


def match_identities(
    detections: Detections, ground_truth: GroundTruth, iou_thr: float = 0.5
) -> np.ndarray:
    """Identity of each detection, from the annotated box it matches.

    Args:
        detections (Detections): N detections.
        ground_truth (GroundTruth): Annotations of the same images.
        iou_thr (float): Least IoU of a match, see
            :func:`~.matching.mutual_best`. Defaults to 0.5.

    Returns:
        np.ndarray: (N,) int64 identities; -1 for an unlabelled person, -2 for
        a detection that matches no annotated person.

    Raises:
        InputError: Detections and annotations are of different images.

    Example:
        >>> import numpy as np
        >>> box, away = [0., 0., 40., 90.], [200., 0., 240., 90.]
        >>> truth = GroundTruth(('a.jpg',), [np.array([box])],
        ...                     [np.array([7])], cam_ids=np.array([-1]))
        >>> detections = Detections(np.array([box, away]), np.ones(2),
        ...                         np.eye(2), np.array([0, 2]))
        >>> match_identities(detections, truth).tolist()
        [7, -2]
    """
    if detections.num_images != len(ground_truth.boxes):
        raise InputError(
            f'detections of {detections.num_images} images do not fit '
            f'annotations of {len(ground_truth.boxes)}'
        )
    person_ids = np.full(len(detections), UNMATCHED, dtype=np.int64)
    for img_id, gt_boxes in enumerate(ground_truth.boxes):
        rows = detections.slice_of(img_id)
        ious = iou(gt_boxes[:, None], detections.boxes[rows][None])
        matched = np.flatnonzero(mutual_best(ious, iou_thr))
        if len(matched):
            found = ground_truth.person_ids[img_id][
                ious[:, matched].argmax(axis=0)
            ]
            person_ids[rows.start + matched] = np.maximum(found, UNLABELLED)
    return person_ids


def measure_false_alarms(
    feats: np.ndarray,
    person_ids: np.ndarray,
    img_ids: np.ndarray,
    rates: Sequence[float] = (0.01, 0.001),
) -> FalseAlarms:
    """Find the similarities that give certain rates of false alarms.

    Every pair of detections of labelled persons in two images is compared
    once. The threshold of a rate is the least one that at most this share of
    the impostor comparisons reaches. Similarities are rounded to a millionth,
    and thresholds lie half-way between two such numbers: equal similarities
    are on one side. Stored embeddings are rounded more coarsely than that. A
    rate is measured only if it stands for at least 10 comparisons.

    True matches are averaged over persons. One person who stands in every
    image would else outweigh all others, as comparisons grow with the square
    of a person's detections. Memory does not grow with the number of
    comparisons: they are counted in a histogram of 16 MB.

    Args:
        feats (np.ndarray): (n, D) embeddings of unit length.
        person_ids (np.ndarray): (n,) identities; below 0: left out, see
            :func:`match_identities`.
        img_ids (np.ndarray): (n,) images that the detections are in.
        rates (Sequence[float]): Rates in (0, 1). Defaults to (0.01, 0.001).

    Returns:
        FalseAlarms: Thresholds by falling rate, with counts.

    Raises:
        InputError: Embeddings are not finite or not of unit length, arrays
            differ in length, a rate is out of range, or the comparisons are
            too few for every rate.

    Example:
        Five persons in two images each: 40 comparisons of two persons. The
        rate of 0.3 allows 12 of them: 4 are 5 degrees apart, and 8 are 10
        degrees apart.

        >>> import numpy as np
        >>> angles = np.radians([0, 10, 20, 30, 40, 5, 15, 25, 35, 45])
        >>> feats = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        >>> alarms = measure_false_alarms(
        ...     feats, np.tile(np.arange(5), 2), np.arange(10), [0.3])
        >>> alarms.num_impostor, alarms.num_genuine
        (40, 5)
        >>> round(alarms.points[0].threshold, 4)  # above the cosine of 15
        0.9659
        >>> alarms.points[0].false_alarm_rate, alarms.points[0].true_match_rate
        (0.3, 1.0)
    """
    _check(feats, person_ids, img_ids, rates)
    labelled = np.flatnonzero(person_ids >= 0)
    people, persons = np.unique(person_ids[labelled], return_inverse=True)
    _, images = np.unique(img_ids[labelled], return_inverse=True)
    # Copied once: embeddings may be memory-mapped.
    own = feats[labelled]
    histogram = _impostor_histogram(own, persons, images)
    reached = histogram[::-1].cumsum()[::-1]
    num_impostor = int(reached[0])
    if num_impostor * max(rates) < LEAST_ALARMS:
        raise InputError(
            f'{num_impostor} comparisons of {len(people)} labelled persons '
            f'are too few to measure a rate of {max(rates):g}, which needs '
            f'{int(np.ceil(LEAST_ALARMS / max(rates)))}; take a larger '
            'labelled set'
        )
    rates = sorted(set(rates), reverse=True)
    measured = {
        rate: _threshold(rate, reached)
        for rate in rates
        if num_impostor * rate >= LEAST_ALARMS
    }
    num_genuine, found = _genuine_shares(
        own, persons, images, [threshold for threshold, _ in measured.values()]
    )
    shares = dict(zip(measured, found or ()))
    return FalseAlarms(
        tuple(
            OperatingPoint(rate, *measured[rate], shares.get(rate))
            if rate in measured
            else OperatingPoint(rate, None, None, None)
            for rate in rates
        ),
        num_impostor,
        num_genuine,
        len(people),
        len(labelled),
        int((person_ids == UNLABELLED).sum()),
        int((person_ids <= UNMATCHED).sum()),
    )


def _check(
    feats: np.ndarray,
    person_ids: np.ndarray,
    img_ids: np.ndarray,
    rates: Sequence[float],
) -> None:
    """Check the arguments of :func:`measure_false_alarms`."""
    if not len(rates) or not all(0 < rate < 1 for rate in rates):
        raise InputError(f'rates of false alarms are in (0, 1): {rates}')
    check_embeddings(feats, 'detections')
    shapes = person_ids.shape, img_ids.shape
    if shapes != ((len(feats),),) * 2:
        raise InputError(
            f'{len(feats)} embeddings need as many identities and images, but '
            f'these have shapes {shapes[0]} and {shapes[1]}'
        )


def _impostor_histogram(
    feats: np.ndarray, persons: np.ndarray, images: np.ndarray
) -> np.ndarray:
    """Numbers of impostor comparisons at each step of similarity."""
    histogram = np.zeros(2 * _MOST_STEPS + 1, dtype=np.int64)
    for sims, genuine in compare_pairs(feats, persons, images):
        steps = np.floor(sims[~genuine] * _STEPS_PER_UNIT + 0.5).astype(int)
        histogram += np.bincount(steps + _MOST_STEPS, minlength=len(histogram))
    return histogram


def _threshold(rate: float, reached: np.ndarray) -> tuple[float, float]:
    """Least threshold that at most a share of the impostors reaches.

    Args:
        rate (float): The share.
        reached (np.ndarray): Numbers of impostor comparisons at each step or
            above it.

    Returns:
        tuple[float, float]: Threshold, and the share that reaches it.
    """
    shares = reached / reached[0]
    # The last step is above any similarity: its share is 0.
    step = int((shares <= rate).argmax())
    return (step - _MOST_STEPS - 0.5) / _STEPS_PER_UNIT, float(shares[step])


def _genuine_shares(
    feats: np.ndarray,
    persons: np.ndarray,
    images: np.ndarray,
    thresholds: Sequence[float],
) -> tuple[int, list[float] | None]:
    """Number of genuine comparisons, and share that reaches each threshold.

    The share is a mean over persons; None without genuine comparisons.
    """
    total, shares = 0, []
    order = np.argsort(persons, kind='stable')
    for rows in np.split(order, np.bincount(persons).cumsum()[:-1]):
        num, found = 0, np.zeros(len(thresholds), dtype=np.int64)
        for start in range(0, len(rows), BLOCK):
            block, rest = rows[start : start + BLOCK], rows[start:]
            genuine = np.triu(images[block, None] != images[None, rest], 1)
            sims = similarity(feats[block], feats[rest])[genuine]
            num += len(sims)
            found += [int((sims >= thr).sum()) for thr in thresholds]
        if num:
            shares.append(found / num)
        total += num
    return total, np.mean(shares, axis=0).tolist() if shares else None
