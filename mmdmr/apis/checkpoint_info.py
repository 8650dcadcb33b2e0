"""Fingerprint of a checkpoint, and the names of its training data."""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import nn

from mmdmr.engine.checkpoint import TRAINING_PARTS

#: Parts of a network's config that only training uses.
_TRAINING_KEYS = ('memory', 'key_encoder', 'train_cfg', 'init_cfg')


def fingerprint(network: nn.Module, model: dict, pipeline: list[dict]) -> str:
    """Digest of all that changes the embedding of a detection.

    Args:
        network (nn.Module): The network with its weights.
        model (dict): Entry ``model`` of the config.
        pipeline (list[dict]): Steps of the test pipeline.

    Returns:
        str: 64 hexadecimal digits, SHA-256. Weights and settings that only
        training uses are left out.

    Example:
        >>> first = fingerprint(nn.Linear(1, 1), dict(loss=1), [])
        >>> first == fingerprint(nn.Linear(1, 1), dict(loss=1), [])
        False
        >>> len(first)
        64
    """
    settings = [_for_tests(model), pipeline]
    digest = hashlib.sha256(
        json.dumps(settings, sort_keys=True, default=str).encode()
    )
    for name, value in sorted(network.state_dict().items()):
        if name.startswith(TRAINING_PARTS) or name.endswith(
            'num_batches_tracked'
        ):
            continue
        digest.update(f'{name} {value.dtype} {tuple(value.shape)}'.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def trained_on(checkpoint: dict[str, Any], cfg: Config) -> str:
    """Names of the data that a network was trained on.

    Args:
        checkpoint (dict): Checkpoint. Its ``meta`` may hold the text of the
            config of the training, which is parsed, never run.
        cfg (Config): Config to be used if the checkpoint holds no text.

    Returns:
        str: Names of the folders of the training data, such as ``PRW``; '' if
        unknown.

    Example:
        >>> text = "train_dataloader = dict(dataset=dict(data_root='a/PRW/'))"
        >>> trained_on(dict(meta=dict(cfg=text)), Config())
        'PRW'
    """
    text = (checkpoint.get('meta') or {}).get('cfg')
    try:
        roots = list(_roots_in_text(text)) if isinstance(text, str) else []
    except (SyntaxError, ValueError, RecursionError):
        roots = []
    if not roots:
        roots = list(_roots_in_config(cfg.get('train_dataloader')))
    names = dict.fromkeys(Path(root).name for root in roots)
    return ', '.join(name for name in names if name)


def _roots_in_text(text: str) -> Iterator[str]:
    """Values of ``data_root`` in the training data of a config's text."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == 'train_dataloader'
            for target in statement.targets
        ):
            for node in ast.walk(statement.value):
                if (
                    isinstance(node, ast.keyword)
                    and node.arg == 'data_root'
                    and isinstance(node.value, ast.Constant)
                    and isinstance(node.value.value, str)
                ):
                    yield node.value.value


def _roots_in_config(entry: Any) -> Iterator[str]:
    """Values of ``data_root`` anywhere below an entry of a config."""
    if isinstance(entry, dict):
        if isinstance(entry.get('data_root'), str):
            yield entry['data_root']
        entry = list(entry.values())
    if isinstance(entry, (list, tuple)):
        for value in entry:
            yield from _roots_in_config(value)


def _for_tests(entry: Any) -> Any:
    """Copy of an entry of a config, without the parts for training."""
    if isinstance(entry, dict):
        return {
            key: _for_tests(value)
            for key, value in entry.items()
            if key not in _TRAINING_KEYS and not str(key).startswith('loss')
        }
    if isinstance(entry, (list, tuple)):
        return [_for_tests(value) for value in entry]
    return entry
