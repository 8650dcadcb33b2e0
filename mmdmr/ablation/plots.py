"""Curves of sweeps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmdmr.ablation.plan import GROUPS, Group
from mmdmr.ablation.report import by_group
from mmdmr.ablation.results import Result
from mmdmr.visualization.palette import CURVES, hexadecimal

_CURVES = (
    ('gt_mAP', 'ground-truth boxes', CURVES[0], 'o-'),
    ('mAP', 'detections', CURVES[1], 's--'),
)


def draw_sweeps(results: Sequence[Result], folder: Path) -> None:
    """Plot every sweep that has results.

    Args:
        results (Sequence[Result]): Finished trainings of all groups.
        folder (Path): Folder of the pictures, ``sweep_GROUP.png``.
    """
    for name, found in by_group(results).items():
        if GROUPS[name].key is not None:
            draw_sweep(GROUPS[name], found, folder / f'sweep_{name}.png')


def draw_sweep(group: Group, results: Sequence[Result], path: Path) -> None:
    """Plot mAP over the values of a sweep.

    Args:
        group (Group): The sweep.
        results (Sequence[Result]): Trainings of this group; seeds are
            averaged.
        path (Path): Picture to write; its folder is made.
    """
    found = {
        str(v): [r for r in results if r.row == str(v)] for v in group.values
    }
    values = [value for value, of_value in found.items() if of_value]
    figure = Figure(figsize=(5, 3.5), layout='constrained', dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, label, colour, style in _CURVES:
        axes.plot(
            values,
            [
                100 * np.mean([getattr(r, name) for r in found[v]])
                for v in values
            ],
            style,
            color=hexadecimal(colour),
            label=label,
        )
    axes.set_ylim(0, 1.1 * axes.dataLim.ymax)
    axes.set_title(group.title)
    axes.set_xlabel(str(group.key))
    axes.set_ylabel('mAP (%)')
    axes.grid(alpha=0.3)
    figure.legend(loc='outside lower center', ncols=len(_CURVES))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
