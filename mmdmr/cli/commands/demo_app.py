"""``mmdmr demo_app``: click a person, see where else they are."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.apis import PersonSearcher
from mmdmr.cli.argument_types import whole
from mmdmr.cli.errors import config_errors
from mmdmr.cli.model_options import (
    add_embedder_options,
    add_gallery_model_options,
    embedder_keywords,
)
from mmdmr.cli.progress import progress
from mmdmr.cli.search_options import make_searcher
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery
from mmdmr.media.addresses import is_address
from mmdmr.web.app import create_app
from mmdmr.web.demo_files import CONFIG, DATA_ROOT, WORK_DIR
from mmdmr.web.demo_gallery import find_checkpoint, index_demo
from mmdmr.web.folders import check_roots
from mmdmr.web.server import (
    PASSWORD,
    allowed_hosts,
    find_password,
    open_socket,
    serve,
)
from mmdmr.web.site import SiteOptions


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Serve a page for this machine: upload a picture or choose a scene '
        'of a gallery, click a person, and see where else the person is. '
        'Without --gallery, the page shows the scenes and the network of '
        '"make demo".'
    )
    parser.add_argument(
        '--gallery',
        metavar='DIR',
        help='folder of a gallery; with --model, it is made if it is missing '
        '(default: that of "make demo")',
    )
    add_gallery_model_options(parser)
    add_embedder_options(parser)
    parser.add_argument(
        '--photos',
        action='append',
        default=[],
        metavar='DIR',
        help='folder that may be indexed from the page, with the folders '
        'below it; may be repeated (default: none)',
    )
    parser.add_argument(
        '--host',
        default='127.0.0.1',
        help='address to listen at; any but one of this machine for itself '
        'needs a password',
    )
    parser.add_argument(
        '--port',
        type=whole(0, 65535),
        default=8080,
        help='port to listen at; 0 takes one that is free',
    )
    parser.add_argument(
        '--password-file',
        metavar='FILE',
        help='file whose first line is the password of the page (default: '
        f'the environment variable {PASSWORD})',
    )
    parser.add_argument(
        '--max-upload-mb',
        type=whole(1, 1024),
        default=20,
        metavar='MB',
        help='largest picture that may be uploaded',
    )
    parser.add_argument(
        '--open', action='store_true', help='open the page in a browser'
    )
    parser.add_argument(
        '--work-dir',
        default=WORK_DIR,
        help='folder of "make demo", without --gallery',
    )
    parser.add_argument(
        '--data-root',
        default=DATA_ROOT,
        help='folder of the scenes of "make demo", without --gallery',
    )


def run(args: Namespace) -> int:
    """Load the model, and serve the page until Ctrl-C.

    Returns:
        int: 0.

    Raises:
        InputError: An argument, the model or the gallery is wrong.
    """
    password = find_password(args.host, args.password_file)
    roots = check_roots(args.photos)
    # Before the model is loaded: a port that is taken shows at once.
    listening = open_socket(args.host, args.port)
    with listening:
        searcher, gallery = _prepare(args)
        options = SiteOptions(
            roots,
            args.max_upload_mb << 20,
            allowed_hosts(args.host),
            password,
        )
        serve(create_app(searcher, gallery, options), listening, args.open)
    return 0


def _prepare(args: Namespace) -> tuple[PersonSearcher, Path]:
    """Model and gallery, indexed if they are those of the demonstration."""
    if args.gallery is None:
        if args.model is not None or args.checkpoint is not None:
            raise InputError('--model and --checkpoint go with --gallery')
        checkpoint = find_checkpoint(args.work_dir)
        print(f'Loading {checkpoint} ...', flush=True)
        with config_errors():
            searcher = PersonSearcher(
                CONFIG, checkpoint, **embedder_keywords(args)
            )
        return searcher, index_demo(
            searcher, args.work_dir, args.data_root, progress
        )
    if is_address(args.gallery):
        raise InputError(
            f'{args.gallery}: the page shows galleries in folders only; '
            'search a Qdrant server with "mmdmr search_person"'
        )
    searcher = make_searcher(args, args.gallery, must_exist=True)
    gallery = Path(args.gallery)
    if args.model is not None and not gallery.exists():
        Gallery.create(gallery, searcher.model).close()
    with Gallery.open(gallery, searcher.model):
        pass
    return searcher, gallery
