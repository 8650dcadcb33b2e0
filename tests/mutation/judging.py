"""Whether the tests see a mutant."""

import hashlib
from dataclasses import asdict, dataclass
from functools import partial

from .forks import Job
from .plan import module_of
from .testing import Finder, run_mutated

#: Seconds that the tests of one process took without a change, at most.
BUDGET = 60
#: A mutant may take this many times as long as the code without a change...
TIMES = 5
#: ...and this many seconds more, for the imports among others.
SPARE = 40

#: Exit codes of pytest: passed; failed; interrupted by an error on import; a
#: test is not there, for the same reason or by its name.
_PASSED, _SEEN, _ABSENT = 0, (1, 2, 4), 4


@dataclass(frozen=True)
class Result:
    """What became of a mutant.

    Args:
        key (str): :attr:`Mutant.key`.
        name (str): Place and kind.
        target (str): Name of the target.
        path (str): File.
        function (str): Function.
        before (str): Lines before.
        after (str): Lines after.
        nth (int): Number of equal changes before.
        source (str): Digest of the file.
        status (str): 'killed', 'timeout', 'survived' or 'uncovered'.
        by (str): Test that failed.
        why (str): What the test said.
        tests (int): Number of tests that could have seen the mutant.
        seconds (float): Processor time.
    """

    key: str
    name: str
    target: str
    path: str
    function: str
    before: str
    after: str
    nth: int
    source: str
    status: str
    by: str = ''
    why: str = ''
    tests: int = 0
    seconds: float = 0.0

    def as_dict(self):
        """Values by name."""
        return asdict(self)


def finder_of(mutant, source, root):
    """Finder of a mutant's module, with a source."""
    return Finder(module_of(mutant.path), root / mutant.path, source)


def digest(source):
    """Short name of a file's contents."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def batches(tests, durations):
    """Tests in the lots that one process runs each, the mirrored file first.

    The first lot is the tests of the first file, the second what else fits
    into the budget, the third the rest.
    """
    first_file = tests[0].partition('::')[0] if tests else ''
    lots, spent = ([], [], []), 0.0
    for test in tests:
        spent += durations[test]
        of_first = test.partition('::')[0] == first_file
        lots[2 if spent > BUDGET else 0 if of_first else 1].append(test)
    return [lot for lot in lots if lot]


def judge(mutant, source, target, root, baseline, tell):
    """Task that tries a mutant until a test fails.

    Args:
        mutant (Mutant): Mutant.
        source (str): Its file without the change.
        target (Target): Target of the file.
        root (Path): Folder of the package and the tests.
        baseline (Baseline): Tests of the target.
        tell (Callable[[Result], None]): Is given the result.
    """
    tests = baseline.tests_of(mutant)
    finder = finder_of(mutant, mutant.apply(source), root)
    known = dict(
        key=mutant.key,
        name=mutant.name,
        target=target.name,
        path=mutant.path,
        function=mutant.function,
        before=mutant.before,
        after=mutant.after,
        nth=mutant.nth,
        source=digest(source),
        tests=len(tests),
    )
    seconds = 0.0
    for lot in batches(tests, baseline.durations):
        ended = yield _job(lot, root, baseline, finder)
        seconds += ended.seconds
        status, by, why = verdict(ended)
        if status == 'absent':
            # The mutant has changed names of tests: all of the files.
            files = list(dict.fromkeys(t.partition('::')[0] for t in lot))
            files += [f'--deselect={test}' for test in baseline.failed]
            ended = yield _job(lot, root, baseline, finder, files)
            seconds += ended.seconds
            status, by, why = verdict(ended)
        if status == 'absent':
            raise RuntimeError(f'pytest found no tests:\n{ended.output}')
        if status != 'survived':
            tell(
                Result(status=status, by=by, why=why, seconds=seconds, **known)
            )
            return
    status = 'survived' if tests else 'uncovered'
    tell(Result(status=status, seconds=seconds, **known))


def _job(lot, root, baseline, finder, files=None):
    limit = TIMES * sum(map(baseline.durations.get, lot)) + SPARE
    work = partial(run_mutated, root, tests=files or lot, finder=finder)
    return Job(work, limit)


def verdict(ended):
    """Status of a mutant, the test that failed, and why.

    The status is 'absent' if a test to be run does not exist.
    """
    if ended.timed_out:
        return 'timeout', '', ''
    if ended.result is None:
        # The mutant has ended the process that ran the tests.
        return 'killed', '', f'exit status {ended.status}'
    code = ended.result['code']
    if code == _ABSENT and ended.result['failed'] is None:
        return 'absent', '', ''
    if code in _SEEN:
        said = ended.result['why'] or ended.output.rstrip().rpartition('\n')[2]
        return 'killed', ended.result['failed'] or '', said
    if code != _PASSED or not ended.result['loaded']:
        raise RuntimeError(f'pytest ended with {code}:\n{ended.output}')
    return 'survived', '', ''


def control(tests, root, baseline, finder, tell):
    """Task that runs tests without a change.

    Args:
        tests (list[str]): Tests that must pass.
        root (Path): Folder of the package and the tests.
        baseline (Baseline): Tests of the target.
        finder (Finder): Finds a module as it is.
        tell (Callable[[str], None]): Is given why the tests did not pass.
    """
    ended = yield _job(tests, root, baseline, finder)
    status, by, why = verdict(ended)
    if status != 'survived':
        tell(f'{status} {by} {why}\n{ended.output}')
