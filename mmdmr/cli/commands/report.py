"""``mmdmr report``: a page about a training, or about several."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.argument_types import whole
from mmdmr.files import check_target
from mmdmr.reports.page import write_report
from mmdmr.reports.runs import name_runs, read_run
from mmdmr.reports.work_dirs import find_work_dirs, split_name

_NAME = 'report.html'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Write one HTML file about a training: metrics beside baselines, '
        'losses, memory queue and key encoder, validations, similarities, '
        'best and worst queries with pictures, and the config. Several work '
        'dirs are compared. What a work dir lacks is told with the command '
        'that makes it.'
    )
    parser.add_argument(
        'work_dirs',
        nargs='+',
        metavar='[NAME=]WORK_DIR',
        help='work dir of a training, finished or not; or a folder of work '
        'dirs, such as that of "mmdmr ablate"',
    )
    parser.add_argument(
        '--out',
        metavar='FILE.html',
        help='page (default: WORK_DIR/report.html; report.html for several '
        'work dirs)',
    )
    parser.add_argument(
        '--data-root',
        metavar='ROOT',
        help="folder of the data set, in place of the config's data_root",
    )
    parser.add_argument(
        '--base',
        metavar='CONFIG',
        help='config that the settings are compared with (default: the '
        'config of mmdmr that the training was started from)',
    )
    parser.add_argument(
        '--queries',
        type=whole(1),
        default=3,
        help='number of best queries, and of worst queries',
    )
    parser.add_argument(
        '--matches',
        type=whole(1, 1000),
        default=6,
        help='number of matches for each query',
    )


def run(args: Namespace) -> int:
    """Write a report.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    places = find_work_dirs(args.work_dirs)
    # A single folder may hold several runs, as that of an ablation does.
    folder = Path()
    if len(args.work_dirs) == 1:
        folder = split_name(args.work_dirs[0]).path
    out = Path(args.out or folder / _NAME)
    check_target(out, '.html')
    runs = [
        read_run(place, args.data_root, args.queries, args.matches)
        for place in places
    ]
    runs = name_runs(runs, [place.name for place in places])
    for note in write_report(out, runs, args.base):
        print(f'note: {note}', file=sys.stderr)
    what = f'{len(runs)} runs' if len(runs) > 1 else runs[0].name
    print(f'{what} in {out}')
    return 0
