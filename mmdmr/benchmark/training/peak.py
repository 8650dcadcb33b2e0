"""Peak memory of training, each network in a process of its own."""

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmdmr.benchmark.child import measure_in_child
from mmdmr.benchmark.memory import peak_memory
from mmdmr.benchmark.training.batches import random_batches
from mmdmr.benchmark.training.machine import prepare
from mmdmr.benchmark.training.seqnet import SEQNET, SeqNetTrainer
from mmdmr.benchmark.training.step import build_trainers
from mmdmr.benchmark.training.variants import variants_of


class Peak(NamedTuple):
    """Memory of a process that trained one network.

    Args:
        peak (int): Greatest memory in bytes: the resident set of the process,
            or what PyTorch allocated on a GPU.
        memory (int): Bytes of the network's memory of persons.
    """

    peak: int
    memory: int


def measure_peak(
    cfg: Config, variant: str, *, steps: int, **options: Any
) -> Peak:
    """Train a network in a process of its own and measure the memory.

    Args:
        cfg (Config): Config of the last network.
        variant (str): Name of the network, see :func:`variants_of`, or
            :data:`SEQNET`.
        steps (int): Number of training steps, at least 1.
        **options: ``shape``, ``batch_size`` and ``num_persons`` of
            :func:`random_batches`; ``device`` and ``threads`` of
            :func:`prepare`; ``peer``, the checkout of SeqNet or None.

    Returns:
        Peak: Memory of the process.

    Raises:
        InputError: The process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / 'config.py'
        cfg.dump(config)
        task = Path(folder) / 'task.json'
        given = dict(options, config=str(config), variant=variant, steps=steps)
        task.write_text(json.dumps(given), 'utf-8')
        found = measure_in_child(
            'mmdmr.benchmark.training.peak.report_peak',
            str(task),
            what=f'trains {variant}',
        )
    return Peak(**found)


def report_peak(path: str) -> None:
    """Train the network of a file and print the memory as JSON.

    Args:
        path (str): File that :func:`measure_peak` wrote.
    """
    task = json.loads(Path(path).read_text('utf-8'))
    cfg = Config.fromfile(task['config'])
    init_default_scope(cfg.get('default_scope', 'mmdet'))
    device = prepare(cfg, task['device'], task['threads'])
    name = task['variant']
    trainer: Any = (
        SeqNetTrainer(task['peer'], task['shape'], device)
        if name == SEQNET
        else build_trainers(variants_of(cfg), [name], cfg, device)[name]
    )
    for batch in random_batches(
        task['steps'],
        shape=task['shape'],
        batch_size=task['batch_size'],
        num_persons=task['num_persons'],
    ):
        trainer.step(batch)
    if device.type == 'cuda':
        peak = torch.cuda.max_memory_allocated(device)
    else:
        peak = peak_memory()
    memory = bytes_of(getattr(trainer.model, 'memory', None))
    print(json.dumps(Peak(peak, memory)._asdict()))


def bytes_of(module: torch.nn.Module | None) -> int:
    """Size of all tensors that a module keeps.

    Args:
        module (nn.Module | None): The module.

    Returns:
        int: Number of bytes, 0 for None.

    Example:
        >>> bytes_of(torch.nn.Linear(3, 2))
        32
    """
    if module is None:
        return 0
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.nbytes for tensor in tensors)
