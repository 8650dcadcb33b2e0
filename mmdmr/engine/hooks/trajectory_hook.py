"""Hook that writes down what each iteration did, to the last bit."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from mmdmr.engine.submodule import network_of
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class TrajectoryHook(Hook):
    """Writes a line for each iteration: data, losses, and all states.

    Two trainings are the same, bit for bit, if their lines are. Images and
    losses are written as they are; augmented inputs, the network's weights
    with memory and key encoder, and the optimizer's state as digests.

    Args:
        out (str): File of JSON lines, to which lines are added. Process r of
            several writes to ``OUT.rankR``.

    Example:
        ``mmdmr train CONFIG --cfg-options
        default_hooks.trajectory.type=mmdmr.TrajectoryHook
        default_hooks.trajectory.out=a.jsonl``
    """

    # After the memory's commit and the schedulers, before the checkpoint: an
    # iteration in a checkpoint is in the file.
    priority = 'LOW'

    def __init__(self, out: str) -> None:
        self.out = out

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Write the line of the iteration."""
        batch = data_batch if isinstance(data_batch, dict) else {}
        line = dict(
            iter=runner.iter + 1,
            images=[
                getattr(sample, 'img_path', None)
                for sample in batch.get('data_samples', [])
            ],
            inputs=digest(batch.get('inputs', data_batch)),
            losses={
                name: float(value.detach())
                for name, value in (outputs or {}).items()
                if isinstance(value, Tensor) and value.numel() == 1
            },
            states=digest(network_of(runner.model).state_dict()),
            optimizer=digest(runner.optim_wrapper.state_dict()),
        )
        rank = get_rank()
        path = Path(f'{self.out}.rank{rank}' if rank else self.out)
        with path.open('a', encoding='utf-8') as file:
            file.write(json.dumps(line) + '\n')


def digest(content: Any) -> str:
    """Digest of nested containers of tensors and numbers.

    Args:
        content (Any): Dicts, lists, tuples, tensors, arrays and numbers.

    Returns:
        str: 16 hexadecimal digits, equal for equal contents.

    Example:
        >>> one, two = torch.ones(2), torch.tensor([1, 1 + 1e-7])
        >>> digest({'a': one}) == digest({'a': one.clone()})
        True
        >>> digest({'a': one}) == digest({'a': two})
        False
    """
    hashed = hashlib.blake2b(digest_size=8)
    _add(hashed, content)
    return hashed.hexdigest()


def _add(hashed: Any, content: Any) -> None:
    if isinstance(content, Tensor):
        # Any type of numbers, as its bytes.
        flat = content.detach().cpu().contiguous().reshape(-1)
        hashed.update(f'{content.dtype}{tuple(content.shape)}'.encode())
        hashed.update(flat.view(torch.uint8).numpy())
    elif isinstance(content, np.ndarray):
        hashed.update(np.ascontiguousarray(content))
    elif isinstance(content, dict):
        for key in content:
            hashed.update(repr(key).encode())
            _add(hashed, content[key])
    elif isinstance(content, list | tuple):
        hashed.update(f'[{len(content)}:'.encode())
        for part in content:
            _add(hashed, part)
    else:
        hashed.update(f'{content!r},'.encode())
