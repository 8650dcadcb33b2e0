"""Charts as SVG within a page, with the numbers behind them."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmdmr.errors import printable
from mmdmr.visualization.palette import CURVES, hexadecimal

#: Width and height of a chart in inches of 72 pixels.
_SIZE = (4.6, 2.9)
#: Colours that stand for those of the page, which follow light and dark.
_TEXT, _GRID = '#010203', '#040506'
#: Most points of a curve that are drawn, and most rows of its table.
_MOST_POINTS, _MOST_ROWS = 500, 40
#: Ends of an axis in percent, with room for a line at 0 or 100; least height.
_BOTTOM, _TOP, _HEIGHT = -0.5, 100.5, 6
#: Most points of a curve that are marked each.
_MOST_DOTS = 15
_DASHES = ('-', '--', ':')
#: Text stays text, in the font of the page; a "$" is no formula.
_STYLE: Any = {
    'svg.fonttype': 'none',
    'font.family': 'sans-serif',
    'font.size': 10,
    'text.parse_math': False,
    'axes.unicode_minus': False,
    **dict.fromkeys(
        ('text.color', 'axes.labelcolor', 'xtick.color', 'ytick.color'),
        _TEXT,
    ),
    'axes.edgecolor': _GRID,
    'grid.color': _GRID,
    'axes.facecolor': 'none',
    'figure.facecolor': 'none',
}
_METADATA = dict.fromkeys(('Creator', 'Date', 'Format', 'Type'))


@dataclass(frozen=True, eq=False)
class Line:
    """A curve of a chart.

    Args:
        name (str): Name in the table.
        x (np.ndarray): (n,) positions.
        y (np.ndarray): (n,) values; NaN for a gap.
        run (int): Position of the run, which chooses the colour. Defaults to
            0.
        faint (bool): True for a curve behind its average. Defaults to False.
        averaged (bool): True for the average of another curve, which is not
            in the table. Defaults to False.
        steps (bool): True for values that hold between two positions, as in
            a histogram: x has n + 1 edges. Defaults to False.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    run: int = 0
    faint: bool = False
    averaged: bool = False
    steps: bool = False


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart and its table.

    Args:
        title (str): Name of what is drawn.
        svg (str): SVG element.
        head (list[str]): Heads of the table's columns.
        rows (list[list[str]]): Rows of the table.
        thinned (int): Number of values that a row stands for, 1 if the table
            has all. Defaults to 1.
    """

    title: str
    svg: str
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    thinned: int = 1


def draw_chart(
    title: str,
    lines: Sequence[Line],
    x_label: str,
    *,
    log_x: bool = False,
    percent: bool = False,
    ticks: Sequence[float] = (),
    marks: Sequence[tuple[float, str]] = (),
) -> Chart:
    """Draw curves over one axis.

    Args:
        title (str): Name of what is drawn, which the page shows.
        lines (Sequence[Line]): The curves.
        x_label (str): Name of the positions.
        log_x (bool): True for a logarithmic axis. Defaults to False.
        percent (bool): True for values of 100 at most. Defaults to False.
        ticks (Sequence[float]): Positions that are labelled. Defaults to
            none: chosen by Matplotlib.
        marks (Sequence[tuple[float, str]]): Positions of vertical lines, with
            a text each, from left to right. Defaults to none.

    Returns:
        Chart: The chart. Equal arguments give equal text.

    Example:
        >>> chart = draw_chart(
        ...     'loss', [Line('A', np.array([1, 2]), np.array([3.0, 0.5]))],
        ...     'iteration')
        >>> chart.head, chart.rows
        (['iteration', 'A'], [['1', '3'], ['2', '0.5']])
        >>> chart.svg[:4], 'currentColor' in chart.svg
        ('<svg', True)
    """
    with rc_context({**_STYLE, 'svg.hashsalt': printable(title)}):
        figure = Figure(figsize=_SIZE, layout='constrained')
        canvas = FigureCanvasSVG(figure)
        axes = figure.subplots()
        for line in lines:
            _draw(axes, line)
        _mark(axes, marks)
        if log_x:
            axes.set_xscale('log')
            axes.xaxis.set_major_formatter(lambda x, _: f'{x:g}')
            axes.minorticks_off()
        if ticks:
            axes.set_xticks(ticks)
        elif all(line.x.dtype.kind == 'i' for line in lines) and not log_x:
            axes.xaxis.set_major_locator(
                MaxNLocator(integer=True, steps=[1, 2, 5, 10])
            )
        if percent:
            axes.set_ylim(*_percent_limits(*axes.get_ylim()))
        axes.ticklabel_format(axis='y', useOffset=False)
        axes.set_xlabel(x_label)
        axes.grid(True, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[['top', 'right']].set_visible(False)
        axes.tick_params(length=0)
        stream = io.StringIO()
        canvas.print_svg(stream, metadata=_METADATA)
    return Chart(
        title, _within_page(stream.getvalue()), *_table(lines, x_label)
    )


def _mark(axes: Axes, marks: Sequence[tuple[float, str]]) -> None:
    """Draw vertical lines with their texts."""
    for i, (x, text) in enumerate(marks):
        axes.axvline(x, color=_TEXT, linewidth=1, linestyle=':')
        # The first text on the left of its line, the others on the right.
        side = 1 if i else -1
        axes.annotate(
            text,
            (x, 1),
            (3 * side, -2),
            xycoords=('data', 'axes fraction'),
            textcoords='offset points',
            ha='left' if i else 'right',
            va='top',
            fontsize=9,
        )


def _draw(axes: Axes, line: Line) -> None:
    """Draw one curve."""
    style: dict[str, Any] = dict(
        color=hexadecimal(CURVES[line.run % len(CURVES)]),
        linestyle=_DASHES[line.run // len(CURVES) % len(_DASHES)],
        linewidth=1.2 if line.faint else 2,
        alpha=0.35 if line.faint else 1,
    )
    if line.steps:
        axes.stairs(line.y, line.x, fill=True, **{**style, 'alpha': 0.25})
        axes.stairs(line.y, line.x, **style)
        return
    every = -(-len(line.x) // _MOST_POINTS)
    # From the end, so that the last value is among the points.
    axes.plot(
        line.x[::-1][::every],
        line.y[::-1][::every],
        marker='o' if _is_marked(line) else None,
        markersize=4,
        **style,
    )


def _is_marked(line: Line) -> bool:
    """True if each point is to be seen: of a few, as one makes no line."""
    return not line.faint and len(line.x) <= _MOST_DOTS


def _percent_limits(low: float, high: float) -> tuple[float, float]:
    """Limits of an axis in percent that show no value beyond 0 and 100."""
    high = min(max(high, low + _HEIGHT), _TOP)
    return max(min(low, high - _HEIGHT), _BOTTOM), high


def _within_page(text: str) -> str:
    """Make an SVG file an element of a page.

    The colours of text and grid become those of the page. Names that nothing
    refers to are dropped, since other charts have the same.
    """
    text = text[text.index('<svg') :].strip()
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', '', text)
    text = re.sub(r'<svg [^>]*?viewBox', '<svg viewBox', text, count=1)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
    names = {name for pair in used for name in pair if name}
    text = re.sub(
        r' id="([^"]+)"',
        lambda match: match[0] if match[1] in names else '',
        text,
    )
    text = re.sub(r'<style[^>]*>.*?</style>', '', text, flags=re.S)
    text = re.sub(r' font-family: [^;]*;', '', text)
    text = text.replace(_TEXT, 'currentColor').replace(_GRID, 'var(--line)')
    for i, colour in enumerate(CURVES):
        text = text.replace(hexadecimal(colour), f'var(--curve-{i})')
    return text


def _table(
    lines: Sequence[Line], x_label: str
) -> tuple[list[str], list[list[str]], int]:
    """Numbers behind the curves: a row for each position."""
    shown = [line for line in lines if not line.averaged]
    columns: list[dict[float, float]] = [
        dict(zip(line.x.tolist(), line.y.tolist())) for line in shown
    ]
    positions = sorted(set().union(*columns)) if columns else []
    every = -(-len(positions) // _MOST_ROWS) or 1
    rows = [
        [number(x), *(number(column.get(x, np.nan)) for column in columns)]
        for x in positions[::-1][::every][::-1]
    ]
    return [x_label, *(line.name for line in shown)], rows, every


def number(value: float) -> str:
    """Write a number with five digits.

    Args:
        value (float): The number.

    Returns:
        str: The number; '' for NaN.

    Example:
        >>> number(0.123456), number(1200000.0), number(3.0), number(np.nan)
        ('0.12346', '1200000', '3', '')
    """
    if np.isnan(value):
        return ''
    if float(value).is_integer() and abs(value) < 1e9:
        return str(int(value))
    return f'{value:.5g}'
