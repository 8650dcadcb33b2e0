"""``mmdmr search_person``: where else is the person of a picture?"""

from argparse import ArgumentParser, Namespace

from mmdmr.cli.model_options import (
    add_embedder_options,
    add_gallery_model_options,
)
from mmdmr.cli.search_options import (
    add_query_options,
    add_time_options,
    make_searcher,
    query_keywords,
    time_range,
    write_results,
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Search a gallery of "mmdmr index_gallery" for the persons of a '
        'picture. The folder --out gets a sheet of the hits (hits.png), each '
        'hit drawn in its scene (scenes/), and the hits for programs '
        '(hits.json).'
    )
    parser.add_argument(
        '--gallery',
        required=True,
        metavar='DIR|URL',
        help='folder of the gallery, or http://HOST:PORT/COLLECTION of a '
        'Qdrant server',
    )
    add_query_options(parser)
    parser.add_argument(
        '--sources', nargs='+', metavar='NAME', help='sources to search'
    )
    parser.add_argument(
        '--cameras', nargs='+', metavar='NAME', help='cameras to search'
    )
    add_time_options(parser)
    add_gallery_model_options(parser)
    add_embedder_options(parser)


def run(args: Namespace) -> int:
    """Search a gallery and write the hits.

    Returns:
        int: 0.

    Raises:
        InputError: An argument, the picture, the model or the gallery is
            wrong.
    """
    keywords = query_keywords(args)
    time = time_range(args)
    searcher = make_searcher(args, args.gallery, must_exist=True)
    results = searcher.search(
        args.query,
        args.gallery,
        sources=args.sources,
        cameras=args.cameras,
        time=time,
        **keywords,
    )
    write_results(results, args.out)
    return 0
