"""``python -m fuzz``: fuzz some targets, or replay what was kept."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

from .cases import SEEDS
from .engine import Run, describe
from .guard import Worker, check_sound
from .targets import TARGETS


def seeds_of(target, folder=SEEDS):
    """Recipes that are kept for a target."""
    path = folder / f'{target}.json'
    return json.loads(path.read_text()) if path.is_file() else []


def main():
    """Run the targets one after the other."""
    parser = ArgumentParser('fuzz')
    parser.add_argument('targets', nargs='*', help=f'of {", ".join(TARGETS)}')
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--seed', type=int, help='default: the time')
    parser.add_argument('--json', type=Path, help='file for the results')
    args = parser.parse_args()
    names = args.targets
    if names in ([], ['all']):
        names = list(TARGETS)
    first = int(time.time()) if args.seed is None else args.seed
    results = {}
    for name in names:
        cases, seeds = TARGETS[name](), seeds_of(name)
        print(f'{name}: seed {first}', flush=True)
        check_sound(cases)
        worker = Worker(cases)
        kept = Run(cases, worker)
        kept.replay(seeds)
        fresh = Run(cases, worker, lambda text: print(text, flush=True))
        fresh.fuzz(60 * args.minutes, first)
        worker.close()
        results[name] = dict(
            seeds=len(seeds), kept=kept.results(), fresh=fresh.results()
        )
        _print(name, results[name])
    if args.json:
        args.json.write_text(json.dumps(results))
    return int(
        any(
            r[part]['faults']
            for r in results.values()
            for part in ('kept', 'fresh')
        )
    )


def _print(name, result):
    kept, fresh = result['kept'], result['fresh']
    ends = ', '.join(f'{num} {end}' for end, num in fresh['ends'].items())
    rate = fresh['examples'] / max(fresh['seconds'], 1e-3)
    print(
        f'{name}: {result["seeds"]} kept recipes, {len(kept["faults"])} kinds '
        f'of faults; {fresh["examples"]} new ones in '
        f'{fresh["seconds"]:.0f} s, {rate:.0f} a second ({ends}), '
        f'{len(fresh["faults"])} kinds of faults',
        flush=True,
    )
    for part in (kept, fresh):
        for kind, fault in part['faults'].items():
            print(f'  {fault["count"]} times: {kind}: {describe(fault)}')


if __name__ == '__main__':
    sys.exit(main())
