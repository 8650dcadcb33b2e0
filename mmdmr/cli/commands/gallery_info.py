"""``mmdmr gallery_info``: what a gallery holds, and whether it is sound."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from mmdmr.errors import printable
from mmdmr.gallery import open_gallery
from mmdmr.gallery.description import describe, verify
from mmdmr.structures.times import write_date

#: Times before this are seconds of videos rather than dates: 1980.
_FIRST_DATE = 315_532_800
#: Bad files that are named; JSON names all.
_NAMED = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Tell which model made a gallery, what the gallery holds, which files '
        'could not be read, and the state of its index. Exit code 0: all is '
        'well; 1: --verify found damage.'
    )
    parser.add_argument(
        'gallery',
        metavar='GALLERY',
        help='folder of the gallery, or http://HOST:PORT/COLLECTION of a '
        'Qdrant server',
    )
    parser.add_argument('--json', action='store_true', help='print JSON')
    parser.add_argument(
        '--verify',
        action='store_true',
        help='also read all files of the gallery and look for damage',
    )


def run(args: Namespace) -> int:
    """Describe a gallery.

    Returns:
        int: 1 if damage was looked for and found, else 0.

    Raises:
        InputError: The folder is no gallery.
    """
    problems = verify(args.gallery) if args.verify else None
    if problems:
        # A damaged gallery cannot always be described.
        print(json.dumps(dict(problems=problems)) if args.json else '', end='')
    else:
        with open_gallery(args.gallery) as gallery:
            found = describe(gallery)
        if args.json:
            found |= {} if problems is None else dict(problems=[])
            print(json.dumps(found, indent=2))
        else:
            _print(found)
    if problems is not None and not args.json:
        for problem in problems:
            print(f'DAMAGED: {problem}')
        print('NOT SOUND' if problems else 'verified: no damage found')
    return 1 if problems else 0


def _print(found: dict[str, Any]) -> None:
    model, index, sizes = found['model'], found['index'], found['bytes']
    print(f'{found["path"]}: {found["persons"]} persons')
    print(
        f'model       {model["name"]} ({model["fingerprint"][:12]}), trained '
        f'on {model["trained_on"] or "unknown data"}'
    )
    print(
        f'embeddings  length {model["dim"]}, {found["stored"]}; format '
        f'{found["format"]}'
    )
    print(
        f'files       {found["files"]} with {found["frames"]} photographs and '
        'frames'
    )
    for name, root in found['sources'].items():
        print(
            f'source      {printable(name)} ({printable(root) or "no folder"})'
        )
    cameras = ', '.join(map(printable, found['cameras'])) or 'none named'
    print(f'cameras     {cameras}')
    if found['time_span']:
        start, end = found['time_span']
        print(f'time        {_time(start)} to {_time(end)}')
    for source, path, reason in found['bad_files'][:_NAMED]:
        print(f'bad file    {printable(source)}: {printable(path)}: {reason}')
    rest = max(found['num_bad_files'] - _NAMED, 0)
    print(f'bad files   {found["num_bad_files"]}', end='')
    print(f', {rest} of them not shown (--json names all)' if rest else '')
    if index['recall'] is not None:
        print(
            f'index       {index["persons"]} persons, recall '
            f'{index["recall"]:.3f}; {index["later_persons"]} persons were '
            f'added later, {index["removed_persons"]} removed'
        )
    elif sizes:
        print('index       none: search is exact')
    else:
        print(
            f'index       {index["persons"]} persons, '
            f'{index["later_persons"]} are not in it'
        )
    if index['note']:
        print(f'            {index["note"]}')
    if sizes:
        print(
            f'on disk     {sizes["database"] / 1e6:.1f} MB, index '
            f'{sizes["index"] / 1e6:.1f} MB'
        )


def _time(seconds: float) -> str:
    date = ''
    if seconds >= _FIRST_DATE:
        date = write_date(seconds, '%Y-%m-%d %H:%M:%S UTC')
    return date or f'{seconds:g} s'
