"""CSV file of finished trainings, one line for each."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

from mmdmr.errors import InputError

#: Entries of a config that decide a training's metrics.
_PARTS = (
    'model',
    'train_dataloader',
    'test_dataloader',
    'test_evaluator',
    'train_cfg',
    'optim_wrapper',
    'param_scheduler',
    'custom_hooks',
    'custom_imports',
)


class Result(NamedTuple):
    """A finished training.

    Args:
        group (str): Name of the table or curve, see
            :class:`~mmdmr.ablation.Run`.
        row (str): Row of the table, or value of the sweep.
        config (str): Base name of the config.
        config_hash (str): Hash of the settings, see :func:`config_hash`.
        seed (int): Seed of the weights and of the order of the images.
        mAP (float): mAP of the search among the network's detections, like
            all metrics in [0, 1].
        top1 (float): top-1 of the same search.
        gt_mAP (float): mAP of the search on ground-truth boxes:
            identification alone.
        gt_top1 (float): top-1 of the same search.
        recall (float): Recall of the detections at an IoU of 0.5.
        ap (float): Average precision of the detections at an IoU of 0.5.
        seconds (float): Time of training and scoring, interrupted attempts
            included.
        device (str): GPU or CPU of the training.
    """

    group: str
    row: str
    config: str
    config_hash: str
    seed: int
    mAP: float  # noqa: N815
    top1: float
    gt_mAP: float  # noqa: N815
    gt_top1: float
    recall: float
    ap: float
    seconds: float
    device: str


def config_hash(cfg: Config) -> str:
    """Hash the settings that decide a training's metrics.

    The settings are the model, the loaders with their pipelines, the
    schedule, the optimizer and the custom hooks. The seed, the folder of the
    data and the version of the code do not count.

    Args:
        cfg (Config): The merged config.

    Returns:
        str: Twelve hexadecimal digits.
    """
    parts = {key: cfg.to_dict().get(key) for key in _PARTS}
    text = json.dumps(_without_data_roots(parts), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _without_data_roots(node: Any) -> Any:
    """Copy of a config without the folders of its data."""
    if isinstance(node, dict):
        return {
            key: _without_data_roots(value)
            for key, value in node.items()
            if key != 'data_root'
        }
    if isinstance(node, (list, tuple)):
        return [_without_data_roots(value) for value in node]
    return node


def read_results(path: str | Path) -> list[Result]:
    """Read the file of finished trainings.

    Args:
        path (str | Path): CSV file, which need not exist.

    Returns:
        list[Result]: Trainings in the order of the file.

    Raises:
        InputError: The file has other columns, or a metric is not a number.
    """
    if not Path(path).is_file():
        return []
    try:
        with open(path, newline='', encoding='utf-8') as file:
            reader = csv.DictReader(file)
            columns, lines = reader.fieldnames, list(reader)
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(
            f'{path} is no CSV file ({error}); name another file with --csv'
        ) from error
    if tuple(columns or ()) != Result._fields:
        raise InputError(
            f'{path} has the columns {columns}, not '
            f'{list(Result._fields)}; name another file with --csv'
        )
    results = []
    for number, line in enumerate(lines, 2):
        try:
            values = [Result.__annotations__[k](v) for k, v in line.items()]
        except (TypeError, ValueError, KeyError) as error:
            raise InputError(f'{path}, line {number}: {error}') from error
        results.append(Result(*values))
    return results


def append_result(path: str | Path, result: Result) -> None:
    """Add a training to the end of the file.

    Args:
        path (str | Path): CSV file, made with its folder if need be.
        result (Result): The finished training.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.is_file()
    with open(path, 'a', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        if new:
            writer.writerow(Result._fields)
        writer.writerow(result)
