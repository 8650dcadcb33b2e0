"""``mmdmr ablate``: train every row of the comparison and every sweep."""

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.ablation import GROUPS, Run, plan_runs, read_results
from mmdmr.ablation.plots import draw_sweeps
from mmdmr.ablation.report import write_report
from mmdmr.ablation.results import append_result
from mmdmr.ablation.running import (
    LOG,
    Hashes,
    call_tool,
    check_data,
    collect_results,
    commands_of,
    current_results,
    hash_settings,
    pending_runs,
    remove_large_files,
    take_over,
)
from mmdmr.ablation.scenes import make_scenes
from mmdmr.cli.errors import config_errors


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        "Train every row of DMRNet's comparison and every sweep, "
        'write a line for each finished training, and tables of all lines. A '
        'training with a line in the file is not run again: to repeat a '
        'training, remove its line. An interrupted training is resumed. A '
        'training takes 6 to 12 minutes on two cores.'
    )
    parser.add_argument(
        '--groups',
        nargs='+',
        choices=list(GROUPS),
        default=[name for name in GROUPS if name != 'prw-mini'],
        metavar='GROUP',
        help='tables and curves to train, in this order: '
        + '; '.join(f'{name} ({g.title})' for name, g in GROUPS.items())
        + ' (default: all but prw-mini, whose frames are not shipped)',
    )
    parser.add_argument(
        '--seeds',
        nargs='+',
        type=int,
        metavar='SEED',
        help='seeds of every row (default: three for faster-rcnn, one for '
        'all other groups)',
    )
    parser.add_argument(
        '--rows',
        nargs='+',
        metavar='ROW',
        help='rows and values of sweeps to train, as --list prints them '
        '(default: all)',
    )
    parser.add_argument(
        '--epochs',
        type=int,
        metavar='N',
        help="number of epochs in place of the plan's; the results differ "
        "from the plan's, so give another --csv and --report",
    )
    parser.add_argument(
        '--csv',
        default='docs/ablation.csv',
        help='file of finished trainings',
    )
    parser.add_argument(
        '--report',
        default='docs/ablation.md',
        help='page of the tables; text around the tables is kept (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--work-dir',
        default='work_dirs/ablation',
        help='folder for logs and checkpoints',
    )
    parser.add_argument(
        '--list',
        action='store_true',
        help='print the pending trainings and run none of them',
    )


def run(args: Namespace) -> int:
    """Run the trainings that are not in the results file yet.

    Returns:
        int: 0; the code of a training that failed.

    Raises:
        InputError: An argument or a file is wrong.
    """
    with config_errors():
        # Hashing the settings of all rows takes seconds: wrong input first.
        runs = plan_runs(args.groups, args.seeds, args.rows)
        results = read_results(args.csv)
        hashes = hash_settings(args.epochs)
        pending = pending_runs(runs, results, hashes)
        check_data(pending)
    print(
        f'{len(runs)} trainings, {len(runs) - len(pending)} of them done '
        f'before, in {args.csv}'
    )
    if args.list:
        for run in pending:
            print(f'{run.group:12} seed {run.seed}  {run.row}')
        return 0
    if any(GROUPS[run.group].scenes for run in pending):
        with config_errors():
            make_scenes()
    started, trained = time.time(), 0
    for number, run in enumerate(pending):
        digest = hashes[run.group, run.row]
        if take_over(args.csv, run, digest):
            continue
        print(
            f'\n=== {number + 1}/{len(pending)} {run.group}, seed {run.seed}: '
            f'{run.row} ===',
            flush=True,
        )
        code = _train(run, digest, args)
        if code:
            return code
        trained += 1
        minutes = (time.time() - started) / trained / 60
        left = minutes * (len(pending) - number - 1)
        print(f'about {left:.0f} minutes left')
        _report(args, hashes)
    _report(args, hashes)
    return 0


def _train(run: Run, digest: str, args: Namespace) -> int:
    """Train and score; write the metrics; remove the checkpoints."""
    folder = Path(args.work_dir) / f'{digest}_seed-{run.seed}'
    for command in commands_of(run, folder, args.epochs):
        print(f'$ mmdmr {" ".join(command)}', flush=True)
        code = call_tool(command, folder)
        if code:
            print(
                f'mmdmr ablate: the command failed, see {folder / LOG}; '
                'run "mmdmr ablate" again to resume',
                file=sys.stderr,
            )
            return code
    results = collect_results(run, digest, folder)
    for result in results:
        append_result(args.csv, result)
    remove_large_files(folder)
    first = results[0]
    print(
        f'mAP {first.mAP:.3f}, on ground-truth boxes {first.gt_mAP:.3f}, '
        f'recall {first.recall:.3f}, {first.seconds / 60:.1f} minutes'
    )
    return 0


def _report(args: Namespace, hashes: Hashes) -> None:
    """Write tables and curves of all finished trainings."""
    results = read_results(args.csv)
    current = current_results(results, hashes)
    if len(current) < len(results):
        print(
            f'note: {len(results) - len(current)} lines of {args.csv} were '
            'trained with other settings than the configs have now, and are '
            'left out of the tables'
        )
    write_report(args.report, current)
    draw_sweeps(current, Path(args.report).parent / 'figures')
