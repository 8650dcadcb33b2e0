"""Reading an uploaded file from a request, within a limit."""

from collections.abc import AsyncGenerator

# Starlette asks for this library only when a form arrives.
import python_multipart  # noqa: F401
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

#: Bytes of a request beside the file: the fields and boundaries of the form.
_ROOM = 1 << 16


class _InMemoryParser(MultiPartParser):
    """Never writes a part of an upload to the disk."""

    spool_max_size = 0


async def read_upload(
    request: Request, field: str, most_bytes: int
) -> tuple[str, bytes]:
    """Read the file of a form.

    Args:
        request (Request): Request with a form, ``multipart/form-data``.
        field (str): Name of the field that holds the file.
        most_bytes (int): Largest size of the file in bytes. Reading stops
            there, whatever the request says of its length.

    Returns:
        tuple[str, bytes]: Name of the file, and its content.

    Raises:
        HTTPException: 413 if the file is too large, 400 if there is none.
    """
    kind = request.headers.get('content-type', '')
    if not kind.startswith('multipart/form-data'):
        raise HTTPException(400, 'Choose a picture and send the form again.')
    parser = _InMemoryParser(
        request.headers,
        _limited(request, most_bytes),
        max_files=1,
        max_fields=4,
        max_part_size=1 << 12,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(
            400, f'The form could not be read: {error.message}'
        ) from error
    try:
        file = form.get(field)
        if not isinstance(file, UploadFile) or not file.filename:
            raise HTTPException(400, 'No picture was chosen. Choose one.')
        return file.filename, await file.read()
    finally:
        await form.close()


async def _limited(
    request: Request, most_bytes: int
) -> AsyncGenerator[bytes, None]:
    """The body, until it is longer than a form with the largest file."""
    most = most_bytes + _ROOM
    announced = request.headers.get('content-length', '')
    num = int(announced) if announced.isdecimal() else 0
    if num > most:
        raise _too_large(most_bytes)
    num = 0
    async for part in request.stream():
        num += len(part)
        if num > most:
            raise _too_large(most_bytes)
        yield part


def _too_large(most_bytes: int) -> HTTPException:
    return HTTPException(
        413,
        f'The file is larger than {most_bytes / 2**20:g} MB. Make the picture '
        'smaller, or start the server with a larger --max-upload-mb.',
    )
