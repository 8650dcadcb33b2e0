"""``mmdmr search_video``: when is the person of a picture in a video?"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from mmdmr.apis.query import embed_queries
from mmdmr.apis.sources import find_source
from mmdmr.cli.model_options import (
    add_embedder_options,
    add_gallery_model_options,
)
from mmdmr.cli.progress import progress
from mmdmr.cli.search_options import (
    add_query_options,
    add_time_options,
    add_video_options,
    make_searcher,
    query_keywords,
    time_range,
    write_results,
)
from mmdmr.errors import printable
from mmdmr.media.images import read_image
from mmdmr.visualization.search_folder import check_search_folder


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Search a video or a stream for the persons of a picture. A person '
        'in neighbouring frames is one sighting, which is ranked once, with '
        'its time. A gallery keeps what was found, for further searches.'
    )
    parser.add_argument(
        'video', help='file, address (rtsp://...) or webcam (/dev/video0)'
    )
    add_query_options(parser)
    parser.add_argument(
        '--gallery',
        metavar='DIR|URL',
        help='folder of a gallery that the video is added to, for further '
        'searches, or http://HOST:PORT/COLLECTION of a Qdrant server '
        '(default: no gallery is kept)',
    )
    add_video_options(parser)
    add_time_options(parser)
    add_gallery_model_options(parser)
    add_embedder_options(parser)


def run(args: Namespace) -> int:
    """Index a video, search it and write the sightings.

    Returns:
        int: 0.

    Raises:
        InputError: An argument, the picture, the video, the model or the
            gallery is wrong.
    """
    keywords = query_keywords(args)
    time = time_range(args)
    check_search_folder(Path(args.out))
    searcher = make_searcher(args, args.gallery)
    source = find_source(args.video).name
    # A wrong query shows before the video is decoded.
    embed_queries(
        searcher.embedder, read_image(args.query), args.box, args.query
    )
    with TemporaryDirectory() as folder:
        gallery = args.gallery or str(Path(folder, 'video.gallery'))
        try:
            report = searcher.index(
                args.video,
                gallery,
                every_seconds=args.every_seconds,
                every_frames=args.every_frames,
                limit=args.limit,
                progress=progress,
            )
        except KeyboardInterrupt:
            # The way to end a live stream.
            print('interrupted: what was seen so far is searched')
        else:
            for path, reason in report.bad.items():
                print(
                    f'{printable(path)}: {reason}; the frames before are '
                    'searched'
                )
            print(
                f'{report.num_persons} persons in {report.num_frames} frames'
            )
        results = searcher.search(
            args.query,
            gallery,
            sources=[source],
            time=time,
            **keywords,
        )
    write_results(results, args.out)
    return 0
