"""``mmdmr plot_gallery_size``: how a search fares in ever larger galleries."""

import json
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmdmr.cli.errors import input_errors
from mmdmr.evaluation.scores import read_scores, scores_by_key

#: Test images of CUHK-SYSU but the query's: the size of the full set.
FULL_SIZE = 6977
_FIGURES = {'mAP': 'mAP (%)', 'top1': 'top-1 (%)'}
#: Protocols of CUHK-SYSU that differ in the size of the gallery alone.
_SIZES = re.compile(r'G(\d{1,9})|full')
_COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9')
#: Per figure the points of a curve.
Curve = dict[str, list[tuple[int, float]]]


def main(argv: Sequence[str] | None = None) -> int:
    """Plot mAP and top-1 against the gallery's size.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('plot_gallery_size'):
        runs: dict[str, Curve] = {}
        for run in args.runs:
            name, _, path = run.rpartition('=')
            name = name or Path(path).stem
            if name in runs:
                raise ValueError(
                    f'two runs are called {name}; name them, A={path}'
                )
            runs[name] = read_run(path, args.option, args.full_size)
        published = read_published(args.published) if args.published else {}
    figure = draw(runs, published, args.full_size)
    with input_errors('plot_gallery_size'):
        if Path(args.out).is_dir():
            raise IsADirectoryError(f'--out {args.out} is a folder')
        out = Path(args.out)
        out = out.with_suffix(out.suffix or '.png')
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out)
    print(f'{len(runs)} runs, {len(published)} published curves in {out}')
    return 0


def read_run(path: str, option: str = '', full_size: int = FULL_SIZE) -> Curve:
    """Read the curve of a run.

    Args:
        path (str): Scores, as ``mmdmr score_search --out`` writes them.
        option (str): Rows to take, such as ``+cbgm``. Defaults to the plain
            ones.
        full_size (int): Gallery size of the full set. Defaults to that of
            CUHK-SYSU.

    Returns:
        dict[str, list[tuple[int, float]]]: Points by figure, in percent.

    Raises:
        FileNotFoundError: It is missing.
        ValueError: It holds fewer than two gallery sizes.
    """
    scores = read_scores(path)
    curve: Curve = {figure: [] for figure in _FIGURES}
    for key, figures in scores_by_key(scores).items():
        match = _SIZES.fullmatch(key.protocol)
        if match and key.options == option and set(_FIGURES) <= set(figures):
            size = int(match.group(1) or full_size)
            for figure, points in curve.items():
                points.append((size, 100 * figures[figure]))
    if len(curve['mAP']) < 2:
        raise ValueError(
            f'{path}: holds {len(curve["mAP"])} rows search.G...{option}; '
            'score with "mmdmr score_search --gallery-sizes all"'
        )
    return {figure: sorted(points) for figure, points in curve.items()}


def read_published(path: str) -> dict[str, Curve]:
    """Read curves that others published.

    Args:
        path (str): JSON: ``{"name": {"100": [mAP, top1], ...}, ...}``, in
            percent; None for a figure that was not published.

    Returns:
        dict[str, dict]: Curves by name.

    Raises:
        FileNotFoundError: It is missing.
        ValueError: It has another form.
    """
    curves = {}
    try:
        for name, sizes in json.loads(Path(path).read_bytes()).items():
            rows = sorted((int(size), pair) for size, pair in sizes.items())
            values = [v for _, pair in rows for v in pair if v is not None]
            if any(isinstance(v, str) for v in values) or max(values) <= 1:
                raise ValueError(f'the figures of {name} are {values}')
            curves[name] = {
                figure: [
                    (size, float(pair[i]))
                    for size, pair in rows
                    if pair[i] is not None
                ]
                for i, figure in enumerate(_FIGURES)
            }
    except (
        *(AttributeError, IndexError, KeyError, TypeError, ValueError),
        RecursionError,
    ) as error:
        raise ValueError(
            f'{path}: must be {{"name": {{"100": [mAP, top1], ...}}}} in '
            f'percent ({error})'
        ) from error
    return curves


def draw(
    runs: dict[str, Curve],
    published: dict[str, Curve],
    full_size: int = FULL_SIZE,
) -> Figure:
    """Draw curves: runs solid, published ones dashed and so called.

    Args:
        runs (dict): Curves by name.
        published (dict): Curves by name.
        full_size (int): Gallery size of the full set. Defaults to that of
            CUHK-SYSU.

    Returns:
        Figure: Two panels.
    """
    figure = Figure(figsize=(10, 4.6), dpi=130, layout='constrained')
    FigureCanvasAgg(figure)
    curves = [(name, curve, '-') for name, curve in runs.items()]
    curves += [(f'{n} (published)', c, '--') for n, c in published.items()]
    sizes = sorted({s for _, c, _ in curves for s, _ in c['mAP']})
    for axis, (key, label) in zip(figure.subplots(1, 2), _FIGURES.items()):
        for i, (name, curve, line) in enumerate(curves):
            if curve[key]:
                axis.plot(
                    *zip(*curve[key]),
                    line,
                    color=_COLOURS[i % len(_COLOURS)],
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


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr plot_gallery_size',
        description='Plot mAP and top-1 against the size of the gallery, '
        'several runs in one picture.',
    )
    parser.add_argument(
        'runs',
        nargs='+',
        metavar='[NAME=]SCORES.json',
        help='scores of "mmdmr score_search --gallery-sizes all --out '
        'SCORES.json"',
    )
    parser.add_argument(
        '--out',
        default='gallery_size.png',
        help='picture: .png, .pdf or .svg (default: %(default)s)',
    )
    parser.add_argument(
        '--option',
        default='',
        metavar='+OPTION',
        help='rows to plot, e.g. +cbgm (default: the plain ones)',
    )
    parser.add_argument(
        '--full-size',
        type=int,
        default=FULL_SIZE,
        metavar='N',
        help='gallery size of the full set (default: %(default)s, CUHK-SYSU)',
    )
    parser.add_argument(
        '--published',
        metavar='FILE.json',
        help='curves others published, drawn dashed: {"name": {"100": [mAP, '
        'top1], ...}} in percent',
    )
    return parser.parse_args(argv)
