"""Pictures and videos that the pages name by numbers of the gallery."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from mmdmr.apis.searching import stored_file
from mmdmr.gallery import Gallery, Scene
from mmdmr.media.images import decode_image
from mmdmr.visualization.drawing import to_picture
from mmdmr.visualization.palette import QUERY, VERDICTS, Colour

from .lookups import (
    person_of_upload,
    scene_of_person,
    scene_of_request,
    upload_of,
)
from .pictures import (
    crop_in_scene,
    encode,
    encode_or_blank,
    encode_scene,
    encode_thumbnail,
    read_scene_image,
)
from .search_form import WHOLE
from .site import site_of

#: Videos that browsers can play, by suffix.
_PLAYABLE = {
    '.mp4': 'video/mp4',
    '.m4v': 'video/mp4',
    '.mov': 'video/quicktime',
    '.webm': 'video/webm',
    '.ogv': 'video/ogg',
}
#: Seconds for which a browser may keep a picture.
_KEPT = 'private, max-age=3600'


def find_video(gallery: Gallery, scene: Scene) -> Path | None:
    """Find the video of a scene, if browsers can play its format.

    The file has to lie in the folder of its source: a gallery may come from
    others, and name any file.

    Args:
        gallery (Gallery): The gallery.
        scene (Scene): The scene.

    Returns:
        Path | None: The file.
    """
    root = gallery.roots.get(scene.source, '')
    file = stored_file(root, scene.path)
    if file is None or scene.frame is None:
        return None
    real = file.resolve()
    is_inside = Path(root).resolve() in real.parents
    if is_inside and real.suffix.lower() in _PLAYABLE and real.is_file():
        return real
    return None


def scene_picture(request: Request) -> Response:
    """Picture of a scene.

    Args:
        request (Request): The request.

    Returns:
        Response: JPEG; of status 404 if the file has gone.
    """
    return _whole_scene(request, encode_scene)


def scene_thumbnail(request: Request) -> Response:
    """Small picture of a scene.

    Args:
        request (Request): The request.

    Returns:
        Response: JPEG; of status 404 if the file has gone.
    """
    return _whole_scene(request, encode_thumbnail)


def scene_video(request: Request) -> Response:
    """Video that a scene is a frame of; parts of it on request.

    Args:
        request (Request): The request.

    Returns:
        Response: The file.

    Raises:
        HTTPException: 404 if there is no video that a browser can play.
    """
    with site_of(request).desk.reading() as gallery:
        file = find_video(gallery, scene_of_request(request, gallery))
    if file is None:
        raise HTTPException(404, 'There is no video that a browser can play.')
    return FileResponse(file, media_type=_PLAYABLE[file.suffix.lower()])


def person_crop(request: Request) -> Response:
    """Picture of a person of the gallery in some of the scene.

    Args:
        request (Request): The request; ``frame`` is the verdict that colours
            the frame.

    Returns:
        Response: JPEG; of status 404 if the file has gone.

    Raises:
        HTTPException: 404 if the gallery has no such person.
    """
    site = site_of(request)
    colour = VERDICTS.get(request.query_params.get('frame', ''), QUERY)
    # Before the cache, which may hold who was removed from the gallery.
    with site.desk.reading() as gallery:
        row, scene = scene_of_person(gallery, request.path_params['row'])

        def make() -> tuple[bytes, bool]:
            (person,) = gallery.read([row])
            return encode_or_blank(
                lambda: read_scene_image(gallery, scene),
                lambda image: _crop(image, person.box, colour),
            )

        return _jpeg(*site.pictures.get(('person', row, colour), make))


def upload_picture(request: Request) -> Response:
    """Picture of an upload.

    Args:
        request (Request): The request.

    Returns:
        Response: JPEG.

    Raises:
        HTTPException: 404 if the upload is no longer kept.
    """
    taken = upload_of(request, request.path_params['key'])
    return _jpeg(taken.picture)


def upload_crop(request: Request) -> Response:
    """Picture of a person of an upload.

    Args:
        request (Request): The request.

    Returns:
        Response: JPEG.

    Raises:
        HTTPException: 404 if there is no such upload or person.
    """
    taken = upload_of(request, request.path_params['key'])
    person = request.path_params['person']
    if person == WHOLE:
        return _jpeg(taken.picture)
    number = person_of_upload(taken, person)
    image = decode_image(taken.picture, taken.name)
    # The kept picture may be smaller than the uploaded one.
    scale = image.shape[1] / taken.size[0]
    return _jpeg(_crop(image, taken.boxes[number] * scale, QUERY))


def _whole_scene(
    request: Request, draw: Callable[[np.ndarray], bytes]
) -> Response:
    site = site_of(request)
    with site.desk.reading() as gallery:
        scene = scene_of_request(request, gallery)

        def make() -> tuple[bytes, bool]:
            return encode_or_blank(
                lambda: read_scene_image(gallery, scene), draw
            )

        return _jpeg(*site.pictures.get((draw.__name__, scene.number), make))


def _crop(image: np.ndarray, box: np.ndarray, colour: Colour) -> bytes:
    return encode(crop_in_scene(to_picture(image), box, colour))


def _jpeg(content: bytes, is_good: bool = True) -> Response:
    # Browsers show the picture of an answer with status 404 all the same.
    return Response(
        content,
        200 if is_good else 404,
        {'Cache-Control': _KEPT if is_good else 'no-store'},
        'image/jpeg',
    )
