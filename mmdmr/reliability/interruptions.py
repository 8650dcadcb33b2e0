"""Kill a training again and again, resume it, compare it with another.

Two trainings of a config are made: the reference runs through, the other is
killed (SIGKILL, which no program can catch) at random moments and resumed.
Both write a line for each iteration, see
:class:`~mmdmr.engine.hooks.TrajectoryHook`. A line of the killed training must
equal the reference's line of the same iteration, also if the iteration was
trained again because its first result was lost.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.engine.hooks.trajectory_hook import digest
from mmdmr.engine.work_dir import last_checkpoint
from mmdmr.errors import InputError

from .trainings import failure, kill, read_lines, training

#: Seconds between two looks at a training.
_PAUSE = 0.001
#: Parts of a checkpoint that a later iteration depends on.
_STATES = ('state_dict', 'optimizer', 'param_schedulers')
_CONFIG, _LINES = 'config.py', 'trajectory.jsonl'


@dataclass
class Interruptions:
    """What the kills did.

    Args:
        kills (int): Number of kills.
        while_writing (int): Number of kills while a checkpoint was written.
        iterations (int): Iterations of the training.
        repeated (int): Iterations that were trained again, because their
            first result was lost.
        problems (list[str]): Broken promises, empty if all were kept.
    """

    kills: int = 0
    while_writing: int = 0
    iterations: int = 0
    repeated: int = 0
    problems: list[str] = field(default_factory=list)


def check_interruptions(
    cfg: Config,
    out: Path,
    kills: int,
    every: int | None = 1,
    seed: int = 0,
    tell: Callable[[str], Any] = print,
) -> Interruptions:
    """Train a config twice, once with kills, and compare.

    Args:
        cfg (Config): Config of a training, to change.
        out (Path): Empty folder for both trainings.
        kills (int): Number of kills, >= 1. A third of the kills come while a
            checkpoint is written, a sixth while the program starts.
        every (int | None): Iterations between two checkpoints, of which one
            is kept; None for the config's own checkpoints. Defaults to 1.
        seed (int): Seed of the moments of the kills. Defaults to 0.
        tell (Callable): Function that is told of the progress. Defaults to
            print.

    Returns:
        Interruptions: Counts and problems.

    Raises:
        InputError: The config does not train.
    """
    if every is not None:
        cfg.merge_from_dict(
            {
                'default_hooks.checkpoint.by_epoch': False,
                'default_hooks.checkpoint.interval': every,
                'default_hooks.checkpoint.max_keep_ckpts': 1,
            }
        )
    if cfg.get('randomness', {}).get('seed') is None:
        cfg.merge_from_dict({'randomness.seed': 0})
    reference = _Training(cfg, out / 'reference')
    started = time.monotonic()
    reference.finish()
    seconds = time.monotonic() - started
    lines = reference.lines()
    result = Interruptions(iterations=len(lines))
    tell(f'reference: {len(lines)} iterations in {seconds:.0f} s')
    killed = _Training(cfg, out / 'killed')
    draw = random.Random(seed)
    for number in range(kills):
        kind = ('within', 'writing', 'within', 'writing', 'within', 'start')[
            number % 6
        ]
        # Kills are spread over the training.
        target = len(lines) * number // kills + draw.randint(0, 1)
        before = killed.iteration()
        writing = killed.kill(kind, target, seconds / len(lines), draw)
        if writing is None:
            break  # the training came to its end before the kill
        result.kills += 1
        result.while_writing += writing
        result.problems += _problems(killed, before)
        tell(
            f'kill {result.kills} of {kills}'
            f'{", while writing" if writing else ""}: '
            f'{len(killed.lines())} iterations written down, the last '
            f'checkpoint has {killed.iteration()}'
        )
    killed.finish()
    result.problems += _differences(lines, killed.lines())
    result.repeated = len(killed.lines()) - len(lines)
    if reference.states() != killed.states():
        result.problems.append('the last checkpoints differ')
    return result


class _Training:
    """A training in its own process and work dir.

    Args:
        cfg (Config): Config of the training.
        work_dir (Path): New folder.
    """

    def __init__(self, cfg: Config, work_dir: Path) -> None:
        work_dir.mkdir(parents=True)
        self.work_dir = work_dir
        self._lines = work_dir / _LINES
        changed = Config(cfg.to_dict())
        changed.merge_from_dict(
            {
                'default_hooks.trajectory': dict(
                    type='mmdmr.TrajectoryHook', out=str(self._lines)
                )
            }
        )
        self._config = work_dir.parent / f'{work_dir.name}_{_CONFIG}'
        changed.dump(self._config)

    def finish(self) -> None:
        """Train to the end.

        Raises:
            InputError: The training fails.
        """
        with training(self._config, self.work_dir) as process:
            if process.wait() == 0:
                return
        raise failure(self.work_dir)

    def kill(
        self, kind: str, target: int, step: float, draw: random.Random
    ) -> bool | None:
        """Train until a random moment, and kill the training.

        Args:
            kind (str): 'start', 'within' an iteration, or 'writing'.
            target (int): Iteration after which the kill may come.
            step (float): Seconds of an iteration, about.
            draw (random.Random): Source of the moment.

        Returns:
            bool | None: True if a checkpoint was being written; None if the
            training ended by itself.
        """
        # Drafts that an earlier kill has left, until this training tidies up.
        left = self._drafts()
        with training(self._config, self.work_dir) as process:
            if kind == 'start':
                deadline = time.monotonic() + draw.uniform(0, 10)
            else:
                while self._num_lines() < target and process.poll() is None:
                    time.sleep(_PAUSE)
                deadline = time.monotonic() + draw.uniform(0, step)
            while time.monotonic() < deadline and process.poll() is None:
                time.sleep(_PAUSE)
            while (
                kind == 'writing'
                and self._drafts() <= left
                and process.poll() is None
            ):
                time.sleep(_PAUSE)
            if process.poll() is not None:
                return None
            kill(process)
            return not self._drafts() <= left

    def _num_lines(self) -> int:
        if not self._lines.exists():
            return 0
        return self._lines.read_bytes().count(b'\n')

    def _drafts(self) -> set[tuple[str, int]]:
        """Names and inodes of the checkpoints that are being written."""
        drafts = set()
        for path in self.work_dir.glob('*.pth.part'):
            with suppress(FileNotFoundError):  # it has just been renamed
                drafts.add((path.name, path.stat().st_ino))
        return drafts

    def lines(self) -> list[dict[str, Any]]:
        """Lines of all iterations, in the order of training."""
        return read_lines(self._lines)

    def iteration(self) -> int:
        """Iterations in the last checkpoint; 0 without a checkpoint.

        Raises:
            InputError: The checkpoint cannot be read.
        """
        path = last_checkpoint(self.work_dir)
        if path is None:
            return 0
        return int(read_checkpoint(str(path))['meta']['iter'])

    def states(self) -> str:
        """Digest of the states in the last checkpoint."""
        checkpoint = read_checkpoint(str(last_checkpoint(self.work_dir)))
        return digest([checkpoint.get(name) for name in _STATES])


def _problems(training: _Training, before: int) -> list[str]:
    """Promises that a kill broke: the last checkpoint, and its note."""
    problems = []
    try:
        if training.iteration() < before:
            problems.append(
                f'the last checkpoint has {training.iteration()} iterations, '
                f'before the kill {before}'
            )
    except InputError as error:
        problems.append(str(error))
    note = training.work_dir / 'last_checkpoint'
    if note.exists() and not Path(note.read_text('utf-8')).is_file():
        problems.append(f'{note} names a file that does not exist')
    return problems


def _differences(
    wanted: list[dict[str, Any]], found: list[dict[str, Any]]
) -> list[str]:
    """Iterations that a killed training did otherwise than the reference."""
    by_iter = {line['iter']: line for line in wanted}
    problems = []
    for line in found:
        reference = by_iter.get(line['iter'], {})
        unequal = [key for key in line if line[key] != reference.get(key)]
        if unequal:
            problems.append(
                f'iteration {line["iter"]} differs in {", ".join(unequal)}'
            )
    missing = by_iter.keys() - {line['iter'] for line in found}
    if missing:
        problems.append(f'{len(missing)} iterations were left out')
    return problems
