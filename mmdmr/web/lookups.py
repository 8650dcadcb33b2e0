"""Scenes, persons and uploads that an address names, or an answer of 404."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from mmdmr.gallery import Gallery, Scene

from .search_form import whole_number
from .site import site_of
from .uploads import Upload

_GONE = (
    'This picture is no longer in the memory of the server, which keeps the '
    'last uploads only. Upload it again.'
)


def scene_of_request(request: Request, gallery: Gallery) -> Scene:
    """Scene whose number stands in the address.

    Args:
        request (Request): The request.
        gallery (Gallery): The gallery.

    Returns:
        Scene: The scene.

    Raises:
        HTTPException: 404 if the gallery has no such scene.
    """
    number = whole_number(request.path_params['number'])
    scene = None if number is None else gallery.scene(number)
    if scene is None:
        raise HTTPException(404, 'The gallery does not hold this scene.')
    return scene


def scene_of_person(gallery: Gallery, text: str) -> tuple[int, Scene]:
    """Person of the gallery that an address names, with the scene.

    Args:
        gallery (Gallery): The gallery.
        text (str): Number of the person.

    Returns:
        tuple[int, Scene]: Row of the person, and the scene that shows the
        person.

    Raises:
        HTTPException: 404 if the gallery has no such person.
    """
    row = whole_number(text)
    scenes = gallery.scenes_of_rows([] if row is None else [row])
    scene = gallery.scene(scenes[row]) if row in scenes else None
    if row is None or scene is None:
        raise HTTPException(404, 'The gallery does not hold this person.')
    return row, scene


def upload_of(request: Request, key: str) -> Upload:
    """Upload that an address names.

    Args:
        request (Request): The request.
        key (str): Name of the upload.

    Returns:
        Upload: The upload.

    Raises:
        HTTPException: 404 if the upload is no longer kept.
    """
    taken = site_of(request).uploads.get(key)
    if taken is None:
        raise HTTPException(404, _GONE)
    return taken


def person_of_upload(taken: Upload, text: str) -> int:
    """Person of an upload that an address names.

    Args:
        taken (Upload): The upload.
        text (str): Number of the person.

    Returns:
        int: Position of the person among those of the upload, from 0.

    Raises:
        HTTPException: 404 if the picture has no such person.
    """
    number = whole_number(text)
    if number is None or number >= len(taken.boxes):
        raise HTTPException(404, 'The picture does not show this person.')
    return number
