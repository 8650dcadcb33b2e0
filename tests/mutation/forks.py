"""Work in forked processes, within limits of time."""

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Bytes that a process may address.
MOST_BYTES = 16 * 2**30


@dataclass(frozen=True)
class Job:
    """Work for one process.

    Args:
        work (Callable[[Path], dict]): Is given an empty folder; returns what
            JSON can hold.
        limit (float): Seconds of processor time. In wall-clock time four
            times as many and a minute are allowed.
    """

    work: object
    limit: float


@dataclass(frozen=True)
class Ended:
    """How a process has ended.

    Args:
        result (dict | None): What the work returned; None if the process
            ended before.
        seconds (float): Processor time.
        timed_out (bool): True if a limit of time was reached.
        status (int): Exit code, negative: number of the signal.
        output (str): End of what the process wrote.
    """

    result: dict | None
    seconds: float
    timed_out: bool
    status: int
    output: str


class Child:
    """A forked process at work."""

    def __init__(self, job):
        self.folder = Path(tempfile.mkdtemp(prefix='mutation-'))
        self.deadline = time.monotonic() + 4 * job.limit + 60
        self.killed = False
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _run(job, self.folder)

    def poll(self):
        """None while the process runs, then how it ended."""
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        if pid == 0:
            if time.monotonic() > self.deadline and not self.killed:
                self.killed = True
                _kill_group(self.pid)
            return None
        # What the process has started, and left behind.
        _kill_group(self.pid)
        code = os.waitstatus_to_exitcode(status)
        result = self.folder / 'result.json'
        output = (self.folder / 'output.txt').read_text(errors='replace')
        ended = Ended(
            result=json.loads(result.read_text()) if result.exists() else None,
            seconds=usage.ru_utime + usage.ru_stime,
            timed_out=self.killed or code == -signal.SIGXCPU,
            status=code,
            output=output[-2000:],
        )
        shutil.rmtree(self.folder, ignore_errors=True)
        return ended


def _run(job, folder):
    """Do the work and end the process."""
    code = 1
    try:
        # A group of its own, which can be ended with all that it started.
        os.setpgid(0, 0)
        output = os.open(folder / 'output.txt', os.O_CREAT | os.O_WRONLY)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, kept in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(number, kept)
        seconds = int(job.limit) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        inside = folder / 'tmp'
        inside.mkdir()
        os.environ['TMPDIR'] = tempfile.tempdir = str(inside)
        result = json.dumps(job.work(folder))
        # The name last: half a result is none.
        (folder / 'result.part').write_text(result)
        (folder / 'result.part').rename(folder / 'result.json')
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _kill_group(pid):
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def run_all(tasks, num):
    """Run tasks, some at once.

    Args:
        tasks (Iterable[Generator]): A task yields one :class:`Job` after the
            other, and is sent how the job :class:`Ended`.
        num (int): Number of processes at once.
    """
    waiting, running = iter(tasks), []
    try:
        while True:
            while len(running) < num:
                task = next(waiting, None)
                if task is None:
                    break
                _go_on(task, None, running)
            if not running:
                return
            time.sleep(0.02)
            for entry in list(running):
                task, child = entry
                ended = child.poll()
                if ended is not None:
                    running.remove(entry)
                    _go_on(task, ended, running)
    finally:
        for _, child in running:
            _kill_group(child.pid)


def _go_on(task, ended, running):
    try:
        job = task.send(ended)
    except StopIteration:
        return
    running.append((task, Child(job)))
