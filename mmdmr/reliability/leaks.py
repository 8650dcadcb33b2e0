"""Train for many iterations, and see whether memory or handles pile up."""

import gc
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import Tensor

from mmdmr.config import set_epochs
from mmdmr.errors import InputError
from mmdmr.registry import HOOKS

from .resources import held_resources, rise
from .trainings import failure, read_lines, training

#: Iterations between two measurements, and rows that are told, about.
_EVERY, _ROWS = 10, 20
#: Seconds between two looks at a training.
_PAUSE = 0.2
_MB = 1e6
#: Heading of the rows that are told.
HEADING = 'iteration  memory  largest worker  handles  tensors'


@dataclass
class Leaks:
    """What a training piled up behind its first iterations.

    Args:
        iterations (int): Iterations of the training.
        memory (float): Rise of the resident memory in bytes.
        worker_memory (float): Rise of the resident memory of the largest
            data-loading process in bytes.
        handles (float): Rise of the number of open file handles.
        tensors (float): Rise of the number of tensors that Python holds. It
            tells whether a rise of the memory is one of tensors.
        problems (list[str]): Limits that were broken, empty if none was.
    """

    iterations: int
    memory: float
    worker_memory: float
    handles: float
    tensors: float
    problems: list[str] = field(default_factory=list)


@HOOKS.register_module()
class ResourceHook(Hook):
    """Writes down what the training process holds, every few iterations.

    Args:
        out (str): File of JSON lines, to which lines are added.
        every (int): Iterations between two lines. Defaults to 10.

    Example:
        >>> ResourceHook('resources.jsonl').every
        10
    """

    # After all that an iteration does, also after its checkpoint.
    priority = 'LOWEST'

    def __init__(self, out: str, every: int = _EVERY) -> None:
        self.out = out
        self.every = every

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Write the line of the iteration."""
        if not self.every_n_train_iters(runner, self.every):
            return
        line = dict(
            iter=runner.iter + 1,
            **held_resources()._asdict(),
            # The type itself: isinstance() would load modules that libraries
            # load late.
            tensors=sum(issubclass(type(x), Tensor) for x in gc.get_objects()),
        )
        with Path(self.out).open('a', encoding='utf-8') as file:
            file.write(json.dumps(line) + '\n')


def check_leaks(
    cfg: Config,
    out: Path,
    iterations: int,
    after: int,
    limit: float,
    tell: Callable[[str], Any] = print,
) -> Leaks:
    """Train a config and judge what it piles up.

    Validations and checkpoints come as the config says.

    Args:
        cfg (Config): Config of a training, to change: it is trained for this
            many iterations, rounded up to whole epochs.
        out (Path): Empty folder for the training.
        iterations (int): Iterations, >= 1.
        after (int): Iterations that are not judged. Libraries fill caches,
            and the allocator keeps what the largest batch so far took.
        limit (float): Rise of the memory that is allowed, in bytes.
        tell (Callable): Function that is told of the progress. Defaults to
            print.

    Returns:
        Leaks: Rises and problems.

    Raises:
        InputError: The config does not train, or too few iterations are left
            to judge.
    """
    if iterations < after + 10 * _EVERY:
        raise InputError(
            f'{iterations} iterations are too few: {10 * _EVERY} or more must '
            f'come after the first {after}'
        )
    _stretch(cfg, iterations)
    work_dir = out / 'training'
    work_dir.mkdir(parents=True)
    lines = out / 'resources.jsonl'
    imports = list((cfg.get('custom_imports') or {}).get('imports', []))
    cfg.merge_from_dict(
        {
            'custom_imports': dict(imports=[*imports, __name__]),
            'default_hooks.resources': dict(
                type='mmdmr.ResourceHook', out=str(lines)
            ),
        }
    )
    config = out / 'config.py'
    cfg.dump(config)
    tell(HEADING)
    with training(config, work_dir) as process:
        _follow(process, lines, max(iterations // _ROWS, _EVERY), tell)
        if process.wait():
            raise failure(work_dir)
    return judge(read_lines(lines), after, limit)


def judge(lines: Sequence[dict[str, int]], after: int, limit: float) -> Leaks:
    """Compare the end of a training with its begin.

    Args:
        lines (Sequence[dict[str, int]]): Lines of :class:`ResourceHook`.
        after (int): Iterations that are not judged.
        limit (float): Rise of the memory that is allowed, in bytes.

    Returns:
        Leaks: Rises and problems.

    Raises:
        InputError: No line is left to judge.

    Example:
        >>> lines = [
        ...     dict(iter=i, memory=10**6 * i, worker_memory=0, handles=9,
        ...          tensors=50) for i in range(10, 101, 10)]
        >>> judge(lines, after=50, limit=30e6).problems
        ['memory rose by 40 MB, more than 30 MB']
    """
    judged = [line for line in lines if line['iter'] > after]
    if not judged:
        raise InputError(f'no measurement was made after iteration {after}')
    rises = {
        name: rise([line[name] for line in judged])
        for name in ('memory', 'worker_memory', 'handles', 'tensors')
    }
    problems = [
        f'{what} rose by {rises[name] / _MB:.0f} MB, more than '
        f'{limit / _MB:.0f} MB'
        for name, what in (
            ('memory', 'memory'),
            ('worker_memory', 'memory of a data-loading process'),
        )
        if rises[name] > limit
    ]
    if rises['handles'] > 0:
        problems.append(f'{rises["handles"]:.0f} more file handles are open')
    return Leaks(lines[-1]['iter'], **rises, problems=problems)


def _stretch(cfg: Config, iterations: int) -> None:
    """Let a config train for this many iterations, or a little longer."""
    if 'max_epochs' not in cfg.train_cfg:
        cfg.train_cfg.max_iters = iterations
        return
    init_default_scope(cfg.get('default_scope', 'mmengine'))
    length = len(Runner.build_dataloader(cfg.train_dataloader))
    set_epochs(cfg, -(-iterations // length))


def _follow(
    process: subprocess.Popen,
    path: Path,
    step: int,
    tell: Callable[[str], Any],
) -> None:
    """Tell rows of measurements until the training has ended."""
    told = 0
    while True:
        ended = process.poll() is not None
        lines = read_lines(path)
        for line in lines[told:]:
            if line['iter'] // step > (line['iter'] - _EVERY) // step:
                tell(_row(line))
        told = len(lines)
        if ended:
            return
        time.sleep(_PAUSE)


def _row(line: dict[str, int]) -> str:
    memory, worker = line['memory'] / _MB, line['worker_memory'] / _MB
    return (
        f'{line["iter"]:9}  {memory:6.0f}  {worker:14.0f}  '
        f'{line["handles"]:7}  {line["tensors"]:7}'
    )
