"""``mmdmr index_gallery``: pictures and videos into a gallery."""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from mmdmr.apis import IndexReport
from mmdmr.cli.argument_types import whole
from mmdmr.cli.model_options import (
    add_embedder_options,
    add_gallery_model_options,
)
from mmdmr.cli.progress import progress
from mmdmr.cli.search_options import (
    add_video_options,
    make_searcher,
)
from mmdmr.errors import InputError, printable
from mmdmr.gallery import open_gallery

#: Number of bad files that are named.
_NAMED = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Detect and embed the persons of pictures and videos, and store them '
        'in a gallery for "mmdmr search_person". Files that are in the '
        'gallery already are passed over, so the command may be interrupted '
        'and run again.'
    )
    parser.add_argument(
        'source',
        nargs='+',
        help='folder, files, address of a stream (rtsp://...) or webcam '
        '(/dev/video0)',
    )
    parser.add_argument(
        '--gallery',
        required=True,
        metavar='DIR|URL',
        help='folder of the gallery, or http://HOST:PORT/COLLECTION of a '
        'Qdrant server; it is made if it is missing',
    )
    add_gallery_model_options(parser)
    add_embedder_options(parser)
    parser.add_argument(
        '--name',
        help='name of the source in the gallery (default: the name of the '
        'folder or file)',
    )
    parser.add_argument(
        '--camera',
        default='',
        metavar='NAME|REGEX',
        help='camera of the pictures; with a group in parentheses, a regular '
        "expression of the path: 'c(\\d)' (default: unknown)",
    )
    add_video_options(parser)
    parser.add_argument(
        '--group-photographs',
        action='store_true',
        help='join the detections of a person in neighbouring photographs '
        'that are nearly the same to one sighting, which is ranked once',
    )
    parser.add_argument(
        '--prune',
        action='store_true',
        help='remove files from the gallery that the source no longer holds',
    )
    parser.add_argument(
        '--batch-size',
        type=whole(1),
        default=16,
        help='pictures that are embedded and stored at a time',
    )
    parser.add_argument(
        '--ray',
        metavar='ADDRESS',
        help='embed files with workers of a Ray cluster: "local" starts Ray '
        'on this machine, "auto" joins the cluster of this machine, HOST:PORT '
        'that of a head node (default: in this process)',
    )
    parser.add_argument(
        '--ray-workers',
        type=whole(1),
        metavar='N',
        help='workers of --ray, each with the model (default: as many as '
        'there are cores for; with --ray, --threads counts for each)',
    )


def run(args: Namespace) -> int:
    """Index the pictures and videos of a source.

    Returns:
        int: 0; 1 if nothing could be read, 130 if interrupted.

    Raises:
        InputError: An argument, the model or the gallery is wrong.
    """
    if args.ray_workers is not None and args.ray is None:
        raise InputError('--ray-workers goes with --ray')
    camera = _camera(args.camera)
    searcher = make_searcher(args, args.gallery)
    print(f'model: {searcher.model}')
    source = args.source[0] if len(args.source) == 1 else args.source
    try:
        report = searcher.index(
            source,
            args.gallery,
            name=args.name,
            camera=camera,
            every_seconds=args.every_seconds,
            every_frames=args.every_frames,
            limit=args.limit,
            group_photographs=args.group_photographs,
            prune=args.prune,
            batch_size=args.batch_size,
            progress=progress,
            ray=args.ray,
            ray_workers=args.ray_workers,
        )
    except KeyboardInterrupt:
        with open_gallery(args.gallery) as gallery:
            print(
                f'\ninterrupted: {args.gallery} holds {len(gallery)} persons '
                f'of {gallery.num_files} files; run the command again to go on'
            )
        return 130
    print('\n'.join(_lines(report, args.gallery, args.prune)))
    good = report.num_frames + report.num_unchanged
    return 1 if report.bad and not good else 0


def _camera(text: str) -> str | Callable[[str], str]:
    """Camera of all pictures, or a function of the path."""
    if '(' not in text:
        return text
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InputError(f'--camera {text}: {error}') from error

    def camera_of(path: str) -> str:
        found = pattern.search(path)
        return (found.group(1) or '') if found else ''

    if not pattern.groups:
        raise InputError(f'--camera {text}: the expression has no group')
    return camera_of


def _lines(report: IndexReport, gallery: str, pruned: bool) -> list[str]:
    lines = [
        f'{gallery}: {report.num_persons} persons added from '
        f'{report.num_frames} pictures and frames; files: {report.num_new} '
        f'new, {report.num_changed} changed, {report.num_unchanged} unchanged'
    ]
    if report.num_gone:
        what = 'removed' if pruned else 'kept; --prune removes them'
        lines.append(f'{report.num_gone} files are gone: {what}')
    lines += report.notes
    if report.bad:
        lines.append(f'{len(report.bad)} files could not be read:')
        named = list(report.bad.items())[:_NAMED]
        lines += [f'  {printable(path)}: {reason}' for path, reason in named]
        if len(report.bad) > _NAMED:
            lines.append(
                f'  ... and {len(report.bad) - _NAMED} more; "mmdmr '
                'gallery_info --json" lists them'
            )
    return lines
