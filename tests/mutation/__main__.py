"""``python -m mutation``: mutate the package and run its tests."""

import gc
import importlib
import sys
import time
from argparse import ArgumentParser
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path

from .covering import baseline
from .forks import run_all
from .judging import batches, control, digest, finder_of, judge
from .mutants import sample
from .plan import candidates, read_plan
from .results import (
    add_result,
    read_looked_at,
    read_results,
    survivors,
    table,
)

HERE = Path(__file__).parent
#: Least share of the mutants that must be killed.
LEAST = 0.9


def main():
    """Draw mutants, try them, and tell what became of them."""
    args = arguments()
    root = args.root.resolve()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    preload, targets = read_plan(args.plan, root)
    target_of = {f: t for t in targets.values() for f in t.files}
    sources = {file: (root / file).read_text() for file in target_of}
    drawn = sample(candidates(targets.values(), root), args.mutants, args.seed)
    if args.targets:
        drawn = [m for m in drawn if target_of[m.path].name in args.targets]
    if args.only:
        drawn = [
            m
            for m in drawn
            if any(fnmatch(text, args.only) for text in (m.key, m.path))
        ]
    if args.list:
        for mutant in drawn:
            say(f'{mutant.key} {mutant.name}')
            say(f'- {mutant.before}\n+ {mutant.after}')
        return 0
    path = root / args.results
    if not (args.resume or args.retry or args.only):
        path.unlink(missing_ok=True)
    known = {
        key: result
        for key, result in read_results(path).items()
        if result.path in sources
        and result.source == digest(sources[result.path])
    }
    # Results that another run would not change.
    done = {'killed', 'timeout'}
    if args.only:
        done = set()
    elif not args.retry:
        done |= {'survived', 'uncovered'}
    todo = [
        mutant
        for mutant in drawn
        if mutant.key not in known or known[mutant.key].status not in done
    ]
    say(f'{len(drawn)} mutants, {len(todo)} to try')
    if todo:
        prepare(preload)
    used = [
        t
        for t in targets.values()
        if any(t == target_of[m.path] for m in todo)
    ]
    cache = path.parent / 'baseline'
    tests = {t.name: baseline(t, root, cache, args.jobs, say) for t in used}

    def facts(mutant):
        target = target_of[mutant.path]
        return sources[mutant.path], target, tests[target.name]

    check_first(todo, root, facts)
    tell = teller(path, known, len(todo))
    end = time.monotonic() + 60 * args.minutes

    def tasks():
        for mutant in todo:
            if time.monotonic() > end:
                say('the time is over; go on with --resume')
                return
            source, target, found = facts(mutant)
            yield judge(mutant, source, target, root, found, tell)

    run_all(tasks(), args.jobs)
    check_killers(todo, root, facts, known)
    return report([known[m.key] for m in drawn if m.key in known], args)


def arguments():
    """What the command line says."""
    parser = ArgumentParser('mutation', description=__doc__)
    add = parser.add_argument
    add('targets', nargs='*', help='names of targets; default: all')
    add('--mutants', type=int, default=300, help='number of mutants')
    add('--seed', type=int, default=0, help='another seed, other mutants')
    add('--jobs', type=int, default=1, help='processes at once')
    add('--minutes', type=float, default=1e9, help='then begin no more')
    add('--resume', action='store_true', help='keep earlier results')
    add(
        '--retry',
        action='store_true',
        help='keep earlier results of killed mutants, try survivors again',
    )
    add('--only', help='key or file, also *: try these again')
    add('--list', action='store_true', help='show the mutants, try none')
    add('--results', type=Path, default='work_dirs/mutation/results.jsonl')
    add('--root', type=Path, default=HERE.parents[1])
    add('--plan', type=Path, default=HERE / 'targets.toml')
    add('--looked-at', type=Path, default=HERE / 'survivors.toml')
    return parser.parse_args()


def say(text):
    """Print at once."""
    print(text, flush=True)


def prepare(modules):
    """Import what all tests need, and spare the children its garbage."""
    for name in modules:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def check_first(todo, root, facts):
    """Without a change, the first tests to be run must pass."""
    lots = {}
    for mutant in todo:
        source, target, found = facts(mutant)
        for tests in batches(found.tests_of(mutant), found.durations)[:1]:
            finder = finder_of(mutant, source, root)
            lots.setdefault(target.name, (tests, found, finder))
    check(lots, root)


def check_killers(todo, root, facts, known):
    """Without a change, the tests that killed a mutant must pass alone.

    A test that needs those before it, or fails now and then, kills what it
    does not see.
    """
    lots = {}
    for mutant in todo:
        source, target, found = facts(mutant)
        test = known[mutant.key].by if mutant.key in known else ''
        if test in found.durations:
            finder = finder_of(mutant, source, root)
            key = (target.name, test.partition('::')[0])
            lots.setdefault(key, (set(), found, finder))[0].add(test)
    check(lots, root)


def check(lots, root):
    """Run lots of tests, each with what is known and a finder of a module."""
    said = []
    run_all(
        (
            control(sorted(tests), root, found, finder, said.append)
            for tests, found, finder in lots.values()
        ),
        1,
    )
    if said:
        raise SystemExit('mutation: without a change: ' + '\n'.join(said))


def teller(path, known, total):
    """Function that keeps and prints each result."""
    done = []

    def tell(result):
        known[result.key] = result
        add_result(path, result)
        done.append(result)
        by = result.by.rpartition('/')[2]
        say(
            f'{len(done)}/{total} {result.status} {result.name} '
            f'({result.seconds:.1f} s) {by}'
        )

    return tell


def report(results, args):
    """Print survivors and table; returns the exit code."""
    looked_at = read_looked_at(args.looked_at)
    for line in survivors(results, looked_at):
        say(line)
    say('')
    lines, killed = table(results, looked_at)
    for line in lines:
        say(line)
    if killed < LEAST:
        say(f'fewer than {100 * LEAST:.0f} % of the mutants were killed')
    return int(killed < LEAST)


if __name__ == '__main__':
    sys.exit(main())
