"""Which tests execute which lines of a target."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from .forks import Job, run_all
from .testing import run_watched

#: Seconds of processor time for the tests of one file.
LIMIT = 900


@dataclass
class Baseline:
    """Tests of a target that pass, on code without a change.

    Attributes:
        durations (dict[str, float]): Seconds of each test.
        lines (dict[str, dict[str, set[int]]]): Lines by file and test.
        failed (list[str]): Tests that fail or are skipped: of no use.
    """

    durations: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)
    failed: list = field(default_factory=list)

    def take(self, result):
        """Add the tests of one file."""
        self.failed += result['failed']
        for test, duration in result['durations'].items():
            if test in result['failed']:
                continue
            self.durations[test] = duration
            for file, numbers in result['lines'].get(test, {}).items():
                self.lines.setdefault(file, {})[test] = set(numbers)

    def tests_of(self, mutant):
        """Tests that may see a mutant, in the order in which to try them.

        What runs at import only is tried by all tests that execute a line of
        the file, and by those of the mirrored file.
        """
        mirror = f'test_{PurePosixPath(mutant.path).stem}.py'
        lines = self.lines.get(mutant.path, {})
        found = [
            test
            for test, numbers in lines.items()
            if not mutant.spans
            or any(numbers & set(range(a, b + 1)) for a, b in mutant.spans)
        ]
        if not mutant.spans:
            found += [
                test
                for test in self.durations
                if test not in lines
                and PurePosixPath(test.partition('::')[0]).name == mirror
            ]
        files = {}
        for test in sorted(found, key=self.durations.get):
            files.setdefault(test.partition('::')[0], []).append(test)
        # File by file, as fixtures are set up; the mirrored file first.
        ordered = sorted(
            files.items(),
            key=lambda item: (
                PurePosixPath(item[0]).name != mirror,
                self.durations[item[1][0]],
            ),
        )
        return [test for _, tests in ordered for test in tests]


def baseline(target, root, cache, jobs, say):
    """Run the tests of a target that have changed since they last ran.

    Args:
        target (Target): Target.
        root (Path): Folder of the package and the tests.
        cache (Path): Folder for what is known.
        jobs (int): Number of processes at once.
        say (Callable[[str], None]): Is told what happens.
    """
    shared = _shared(target, root)
    groups = {}
    for test in target.tests:
        groups.setdefault(test.partition('::')[0], []).append(test)
    found, tasks = Baseline(), []
    for file, tests in groups.items():
        digest = _digest(shared, (root / file).read_bytes(), *tests)
        path = cache / f'{target.name}-{file.replace("/", ".")}.json'
        known = json.loads(path.read_text()) if path.exists() else {}
        if known.get('digest') == digest:
            found.take(known)
        else:
            tasks.append(_watch(target, root, tests, path, digest, found, say))
    if tasks:
        say(f'{target.name}: {len(tasks)} test files to run without a change')
        cache.mkdir(parents=True, exist_ok=True)
        run_all(tasks, jobs)
    if found.failed:
        say(f'{target.name}: not passed, left out: {", ".join(found.failed)}')
    return found


def _watch(target, root, tests, path, digest, found, say):
    """Task that runs one test file."""
    work = partial(run_watched, root, tests=tests, files=target.files)
    ended = yield Job(work, LIMIT)
    if ended.result is None or not ended.result['durations']:
        say(f'{tests[0]}: no result, status {ended.status}\n{ended.output}')
        return
    path.write_text(json.dumps(dict(ended.result, digest=digest)))
    found.take(ended.result)


def _shared(target, root):
    """Digest of what all tests of a target depend on."""
    files = [root / file for file in target.files]
    files += sorted((root / 'tests' / 'helpers').glob('*.py'))
    files += sorted((root / 'tests').rglob('conftest.py'))
    return _digest(*(path.read_bytes() for path in files))


def _digest(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b'\0')
    return digest.hexdigest()
