"""Metrics as the JSON file of tools and metric, and as a table."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import ScoreKey, ScoringResult

__all__ = [
    'ScoreKey',
    'read_scores',
    'score_table',
    'scores_by_key',
    'write_scores',
]


def write_scores(
    path: str | Path, scores: Mapping[str, dict[str, float]]
) -> None:
    """Write metrics at full precision.

    Args:
        path (str | Path): JSON file; its folder is made.
        scores (Mapping[str, dict[str, float]]): Metrics in [0, 1], by name,
            by the text of a :class:`ScoreKey` such as ``search.G100``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(scores, indent=1) + '\n'
    path.write_text(text, encoding='utf-8')


def read_scores(path: str | Path) -> dict[str, dict[str, float]]:
    """Read a file of :func:`write_scores`.

    Args:
        path (str | Path): JSON file.

    Returns:
        dict[str, dict[str, float]]: Metrics in [0, 1], by name, by key.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file holds anything else.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     write_scores(f'{folder}/a.json', {'search.all': {'mAP': 0.5}})
        ...     read_scores(f'{folder}/a.json')
        {'search.all': {'mAP': 0.5}}
    """
    try:
        scores = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f'{path}: not a JSON file ({error})') from error
    if not isinstance(scores, dict) or not all(
        isinstance(metrics, dict)
        and all(isinstance(v, (int, float)) for v in metrics.values())
        and all(0 <= v <= 1 for v in metrics.values())
        for metrics in scores.values()
    ):
        raise InputError(
            f'{path}: must hold metrics in [0, 1], such as "search.all": '
            '{"mAP": 0.5}; give a file of --out SCORES.json'
        )
    return scores


def scores_by_key(
    scores: Mapping[str, dict[str, float]],
) -> dict[ScoreKey, dict[str, float]]:
    """Metrics by parsed key; rows with any other key are skipped.

    Args:
        scores (Mapping[str, dict[str, float]]): Metrics by text, as
            :func:`read_scores` gives.

    Returns:
        dict[ScoreKey, dict[str, float]]: Metrics by key, in the same order.

    Example:
        >>> rows = scores_by_key({'search.G50+gt': {'mAP': 1.0}, 'mine': {}})
        >>> rows[ScoreKey('G50', gt=True)], len(rows)
        ({'mAP': 1.0}, 1)
    """
    rows = {}
    for text, metrics in scores.items():
        try:
            rows[ScoreKey.parse(text)] = metrics
        except InputError:
            continue
    return rows


def score_table(result: ScoringResult) -> list[str]:
    """Metrics in percent as lines of text.

    A line of a search ends with three numbers of queries: scored;
    ``dropped``, for want of an image that holds the person; and ``missed``,
    without a true positive at any rank.

    Args:
        result (ScoringResult): Metrics of all searches and detections.

    Returns:
        list[str]: Lines of one table of searches and one of detections.

    Example:
        >>> result = ScoringResult({}, {}, {'detection@0.5': {
        ...     'recall': 0.75, 'ap': 0.5}})
        >>> print(score_table(result)[-1])
        detection@0.5    75.00    50.00
    """
    width = max(map(len, result.metrics))
    first = next(iter(result.searches.values()), None)
    names = [] if first is None else list(first.metrics)
    heads = [
        *(name.replace('top', 'top-', 1) for name in names),
        *('queries', 'dropped', 'missed'),
    ]
    lines = [_row('', width, heads)]
    for key, scores in result.searches.items():
        protocol = result.protocols[key]
        counts = (
            len(protocol.query_ids),
            protocol.num_dropped,
            int(np.isinf(scores.first_true).sum()),
        )
        lines.append(
            _row(key, width, [*_percent(scores.metrics), *map(str, counts)])
        )
    lines.append(_row('', width, ['recall', 'AP']))
    for key, metrics in result.detection.items():
        lines.append(_row(key, width, _percent(metrics)))
    return lines


def _row(key: str, width: int, cells: list[str]) -> str:
    return f'{key:{width}}' + ''.join(f'{cell:>9}' for cell in cells)


def _percent(metrics: Mapping[str, float]) -> list[str]:
    return [f'{100 * value:.2f}' for value in metrics.values()]
