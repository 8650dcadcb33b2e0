"""Finished trainings: a table in a file, a line each."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

#: Parts of a config that decide what figures a training comes to.
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
        group (str): As in :class:`~mmdmr.ablation.Run`.
        row (str): As there.
        config (str): As there.
        config_hash (str): Of its settings, see :func:`config_hash`.
        seed (int): As there.
        mAP (float): Search from the network's detections.
        top1 (float): The same.
        gt_mAP (float): Search on ground-truth boxes: identification alone.
        gt_top1 (float): The same.
        recall (float): Of the detections.
        ap (float): Of the detections.
        seconds (float): For training and scoring, interrupted ones added.
        device (str): What it ran on.
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
    """Hash of what decides a training's figures, but for data and seed.

    That is the model, the loaders and pipelines, the schedule, the optimizer
    and the custom hooks; neither where the data lies nor the version of the
    code.

    Args:
        cfg (Config): The merged config.

    Returns:
        str: Twelve hexadecimal digits.
    """
    parts = {key: cfg.to_dict().get(key) for key in _PARTS}
    text = json.dumps(_without_places(parts), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _without_places(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_places(value)
            for key, value in node.items()
            if key != 'data_root'
        }
    if isinstance(node, (list, tuple)):
        return [_without_places(value) for value in node]
    return node


def read_results(path: str | Path) -> list[Result]:
    """Read the file of finished trainings.

    Args:
        path (str | Path): CSV file; need not exist.

    Returns:
        list[Result]: In the file's order.

    Raises:
        ValueError: The file has other columns, or a figure is none.
    """
    if not Path(path).is_file():
        return []
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != Result._fields:
            raise ValueError(
                f'{path} has the columns {reader.fieldnames}, not '
                f'{list(Result._fields)}; name another file with --csv'
            )
        results = []
        for number, line in enumerate(reader, 2):
            try:
                values = [
                    Result.__annotations__[k](v) for k, v in line.items()
                ]
            except (TypeError, ValueError, KeyError) as error:
                raise ValueError(f'{path}, line {number}: {error}') from error
            results.append(Result(*values))
        return results


def append_result(path: str | Path, result: Result) -> None:
    """Write a line behind those that are there.

    Args:
        path (str | Path): CSV file, made where there is none.
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
