"""``mmdmr plot_gallery_size``: mAP and top-1 over the gallery's size."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.argument_types import whole
from mmdmr.errors import InputError
from mmdmr.visualization.gallery_curves import (
    FULL_SIZE,
    Curve,
    draw_gallery_curves,
    read_curve,
    read_published_curves,
)

#: Kinds of pictures that curves are saved as.
_PICTURES = ('.png', '.pdf', '.svg')


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Plot mAP and top-1 over the size of the gallery, '
        'several runs in one picture.'
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
        help='picture: .png, .pdf or .svg',
    )
    parser.add_argument(
        '--option',
        default='',
        metavar='+OPTION',
        help='rows to plot, e.g. +cbgm (default: the plain rows)',
    )
    parser.add_argument(
        '--full-size',
        type=whole(1),
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


def run(args: Namespace) -> int:
    """Plot mAP and top-1 over the gallery's size.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    out = Path(args.out)
    if out.is_dir():
        raise IsADirectoryError(f'--out {args.out} is a folder')
    out = out.with_suffix(out.suffix or '.png')
    if out.suffix.lower() not in _PICTURES:
        raise InputError(
            f'--out {args.out}: name a file that ends with '
            f'{", ".join(_PICTURES)}'
        )
    runs = _read_runs(args)
    published = read_published_curves(args.published) if args.published else {}
    figure = draw_gallery_curves(runs, published, args.full_size)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out)
    print(f'Runs: {len(runs)}, published curves: {len(published)} in {out}')
    return 0


def _read_runs(args: Namespace) -> dict[str, Curve]:
    """Curves by name of the run, or of its file if the run has no name."""
    runs: dict[str, Curve] = {}
    for run in args.runs:
        name, _, path = run.rpartition('=')
        name = name or Path(path).stem
        if name in runs:
            raise InputError(
                f'two runs are called {name}; give each run a name, A={path}'
            )
        runs[name] = read_curve(path, args.option, args.full_size)
    return runs
