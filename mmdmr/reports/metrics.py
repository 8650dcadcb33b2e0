"""Final metrics of a run, and those of baselines beside it."""

from pathlib import Path
from typing import NamedTuple

from mmdmr.evaluation.scores import read_scores, scores_by_key
from mmdmr.reports.scalars import Curve, Scalars

#: Files of scores of a run; the first one found counts. The work dir of the
#: demo holds both, and the second one then has baselines in it, too.
_SCORES = ('trained.json', 'scores.json')
#: Files of scores of what learns nothing on the run's data.
_BASELINES = {
    'untrained.json': 'untrained network',
    'histogram.json': 'colour histogram',
}
#: Metrics by names as in the log, such as ``search/mAP``.
Metrics = dict[str, float]
#: Threshold that the log does not name.
_SCORE_THR = 0.5
#: What a validation logs beside its metrics.
_TIMES = ('data_time', 'time')


class FinalMetrics(NamedTuple):
    """Metrics of a finished run.

    Args:
        metrics (dict[str, float]): By names as in the log; metrics of a
            search in [0, 1].
        source (str): File that they stand in, or which validation; '' if
            there are none.
        baselines (dict[str, dict]): Metrics of baselines by name.
    """

    metrics: Metrics
    source: str
    baselines: dict[str, Metrics]


def final_metrics(work_dir: Path, scalars: Scalars) -> FinalMetrics:
    """Find the last metrics of a run.

    Args:
        work_dir (Path): Folder of the run, with scores of ``mmdmr test --out``
            or without.
        scalars (Scalars): Scalars of the run, whose last validation stands in
            for missing scores.

    Returns:
        FinalMetrics: The metrics.

    Raises:
        OSError: A file cannot be read.
        InputError: A file holds anything but scores.
    """
    baselines = {
        name: _read(work_dir / file)
        for file, name in _BASELINES.items()
        if (work_dir / file).is_file()
    }
    for file in _SCORES:
        if (work_dir / file).is_file():
            return FinalMetrics(_read(work_dir / file), file, baselines)
    step = max((c.steps[-1] for c in validations(scalars).values()), default=0)
    metrics = {
        name: float(curve.values[-1])
        for name, curve in validations(scalars).items()
        if curve.steps[-1] == step
    }
    source = f'validation of {scalars.validated_by} {step}' if metrics else ''
    return FinalMetrics(metrics, source, baselines)


def validations(scalars: Scalars) -> dict[str, Curve]:
    """Curves of the metrics of validations, without times.

    Args:
        scalars (Scalars): Scalars of a run.

    Returns:
        dict[str, Curve]: Curves by name.
    """
    return {
        name: curve
        for name, curve in scalars.validation.items()
        if name not in _TIMES
    }


def _read(path: Path) -> Metrics:
    """Metrics of a file by the names of the log."""
    rows = scores_by_key(read_scores(path))
    headline = next((key.protocol for key in rows if key.is_search), '')
    return {
        f'{key.short(headline, _SCORE_THR)}/{name}': value
        for key, values in rows.items()
        for name, value in values.items()
    }
