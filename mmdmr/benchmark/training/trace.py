"""Profiles: operators of a training step, memory of a computation."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from torch.profiler import ProfilerActivity, profile

from mmdmr.benchmark.training.step import PARTS, REST, Trainer
from mmdmr.files import atomic_path

#: Number of operators in the table.
_TOP = 10
#: Event of a trace for each tensor that is made or freed.
_MEMORY = '[memory]'
# The profiler's own library writes a line at each begin and each end; its
# first profile reads this level.
os.environ.setdefault('KINETO_LOG_LEVEL', '9')


class Operator(NamedTuple):
    """An operator of PyTorch in a profile.

    Args:
        name (str): Its name.
        calls (int): Number of calls in the step.
        seconds (float): Time inside the operator itself, of all threads that
            call it.
        share (float): Share of the time of all operators.
    """

    name: str
    calls: int
    seconds: float
    share: float


def profile_step(
    trainer: Trainer, batch: dict[str, Any], path: Path, on_gpu: bool
) -> list[Operator]:
    """Profile one training step.

    Args:
        trainer (Trainer): A network that trained a step already.
        batch (dict[str, Any]): Batch of a data loader.
        path (Path): JSON file for the trace, which Chrome's page
            ``chrome://tracing`` and Perfetto show. The parts of the step have
            their names there.
        on_gpu (bool): True if the GPU's time counts in place of the CPU's.

    Returns:
        list[Operator]: The ten costliest operators, the costliest first.
    """
    with profile(activities=_activities(on_gpu)) as found:
        trainer.step(batch)
    with atomic_path(path) as draft:
        found.export_chrome_trace(str(draft))
    key = 'self_device_time_total' if on_gpu else 'self_cpu_time_total'
    # The parts of a step are in the profile, too, but are no operators.
    parts = {REST, *(name for name, _, _ in PARTS)}
    events = [e for e in found.key_averages() if e.key not in parts]
    total = sum(getattr(event, key) for event in events)
    events.sort(key=lambda event: -getattr(event, key))
    # The profiler counts microseconds.
    return [
        Operator(
            event.key,
            event.count,
            getattr(event, key) / 1e6,
            getattr(event, key) / max(total, 1),
        )
        for event in events[:_TOP]
    ]


def working_bytes(function: Callable[[], object], on_gpu: bool) -> int:
    """Greatest size of the tensors that a computation makes.

    The bytes are those that PyTorch asks its allocator for: the resident set
    of a process would also tell what the allocator keeps from before.

    Args:
        function (Callable): The computation.
        on_gpu (bool): True if the GPU's memory counts in place of the CPU's.

    Returns:
        int: Bytes of all tensors alive at once, at most, beside those that
        were there before.

    Example:
        >>> import torch
        >>> working_bytes(lambda: torch.empty(1000), on_gpu=False)
        4000
    """
    with profile(activities=_activities(on_gpu), profile_memory=True) as found:
        function()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'trace.json'
        found.export_chrome_trace(str(path))
        trace = json.loads(path.read_text('utf-8'))
    # Device type 0 is the CPU, 1 is CUDA.
    events = [
        (event['ts'], event['args']['Bytes'])
        for event in trace['traceEvents']
        if event['name'] == _MEMORY
        and event['args']['Device Type'] == int(on_gpu)
    ]
    most = alive = 0
    for _, num_bytes in sorted(events, key=lambda event: event[0]):
        alive += num_bytes  # negative for a tensor that is freed
        most = max(most, alive)
    return most


def _activities(on_gpu: bool) -> list[ProfilerActivity]:
    activities = [ProfilerActivity.CPU]
    return activities + [ProfilerActivity.CUDA] * on_gpu
