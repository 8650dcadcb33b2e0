"""``mmdmr check_gallery``: search a gallery in threads while it changes."""

import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.argument_types import not_negative, whole
from mmdmr.reliability.gallery_load import check_load


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Search a gallery of simulated persons in many threads, while a '
        'further thread adds, replaces and removes photographs. Compare each '
        'answer with a plain search of the states that the gallery had '
        'meanwhile. Exit code 1 if an answer is wrong, a thread fails or '
        'locks up, or memory rises behind the first tenth of the searches.'
    )
    for name, least, default, text in (
        ('searches', 1, 10_000, 'number of searches, over all threads'),
        ('threads', 1, 8, 'number of threads that search'),
        ('persons', 128, 2000, 'number of persons that stay'),
        ('dim', 1, 64, 'length of an embedding'),
        ('seed', 0, 0, 'seed of embeddings and changes'),
    ):
        parser.add_argument(
            f'--{name}',
            type=whole(least, 10**7),
            default=default,
            help=f'{text} (default: {default})',
        )
    parser.add_argument(
        '--index',
        action='store_true',
        help='search by an index, which is built anew after every 100 '
        'changes; 95 %% of the most similar persons must be found',
    )
    parser.add_argument(
        '--limit-mb',
        type=not_negative,
        default=10.0,
        help='rise of the memory that is allowed, in MB (default: 10)',
    )
    parser.add_argument(
        '--patience',
        type=not_negative,
        default=60.0,
        metavar='SECONDS',
        help='time after which a search counts as locked up (default: 60)',
    )
    parser.add_argument(
        '--work-dir',
        metavar='DIR',
        help='folder for the gallery, which is deleted at the end (default: '
        "the system's folder for temporary files)",
    )


def run(args: Namespace) -> int:
    """Search, change and judge.

    Returns:
        int: 0; 1 if a promise was broken.
    """
    if args.work_dir:
        Path(args.work_dir).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=args.work_dir, ignore_cleanup_errors=True
    ) as folder:
        load = check_load(
            Path(folder) / 'simulated.gallery',
            args.searches,
            args.threads,
            args.persons,
            args.dim,
            1e6 * args.limit_mb,
            args.patience,
            args.index,
            args.seed,
        )
    for problem in load.problems:
        print(f'PROBLEM: {problem}')
    print(
        f'{load.searches} searches by {args.threads} threads, {load.changes} '
        f'changes meanwhile; median {1e3 * load.median:.1f} ms, slowest '
        f'{1e3 * load.slowest:.0f} ms; memory rose by '
        f'{load.memory / 1e6:.1f} MB; log of changes at most '
        f'{load.log_bytes / 1e6:.1f} MB; {load.states:.1f} states a search, '
        f'recall {load.recall:.3f}: '
        + (f'{len(load.problems)} problems' if load.problems else 'all right')
    )
    return 1 if load.problems else 0
