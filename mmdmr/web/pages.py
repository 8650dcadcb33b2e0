"""Pages: start, an uploaded picture, a scene, results."""

from dataclasses import dataclass

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mmdmr.errors import printable
from mmdmr.gallery import Gallery, Scene

from .lookups import (
    person_of_upload,
    scene_of_person,
    scene_of_request,
    upload_of,
)
from .scene_files import find_video
from .search_form import MOST, WHOLE, SearchForm, whole_number
from .site import site_of
from .upload_reading import read_upload
from .uploads import Upload
from .views import hit_view, person_view, scene_view

#: Scenes on a page of the gallery's browser.
_PER_PAGE = 24


def start(request: Request) -> Response:
    """Show the form for a picture, and the scenes of the gallery.

    Args:
        request (Request): The request.

    Returns:
        Response: The page.
    """
    site = site_of(request)
    source = request.query_params.get('source') or None
    camera = request.query_params.get('camera') or None
    number = max(whole_number(request.query_params.get('page', '')) or 1, 1)
    with site.desk.reading() as gallery:
        total = gallery.num_scenes(source, camera)
        num_pages = max(-(-total // _PER_PAGE), 1)
        number = min(number, num_pages)
        scenes = gallery.scenes(
            source, camera, (number - 1) * _PER_PAGE, _PER_PAGE
        )
        sources, cameras = gallery.sources(), gallery.cameras()
    return site.page(
        request,
        'start.html',
        title='Who are you looking for?',
        scenes=[scene_view(scene, len(sources) > 1) for scene in scenes],
        total=total,
        page=number,
        num_pages=num_pages,
        sources=sources,
        cameras=cameras,
        source=source or '',
        camera=camera or '',
        most_mb=site.options.most_upload_bytes / 2**20,
    )


async def upload(request: Request) -> Response:
    """Take a picture, find its persons, and lead to its page.

    Args:
        request (Request): The request with the form.

    Returns:
        Response: The way to the picture's page.

    Raises:
        HTTPException: The file is too large or missing.
        InputError: The file is no picture.
    """
    site = site_of(request)
    name, content = await read_upload(
        request, 'picture', site.options.most_upload_bytes
    )
    taken = await run_in_threadpool(site.desk.take, name, content)
    key = site.uploads.add(taken)
    return RedirectResponse(f'/uploads/{key}', 303)


def show_upload(request: Request) -> Response:
    """Show an uploaded picture with its persons framed.

    Args:
        request (Request): The request.

    Returns:
        Response: The page.

    Raises:
        HTTPException: 404 if the picture is no longer kept.
    """
    site, key = site_of(request), request.path_params['key']
    taken = upload_of(request, key)
    return site.page(
        request,
        'persons.html',
        title=printable(taken.name),
        lines=[_counted(len(taken.boxes))],
        picture=f'/uploads/{key}/picture.jpg',
        size=taken.size,
        persons=[
            person_view(
                str(i), f'/uploads/{key}/persons/{i}.jpg', box, taken.size
            )
            for i, box in enumerate(taken.boxes)
        ],
        field='person',
        hidden={'upload': key},
        whole=WHOLE if taken.whole is not None else '',
        video='',
        back='',
    )


def show_scene(request: Request) -> Response:
    """Show a scene of the gallery with its persons framed.

    Args:
        request (Request): The request.

    Returns:
        Response: The page.

    Raises:
        HTTPException: 404 if the gallery has no such scene.
    """
    site = site_of(request)
    hit = whole_number(request.query_params.get('hit', ''))
    with site.desk.reading() as gallery:
        scene = scene_of_request(request, gallery)
        persons = gallery.read(gallery.rows_of_scene(scene.number))
        has_video = find_video(gallery, scene) is not None
    described = scene_view(scene, with_source=True)
    video = ''
    if has_video:
        video = f'/scenes/{scene.number}/video#t={scene.time or 0:.2f}'
    return site.page(
        request,
        'persons.html',
        title=described.name,
        lines=[_counted(len(persons)), *described.lines[1:]],
        picture=f'/scenes/{scene.number}/picture.jpg',
        size=scene.size,
        persons=[
            person_view(
                str(person.row),
                f'/persons/{person.row}.jpg',
                person.box,
                scene.size,
                person.row == hit,
            )
            for person in persons
        ],
        field='row',
        hidden={},
        whole='',
        video=video,
        back=request.query_params.get('back', ''),
    )


def search(request: Request) -> Response:
    """Show where else the chosen person is.

    Args:
        request (Request): The request.

    Returns:
        Response: The page.

    Raises:
        HTTPException: 404 if the queried person is not there.
        InputError: A filter is wrong.
    """
    site = site_of(request)
    form = SearchForm.of_address(request.query_params)
    with site.desk.reading() as gallery:
        query = _queried(request, gallery, form)
        sources, cameras = gallery.sources(), gallery.cameras()
        span = gallery.time_span()
    found = site.desk.search(
        query.feat,
        form.filters(query.without_rows),
        form.least_similarity,
        form.num_hits,
        query.own_content,
    )
    more = len(found.hits) == form.num_hits < MOST
    return site.page(
        request,
        'results.html',
        title='Where else is this person?',
        query=query,
        form=form,
        hits=[
            hit_view(hit, rank, found.scenes[hit.row], len(sources) > 1)
            for rank, hit in enumerate(found.hits, 1)
        ],
        found=found,
        is_calibrated=site.desk.searcher.calibration is not None,
        sources=sources,
        cameras=cameras,
        has_times=span is not None,
        more=form.address(top=str(min(2 * form.num_hits, MOST)))
        if more
        else '',
    )


@dataclass(frozen=True, eq=False)
class _Query:
    """The queried person.

    Args:
        feat (np.ndarray): (D,) embedding.
        crop (str): Address of the crop.
        page (str): Address of the picture that shows the person.
        name (str): Name of the picture.
        own_content (str): Digest of the file whose persons are left out; ''.
        without_rows (list[int]): Other persons that are left out.
    """

    feat: np.ndarray
    crop: str
    page: str
    name: str
    own_content: str
    without_rows: list[int]


def _queried(request: Request, gallery: Gallery, form: SearchForm) -> _Query:
    """The person that an address names, of an upload or of the gallery."""
    if form.upload:
        taken = upload_of(request, form.upload)
        crop = f'/uploads/{form.upload}/persons/{form.person}.jpg'
        return _Query(
            _feat_of(taken, form.person),
            crop,
            f'/uploads/{form.upload}',
            printable(taken.name),
            taken.content_hash,
            [],
        )
    row, scene = scene_of_person(gallery, form.row)
    return _Query(
        gallery.embeddings([row])[0],
        f'/persons/{row}.jpg',
        f'/scenes/{scene.number}?hit={row}',
        printable(scene.path),
        *_left_out(gallery, scene, row),
    )


def _left_out(
    gallery: Gallery, scene: Scene, row: int
) -> tuple[str, list[int]]:
    """What a search from the gallery leaves out: the query itself.

    Of a photograph all persons, and those of its copies; of a video the
    persons of the frame and the sighting, as the rest may show more.
    """
    if scene.frame is None and scene.content_hash:
        return scene.content_hash, []
    rows = gallery.rows_of_scene(scene.number)
    return '', sorted({*rows, *gallery.rows_of_sighting(row)})


def _feat_of(taken: Upload, person: str) -> np.ndarray:
    """Embedding of a person of an upload, or of the whole picture."""
    if person == WHOLE and taken.whole is not None:
        return taken.whole
    feat: np.ndarray = taken.feats[person_of_upload(taken, person)]
    return feat


def _counted(num: int) -> str:
    return '1 person' if num == 1 else f'{num or "no"} persons'
