"""Calibration of a model: which similarity means the same person."""

from dataclasses import dataclass

from mmdmr.errors import InputError
from mmdmr.structures import Detections, GroundTruth, ModelInfo
from mmdmr.structures.hits import LIKELY, UNLIKELY, UNSURE

from .functional import (
    FalseAlarms,
    expected_false_alarms,
    match_identities,
    measure_false_alarms,
)
from .functional.false_alarms import LEAST_ALARMS
from .functional.kept_detections import filter_by_score

#: False alarms per comparison at the thresholds of "unsure" and "likely".
UNSURE_RATE, LIKELY_RATE = 0.01, 0.001


@dataclass(frozen=True)
class Calibration:
    """False alarms of a model, measured on a labelled data set.

    Args:
        model (ModelInfo): Model that was measured.
        dataset (str): Name of the data set, for people.
        score_thr (float): Least score of a detection that was compared.
        measured (FalseAlarms): Thresholds and counts.

    Example:
        >>> from mmdmr.evaluation.functional import OperatingPoint
        >>> points = (OperatingPoint(0.01, 0.5, 0.0099, 0.9),
        ...           OperatingPoint(0.001, 0.7, 0.0009, 0.6))
        >>> calibration = Calibration(
        ...     ModelInfo('osnet.onnx', 'ab12', 512), 'PRW', 0.5,
        ...     FalseAlarms(points, 90_000, 500, 50, 440))
        >>> [calibration.verdict(similarity) for similarity in (0.8, 0.5, 0)]
        ['likely', 'unsure', 'unlikely']
    """

    model: ModelInfo
    dataset: str
    score_thr: float
    measured: FalseAlarms

    def threshold(self, rate: float) -> float | None:
        """Threshold of a rate of false alarms.

        Args:
            rate (float): False alarms per comparison, such as 0.01.

        Returns:
            float | None: Least similarity; None if the rate was not measured.
        """
        for point in self.measured.points:
            if point.rate == rate:
                return point.threshold
        return None

    def verdict(self, similarity: float) -> str:
        """Say whether two detections show one person.

        Args:
            similarity (float): Similarity of the embeddings, not expanded or
                re-ranked.

        Returns:
            str: ``likely`` if at most 0.1 % of the comparisons of two
            persons reach the similarity, ``unsure`` if at most 1 % do, else
            ``unlikely``. Without a threshold for 0.1 %, no match is likely.
        """
        for verdict, rate in ((LIKELY, LIKELY_RATE), (UNSURE, UNSURE_RATE)):
            threshold = self.threshold(rate)
            if threshold is not None and similarity >= threshold:
                return verdict
        return UNLIKELY

    def describe(self, num_persons: int) -> str:
        """Say what the verdicts are worth in a gallery.

        Args:
            num_persons (int): Number of persons searched.

        Returns:
            str: A sentence for each verdict above ``unlikely``.
        """
        told = []
        for verdict, rate in ((LIKELY, LIKELY_RATE), (UNSURE, UNSURE_RATE)):
            threshold = self.threshold(rate)
            if threshold is None:
                told.append(
                    f'Too few comparisons to say "{verdict}" '
                    f'({100 * rate:g} % false alarms).'
                )
                continue
            alarms = expected_false_alarms(rate, num_persons)
            told.append(
                f'"{verdict}" or better: {threshold:.3f} and more, '
                f'{100 * rate:g} % false alarms per comparison on '
                f'{self.dataset}, about {alarms:.3g} among '
                f'{num_persons} persons.'
            )
        return ' '.join(told)


def calibrate(
    detections: Detections,
    ground_truth: GroundTruth,
    model: ModelInfo,
    dataset: str,
    score_thr: float = 0.5,
) -> Calibration:
    """Measure the false alarms of a model on a labelled set.

    Detections are compared, as hits of a search are detections. Detections of
    unlabelled persons, and those that match no annotated person, are left out
    and counted.

    Args:
        detections (Detections): Detections of all images, by the model.
        ground_truth (GroundTruth): Annotations of the same images.
        model (ModelInfo): The model.
        dataset (str): Name of the data set.
        score_thr (float): Least score of a detection. Defaults to 0.5.

    Returns:
        Calibration: Thresholds for 1 % and 0.1 % of false alarms.

    Raises:
        InputError: Detections do not fit annotations or model, or comparisons
            are too few for 1 % of false alarms.
    """
    if detections.feats.shape[1] != model.dim:
        raise InputError(
            f'{model.name} makes embeddings of length {model.dim}, but the '
            f'detections have embeddings of length '
            f'{detections.feats.shape[1]}; take detections of this model'
        )
    person_ids = match_identities(detections, ground_truth)
    rows = filter_by_score(detections, score_thr).rows
    measured = measure_false_alarms(
        detections.feats[rows],
        person_ids[rows],
        detections.image_of(rows),
        (UNSURE_RATE, LIKELY_RATE),
    )
    return Calibration(model, dataset, score_thr, measured)


def calibration_table(calibration: Calibration) -> list[str]:
    """Thresholds, and what they were measured on, as lines of text.

    Args:
        calibration (Calibration): The calibration.

    Returns:
        list[str]: Lines of a table, then sentences.

    Example:
        >>> from mmdmr.evaluation.functional import OperatingPoint
        >>> points = (OperatingPoint(0.01, 0.5, 0.0099, 0.9),
        ...           OperatingPoint(0.001, None, None, None))
        >>> lines = calibration_table(Calibration(
        ...     ModelInfo('osnet.onnx', 'ab12', 512), 'PRW', 0.5,
        ...     FalseAlarms(points, 9_000, 500, 50, 140)))
        >>> for line in lines[:3]:
        ...     print(line)
        false alarms per comparison  similarity  matches found
                                1 %      0.5000         90.0 %
                              0.1 %           -              -
    """
    measured, model = calibration.measured, calibration.model
    lines = ['false alarms per comparison  similarity  matches found']
    for point in measured.points:
        threshold = found = '-'
        if point.threshold is not None:
            threshold = f'{point.threshold:.4f}'
        if point.true_match_rate is not None:
            found = f'{100 * point.true_match_rate:.1f} %'
        rate = f'{100 * point.rate:g} %'
        lines.append(f'{rate:>27}{threshold:>12}{found:>15}')
    if any(point.threshold is None for point in measured.points):
        lines.append(
            f'-: fewer than {LEAST_ALARMS} comparisons would reach the '
            'threshold, too few to measure it'
        )
    return [
        *lines,
        f'{measured.num_impostor} comparisons of two persons, '
        f'{measured.num_genuine} of one; {measured.num_boxes} detections of '
        f'{measured.num_persons} persons, score {calibration.score_thr:g} or '
        'more',
        'matches found: mean over persons, each counted alike',
        f'left out: {measured.num_unlabelled} detections of unlabelled '
        f'persons, {measured.num_unmatched} of no annotated person',
        'A search compares one person with every person of the gallery: '
        f'"{LIKELY}" ({100 * LIKELY_RATE:g} %) means about '
        f'{expected_false_alarms(LIKELY_RATE, 1000):g} false alarm among 1000 '
        f'persons, {expected_false_alarms(LIKELY_RATE, 100_000):g} among '
        '100000.',
        f'model: {model}; measured on {calibration.dataset}',
    ]
