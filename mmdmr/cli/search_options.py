"""Options of tools that index or search one's own pictures."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdmr.apis import PersonSearcher, write_hits
from mmdmr.apis.times import parse_time
from mmdmr.cli.argument_types import not_negative, whole
from mmdmr.cli.errors import config_errors
from mmdmr.cli.model_options import embedder_keywords
from mmdmr.cli.revision_options import (
    add_revision_options,
    expansion_options,
    reranking_options,
)
from mmdmr.errors import InputError, printable
from mmdmr.gallery import gallery_exists
from mmdmr.structures import SearchResult
from mmdmr.visualization.hit_text import write_sighting, write_time

#: Hits of each person that are printed.
_SHOWN = 5


def make_searcher(
    args: Namespace, gallery: str | None, must_exist: bool = False
) -> PersonSearcher:
    """Load the model that was named, or the model of a gallery.

    Args:
        args (Namespace): Arguments of ``add_gallery_model_options`` and
            ``add_embedder_options``, see :mod:`.model_options`.
        gallery (str | None): Gallery that may exist.
        must_exist (bool): Whether the tool only reads the gallery: a missing
            gallery is then the mistake, not a missing model. Defaults to
            False.

    Returns:
        PersonSearcher: The searcher.

    Raises:
        InputError: No model is named, and there is no gallery.
    """
    options = embedder_keywords(args)
    with config_errors():
        if args.model is not None:
            return PersonSearcher(args.model, args.checkpoint, **options)
        if args.checkpoint is not None:
            raise InputError('--checkpoint goes with --model')
        if gallery is None or not (
            # A folder that is no gallery gets a message of its own.
            Path(gallery).is_dir() or gallery_exists(gallery)
        ):
            if must_exist:
                raise InputError(
                    f'there is no gallery {gallery}; name another one, or '
                    'make it of your pictures: mmdmr index_gallery PICTURES '
                    f'--gallery {gallery} --model MODEL'
                )
            missing = '' if gallery is None else f'there is no {gallery} yet; '
            raise InputError(
                f'{missing}name the model: --model FILE.yaml, --model BUNDLE, '
                'or --model CONFIG --checkpoint FILE.pth'
            )
        return PersonSearcher.of_gallery(gallery, **options)


def add_video_options(parser: ArgumentParser) -> None:
    """Add the options that choose the frames of videos.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    every = parser.add_mutually_exclusive_group()
    every.add_argument(
        '--every-seconds',
        type=not_negative,
        metavar='S',
        help='seconds between the searched frames of a video (default: 0.5)',
    )
    every.add_argument(
        '--every-frames',
        type=whole(1),
        metavar='N',
        help='search every N-th frame of a video instead',
    )
    parser.add_argument(
        '--limit',
        type=whole(1),
        metavar='N',
        help='at most N frames of each video or stream',
    )


def add_query_options(parser: ArgumentParser) -> None:
    """Add the options of a search.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    parser.add_argument(
        '--query', required=True, metavar='IMAGE', help='picture of the person'
    )
    parser.add_argument(
        '--box',
        type=_box,
        help='the person in the picture, as X1,Y1,X2,Y2 in pixels; "full" '
        'takes the picture as a crop (default: every detected person)',
    )
    parser.add_argument(
        '--top-k',
        type=whole(1, 10000),
        default=20,
        metavar='K',
        help='most hits of each queried person',
    )
    parser.add_argument(
        '--min-score',
        type=not_negative,
        default=0.0,
        metavar='P',
        help='least confidence of a detection that is searched (default: 0)',
    )
    parser.add_argument(
        '--out',
        required=True,
        metavar='DIR',
        help='folder for the sheet of hits, the scenes and the JSON file',
    )
    parser.add_argument(
        '--exact',
        action='store_true',
        help='compare with every person; the index of a large gallery is '
        'faster, but may miss some hits',
    )
    parser.add_argument(
        '--with-own-picture',
        action='store_true',
        help="search the query's own picture as well, if the gallery holds it",
    )
    add_revision_options(parser)


def query_keywords(args: Namespace) -> dict[str, Any]:
    """Options as keyword arguments of ``PersonSearcher.search``.

    Args:
        args (Namespace): Arguments of :func:`add_query_options`.

    Returns:
        dict[str, Any]: The keyword arguments.

    Raises:
        InputError: A value is out of range.
    """
    return dict(
        box=args.box,
        top_k=args.top_k,
        min_score=args.min_score,
        exact=args.exact,
        with_own_picture=args.with_own_picture,
        expansion=expansion_options(args),
        reranking=reranking_options(args),
    )


def add_time_options(parser: ArgumentParser) -> None:
    """Add the options that choose a range of time.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    for name, bound, kind, of_day in (
        ('--from', 'earliest', _time, 'its beginning'),
        ('--to', 'latest', _end, 'its end'),
    ):
        parser.add_argument(
            name,
            dest=f'{bound}_time',
            type=kind,
            metavar='TIME',
            help=f'{bound} time: in a video 90, 1:30 or 0:01:30; of '
            f'photographs 2026-05-31T12:00 (UTC), or a day for {of_day}',
        )


def time_range(
    args: Namespace,
) -> tuple[float | None, float | None] | None:
    """Range of time of the arguments.

    Args:
        args (Namespace): Arguments of :func:`add_time_options`.

    Returns:
        tuple[float | None, float | None] | None: Earliest and latest time in
        seconds; None if neither is given.
    """
    times = (args.earliest_time, args.latest_time)
    return None if times == (None, None) else times


def write_results(results: Sequence[SearchResult], folder: str) -> None:
    """Write a search to a folder and print the best hits.

    Args:
        results (Sequence[SearchResult]): One result for each queried person.
        folder (str): The folder.
    """
    report = write_hits(results, folder)
    print(f'model: {results[0].model}')
    for note in results[0].notes:
        print(note)
    for number, result in enumerate(results, 1):
        box = ', '.join(f'{side:.0f}' for side in result.query_box)
        print(
            f'person {number} at {box}: {len(result.hits)} hits of '
            f'{result.num_persons} persons'
        )
        for rank, hit in enumerate(result.hits[:_SHOWN], 1):
            when = write_sighting(hit) or write_time(hit)
            print(
                f'  {rank:2} {hit.similarity:.3f} {hit.verdict:12} '
                f'{printable(hit.path)}{when and f" at {when}"}'
            )
    for file, reason in report.unread.items():
        print(f'not drawn: {printable(file)}: {reason}')
    print(f'{report.sheet}, {report.json}, {report.num_scenes} scenes')


def _time(text: str) -> float:
    return _parsed(text, is_end=False)


def _end(text: str) -> float:
    """The same of a latest time: of a date alone, the end of the day."""
    return _parsed(text, is_end=True)


def _parsed(text: str, is_end: bool) -> float:
    try:
        return parse_time(text, is_end)
    except InputError as error:
        raise ArgumentTypeError(str(error).removeprefix('a time ')) from error


def _box(text: str) -> str | tuple[float, ...]:
    if text == 'full':
        return text
    try:
        box = tuple(map(float, text.split(',')))
    except ValueError:
        box = ()
    if len(box) != 4:
        raise ArgumentTypeError(
            f'must be X1,Y1,X2,Y2 in pixels, or full, not {text}'
        )
    return box
