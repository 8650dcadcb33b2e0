"""Bounds that the metrics of a run must keep."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Bound(NamedTuple):
    """A bound of one metric.

    Args:
        row (str): Name of the run that was scored.
        key (str): Key of the scores, such as ``search.full``.
        metric (str): Metric under the key, such as ``mAP``.
        value (float): Bound of the metric, in [0, 1].
        at_least (bool): True for a least value; False for a value that must
            not be reached.
    """

    row: str
    key: str
    metric: str
    value: float
    at_least: bool


def check_bounds(
    scores: Mapping[str, Any], bounds: Iterable[Bound]
) -> list[tuple[bool, str]]:
    """Compare scores with their bounds.

    Args:
        scores (Mapping[str, Any]): Metrics by run, key and name.
        bounds (Iterable[Bound]): The bounds.

    Returns:
        list[tuple[bool, str]]: For each bound, True if it is kept, and a line
        that says so.

    Example:
        >>> scores = dict(trained={'search.full': dict(mAP=0.86)})
        >>> bound = Bound('trained', 'search.full', 'mAP', 0.8, True)
        >>> check_bounds(scores, [bound])
        [(True, 'ok     trained search.full mAP 0.860 >= 0.8')]
    """
    judged = []
    for row, key, metric, bound, at_least in bounds:
        value = scores[row][key][metric]
        holds = value >= bound if at_least else value < bound
        line = (
            f'{"ok    " if holds else "FAILED"} {row} {key} {metric} '
            f'{value:.3f} {">=" if at_least else "<"} {bound}'
        )
        judged.append((bool(holds), line))
    return judged
