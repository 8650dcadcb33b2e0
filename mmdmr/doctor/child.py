"""Steps in a process of its own, which may crash or hang."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What became of a step.

    Args:
        error (str): Error of the step; '' if it worked.
        value (Any): What the step found. Defaults to None.
    """

    error: str
    value: Any = None


def run_steps(
    function: str,
    steps: Sequence[str],
    seconds: float,
    needs: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Answer]:
    """Run steps in a child process, and go on behind a step that crashes.

    Args:
        function (str): Module and name of the function that runs the steps
            which ``sys.argv`` names, and calls :func:`tell` around each.
        steps (Sequence[str]): Steps in order.
        seconds (float): Time limit of the process.
        needs (Mapping[str, str] | None): Step that a step needs, by step. A
            step is left out if what it needs failed. Defaults to None: none
            needs another.
        environment (Mapping[str, str] | None): Changes of the environment
            variables. Defaults to None: no change.

    Returns:
        dict[str, Answer]: Answers by step.

    Example:
        >>> run_steps('mmdmr.doctor.probes.main', ['json', 'no_such'], 60)
        ... # doctest: +ELLIPSIS
        {'json': Answer(error='', ...), 'no_such': Answer(error="Module...
    """
    answers: dict[str, Answer] = {}
    waiting = list(steps)
    while waiting:
        told, ending = _run(function, waiting, seconds, environment or {})
        for step in waiting:
            if step in told:
                answers[step] = told[step]
        # The first step without an answer is the one that ended the process.
        rest = [step for step in waiting if step not in told]
        if rest:
            answers[rest[0]] = Answer(ending)
        failed = {step for step, answer in answers.items() if answer.error}
        waiting = [
            step for step in rest[1:] if (needs or {}).get(step) not in failed
        ]
    return answers


def tell(out: Any, step: str, error: str, value: Any = None) -> None:
    """Report the answer of a step, in the child process.

    Args:
        out (Any): Text file that the parent reads.
        step (str): The step.
        error (str): Error of the step; '' if it worked.
        value (Any): What the step found, for JSON. Defaults to None.
    """
    line = json.dumps(dict(step=step, error=error, value=value))
    print(line, file=out, flush=True)


def _run(
    function: str,
    steps: Sequence[str],
    seconds: float,
    environment: Mapping[str, str],
) -> tuple[dict[str, Answer], str]:
    """Run a process once: its answers, and how it ended."""
    module, _, name = function.rpartition('.')
    code = f'from {module} import {name}; {name}()'
    # With "doctor" first, mmdmr can be imported whatever is installed.
    command = [sys.executable, '-c', code, 'doctor', *steps]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        output, errors = process.communicate(timeout=seconds)
        ending = _ending(process.returncode, errors.decode(errors='replace'))
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
        ending = f'not done after {seconds:g} seconds'
    answers = {}
    for line in output.decode(errors='replace').splitlines():
        try:
            told = json.loads(line)
        except ValueError:  # the process ended in the middle of a line
            break
        answers[told['step']] = Answer(told['error'], told['value'])
    return answers, ending


def _ending(code: int, errors: str) -> str:
    """How a process ended that had not answered all steps."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    if code < 0:
        names = {int(number): number.name for number in signal.Signals}
        how = f'the process was ended by {names.get(-code, -code)}'
    else:
        how = f'the process ended with code {code}'
    return f'{how}: {lines[-1]}' if lines else how
