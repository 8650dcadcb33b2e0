"""Curves of the cost of the re-ID part of a step."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmdmr.benchmark.training.growth import Cell
from mmdmr.benchmark.training.growth_model import Growth
from mmdmr.files import atomic_path
from mmdmr.visualization.palette import CURVES, hexadecimal

#: Linear below this size, so that 0 has a place on a logarithmic axis.
_LINEAR = 256


def draw_growth(cells: Sequence[Cell], formula: Growth, path: Path) -> None:
    """Plot time over the size of the memory, a curve for each batch.

    Args:
        cells (Sequence[Cell]): The measurements.
        formula (Growth): Formula of the seconds, drawn as dashed lines.
        path (Path): Picture to write; its folder is made.
    """
    figure = Figure(figsize=(6, 4), layout='constrained', dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for i, num in enumerate(sorted({cell.persons for cell in cells})):
        curve = sorted(cell for cell in cells if cell.persons == num)
        sizes = [cell.size for cell in curve]
        colour = hexadecimal(CURVES[i % len(CURVES)])
        axes.plot(
            sizes,
            [cell.seconds for cell in curve],
            'o-',
            color=colour,
            label=f'{num} persons',
        )
        axes.plot(
            sizes,
            [formula.predict(cell.num_keys, num) for cell in curve],
            '--',
            color=colour,
        )
    axes.set_xscale('symlog', linthresh=_LINEAR)
    axes.set_yscale('log')
    axes.set_xlabel('size of the memory')
    axes.set_ylabel('losses, backward and commit (s)')
    axes.set_title('measured, and by the formula (dashed)')
    axes.grid(alpha=0.3)
    axes.legend()
    with atomic_path(path) as draft:
        figure.savefig(draft, format='png')
