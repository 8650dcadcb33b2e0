"""Running a plan: pending trainings, commands, results."""

import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mmdmr.ablation.plan import DMRNET, GROUPS, HISTOGRAM, Run, plan_runs
from mmdmr.ablation.results import (
    Result,
    append_result,
    config_hash,
    read_results,
)
from mmdmr.config import load_config, set_epochs
from mmdmr.evaluation.scores import ScoreKey, read_scores, scores_by_key

#: Hashes of settings by group and row.
Hashes = Mapping[tuple[str, str], str]
#: Options of ``score_histogram`` for the row of colour histograms.
STRIPES = ('--stripes', '4', '--margin', '0.25')
#: Changes to every config: no validation, one checkpoint.
_TRAIN_OPTIONS = (
    'val_cfg=None',
    'val_dataloader=None',
    'val_evaluator=None',
    'default_hooks.checkpoint.max_keep_ckpts=1',
    'default_hooks.checkpoint.save_best=None',
)
# Files in the folder of a training.
_SCORES, _HISTOGRAM = 'scores.json', 'histogram.json'
_DUMP, _SECONDS, LOG = 'results.npz', 'seconds.txt', 'log.txt'


def epochs_of(run: Run, epochs: int | None = None) -> int | None:
    """Number of epochs of a training.

    Args:
        run (Run): The training.
        epochs (int | None): Number that the user asks for. Defaults to None.

    Returns:
        int | None: Number of epochs; None for the config's number.
    """
    return epochs or GROUPS[run.group].epochs


def config_of(run: Run, epochs: int | None = None) -> Config:
    """Config of a training, as ``mmdmr train`` will load it.

    Args:
        run (Run): The training.
        epochs (int | None): Number of epochs in place of the plan's. Defaults
            to None.

    Returns:
        Config: The merged config, shared by trainings with equal settings.
    """
    return _read_config(
        run.config, tuple(run.options.items()), epochs_of(run, epochs)
    )


@cache
def _read_config(
    name: str, options: tuple[tuple[str, Any], ...], epochs: int | None
) -> Config:
    cfg = load_config(name, options=dict(options))
    if epochs is not None:
        set_epochs(cfg, epochs)
    return cfg


def hash_settings(epochs: int | None = None) -> dict[tuple[str, str], str]:
    """Hash the settings of every row of every group.

    Groups that are not chosen are hashed too: another process may finish
    their trainings.

    Args:
        epochs (int | None): Number of epochs in place of the plan's. Defaults
            to None.

    Returns:
        dict[tuple[str, str], str]: Hashes by group and row.
    """
    return {
        (run.group, run.row): config_hash(config_of(run, epochs))
        for run in plan_runs(list(GROUPS), [0])
    }


def pending_runs(
    runs: Iterable[Run], results: Iterable[Result], hashes: Hashes
) -> list[Run]:
    """Trainings without a line of their own in the results.

    Args:
        runs (Iterable[Run]): Trainings of a plan.
        results (Iterable[Result]): Finished trainings.
        hashes (Mapping): Hashes of :func:`hash_settings`.

    Returns:
        list[Run]: Pending trainings, in the order of the plan.
    """
    lines = {_line(result) for result in results}
    return [
        run
        for run in runs
        if (run.group, run.row, hashes[run.group, run.row], run.seed)
        not in lines
    ]


def _line(result: Result) -> tuple[str, str, str, int]:
    return result.group, result.row, result.config_hash, result.seed


def take_over(path: str | Path, run: Run, digest: str) -> bool:
    """Use a training with equal settings and seed, if one is finished.

    Groups share trainings: a sweep contains the default value, which the
    comparison trains, too.

    Args:
        path (str | Path): CSV file of finished trainings. The line of an
            equal training is added again under the run's group and row.
        run (Run): The training.
        digest (str): Hash of the run's settings.

    Returns:
        bool: True if the file now holds a line for the run.
    """
    equal = [
        result
        for result in read_results(path)
        if (result.config_hash, result.seed) == (digest, run.seed)
    ]
    if not equal:
        return False
    line = equal[0]._replace(group=run.group, row=run.row)
    if _line(line) not in map(_line, equal):
        append_result(path, line)
    return True


def current_results(results: Iterable[Result], hashes: Hashes) -> list[Result]:
    """Keep trainings with the settings that the configs have now.

    Args:
        results (Iterable[Result]): Finished trainings.
        hashes (Mapping): Hashes of :func:`hash_settings`.

    Returns:
        list[Result]: Trainings with equal hashes. A row of colour histograms
        is kept by the hash of DMRNet, whose detections it searches.
    """
    return [
        r
        for r in results
        if hashes.get((r.group, DMRNET if r.row == HISTOGRAM else r.row))
        == r.config_hash
    ]


def check_data(runs: Iterable[Run]) -> None:
    """Check that the data of trainings exists, before hours of training.

    The synthetic scenes are not checked: they can be drawn.

    Args:
        runs (Iterable[Run]): Trainings.

    Raises:
        FileNotFoundError: A data set does not exist.
    """
    for config in {r.config for r in runs if not GROUPS[r.group].scenes}:
        load_config(config, loaders=('train_dataloader', 'test_dataloader'))


def commands_of(
    run: Run, folder: Path, epochs: int | None = None
) -> list[list[str]]:
    """Commands that train, test and, for DMRNet, search by histograms.

    Args:
        run (Run): The training.
        folder (Path): Work dir of the training.
        epochs (int | None): Number of epochs in place of the plan's. Defaults
            to None.

    Returns:
        list[list[str]]: Arguments of ``mmdmr``, in order. An interrupted
        training is resumed.
    """
    options = [f'{key}={value}' for key, value in run.options.items()]
    num_epochs = epochs_of(run, epochs)
    train = ['train', run.config, '--work-dir', str(folder), '--resume']
    train += ['--epochs', str(num_epochs)] if num_epochs else []
    train += ['--cfg-options', *options, f'randomness.seed={run.seed}']
    train += _TRAIN_OPTIONS
    last = config_of(run, epochs).train_cfg.max_epochs
    test = ['test', run.config, str(folder / f'epoch_{last}.pth')]
    test += ['--work-dir', str(folder / 'test')]
    test += ['--out', str(folder / _SCORES)]
    commands = [train, test]
    if run.row == DMRNET:
        dump = str(folder / _DUMP)
        test += ['--dump', dump]
        histogram = ['score_histogram', run.config, *STRIPES]
        histogram += ['--detections', dump]
        histogram += ['--out', str(folder / _HISTOGRAM)]
        commands.append(histogram)
    # --cfg-options stands last, since it takes all words that follow.
    test += ['--cfg-options', *options] if options else []
    return commands


def call_tool(command: Sequence[str], folder: Path) -> int:
    """Run a command, log its output and add up its time.

    Args:
        command (Sequence[str]): Arguments of ``mmdmr``.
        folder (Path): Work dir of the training, which is made. The output is
            added to ``log.txt`` and the seconds to ``seconds.txt``, also if
            the command is interrupted.

    Returns:
        int: Exit code of the command.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = folder / _SECONDS
    before = float(clock.read_text('utf-8')) if clock.is_file() else 0.0
    started = time.time()
    try:
        with open(folder / LOG, 'a', encoding='utf-8') as log:
            return subprocess.call(
                [sys.executable, '-m', 'mmdmr', *command],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
    finally:
        clock.write_text(str(before + time.time() - started), 'utf-8')


def collect_results(run: Run, digest: str, folder: Path) -> list[Result]:
    """Read the metrics of a finished training.

    Args:
        run (Run): The training.
        digest (str): Hash of the run's settings.
        folder (Path): Work dir of the training, after all its commands.

    Returns:
        list[Result]: The training and, for DMRNet, the row of colour
        histograms.
    """
    scores = read_scores(folder / _SCORES)
    seconds = float((folder / _SECONDS).read_text('utf-8'))
    results = [_result(run, digest, scores, seconds)]
    if run.row == DMRNET:
        # Histograms search among the same detections.
        scores = {**scores, **read_scores(folder / _HISTOGRAM)}
        row = run._replace(row=HISTOGRAM)
        results.append(_result(row, digest, scores, 0.0))
    return results


def remove_large_files(folder: Path) -> None:
    """Remove checkpoints, predictions and the clock; keep log and scores.

    Args:
        folder (Path): Work dir of a finished training.
    """
    for path in (*folder.glob('*.pth'), *folder.glob('*.npz')):
        path.unlink()
    (folder / _SECONDS).unlink()


def _result(
    run: Run,
    digest: str,
    scores: dict[str, dict[str, float]],
    seconds: float,
) -> Result:
    """Metrics of the first protocol."""
    rows = scores_by_key(scores)
    key = next(key for key in rows if key.is_search)
    search, search_gt = rows[key], rows[replace(key, gt=True)]
    detection = rows[ScoreKey(score_thr=0.5)]
    return Result(
        group=run.group,
        row=run.row,
        config=run.config,
        config_hash=digest,
        seed=run.seed,
        mAP=search['mAP'],
        top1=search['top1'],
        gt_mAP=search_gt['mAP'],
        gt_top1=search_gt['top1'],
        recall=detection['recall'],
        ap=detection['ap'],
        seconds=round(seconds, 1),
        device=device_name(),
    )


def device_name() -> str:
    """Name of the device that trainings run on.

    Returns:
        str: Name of the GPU, else number and kind of the CPU's cores.
    """
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'{torch.get_num_threads()} {platform.machine()} cores'
