"""A process that carries out recipes, and what it watches."""

import contextlib
import io
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from mmdmr.cli.main import main
from mmdmr.errors import InputError, readable

from .recipes import apply

#: Seconds of the processor after which an example hangs, and seconds of the
#: clock.
LIMIT, PATIENCE = 10, 60
#: Bytes that an example may take, beside those of the process.
MEMORY = 2**31
#: Lines and characters of a message.
LINES, CHARACTERS = 4, 3000
#: Audit events that change files. By event the arguments that are paths, each
#: with the argument that is the folder of a relative path.
_WRITES = {
    'os.mkdir': {0: 2},
    'os.remove': {0: 1},
    'os.rename': {0: 2, 1: 3},
    'os.rmdir': {0: 1},
    'os.symlink': {1: 2},
    'os.link': {1: 3},
    'os.truncate': {0: None},
    'os.chmod': {0: 2},
    'os.utime': {0: 3},
}
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Hang(BaseException):
    """An example takes too long."""


class Wrong(Exception):
    """A result is not what it has to be."""


class _Watch:
    """Notices files that are opened for writing outside a folder."""

    def __init__(self):
        self.allowed, self.found = None, []
        sys.addaudithook(self._hear)

    def _hear(self, event, args):
        if self.allowed is None:
            return
        if event == 'open':
            path, _, flags = args
            paths = [path] if flags & _FLAGS else []
        else:
            paths = [
                _full(args[path], -1 if folder is None else args[folder])
                for path, folder in _WRITES.get(event, {}).items()
            ]
        for path in paths:
            if isinstance(path, int):
                continue  # a file that is open already
            # Not resolved: a link would take the example elsewhere.
            full = Path(os.path.abspath(os.fsdecode(path)))
            inside = any(full.is_relative_to(x) for x in self.allowed)
            if not inside and str(full) != os.devnull:
                self.found.append(f'{event} {full}')


def _full(path, folder):
    """Path of an event; the folder may be given by its number, or be -1."""
    if isinstance(path, int) or folder == -1:
        return path
    return os.path.join(os.readlink(f'/proc/self/fd/{folder}'), path)


def call(tool, *argv, codes=(0,)):
    """Run a tool as the command line does, and check how it ends.

    Args:
        tool (str): The tool.
        *argv (str | Path): Arguments.
        codes (tuple[int, ...]): Exit codes of a success.

    Raises:
        InputError: The tool refused its input, with a readable message.
        Wrong: The tool ended in another way.
    """
    streams = sys.stdout, sys.stderr
    out, err = (
        io.TextIOWrapper(io.BytesIO(), 'utf-8', write_through=True)
        for _ in range(2)
    )
    sys.stdout, sys.stderr = out, err
    try:
        code = main([tool, *map(str, argv)])
    except SystemExit as stop:
        code = stop.code
    finally:
        sys.stdout, sys.stderr = streams
    said = err.buffer.getvalue().decode('utf-8', 'surrogatepass')
    if 'Traceback' in said:
        raise Wrong(f'{tool} prints a traceback: {said}')
    if code == 2:
        told = said.partition(f'mmdmr {tool}: error: ')[2]
        if not told:
            raise Wrong(f'{tool} ends with 2 without a message: {said!r}')
        # Before an InputError makes it shorter.
        _check_message(told)
        raise InputError(told)
    if code not in codes:
        raise Wrong(f'{tool} ends with {code}: {said}')
    return out.buffer.getvalue().decode('utf-8', 'surrogatepass'), said


def _write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)


def _read(folder, beside):
    """Content of all files below a folder, but for some folders."""
    found = {}
    for root, folders, names in os.walk(folder):
        folders[:] = [
            f for f in folders if os.path.join(root, f) not in beside
        ]
        for name in [*folders, *names]:
            path = os.path.join(root, name)
            if os.path.islink(path):
                found[path] = os.readlink(path)
            elif os.path.isdir(path):
                found[path] = None
            else:
                with open(path, 'rb') as file:
                    found[path] = file.read()
    return found


def _check_message(text):
    if not text.strip():
        raise Wrong('an error without a message')
    lines = text.strip().splitlines()
    if len(lines) > LINES or len(text) > CHARACTERS:
        raise Wrong(
            f'a message of {len(lines)} lines and {len(text)} characters: '
            f'{text[:300]!r}'
        )
    if not all(line.isprintable() for line in lines):
        raise Wrong(f'a message that cannot be printed: {text!r}')


def _where(error):
    """The place in the package that an error comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if '/mmdmr/' in f.filename]
    last = (ours or frames or [None])[-1]
    if last is None:
        return 'nowhere'
    path = last.filename.rpartition('/mmdmr/')[2] or last.filename
    return f'{path}:{last.name}'


def examine(case, recipe, work, watch):
    """Carry out a recipe.

    Returns:
        dict: ``end``, how the example ended; and, for a fault, ``kind``, by
        which equal faults are known, and ``text``.
    """
    shutil.rmtree(work, ignore_errors=True)
    given, out = work / 'a/in', work / 'a/out'
    for folder in (given, out, work / 'near', work / 'a/cwd'):
        folder.mkdir(parents=True)
    (work / 'near/secret.json').write_text('{"secret": true}')
    (work / 'a/near.txt').write_text('near')
    try:
        _write(given, apply(case.files(), recipe))
    except OSError:  # a file where a folder is needed, by an earlier step
        return dict(end='void')
    os.chdir(work / 'a/cwd')
    beside = {str(work / 'a' / name) for name in case.writes}
    before = _read(work, beside)
    watch.found = []
    watch.allowed = tuple(sorted(beside))
    try:
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('error', RuntimeWarning)
                case.run(given, out)
            end, said = 'read', ''
        except (InputError, OSError) as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            # The command line makes those of the system shorter.
            _check_message(readable(str(error)))
            end, said = 'refused', str(error)
    except (Exception, Hang, SystemExit, RecursionError) as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        name = type(error).__name__
        kind = f'{name} in {_where(error)}'
        if isinstance(error, Wrong):
            kind = f'Wrong: {" ".join(str(error).split()[:5])}'
        text = ''.join(traceback.format_exception(error))[-3000:]
        return dict(end='fault', kind=kind, text=text)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        watch.allowed = None
        os.chdir('/')
    if watch.found:
        return dict(
            end='fault', kind='writes elsewhere', text='\n'.join(watch.found)
        )
    after = _read(work, beside)
    if after != before:
        odd = sorted(
            path
            for path in before.keys() | after.keys()
            if before.get(path, 0) != after.get(path, 0)
        )
        return dict(end='fault', kind='changes elsewhere', text=' '.join(odd))
    return dict(end=end, text=said)


def check_sound(cases):
    """Check that each set is read as it is, and load what that needs.

    Raises:
        AssertionError: A set is refused.
    """
    with tempfile.TemporaryDirectory() as work:
        for name, case in cases.items():
            outcome = examine(case, [], Path(work, 'a'), _Deaf())
            assert outcome['end'] == 'read', (name, outcome)


class _Deaf:
    """Notices nothing: a hook of audits could never be taken away."""

    allowed, found = None, ()


def _serve(pipe, cases):
    """Carry out recipes until the pipe is closed."""

    def ring(number, frame):
        raise Hang(f'longer than {LIMIT} s')

    signal.signal(signal.SIGPROF, ring)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What libraries in C print is nobody's message.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    size = int(Path('/proc/self/statm').read_text().split()[0])
    limit = size * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    watch = _Watch()
    fast = '/dev/shm' if os.path.isdir('/dev/shm') else None
    work = Path(tempfile.mkdtemp(prefix='mmdmr-fuzz-', dir=fast))
    try:
        while True:
            try:
                name, recipe = pipe.recv()
            except EOFError:
                break
            pipe.send(examine(cases[name], recipe, work, watch))
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Worker:
    """A process that carries out recipes; a new one where it ends.

    Args:
        cases (dict): Cases by name.
    """

    def __init__(self, cases):
        self._cases = cases
        self._process = None

    def examine(self, name, recipe):
        """Carry out a recipe, as :func:`examine`."""
        if self._process is None:
            self._start()
        self._pipe.send((name, recipe))
        try:
            if self._pipe.poll(PATIENCE):
                return self._pipe.recv()
            end = dict(end='fault', kind=f'hang of {name}', text='in C code')
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            end = dict(
                end='fault',
                kind=f'{name} ends the process: {code}',
                text=f'exit code {code}',
            )
        self.close()
        return end

    def close(self):
        """End the process."""
        if self._process is not None:
            self._pipe.close()
            self._process.join(1)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process = None

    def _start(self):
        fork = multiprocessing.get_context('fork')
        self._pipe, other = fork.Pipe()
        # Else the worker would hold the end by which it sees that we ended.
        mine = self._pipe

        def serve():
            mine.close()
            with contextlib.suppress(KeyboardInterrupt):
                _serve(other, self._cases)

        self._process = fork.Process(target=serve, daemon=True)
        self._process.start()
        other.close()
