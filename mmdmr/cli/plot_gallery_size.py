"""``mmdmr plot_gallery_size``: mAP and top-1 over the gallery's size."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from mmdmr.cli.errors import input_errors
from mmdmr.errors import InputError
from mmdmr.visualization.gallery_curves import (
    FULL_SIZE,
    Curve,
    draw_gallery_curves,
    read_curve,
    read_published_curves,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Plot mAP and top-1 over the gallery's size.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None:
            ``sys.argv[1:]``.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('plot_gallery_size'):
        runs = _read_runs(args)
        published = (
            read_published_curves(args.published) if args.published else {}
        )
    figure = draw_gallery_curves(runs, published, args.full_size)
    with input_errors('plot_gallery_size'):
        if Path(args.out).is_dir():
            raise IsADirectoryError(f'--out {args.out} is a folder')
        out = Path(args.out)
        out = out.with_suffix(out.suffix or '.png')
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out)
    print(f'{len(runs)} runs, {len(published)} published curves in {out}')
    return 0


def _read_runs(args: Namespace) -> dict[str, Curve]:
    """Curves by name of the run; the name of the file if it has none."""
    runs: dict[str, Curve] = {}
    for run in args.runs:
        name, _, path = run.rpartition('=')
        name = name or Path(path).stem
        if name in runs:
            raise InputError(
                f'two runs are called {name}; name them, A={path}'
            )
        runs[name] = read_curve(path, args.option, args.full_size)
    return runs


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr plot_gallery_size',
        description='Plot mAP and top-1 over the size of the gallery, '
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
        help='rows to plot, e.g. +cbgm (default: the plain rows)',
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
        help='published curves, drawn dashed: {"name": {"100": [mAP, top1], '
        '...}} in percent',
    )
    return parser.parse_args(argv)
