"""The page that indexes a folder."""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from .folders import list_folders
from .site import site_of


def show_index(request: Request) -> Response:
    """Show the form, and what the indexing is doing.

    Args:
        request (Request): The request.

    Returns:
        Response: The page.
    """
    site = site_of(request)
    return site.page(
        request,
        'index.html',
        title='Index a folder',
        folders=list(list_folders(site.options.photos)),
    )


async def start_index(request: Request) -> Response:
    """Begin to index the folder of the form.

    Args:
        request (Request): The request with the form.

    Returns:
        Response: The way to the page.

    Raises:
        HTTPException: 400 if the folder is not one of those on the page.
        InputError: Another folder is being indexed.
    """
    site = site_of(request)
    async with request.form(max_files=0, max_fields=4) as form:
        label = str(form.get('folder', ''))
        camera = str(form.get('camera', '')).strip()[:100]
    # Folders may lie on a slow disk, which must not hold up other requests.
    folders = await run_in_threadpool(list_folders, site.options.photos)
    folder = folders.get(label)
    if folder is None:
        raise HTTPException(
            400,
            'This folder may not be indexed from here: it is not below a '
            'folder that --photos names.',
        )
    site.job.start(label, folder, camera)
    return RedirectResponse('/index', 303)


def cancel_index(request: Request) -> Response:
    """Stop the indexing.

    Args:
        request (Request): The request.

    Returns:
        Response: The way to the page.
    """
    site_of(request).job.cancel()
    return RedirectResponse('/index', 303)


def index_status(request: Request) -> Response:
    """Say what the indexing is doing, for the script of the page.

    Args:
        request (Request): The request.

    Returns:
        Response: JSON.
    """
    return JSONResponse(site_of(request).job.status.as_json())
