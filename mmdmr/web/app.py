"""The application: addresses, errors, and what guards them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mmdmr.apis import PersonSearcher
from mmdmr.errors import InputError

from . import index_pages, pages, scene_files
from .guard import Guard
from .site import Site, SiteOptions, site_of

#: Headings of pages that tell an error, by the status of HTTP.
_HEADINGS = {
    400: 'That did not work',
    404: 'Not found',
    405: 'Not possible here',
    413: 'The file is too large',
}
_DAY = 86400


def create_app(
    searcher: PersonSearcher,
    gallery: str | Path,
    options: SiteOptions | None = None,
) -> Starlette:
    """Make the application.

    Args:
        searcher (PersonSearcher): The model of the gallery.
        gallery (str | Path): Folder of a gallery, which exists.
        options (SiteOptions | None): Options. Defaults to None: those of
            :class:`SiteOptions`.

    Returns:
        Starlette: The application, for a server of ASGI.

    Example::

        searcher = PersonSearcher.of_gallery('photos.gallery')
        uvicorn.run(create_app(searcher, 'photos.gallery'))
    """
    options = options or SiteOptions()
    site = Site(searcher, Path(gallery), options)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(site.close)

    app = Starlette(
        routes=[
            Route('/', pages.start),
            Route('/uploads', pages.upload, methods=['POST']),
            Route('/uploads/{key}', pages.show_upload),
            Route('/uploads/{key}/picture.jpg', scene_files.upload_picture),
            Route(
                '/uploads/{key}/persons/{person}.jpg', scene_files.upload_crop
            ),
            Route('/scenes/{number}', pages.show_scene),
            Route('/scenes/{number}/picture.jpg', scene_files.scene_picture),
            Route(
                '/scenes/{number}/thumbnail.jpg', scene_files.scene_thumbnail
            ),
            Route('/scenes/{number}/video', scene_files.scene_video),
            Route('/persons/{row}.jpg', scene_files.person_crop),
            Route('/search', pages.search),
            Route('/index', index_pages.show_index),
            Route('/index', index_pages.start_index, methods=['POST']),
            Route('/index/cancel', index_pages.cancel_index, methods=['POST']),
            Route('/index/status', index_pages.index_status),
            Route('/app.css', _style),
            Route('/app.js', _script),
        ],
        middleware=[
            Middleware(Guard, options.hosts, options.password),
        ],
        exception_handlers={
            HTTPException: _tell_http,
            InputError: _tell_input,
            OSError: _tell_system,
            Exception: _tell_bug,
        },
        lifespan=lifespan,
    )
    app.state.site = site
    return app


def _style(request: Request) -> Response:
    return _asset(site_of(request).style, 'text/css')


def _script(request: Request) -> Response:
    return _asset(site_of(request).script, 'text/javascript')


def _asset(text: str, kind: str) -> Response:
    caching = {'Cache-Control': f'private, max-age={_DAY}'}
    return Response(text, headers=caching, media_type=kind)


def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = error.detail
    if error.status_code == 404 and message == 'Not Found':
        message = 'There is no page at this address.'
    return _message(request, error.status_code, message)


def _tell_input(request: Request, error: Exception) -> Response:
    return _message(request, 400, str(error))


def _tell_system(request: Request, error: Exception) -> Response:
    return _message(request, 500, f'The server met a problem: {error}')


def _tell_bug(request: Request, error: Exception) -> Response:
    # Starlette raises the error again: the terminal shows its traceback.
    return PlainTextResponse(
        'The server met an error of the program. Its terminal shows more.',
        500,
    )


def _message(request: Request, status: int, message: str) -> Response:
    title = _HEADINGS.get(status, 'The server met a problem')
    try:
        return site_of(request).page(
            request, 'message.html', status, title=title, message=message
        )
    except (InputError, OSError):
        # The header of a page needs the gallery, which may be the problem.
        return PlainTextResponse(f'{title}\n\n{message}', status)
