"""Speed and memory of two embedders, each in a process of its own.

The processes run in turn, round by round, so that a change of the machine's
speed meets both.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from mmdmr.benchmark.agreement import Agreement, compare_detections
from mmdmr.benchmark.memory import current_memory, peak_memory
from mmdmr.errors import InputError
from mmdmr.inference import Embedder
from mmdmr.media.images import read_image
from mmdmr.structures import Detections

#: Exit code of a process whose input is wrong; the message is in its answer.
_WRONG_INPUT = 2


@contextmanager
def _worker(
    program: str, arguments: Sequence[str]
) -> Iterator[subprocess.Popen]:
    """A process that holds an embedder; it ends with the context."""
    process = subprocess.Popen(
        [sys.executable, '-c', program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        # A closed input ends the loop of serve().
        process.communicate()


def _ask(process: subprocess.Popen, command: str = '') -> dict[str, Any]:
    """Answer of a process to a command, or to its start."""
    try:
        if command:
            print(command, file=process.stdin, flush=True)
        line = process.stdout.readline()  # type: ignore[union-attr]
    except BrokenPipeError:
        line = ''
    if not line:
        raise InputError(
            f'a process of the benchmark ended with code {process.wait()}; '
            'its error stands above'
        )
    answer = json.loads(line)
    if 'error' in answer:
        raise InputError(answer['error'])
    return answer


def serve(load: Callable[[], Embedder], paths: Sequence[Path]) -> int:
    """Hold an embedder, and do what each line of the input says.

    ``run`` embeds all images, one by one, and answers with the ``seconds``,
    and the ``cpu_seconds`` of all threads. Reading the images does not count.
    ``memory`` answers with the peak and the current memory in bytes. Any other
    line is a file to write the detections into.

    Args:
        load (Callable): Opens the embedder.
        paths (Sequence[Path]): Files of the images.

    Returns:
        int: Exit code: 0, or 2 if the input is wrong.
    """
    answers = sys.stdout

    def answer(**values: Any) -> None:
        print(json.dumps(values), file=answers, flush=True)

    # Libraries print, too.
    with redirect_stdout(sys.stderr):
        try:
            embedder = load()
            answer(model=str(embedder.model))
            for line in sys.stdin:
                answer(**_carry_out(line.rstrip('\n'), embedder, paths))
        except (InputError, OSError) as error:
            answer(error=str(error))
            return _WRONG_INPUT
    return 0


def _carry_out(
    command: str, embedder: Embedder, paths: Sequence[Path]
) -> dict[str, Any]:
    """Answer to one command of :func:`serve`."""
    if command == 'memory':
        return dict(peak=peak_memory(), settled=current_memory())
    if command == 'run':
        clocks = time.perf_counter, time.process_time
        spent = np.zeros(2)
        for path in paths:
            image = read_image(path)
            spent -= [clock() for clock in clocks]
            embedder.embed([image])
            spent += [clock() for clock in clocks]
        return dict(seconds=spent[0], cpu_seconds=spent[1])
    found = Detections.concatenate(
        [embedder.embed([read_image(path)]) for path in paths]
    )
    np.savez(
        command,
        boxes=found.boxes,
        scores=found.scores,
        feats=found.feats,
        counts=found.num_per_image,
    )
    return dict(num=len(found))


def _detections_of(process: subprocess.Popen, path: Path) -> Detections:
    """Detections that a process writes into a file."""
    _ask(process, str(path))
    with np.load(path) as stored:
        return Detections.from_counts(
            stored['boxes'],
            stored['scores'],
            stored['feats'],
            stored['counts'],
        )


def measure_in_turn(
    program: str, arguments: Mapping[str, Sequence[str]], rounds: int
) -> tuple[dict[str, dict[str, Any]], Agreement]:
    """Time embedders in turn, and compare the detections of two of them.

    Args:
        program (str): Python program that calls :func:`serve`.
        arguments (Mapping[str, Sequence[str]]): ``sys.argv[1:]`` of the
            process of each embedder, by name.
        rounds (int): Number of rounds, at least 1.

    Returns:
        tuple[dict[str, dict[str, Any]], Agreement]: By name ``model``,
        ``load_seconds`` from the start of the process until it can embed,
        ``seconds`` and ``cpu_seconds`` of each round, ``peak`` and
        ``settled`` memory in bytes; and the agreement of the first two.

    Raises:
        InputError: A model or an image is wrong, or a process died.
    """
    figures: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        processes = {}
        # One after the other: loading is timed, too.
        for name, argv in arguments.items():
            started = time.perf_counter()
            processes[name] = stack.enter_context(_worker(program, argv))
            figures[name] = _ask(processes[name])
            figures[name]['load_seconds'] = time.perf_counter() - started
        # This walk also warms up: later ones are timed.
        folder = Path(stack.enter_context(TemporaryDirectory()))
        found = [
            _detections_of(process, folder / f'{i}.npz')
            for i, process in enumerate(processes.values())
        ]
        agreement = compare_detections(*found[:2])
        for name, answers in _run_in_turn(processes, rounds).items():
            for key in ('seconds', 'cpu_seconds'):
                figures[name][key] = [answer[key] for answer in answers]
        for name, process in processes.items():
            figures[name].update(_ask(process, 'memory'))
    return figures, agreement


def _run_in_turn(
    processes: Mapping[str, subprocess.Popen], rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Times of each round by name."""
    times: dict[str, list[dict[str, float]]] = {name: [] for name in processes}
    names = list(processes)
    for number in range(rounds):
        # Neither is always the first.
        for name in names if number % 2 else names[::-1]:
            times[name].append(_ask(processes[name], 'run'))
    return times


def size_on_disk(path: Path) -> int:
    """Bytes of a file, or of all files of a folder.

    Args:
        path (Path): File or folder.

    Returns:
        int: Number of bytes.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / 'a').write_text('four')
        ...     size_on_disk(Path(folder))
        4
    """
    files = path.rglob('*') if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
