"""Charts of a report, for one run or several over each other."""

from collections.abc import Iterable, Sequence

import numpy as np

from mmdmr.evaluation.calibration import LIKELY_RATE, UNSURE_RATE
from mmdmr.reports.charts import Chart, Line, draw_chart
from mmdmr.reports.metrics import validations
from mmdmr.reports.runs import Run
from mmdmr.reports.scalars import Curve, smooth
from mmdmr.reports.tables import in_percent

#: Share of a curve that an average takes in on either side.
_SMOOTHING = 0.04
#: What the scalars of this package tell, below their charts.
MEANINGS = {
    'memory_fill': 'Stored keys of labelled persons: rises to the length of '
    'the queue, then stays.',
    'memory_unlabelled_fill': 'Stored keys of unlabelled persons: rises to '
    'the length of their queue, then stays.',
    'memory_age': 'Mean age of the labelled keys in iterations: rises while '
    'the queue fills, then stays.',
    'memory_positives': 'Stored keys of the same person, for a labelled key '
    'just written, which counts itself. 1 means none to compare with.',
    'ema_distance': 'Relative distance of the key encoder from the network: '
    'rises in the first steps, then falls with the learning rate.',
    'loss_reid': 'Rises while the queue fills, as every key adds to the '
    'loss, then falls.',
    'loss': 'Sum of all losses.',
    'lr': 'Learning rate.',
    'grad_norm': 'Length of the gradient before it is clipped.',
    'time': 'Seconds an iteration.',
    'acc': 'Share of boxes classified right, in percent.',
}
#: Scalars that do not vary from batch to batch: an average would lag.
_STEADY = (
    *('lr', 'memory_fill', 'memory_unlabelled_fill', 'memory_age'),
    'ema_distance',
)
#: Metrics that tell little beside mAP and top-1.
_FURTHER = ('top5', 'top10')
#: Scalars of the optimizer's steps.
_STEPS = ('lr', 'grad_norm', 'time', 'acc')


def validation_charts(runs: Sequence[Run]) -> dict[str, list[Chart]]:
    """Metrics over the validations.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        dict[str, list[Chart]]: ``main`` and ``further``: a chart for each
        metric that a run was validated by twice or more often.
    """
    of_runs = [validations(run.scalars) for run in runs]
    groups: dict[str, list[Chart]] = dict(main=[], further=[])
    for name in dict.fromkeys(name for found in of_runs for name in found):
        if any(len(f[name].steps) > 1 for f in of_runs if name in f):
            group = 'further' if name.endswith(_FURTHER) else 'main'
            chart = _chart(name, runs, of_runs, _unit(runs))
            groups[group].append(chart)
    return groups


def _unit(runs: Sequence[Run]) -> str:
    units = {r.scalars.validated_by for r in runs if r.scalars.validation}
    return ' or '.join(sorted(units))


def training_charts(runs: Sequence[Run]) -> dict[str, list[Chart]]:
    """Scalars over the iterations, smoothed, with the values behind.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        dict[str, list[Chart]]: Charts by group: ``losses``, ``memory``,
        ``steps`` and ``further``.
    """
    of_runs = [run.scalars.training for run in runs]
    groups: dict[str, list[Chart]] = {
        name: [] for name in ('losses', 'memory', 'steps', 'further')
    }
    names = dict.fromkeys(name for found in of_runs for name in found)
    for name in sorted(names, key=_place):
        chart = _chart(name, runs, of_runs, 'iteration', averaged=True)
        groups[_group(name)].append(chart)
    return groups


def _group(name: str) -> str:
    if name in _STEPS:
        return 'steps'
    if name.startswith('memory_') or name == 'ema_distance':
        return 'memory'
    # Losses of further layers of a decoder, such as d0.loss_cls, are many.
    return 'losses' if name.startswith('loss') else 'further'


def _place(name: str) -> int:
    """Order of the charts: the scalars of this package as they are listed."""
    if name == 'loss':
        return -1
    return list(MEANINGS).index(name) if name in MEANINGS else len(MEANINGS)


def _chart(
    name: str,
    runs: Sequence[Run],
    of_runs: Iterable[dict[str, Curve]],
    unit: str,
    averaged: bool = False,
) -> Chart:
    """One scalar of all runs."""
    lines = []
    factor = 100 if in_percent(name) else 1
    for i, (run, curves) in enumerate(zip(runs, of_runs)):
        if name not in curves:
            continue
        steps, values = curves[name].steps, factor * curves[name].values
        window = round(_SMOOTHING * len(values)) if averaged else 0
        if window and name not in _STEADY:
            lines.append(Line(run.name, steps, values, i, faint=True))
            average = smooth(values, window)
            lines.append(Line(run.name, steps, average, i, averaged=True))
        else:
            lines.append(Line(run.name, steps, values, i))
    title = f'{name} (%)' if in_percent(name) else name
    return draw_chart(title, lines, unit, percent=in_percent(name))


def gallery_charts(runs: Sequence[Run]) -> list[Chart]:
    """mAP and top-1 over the size of the gallery.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        list[Chart]: Two charts; none if no run was searched in galleries of
        several sizes.
    """
    sizes = [run.analysis.sizes if run.analysis else [] for run in runs]
    if not any(sizes):
        return []
    return [
        draw_chart(
            f'{title} (%)',
            [
                Line(
                    run.name,
                    np.array([searched.size for searched in found]),
                    np.array([100 * s.metrics[metric] for s in found]),
                    i,
                )
                for i, (run, found) in enumerate(zip(runs, sizes))
                if found
            ],
            'gallery images',
            log_x=True,
            percent=True,
            ticks=sorted({s.size for found in sizes for s in found}),
        )
        for metric, title in (('mAP', 'mAP'), ('top1', 'top-1'))
    ]


def similarity_charts(runs: Sequence[Run]) -> list[Chart]:
    """Similarities of pairs, and matches found by false alarms.

    Args:
        runs (Sequence[Run]): The runs.

    Returns:
        list[Chart]: A chart of pairs for each run, and one of false alarms
        for all, unless no run has a pair of one person.
    """
    charts, lines = [], []
    for i, run in enumerate(runs):
        if run.analysis is None or run.analysis.alarms is None:
            continue
        charts.append(_pairs_chart(run, len(runs) > 1))
        points = [
            point
            for point in run.analysis.alarms.points
            if point.true_match_rate is not None
        ]
        # Where no person is detected in two images, no match can be found.
        if points:
            lines.append(
                Line(
                    run.name,
                    np.array([100 * point.rate for point in points]),
                    np.array([100 * (p.true_match_rate or 0) for p in points]),
                    i,
                )
            )
    if lines:
        title = 'Matches found (%) by false alarms'
        x_label = 'false alarms per comparison (%)'
        charts.append(draw_chart(title, lines, x_label, log_x=True))
    return charts


def _pairs_chart(run: Run, several: bool) -> Chart:
    """Shares of pairs by similarity, with two thresholds."""
    assert run.analysis and run.analysis.pairs and run.analysis.alarms
    pairs = run.analysis.pairs
    marks = [
        (point.threshold, f'{100 * point.rate:g} %')
        for point in run.analysis.alarms.points
        if point.threshold is not None
        and any(np.isclose(point.rate, (UNSURE_RATE, LIKELY_RATE)))
    ]
    lines = [
        Line(
            name,
            pairs.edges,
            100 * counts / max(counts.sum(), 1),
            colour,
            steps=True,
        )
        for name, counts, colour in (
            ('one person', pairs.genuine, 2),
            ('two persons', pairs.impostor, 1),
        )
    ]
    of = f', {run.name}' if several else ''
    title = f'Pairs by similarity (%){of}'
    return draw_chart(title, lines, 'cosine similarity', marks=marks)
