"""``mmdmr demo``: from nothing to a scored person search, on a CPU."""

import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from rich.console import Console
from rich.table import Table

from mmdmr.cli.config import find_config
from mmdmr.cli.errors import input_errors
from mmdmr.engine.work_dir import check_own
from mmdmr.evaluation.scores import ScoreKey, read_scores, write_scores

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
PROTOCOL = str(ScoreKey('full'))
GT_PROTOCOL = str(ScoreKey('full', gt=True))
DETECTION = str(ScoreKey(score_thr=0.5))
#: What ``--check`` demands: row, figures, figure, bound, is it a least value.
THRESHOLDS = (
    ('trained', PROTOCOL, 'mAP', 0.80, True),
    ('trained', PROTOCOL, 'top1', 0.90, True),
    ('trained', DETECTION, 'recall', 0.90, True),
    ('untrained', GT_PROTOCOL, 'mAP', 0.35, False),
    ('untrained', GT_PROTOCOL, 'top1', 0.60, False),
    ('histogram', GT_PROTOCOL, 'mAP', 0.55, False),
    ('histogram', GT_PROTOCOL, 'top1', 0.80, False),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Make data, score two baselines, train, test, print a table.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0; 1 if ``--check`` is given and a figure is out of its bounds;
        the code of a stage that failed.
    """
    args = _parse(argv)
    work_dir, data_root = Path(args.work_dir), args.data_root
    started = time.time()
    how = ['--resume'] if args.resume else []
    how += ['--overwrite'] if args.overwrite else []
    if not how:
        with input_errors('demo'):
            check_own(work_dir, None)
    stages = _stages(work_dir, data_root, how)
    for number, (duration, what, command) in enumerate(stages, 1):
        print(
            f'\n=== {number}/{len(stages)} {what} (about {duration}) ===\n'
            f'$ mmdmr {" ".join(command)}',
            flush=True,
        )
        code = subprocess.call([sys.executable, '-m', 'mmdmr', *command])
        if code:
            print(
                f'mmdmr demo: "{command[0]}" failed, see above',
                file=sys.stderr,
            )
            return code
    scores = _collect(work_dir)
    _print_table(scores)
    print(
        f'Scores: {work_dir / "scores.json"}\n'
        f'Ranking sheet: {work_dir / "ranking.png"}\n'
        f'All in {(time.time() - started) / 60:.1f} minutes.'
    )
    return _check(scores) if args.check else 0


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr demo',
        description='Make synthetic scenes, train DMRNet on them, search in '
        'them and compare with an untrained network and with colour '
        'histograms. About 13 minutes on two cores.',
    )
    parser.add_argument(
        '--work-dir',
        default='work_dirs/demo',
        help='folder for all results (default: %(default)s)',
    )
    parser.add_argument(
        '--data-root',
        default='data/synthetic',
        help='folder for the scenes, used again if it is there (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--resume',
        action='store_true',
        help='continue an interrupted training',
    )
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='train anew where there is a demo already, whose results are '
        'overwritten',
    )
    parser.add_argument(
        '--check',
        action='store_true',
        help='end with code 1 unless the figures are within their bounds',
    )
    return parser.parse_args(argv)


def _stages(work_dir: Path, data_root: str, how: list[str]) -> list[tuple]:
    """Duration, description and command of each stage; ``how`` are options of
    the training.
    """
    common = [CONFIG, '--data-root', data_root]
    max_epochs = Config.fromfile(find_config(CONFIG)).train_cfg.max_epochs
    stages = [
        (
            '5 s',
            'Colour histograms of ground-truth boxes',
            [
                'score_histogram',
                *common,
                '--margin',
                '0.25',
                '--out',
                f'{work_dir}/histogram.json',
            ],
        ),
        (
            '40 s',
            'The network before training',
            [
                'test',
                *common,
                'untrained',
                '--work-dir',
                f'{work_dir}/untrained',
                '--out',
                f'{work_dir}/untrained.json',
            ],
        ),
        (
            '8 minutes',
            'Training',
            [
                'train',
                *common,
                '--work-dir',
                str(work_dir),
                *how,
            ],
        ),
        (
            '40 s',
            'The network after training',
            [
                'test',
                *common,
                f'{work_dir}/epoch_{max_epochs}.pth',
                '--work-dir',
                f'{work_dir}/test',
                '--out',
                f'{work_dir}/trained.json',
                '--dump',
                f'{work_dir}/results.npz',
            ],
        ),
        (
            '5 s',
            'Ranking sheet',
            [
                'plot_ranking',
                *common,
                f'{work_dir}/results.npz',
                '--out',
                f'{work_dir}/ranking.png',
            ],
        ),
    ]
    if not Path(data_root, 'annotation').is_dir():
        stages.insert(
            0,
            (
                '1 minute',
                'Synthetic scenes',
                ['make_synthetic', '--out', data_root],
            ),
        )
    return stages


def _collect(work_dir: Path) -> dict[str, dict]:
    """Read the stages' figures and write them as ``scores.json``."""
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
        figures = [search[k] for k in ('mAP', 'top1', 'top5', 'top10')]
        table.add_row(boxes, name, *(f'{v:.3f}' for v in figures + found))
    Console(width=100).print(table)


def _check(scores: dict[str, dict]) -> int:
    failures = 0
    for row, figures, figure, bound, at_least in THRESHOLDS:
        value = scores[row][figures][figure]
        holds = value >= bound if at_least else value < bound
        failures += not holds
        print(
            f'{"ok    " if holds else "FAILED"} {row} {figures} {figure} '
            f'{value:.3f} {">=" if at_least else "<"} {bound}'
        )
    return 1 if failures else 0
