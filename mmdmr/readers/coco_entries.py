"""Entries of a COCO-style file, typed and checked: image, box, query."""

from typing import Any, NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .fields import (
    Identifier,
    check_text,
    flag,
    identifier,
    is_placeholder,
    raw_identity,
    whole,
)
from .units import LARGEST


class CocoImage(NamedTuple):
    """An image.

    Args:
        id (int | str): Id of the image.
        name (str): File name.
        size (tuple[int, int] | None): Width and height in pixels, None if
            unknown.
        cam_id (int | str | None): Camera, None if unknown.
        in_gallery (bool): True if the image is searched, False if it is listed
            for its queries alone.
    """

    id: Identifier
    name: str
    size: tuple[int, int] | None
    cam_id: Identifier | None
    in_gallery: bool


class CocoBox(NamedTuple):
    """An annotation of a person, or a query.

    Args:
        img_id (int): Position of its image.
        xyxy (np.ndarray): (4,) float64 ``x1, y1, x2, y2`` in pixels.
        person (int | str | None): Identity, None for an unlabelled person.
        ignored (bool): True for a region that is neither person nor
            background. Defaults to False.
    """

    img_id: int
    xyxy: np.ndarray
    person: Identifier | None
    ignored: bool = False

    @property
    def is_empty(self) -> bool:
        """bool: True for a box without width or height."""
        return bool((self.xyxy[2:] <= self.xyxy[:2]).any())


def read_image(entry: dict[str, Any], where: str) -> CocoImage:
    """Read an entry of ``images``.

    Args:
        entry (dict): The entry.
        where (str): File and entry, for the message.

    Returns:
        CocoImage: The image.

    Raises:
        InputError: A value is missing or of a wrong type.
    """
    name = entry.get('file_name')
    if not isinstance(name, str) or not name:
        raise InputError(
            f'{where}: "file_name" is {name!r}, not the name of a file'
            if 'file_name' in entry
            else f'{where} has no "file_name"'
        )
    check_text(name, 'file_name', where)
    width, height = (whole(entry, k, where) for k in ('width', 'height'))
    img_id = identifier(entry, 'id', where)
    cam_id = None
    if entry.get('cam_id') is not None and not is_placeholder(entry['cam_id']):
        cam_id = identifier(entry, 'cam_id', where)
    return CocoImage(
        id=img_id,
        name=name,
        size=(width, height) if width and height else None,
        cam_id=cam_id,
        in_gallery=flag(entry, 'gallery', True, where),
    )


def read_box(
    entry: dict[str, Any], index: dict[Identifier, int], where: str
) -> CocoBox:
    """Read an annotation.

    Args:
        entry (dict): The annotation, or a query with a box of its own.
        index (dict[int | str, int]): Position of each image by id.
        where (str): File and entry, for the message.

    Returns:
        CocoBox: The box, also if it has no width or height.

    Raises:
        InputError: A value is missing or of a wrong type, or the image is
            unknown.
    """
    image = identifier(entry, 'image_id', where)
    if image not in index:
        raise InputError(
            f'{where} is of image {entry["image_id"]!r}, which is not in '
            '"images"'
        )
    ignored = flag(entry, 'iscrowd', False, where)
    ignored |= flag(entry, 'ignore', False, where)
    person = raw_identity(entry, where)
    return CocoBox(index[image], _xyxy(entry, where), person, ignored)


def read_query(
    entry: dict[str, Any],
    index: dict[Identifier, int],
    by_id: dict[Identifier, list[CocoBox]],
    where: str,
) -> CocoBox:
    """Read a query: the id of an annotation, or a box of its own.

    Args:
        entry (dict): The query.
        index (dict[int | str, int]): Position of each image by id.
        by_id (dict[int | str, list[CocoBox]]): Annotations of each id.
        where (str): File and entry, for the message.

    Returns:
        CocoBox: The query.

    Raises:
        InputError: The annotation of the query is unknown or ambiguous, its
            person is unlabelled or differs from the annotation's, or its box
            is an ignored region or has no size.
    """
    if 'annotation_id' in entry:
        number = identifier(entry, 'annotation_id', where)
        found = by_id.get(number, [])
        if len(found) != 1:
            raise InputError(
                f'{where}: the file has no annotation {number!r} of a person'
                if not found
                else f'{where}: {len(found)} annotations have the id '
                f'{number!r}; make ids unique'
            )
        box = found[0]
    else:
        box = read_box(entry, index, where)
    if box.person is None:
        raise InputError(
            f'{where}: the person of the query is unlabelled; '
            'give a person_id or leave the query out'
        )
    named = raw_identity(entry, where)
    if named not in (None, box.person):
        raise InputError(
            f'{where}: its person_id is {named!r}, but its annotation has '
            f'{box.person!r}'
        )
    if box.ignored or box.is_empty:
        raise InputError(
            f'{where}: the query is of '
            + ('an ignored region' if box.ignored else 'a box without size')
            + ', which shows no person; leave the query out'
        )
    return box


def _xyxy(entry: dict[str, Any], where: str) -> np.ndarray:
    """(4,) float64 corners of the ``bbox`` of an entry."""
    box = entry.get('bbox')
    try:
        # A text would be read as a list of its digits.
        values = box if isinstance(box, list) else ()
        if any(isinstance(value, bool) for value in values):
            raise TypeError
        x, y, w, h = map(float, values)
    except (TypeError, ValueError, OverflowError):
        x = y = w = h = np.nan
    xyxy = np.array([x, y, x + w, y + h])
    if not (abs(xyxy) < LARGEST).all():
        raise InputError(
            f'{where}: its bbox is {box!r}, not x, y, w, h: four numbers of '
            f'pixels below {LARGEST:.0f}'
        )
    return xyxy
