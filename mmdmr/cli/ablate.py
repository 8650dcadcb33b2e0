"""``mmdmr ablate``: train every row of the comparison and every sweep."""

import json
import platform
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import torch
from mmengine.config import Config

from mmdmr.ablation import GROUPS, Result, Run, plan_runs, read_results
from mmdmr.ablation.plots import draw_sweep
from mmdmr.ablation.report import by_group, write_report
from mmdmr.ablation.results import append_result, config_hash
from mmdmr.cli.config import load_config
from mmdmr.cli.errors import input_errors
from mmdmr.cli.schedule import set_epochs

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


def main(argv: Optional[Sequence[str]] = None) -> int:
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
        pending = _pending(args)
    if args.list:
        for run, digest in pending:
            print(f'{run.group:12} seed {run.seed}  {digest}  {run.row}')
        return 0
    _make_scenes(pending)
    started, trained = time.time(), 0
    for number, (run, digest) in enumerate(pending):
        same = _finished(args.csv, digest, run.seed)
        if same is not None:
            append_result(
                args.csv, same._replace(group=run.group, row=run.row)
            )
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
        print(
            f'about {minutes * (len(pending) - number - 1):.0f} minutes left'
        )
        report(args)
    report(args)
    return 0


def _pending(args: Namespace) -> List[Tuple[Run, str]]:
    """Runs without a line in the results file, and their configs' hashes."""
    done = {(r.group, r.row, r.config_hash) for r in read_results(args.csv)}
    runs = [
        (run, config_hash(_config(run, args)))
        for run in plan_runs(args.groups, args.seeds)
    ]
    pending = [
        (run, digest)
        for run, digest in runs
        if (run.group, run.row, digest) not in done
    ]
    print(
        f'{len(runs)} trainings, {len(runs) - len(pending)} of them done '
        f'before, in {args.csv}'
    )
    return pending


def _finished(path: str, digest: str, seed: int) -> Optional[Result]:
    """The same training, of another group."""
    for result in read_results(path):
        if (result.config_hash, result.seed) == (digest, seed):
            return result
    return None


def report(args: Namespace) -> None:
    """Write tables and curves of all that is finished.

    Args:
        args (Namespace): Parsed arguments.
    """
    results = read_results(args.csv)
    write_report(args.report, results)
    figures = Path(args.report).parent / 'figures'
    for name, found in by_group(results).items():
        if GROUPS[name].key is not None:
            draw_sweep(GROUPS[name], found, figures / f'sweep_{name}.png')


def _config(run: Run, args: Namespace) -> Config:
    """The config of a run, as ``mmdmr train`` will see it."""
    cfg = load_config(
        Namespace(
            config=run.config, data_root=None, cfg_options=_options(run)
        ),
        (),
    )
    epochs = _epochs(run, args)
    if epochs is not None:
        set_epochs(cfg, epochs)
    return cfg


def _epochs(run: Run, args: Namespace) -> Optional[int]:
    return args.epochs or GROUPS[run.group].epochs


def _options(run: Run) -> Dict[str, object]:
    return {**run.options, 'randomness.seed': run.seed}


def _train(run: Run, digest: str, args: Namespace) -> int:
    """Train, score the last epoch, append the figures."""
    work_dir = Path(args.work_dir) / f'{digest}_seed-{run.seed}'
    scores_file = work_dir / 'scores.json'
    epochs = _epochs(run, args)
    options = {
        **_options(run),
        'val_evaluator.out_file': str(scores_file),
        'train_cfg.val_interval': 1000,
        'default_hooks.checkpoint.max_keep_ckpts': 1,
        'default_hooks.checkpoint.save_best': 'None',
    }
    command = [
        'train',
        run.config,
        '--work-dir',
        str(work_dir),
        '--resume',
        *(['--epochs', str(epochs)] if epochs else []),
        '--cfg-options',
        *(f'{key}={value}' for key, value in options.items()),
    ]
    print(f'$ mmdmr {" ".join(command)}', flush=True)
    started = time.time()
    work_dir.mkdir(parents=True, exist_ok=True)
    with open(work_dir / 'log.txt', 'a') as log:
        code = subprocess.call(
            [sys.executable, '-m', 'mmdmr', *command],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    seconds = time.time() - started
    if code or not scores_file.is_file():
        print(
            f'mmdmr ablate: the training failed, see {work_dir / "log.txt"}; '
            'the same command goes on from here',
            file=sys.stderr,
        )
        return code or 1
    result = _result(run, digest, json.loads(scores_file.read_text()), seconds)
    append_result(args.csv, result)
    print(
        f'mAP {result.mAP:.3f}, on ground-truth boxes {result.gt_mAP:.3f}, '
        f'recall {result.recall:.3f}, {seconds / 60:.1f} minutes'
    )
    return 0


def _result(
    run: Run, digest: str, scores: Dict[str, dict], seconds: float
) -> Result:
    """Figures of the first protocol."""
    name = next(key for key in scores if key.startswith('search.'))
    search, truth = scores[name], scores[f'{name}+gt']
    found = scores['detection@0.5']
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


def _make_scenes(pending: List[tuple]) -> None:
    """Draw the scenes if a pending run needs them and they are not there."""
    needed = any('synthetic-hard' in run.config for run, _ in pending)
    if needed and not Path(HARD_ROOT, 'annotation').is_dir():
        words = [str(w) for pair in HARD_SCENES.items() for w in pair]
        subprocess.check_call(
            [sys.executable, '-m', 'mmdmr', 'make_synthetic']
            + ['--out', HARD_ROOT, *words]
        )


def _parse(argv: Optional[Sequence[str]]) -> Namespace:
    parser = ArgumentParser(
        'mmdmr ablate',
        description="Train every row of DMRNet's comparison and every sweep, "
        'write a line for each finished training and tables of all. What is '
        'in the file already is not trained again; an interrupted training '
        'goes on. Takes 4 to 10 minutes a training on two cores.',
    )
    parser.add_argument(
        '--groups',
        nargs='+',
        choices=list(GROUPS),
        default=list(GROUPS),
        metavar='GROUP',
        help='tables and curves to train, in this order: '
        + '; '.join(f'{name} ({g.title})' for name, g in GROUPS.items())
        + ' (default: all)',
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
        '--epochs',
        type=int,
        metavar='N',
        help="in place of the configs' number of epochs",
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
