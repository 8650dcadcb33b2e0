"""Curves of mAP and top-1 over the size of the gallery."""

import json
import re
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmdmr.errors import InputError
from mmdmr.evaluation.scores import read_scores, scores_by_key
from mmdmr.visualization.palette import CURVES, hexadecimal

#: Test images of CUHK-SYSU but the query's: the size of the full set.
FULL_SIZE = 6977
#: Metrics by key, with the label of their axis.
METRICS = {'mAP': 'mAP (%)', 'top1': 'top-1 (%)'}
#: Protocols of CUHK-SYSU that differ in the size of the gallery alone.
SIZES = re.compile(r'G(\d{1,9})|full')
#: Points (gallery size, percent) of each metric.
Curve = dict[str, list[tuple[int, float]]]


def read_curve(
    path: str | Path, option: str = '', full_size: int = FULL_SIZE
) -> Curve:
    """Read the curve of a run.

    Args:
        path (str | Path): JSON that ``mmdmr score_search --out`` wrote.
        option (str): Option of the rows to take, such as ``+cbgm``. Defaults
            to '': the plain rows.
        full_size (int): Gallery size of the full set. Defaults to the size of
            CUHK-SYSU.

    Returns:
        dict[str, list[tuple[int, float]]]: Points by metric, by rising
        gallery size, in percent.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file holds fewer than two gallery sizes, or no scores.
    """
    scores = read_scores(path)
    curve: Curve = {metric: [] for metric in METRICS}
    for key, values in scores_by_key(scores).items():
        match = SIZES.fullmatch(key.protocol)
        if match and key.options == option and set(METRICS) <= set(values):
            size = int(match.group(1) or full_size)
            for metric, points in curve.items():
                points.append((size, 100 * values[metric]))
    if len(curve['mAP']) < 2:
        raise InputError(
            f'{path}: holds {len(curve["mAP"])} rows search.G...{option}; '
            'score with "mmdmr score_search --gallery-sizes all"'
        )
    return {metric: sorted(points) for metric, points in curve.items()}


def read_published_curves(path: str | Path) -> dict[str, Curve]:
    """Read curves from the literature.

    Args:
        path (str | Path): JSON: ``{"name": {"100": [mAP, top1], ...}, ...}``,
            in percent; null for a metric that was not published.

    Returns:
        dict[str, dict]: Curves by name, as :func:`read_curve` returns them.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file has another form.
    """
    curves = {}
    try:
        for name, sizes in json.loads(Path(path).read_bytes()).items():
            rows = sorted((int(size), pair) for size, pair in sizes.items())
            values = [v for _, pair in rows for v in pair if v is not None]
            # The mistake to expect is a share of 1 in place of 100 %.
            if any(isinstance(v, str) for v in values) or max(values) <= 1:
                raise ValueError(f'the metrics of {name} are {values}')
            curves[name] = {
                metric: [
                    (size, float(pair[i]))
                    for size, pair in rows
                    if pair[i] is not None
                ]
                for i, metric in enumerate(METRICS)
            }
    except (
        *(AttributeError, IndexError, KeyError, TypeError, ValueError),
        *(RecursionError, OverflowError),
    ) as error:
        raise InputError(
            f'{path}: must be {{"name": {{"100": [mAP, top1], ...}}}} in '
            f'percent ({error})'
        ) from error
    return curves


def draw_gallery_curves(
    runs: dict[str, Curve],
    published: dict[str, Curve],
    full_size: int = FULL_SIZE,
) -> Figure:
    """Draw curves: runs solid, published curves dashed and labelled so.

    Args:
        runs (dict[str, dict]): Curves of runs by name.
        published (dict[str, dict]): Published curves by name.
        full_size (int): Gallery size of the full set, which is labelled
            "full". Defaults to the size of CUHK-SYSU.

    Returns:
        Figure: One panel for mAP, one for top-1.
    """
    figure = Figure(figsize=(10, 4.6), dpi=130, layout='constrained')
    FigureCanvasAgg(figure)
    curves = [(name, curve, '-') for name, curve in runs.items()]
    curves += [(f'{n} (published)', c, '--') for n, c in published.items()]
    sizes = sorted({s for _, c, _ in curves for s, _ in c['mAP']})
    for axis, (key, label) in zip(figure.subplots(1, 2), METRICS.items()):
        for i, (name, curve, line) in enumerate(curves):
            if curve[key]:
                axis.plot(
                    *zip(*curve[key]),
                    line,
                    color=hexadecimal(CURVES[i % len(CURVES)]),
                    marker='o',
                    markersize=4,
                    label=name,
                )
        axis.set_xscale('log')
        axis.set_xticks(sizes)
        axis.set_xticklabels(
            ['full' if s == full_size else str(s) for s in sizes], rotation=45
        )
        axis.minorticks_off()
        axis.set_xlabel('gallery size (images)')
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
        axis.spines[['top', 'right']].set_visible(False)
        axis.legend(frameon=False, fontsize=9)
    return figure
