"""``mmdmr ablate``: train every row of the comparison and every sweep."""

import json
import platform
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmdmr.ablation import GROUPS, Result, Run, plan_runs, read_results
from mmdmr.ablation.plan import DMRNET, HISTOGRAM
from mmdmr.ablation.plots import draw_sweep
from mmdmr.ablation.report import by_group, write_report
from mmdmr.ablation.results import append_result, config_hash
from mmdmr.cli.config import load_config
from mmdmr.cli.errors import input_errors
from mmdmr.cli.schedule import set_epochs
from mmdmr.evaluation.scores import ScoreKey, read_scores, scores_by_key

#: What makes the synthetic scenes that most groups train on.
HARD_SCENES = {
    '--difficulty': 'hard',
    '--images': 300,
    '--identities': 240,
    '--test-images': 120,
    '--test-identities': 60,
    '--queries': 120,
}
HARD_ROOT = 'data/synthetic-hard'
#: The colour histogram that stands beside the comparison.
STRIPES = ('--stripes', '4', '--margin', '0.25')
_CHECKPOINTS = (
    'default_hooks.checkpoint.max_keep_ckpts=1',
    'default_hooks.checkpoint.save_best=None',
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the trainings that are not in the results file yet.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0; the code of a training that failed. Wrong input exits with
        code 2.
    """
    args = _parse(argv)
    with input_errors('ablate'):
        hashes = _hashes(args)
        pending = _pending(args, hashes)
    if args.list:
        for run in pending:
            print(f'{run.group:12} seed {run.seed}  {run.row}')
        return 0
    if any(_on_scenes(run) for run in pending):
        _make_scenes()
    started, trained = time.time(), 0
    for number, run in enumerate(pending):
        digest = hashes[run.group, run.row]
        same = _finished(read_results(args.csv), run, digest)
        if same:
            if not _has_line(run, same):
                line = same[0]._replace(group=run.group, row=run.row)
                append_result(args.csv, line)
            continue
        print(
            f'\n=== {number + 1}/{len(pending)} {run.group}, seed {run.seed}: '
            f'{run.row} ===',
            flush=True,
        )
        code = _run(run, digest, args)
        if code:
            return code
        trained += 1
        minutes = (time.time() - started) / trained / 60
        left = minutes * (len(pending) - number - 1)
        print(f'about {left:.0f} minutes left')
        report(args, hashes)
    report(args, hashes)
    return 0


def report(args: Namespace, hashes: dict[tuple[str, str], str]) -> None:
    """Write tables and curves of all that is finished.

    Args:
        args (Namespace): Parsed arguments.
        hashes (dict[tuple[str, str], str]): By group and row, of the
            settings now; what was trained with others is left out.
    """
    results = [
        r
        for r in read_results(args.csv)
        if hashes.get((r.group, DMRNET if r.row == HISTOGRAM else r.row))
        == r.config_hash
    ]
    others = len(read_results(args.csv)) - len(results)
    if others:
        print(
            f'note: {others} lines of {args.csv} were trained with other '
            'settings than the configs have now, and are left out of the '
            'tables'
        )
    write_report(args.report, results)
    figures = Path(args.report).parent / 'figures'
    for name, found in by_group(results).items():
        if GROUPS[name].key is not None:
            draw_sweep(GROUPS[name], found, figures / f'sweep_{name}.png')


def _hashes(args: Namespace) -> dict[tuple[str, str], str]:
    """Hashes of the settings of every row.

    Of all groups: a process beside this may finish others than those chosen.
    """
    return {
        (run.group, run.row): config_hash(_config(run, args))
        for run in plan_runs(list(GROUPS), [0])
    }


def _pending(args: Namespace, hashes: dict[tuple[str, str], str]) -> list[Run]:
    """Runs without a line in the results file."""
    results = read_results(args.csv)
    runs = _chosen(plan_runs(args.groups, args.seeds), args.rows)
    pending = []
    for run in runs:
        same = _finished(results, run, hashes[run.group, run.row])
        if not _has_line(run, same):
            pending.append(run)
    for config in {run.config for run in pending if not _on_scenes(run)}:
        # Whether its data is there is to be known before hours of others.
        load_config(
            Namespace(config=config, data_root=None, cfg_options=None),
            ('train_dataloader', 'test_dataloader'),
        )
    print(
        f'{len(runs)} trainings, {len(runs) - len(pending)} of them done '
        f'before, in {args.csv}'
    )
    return pending


def _chosen(runs: list[Run], rows: list[str] | None) -> list[Run]:
    """Runs of these rows; all runs for None."""
    if rows is None:
        return runs
    known = {run.row for run in runs}
    for row in rows:
        if row not in known:
            raise ValueError(
                f'--rows: {row!r} is in none of the groups, whose rows are '
                f'{sorted(known)}'
            )
    return [run for run in runs if run.row in rows]


def _finished(
    results: Sequence[Result], run: Run, digest: str
) -> list[Result]:
    """Lines of the same training, of this group or of others."""
    return [
        result
        for result in results
        if (result.config_hash, result.seed) == (digest, run.seed)
    ]


def _has_line(run: Run, same: Sequence[Result]) -> bool:
    """Whether one of a training's lines is of this run's group and row."""
    return any((r.group, r.row) == (run.group, run.row) for r in same)


def _config(run: Run, args: Namespace) -> Config:
    """The config of a run, as ``mmdmr train`` will see it."""
    return _read_config(
        run.config, tuple(run.options.items()), _epochs(run, args)
    )


@cache
def _read_config(
    name: str, options: tuple[tuple[str, Any], ...], epochs: int | None
) -> Config:
    cfg = load_config(
        Namespace(config=name, data_root=None, cfg_options=dict(options)), ()
    )
    if epochs is not None:
        set_epochs(cfg, epochs)
    return cfg


def _epochs(run: Run, args: Namespace) -> int | None:
    return args.epochs or GROUPS[run.group].epochs


def _run(run: Run, digest: str, args: Namespace) -> int:
    """Train, score, append the figures, remove the checkpoints."""
    work_dir = Path(args.work_dir) / f'{digest}_seed-{run.seed}'
    scores_file = work_dir / 'scores.json'
    epochs = _epochs(run, args)
    options = [f'{key}={value}' for key, value in run.options.items()]
    train = ['train', run.config, '--work-dir', str(work_dir), '--resume']
    train += ['--epochs', str(epochs)] if epochs else []
    train += ['--cfg-options', *options, f'randomness.seed={run.seed}']
    train += [f'{key}=None' for key in ('val_cfg', 'val_dataloader')]
    train += ['val_evaluator=None', *_CHECKPOINTS]
    last = _config(run, args).train_cfg.max_epochs
    test = ['test', run.config, str(work_dir / f'epoch_{last}.pth')]
    test += ['--work-dir', str(work_dir / 'test'), '--out', str(scores_file)]
    commands = [train, test]
    histogram_file = work_dir / 'histogram.json'
    with_histogram = run.row == DMRNET
    if with_histogram:
        dump = str(work_dir / 'results.npz')
        test += ['--dump', dump]
        histogram = ['score_histogram', run.config, *STRIPES]
        histogram += ['--detections', dump, '--out', str(histogram_file)]
        commands.append(histogram)
    test += ['--cfg-options', *options] if options else []
    work_dir.mkdir(parents=True, exist_ok=True)
    for command in commands:
        print(f'$ mmdmr {" ".join(command)}', flush=True)
        code = _call(command, work_dir)
        if code:
            print(
                f'mmdmr ablate: it failed, see {work_dir / "log.txt"}; the '
                'same command goes on from here',
                file=sys.stderr,
            )
            return code
    seconds = float((work_dir / 'seconds.txt').read_text('utf-8'))
    scores = read_scores(scores_file)
    result = _result(run, digest, scores, seconds)
    append_result(args.csv, result)
    if with_histogram:
        colours = {**scores, **read_scores(histogram_file)}
        row = run._replace(row=HISTOGRAM)
        append_result(args.csv, _result(row, digest, colours, 0.0))
    for path in (
        *work_dir.glob('*.pth'),
        *work_dir.glob('*.npz'),
        work_dir / 'seconds.txt',
    ):
        path.unlink()
    print(
        f'mAP {result.mAP:.3f}, on ground-truth boxes {result.gt_mAP:.3f}, '
        f'recall {result.recall:.3f}, {seconds / 60:.1f} minutes'
    )
    return 0


def _call(command: list[str], work_dir: Path) -> int:
    """Run a tool, its output in a file, its seconds added to those before."""
    clock = work_dir / 'seconds.txt'
    before = float(clock.read_text('utf-8')) if clock.is_file() else 0.0
    started = time.time()
    try:
        with open(work_dir / 'log.txt', 'a', encoding='utf-8') as log:
            return subprocess.call(
                [sys.executable, '-m', 'mmdmr', *command],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
    finally:
        clock.write_text(str(before + time.time() - started), 'utf-8')


def _result(
    run: Run, digest: str, scores: dict[str, dict], seconds: float
) -> Result:
    """Figures of the first protocol."""
    rows = scores_by_key(scores)
    key = next(key for key in rows if key.is_search)
    search, truth = rows[key], rows[replace(key, gt=True)]
    found = rows[ScoreKey(score_thr=0.5)]
    return Result(
        group=run.group,
        row=run.row,
        config=run.config,
        config_hash=digest,
        seed=run.seed,
        mAP=search['mAP'],
        top1=search['top1'],
        gt_mAP=truth['mAP'],
        gt_top1=truth['top1'],
        recall=found['recall'],
        ap=found['ap'],
        seconds=round(seconds, 1),
        device=device_name(),
    )


def device_name() -> str:
    """What trainings run on here, in a few words."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'{torch.get_num_threads()} {platform.machine()} cores'


def _on_scenes(run: Run) -> bool:
    return 'synthetic-hard' in run.config


def _make_scenes() -> None:
    """Draw the scenes, or check that those there are the ones meant."""
    about = Path(HARD_ROOT, 'synthetic.json')
    with input_errors('ablate'):
        if about.is_file():
            there = json.loads(about.read_text('utf-8'))
            other = {
                option: value
                for option, value in HARD_SCENES.items()
                if there.get(option[2:].replace('-', '_')) != value
            }
            if other:
                raise ValueError(
                    f'{HARD_ROOT} was not drawn with {other}, so that figures '
                    'would not compare: remove it'
                )
            return
    words = [str(w) for pair in HARD_SCENES.items() for w in pair]
    subprocess.check_call(
        [sys.executable, '-m', 'mmdmr', 'make_synthetic']
        + ['--out', HARD_ROOT, *words]
    )


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr ablate',
        description="Train every row of DMRNet's comparison and every sweep, "
        'write a line for each finished training and tables of all. What is '
        'in the file already is not trained again; an interrupted training '
        'goes on. To train a row again take its line out of the file. Takes '
        '6 to 12 minutes a training on two cores.',
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
        help="seeds of every row (default: the group's own, three for "
        'faster-rcnn, else one)',
    )
    parser.add_argument(
        '--rows',
        nargs='+',
        metavar='ROW',
        help='only these rows or values of a sweep, as --list names them '
        '(default: all)',
    )
    parser.add_argument(
        '--epochs',
        type=int,
        metavar='N',
        help='in place of the number of epochs of the plan; other results '
        'than those of the plan, give another --csv and --report',
    )
    parser.add_argument(
        '--csv',
        default='docs/ablation.csv',
        help='file of finished trainings (default: %(default)s)',
    )
    parser.add_argument(
        '--report',
        default='docs/ablation.md',
        help='page to write the tables to; its other text is kept (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--work-dir',
        default='work_dirs/ablation',
        help='folder for logs and checkpoints (default: %(default)s)',
    )
    parser.add_argument(
        '--list',
        action='store_true',
        help='only say which trainings are pending',
    )
    return parser.parse_args(argv)
