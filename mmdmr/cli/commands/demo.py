"""``mmdmr demo``: from nothing to a scored person search, on a CPU."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from mmdmr.benchmark.bounds import Bound, check_bounds
from mmdmr.config import load_config
from mmdmr.engine.work_dir import check_own
from mmdmr.evaluation.scores import ScoreKey, read_scores, write_scores
from mmdmr.web.demo_files import CONFIG, DATA_ROOT, WORK_DIR

PROTOCOL = str(ScoreKey('full'))
GT_PROTOCOL = str(ScoreKey('full', gt=True))
DETECTION = str(ScoreKey(score_thr=0.5))


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Make synthetic scenes, train DMRNet on them, search in '
        'them and compare with an untrained network and with colour '
        'histograms. About 13 minutes on two cores.'
    )
    parser.add_argument(
        '--work-dir',
        default=WORK_DIR,
        help='folder for all results',
    )
    parser.add_argument(
        '--data-root',
        default=DATA_ROOT,
        help='folder for the scenes; existing scenes are used again',
    )
    parser.add_argument(
        '--resume',
        action='store_true',
        help='continue an interrupted training',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='train anew and overwrite the results of an earlier demo',
    )
    parser.add_argument(
        '--check',
        action='store_true',
        help='end with code 1 unless the metrics are within their bounds',
    )


def run(args: Namespace) -> int:
    """Make data, score two baselines, train, test, print a table.

    Returns:
        int: 0; 1 if ``--check`` is given and a metric is out of its bounds;
        the code of a stage that failed.

    Raises:
        InputError: An argument or a file is wrong.
    """
    work_dir, data_root = Path(args.work_dir), args.data_root
    started = time.time()
    how = ['--resume'] if args.resume else []
    how += ['--overwrite'] if args.overwrite else []
    if not how:
        check_own(work_dir, None)
    stages = _stages(work_dir, data_root, how)
    for number, stage in enumerate(stages, 1):
        print(
            f'\n=== {number}/{len(stages)} {stage.title} '
            f'(about {stage.duration}) ===\n'
            f'$ mmdmr {" ".join(stage.command)}',
            flush=True,
        )
        code = subprocess.call([sys.executable, '-m', 'mmdmr', *stage.command])
        if code:
            print(
                f'mmdmr demo: "{stage.command[0]}" failed, see above',
                file=sys.stderr,
            )
            return code
    scores = _collect(work_dir)
    _print_table(scores)
    print(
        f'Scores: {work_dir / "scores.json"}\n'
        f'Ranking sheet: {work_dir / "ranking.png"}\n'
        f'Report: {work_dir / "report.html"}\n'
        f'All in {(time.time() - started) / 60:.1f} minutes.\n'
        f'Click a person on a page: {_app_command(args)}'
    )
    if not args.check:
        return 0
    judged = check_bounds(scores, BOUNDS)
    print('\n'.join(line for _, line in judged))
    return 0 if all(holds for holds, _ in judged) else 1


class Stage(NamedTuple):
    """A step of the demo.

    Args:
        duration (str): Approximate time on two cores.
        title (str): Description of the step.
        command (list[str]): Arguments of ``mmdmr``.
    """

    duration: str
    title: str
    command: list[str]


#: The trained network searches well; the baselines leave room for learning.
BOUNDS = (
    Bound('trained', PROTOCOL, 'mAP', 0.80, True),
    Bound('trained', PROTOCOL, 'top1', 0.90, True),
    Bound('trained', DETECTION, 'recall', 0.90, True),
    Bound('untrained', GT_PROTOCOL, 'mAP', 0.35, False),
    Bound('untrained', GT_PROTOCOL, 'top1', 0.60, False),
    Bound('histogram', GT_PROTOCOL, 'mAP', 0.55, False),
    Bound('histogram', GT_PROTOCOL, 'top1', 0.80, False),
)


def _stages(work_dir: Path, data_root: str, how: list[str]) -> list[Stage]:
    """Stages of the demo, in order.

    Args:
        work_dir (Path): Folder for all results.
        data_root (str): Folder for the scenes, drawn if it has no
            annotations.
        how (list[str]): Options of the training.

    Returns:
        list[Stage]: The stages.
    """
    common = [CONFIG, '--data-root', data_root]
    last = load_config(CONFIG).train_cfg.max_epochs
    results = f'{work_dir}/results.npz'
    draw = ['make_synthetic', '--out', data_root]
    histogram = ['score_histogram', *common, '--margin', '0.25']
    histogram += ['--out', f'{work_dir}/histogram.json']
    before = ['test', *common, 'untrained']
    before += ['--work-dir', f'{work_dir}/untrained']
    before += ['--out', f'{work_dir}/untrained.json']
    train = ['train', *common, '--work-dir', str(work_dir), *how]
    after = ['test', *common, f'{work_dir}/epoch_{last}.pth']
    after += ['--work-dir', f'{work_dir}/test']
    after += ['--out', f'{work_dir}/trained.json', '--dump', results]
    sheet = ['plot_ranking', *common, results]
    sheet += ['--out', f'{work_dir}/ranking.png']
    report = ['report', str(work_dir), '--data-root', data_root]
    stages = [
        Stage('5 s', 'Colour histograms of ground-truth boxes', histogram),
        Stage('40 s', 'The network before training', before),
        Stage('8 minutes', 'Training', train),
        Stage('40 s', 'The network after training', after),
        Stage('5 s', 'Ranking sheet', sheet),
        Stage('7 s', 'Report', report),
    ]
    if not Path(data_root, 'annotation').is_dir():
        stages.insert(0, Stage('1 minute', 'Synthetic scenes', draw))
    return stages


def _app_command(args: Namespace) -> str:
    """Command that shows the results on a page."""
    words = ['mmdmr', 'demo_app']
    program = Path(sys.executable).with_name('mmdmr')
    # In an environment that is not entered, the shell finds no "mmdmr".
    if shutil.which('mmdmr') is None and program.exists():
        words[0] = os.path.relpath(program)
    for option, given, usual in (
        ('--work-dir', args.work_dir, WORK_DIR),
        ('--data-root', args.data_root, DATA_ROOT),
    ):
        words += [] if given == usual else [option, given]
    return shlex.join(words)


def _collect(work_dir: Path) -> dict[str, dict]:
    """Read the scores of three stages and write ``scores.json``.

    Args:
        work_dir (Path): Folder of the demo.

    Returns:
        dict[str, dict]: Scores of ``trained``, ``untrained`` and
        ``histogram``, by key.
    """
    scores = {
        row: read_scores(work_dir / f'{row}.json')
        for row in ('trained', 'untrained', 'histogram')
    }
    flat = dict(scores['trained'])
    for row in ('untrained', 'histogram'):
        flat[f'{row}.{GT_PROTOCOL}'] = scores[row][GT_PROTOCOL]
    write_scores(work_dir / 'scores.json', flat)
    return scores


def _print_table(scores: dict[str, dict]) -> None:
    """Print the scores that :func:`_collect` returned."""
    table = Table(title='Person search on unseen identities')
    for column in (
        'boxes',
        'embedding',
        'mAP',
        'top-1',
        'top-5',
        'top-10',
        'recall',
        'AP',
    ):
        table.add_column(column)
    detection = scores['trained'][DETECTION]
    rows = [
        (
            'detected',
            'trained network',
            scores['trained'][PROTOCOL],
            [detection['recall'], detection['ap']],
        )
    ]
    rows += [
        ('ground truth', name, scores[row][GT_PROTOCOL], [])
        for name, row in (
            ('untrained network', 'untrained'),
            ('colour histogram', 'histogram'),
            ('trained network', 'trained'),
        )
    ]
    for boxes, name, search, found in rows:
        metrics = [search[k] for k in ('mAP', 'top1', 'top5', 'top10')]
        table.add_row(boxes, name, *(f'{v:.3f}' for v in metrics + found))
    Console(width=100).print(table)
