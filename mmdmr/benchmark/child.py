"""A measurement in a process of its own, whose memory is its alone."""

import json
import subprocess
import sys
from typing import Any

from mmdmr.errors import InputError


def measure_in_child(function: str, *arguments: str, what: str) -> Any:
    """Call a function in a new process and take its answer.

    Args:
        function (str): Module and name of the function, which prints its
            answer as JSON, on a line that is the last one.
        *arguments (str): Arguments of the function.
        what (str): What the process does, for the message of the error.

    Returns:
        Any: The answer.

    Raises:
        InputError: The process ended without an answer, as when memory ran
            out.

    Example:
        >>> measure_in_child('builtins.print', '[1, 2]', what='counts')
        [1, 2]
    """
    module, _, name = function.rpartition('.')
    code = f'import sys; from {module} import {name}; {name}(*sys.argv[1:])'
    process = subprocess.run(
        [sys.executable, '-c', code, *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.returncode:
        raise InputError(
            f'the process that {what} ended with code {process.returncode}; '
            'its error stands above, or memory ran out'
        )
    # Libraries print, too.
    return json.loads(process.stdout.splitlines()[-1])
