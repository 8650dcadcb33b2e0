"""A COCO-style file with identities: what is in it, typed and checked."""

import gzip
import json
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from typing import Any, NamedTuple

import numpy as np

from .fields import (
    Identifier,
    check_text,
    flag,
    identifier,
    is_nobody,
    raw_identity,
    whole,
)
from .units import LARGEST, are_shares, tiny_boxes

_OPENERS = {'.gz': gzip.open, '.xz': lzma.open}
_PERSON = 'person'
#: Keys that COCO's annotations have anyway.
_USUAL = {
    *('id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'ignore'),
    *('segmentation', 'num_keypoints', 'keypoints', 'person_id', 'pid'),
}
#: Keys that may mean what ``person_id`` means, without signs between words.
_LIKE_PERSON_ID = re.compile(
    r'p(erson)?(id|identity|number|no)|re?id|identity|track(let)?(id)?'
    '|(object|instance|global|subject|target)(id|track)?',
    re.IGNORECASE,
)
#: Keys that may mean what ``iscrowd`` means.
_LIKE_IGNORED = re.compile('ignor|crowd', re.IGNORECASE)
_NAMED = 8


class CocoImage(NamedTuple):
    """An image.

    Args:
        id (int | str): Its id.
        name (str): Its file name.
        size (tuple[int, int], optional): Width and height in pixels.
        cam_id (int | str, optional): Its camera.
        in_gallery (bool): Whether it is searched.
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
        person (int | str, optional): Identity, None for an unlabelled person.
        ignored (bool): Whether the region is neither person nor background.
    """

    img_id: int
    xyxy: np.ndarray
    person: Identifier | None
    ignored: bool = False


class CocoFile(NamedTuple):
    """Content of a file.

    Args:
        images (list[CocoImage]): Images.
        boxes (list[CocoBox]): Annotations of persons and ignored regions.
        queries (list[CocoBox], optional): None where the file lists none.
        notes (list[str]): What was left out and why, and what is odd.
    """

    images: list[CocoImage]
    boxes: list[CocoBox]
    queries: list[CocoBox] | None
    notes: list[str]


def read_coco(
    path: Path,
    queries: bool = True,
    content: dict[str, Any] | None = None,
) -> CocoFile:
    """Read a file.

    Args:
        path (Path): See :func:`load_json`.
        queries (bool): Whether to read its queries. Defaults to True.
        content (dict, optional): What will be in the file, if it is not
            written yet. Defaults to None.

    Returns:
        CocoFile: Its content.

    Raises:
        ValueError: An entry is broken or contradicts another, or none of the
            annotations is of a person. The message names file, entry and
            value.
    """
    content = load_json(path) if content is None else content
    notes: list[str] = []
    images = _images(path, content, notes)
    index = {image.id: i for i, image in enumerate(images)}
    persons = _of_persons(path, content, notes)
    boxes, empty = [], []
    by_id: dict[Identifier, list[CocoBox]] = {}
    for where, ann in persons:
        box = _box(ann, index, where)
        if 'id' in ann:
            by_id.setdefault(identifier(ann, 'id', where), []).append(box)
        if (box.xyxy[2:] <= box.xyxy[:2]).any():
            empty.append(where)
        else:
            boxes.append(box)
    boxes = _without_copies(path, boxes, notes)
    if empty:
        notes.append(
            f'{path}: boxes dropped for want of width or height: '
            f'{len(empty)}, first {empty[0].removeprefix(f"{path}: ")}'
        )
    if persons and not boxes:
        raise ValueError(f'{path}: no box has width and height')
    _judge_pixels(path, boxes, notes)
    _note_identities(path, [ann for _, ann in persons], boxes, notes)
    _note_other_flags(path, [ann for _, ann in persons], notes)
    asked = None
    if queries and content.get('queries') is not None:
        asked = [
            _query(query, index, by_id, f'{path}: query {i} (counted from 0)')
            for i, query in enumerate(_entries(path, content, 'queries'))
        ]
        _note_repeated(path, asked, notes)
    return CocoFile(images, boxes, asked or None, notes)


def load_json(path: Path) -> dict[str, Any]:
    """Load an annotation file, in UTF-8 whatever the locale says.

    Args:
        path (Path): ``.json``, ``.json.gz`` or ``.json.xz``; with or without
            byte-order mark.

    Returns:
        dict: Its content.

    Raises:
        ValueError: It is not readable, or no JSON object.
    """
    try:
        opener: Any = _OPENERS.get(path.suffix, open)
        with opener(path, 'rb') as file:
            content = json.loads(file.read())
    except (
        OSError,
        EOFError,
        lzma.LZMAError,
        zlib.error,
        ValueError,  # of the encoding, or of JSON
        RecursionError,
    ) as error:
        raise ValueError(
            f'{path}: not a readable JSON file ({error})'
        ) from error
    if not isinstance(content, dict):
        raise ValueError(
            f'{path}: must be one object with "images" and '
            f'"annotations", not a {type(content).__name__}'
        )
    return content


def _entries(path: Path, content: dict[str, Any], key: str) -> list[dict]:
    entries = content.get(key)
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) for entry in entries
    ):
        raise ValueError(
            f'{path}: must hold a list "{key}" of objects, '
            f'"{key}": [{{...}}, ...]'
        )
    return entries


def _images(
    path: Path, content: dict[str, Any], notes: list[str]
) -> list[CocoImage]:
    images = []
    entries = _entries(path, content, 'images')
    for i, entry in enumerate(entries):
        where = f'{path}: image {i} (counted from 0)'
        name = entry.get('file_name')
        if not isinstance(name, str) or not name:
            raise ValueError(
                f'{where}: "file_name" is {name!r}, not the name of a file'
                if 'file_name' in entry
                else f'{where} has no "file_name"'
            )
        check_text(name, 'file_name', where)
        width, height = (whole(entry, k, where) for k in ('width', 'height'))
        images.append(
            CocoImage(
                identifier(entry, 'id', where),
                name,
                (width, height) if width and height else None,
                None
                if entry.get('cam_id') is None or is_nobody(entry['cam_id'])
                else identifier(entry, 'cam_id', where),
                flag(entry, 'gallery', True, where),
            )
        )
    _note_cameras(path, entries, images, notes)
    for key, values in (
        ('id', [image.id for image in images]),
        # However it is written, it is the same picture.
        ('file_name', [normpath(image.name) for image in images]),
    ):
        for value, count in Counter(values).most_common(1):
            if count > 1:
                raise ValueError(
                    f'{path}: {count} images have the '
                    f'"{key}" {value!r}; it must be unique'
                )
    return images


def _note_cameras(
    path: Path,
    entries: list[dict],
    images: list[CocoImage],
    notes: list[str],
) -> None:
    """Note keys that may hold cameras, where no camera is known."""
    names = {str(key) for entry in entries for key in entry} - {'cam_id'}
    likely = sorted(name for name in names if 'cam' in name.lower())
    if likely and all(image.cam_id is None for image in images):
        notes.append(
            f'{path}: no image has a camera, which is called cam_id; other '
            f'keys of theirs are {", ".join(likely[:_NAMED])}'
        )


def _of_persons(
    path: Path, content: dict[str, Any], notes: list[str]
) -> list[tuple[str, dict]]:
    """Annotations of the category that is read, each with its place."""
    annotations = _entries(path, content, 'annotations')
    names = _categories(path, content)
    found: list[tuple[str, dict, Identifier | None]] = []
    for i, ann in enumerate(annotations):
        where = f'{path}: annotation {ann.get("id", f"{i}, from 0,")}'
        kind = None
        if ann.get('category_id') is not None:
            kind = identifier(ann, 'category_id', where)
        elif len(names) > 1:
            raise ValueError(
                f'{where} has no category_id, but there are {len(names)} '
                f'categories ({", ".join(names.values())}); say which it is of'
            )
        if kind is not None and names and kind not in names:
            raise ValueError(
                f'{where}: its category_id {ann["category_id"]!r} is none of '
                f'the categories ({", ".join(map(str, names))})'
            )
        found.append((where, ann, kind))
    read = _read_categories(path, names, {kind for *_, kind in found}, notes)
    left_out = Counter(
        names[kind]
        for *_, kind in found
        if read is not None and kind is not None and kind not in read
    )
    kept = [
        (where, ann)
        for where, ann, kind in found
        if read is None or kind is None or kind in read
    ]
    if left_out:
        counts = ', '.join(f'{n} {name}' for name, n in left_out.most_common())
        said = (
            f'{path}: annotations left out, of other categories than '
            f'{_PERSON}: {sum(left_out.values())} of {len(found)} ({counts})'
        )
        if not kept:
            raise ValueError(f'{said}; nothing is left')
        notes.append(said)
    return kept


def _categories(path: Path, content: dict[str, Any]) -> dict[Identifier, str]:
    """Name of each category by id; empty where the file lists none."""
    if not content.get('categories'):
        return {}
    names: dict[Identifier, str] = {}
    for i, entry in enumerate(_entries(path, content, 'categories')):
        where = f'{path}: entry {i} of "categories"'
        kind = identifier(entry, 'id', where)
        if kind in names:
            raise ValueError(f'{where}: the id {kind!r} is there twice')
        names[kind] = str(entry.get('name'))
    return names


def _read_categories(
    path: Path,
    names: dict[Identifier, str],
    used: set,
    notes: list[str],
) -> set | None:
    """Ids of the categories to read, None where there is no choice."""
    used = used - {None}
    if not names:
        if len(used) > 1:
            raise ValueError(
                f'{path}: its annotations are of {len(used)} categories '
                f'({", ".join(map(str, sorted(used, key=str)))}), but it has '
                'no "categories" that name them; say which one is '
                f'"{_PERSON}"'
            )
        return None
    persons = {k for k, name in names.items() if name.lower() == _PERSON}
    if persons:
        return persons
    if len(names) > 1:
        raise ValueError(
            f'{path}: none of its categories ({", ".join(names.values())}) '
            f'is called "{_PERSON}"; give those of persons this name'
        )
    (name,) = names.values()
    notes.append(
        f'{path}: its only category is called "{name}" and taken for persons'
    )
    return None


def _box(ann: dict, index: dict[Identifier, int], where: str) -> CocoBox:
    image = identifier(ann, 'image_id', where)
    if image not in index:
        raise ValueError(
            f'{where} is of image {ann["image_id"]!r}, which is not in '
            '"images"'
        )
    ignored = flag(ann, 'iscrowd', False, where)
    ignored |= flag(ann, 'ignore', False, where)
    person = raw_identity(ann, where)
    return CocoBox(index[image], _xyxy(ann, where), person, ignored)


def _xyxy(entry: dict, where: str) -> np.ndarray:
    box = entry.get('bbox')
    try:
        # A text would give its digits.
        values = box if isinstance(box, list) else ()
        if any(isinstance(value, bool) for value in values):
            raise TypeError
        x, y, w, h = map(float, values)
    except (TypeError, ValueError, OverflowError):
        x = y = w = h = np.nan
    xyxy = np.array([x, y, x + w, y + h])
    if not (abs(xyxy) < LARGEST).all():
        raise ValueError(
            f'{where}: its bbox is {box!r}, not x, y, w, h: four numbers of '
            f'pixels below {LARGEST:.0f}'
        )
    return xyxy


def _query(
    entry: dict,
    index: dict[Identifier, int],
    by_id: dict[Identifier, list[CocoBox]],
    where: str,
) -> CocoBox:
    if 'annotation_id' in entry:
        number = identifier(entry, 'annotation_id', where)
        found = by_id.get(number, [])
        if len(found) != 1:
            raise ValueError(
                f'{where}: there is no annotation {number!r} of a person'
                if not found
                else f'{where}: {len(found)} annotations have the id '
                f'{number!r}; make ids unique'
            )
        box = found[0]
    else:
        box = _box(entry, index, where)
    if box.person is None:
        raise ValueError(
            f'{where}: it is of an unlabelled person; '
            'give it a person_id or leave it out'
        )
    named = raw_identity(entry, where)
    if named not in (None, box.person):
        raise ValueError(
            f'{where}: its person_id is {named!r}, but that of its annotation '
            f'is {box.person!r}'
        )
    if box.ignored or (box.xyxy[2:] <= box.xyxy[:2]).any():
        raise ValueError(
            f'{where}: it is of '
            + ('an ignored region' if box.ignored else 'a box without size')
            + ', in which nobody can be looked at; leave it out'
        )
    return box


def _note_repeated(path: Path, asked: list[CocoBox], notes: list[str]) -> None:
    counts = Counter((box.img_id, *box.xyxy.tolist()) for box in asked)
    if len(counts) < len(asked):
        notes.append(
            f'{path}: queries that are listed again, and count again: '
            f'{len(asked) - len(counts)}'
        )


def _without_copies(
    path: Path, boxes: list[CocoBox], notes: list[str]
) -> list[CocoBox]:
    """Drop annotations that equal another; note boxes that stand twice."""
    once: dict[tuple, CocoBox] = {}
    for box in boxes:
        key = (box.img_id, box.person, box.ignored, *box.xyxy.tolist())
        once.setdefault(key, box)
    kept = list(once.values())
    if len(kept) < len(boxes):
        notes.append(
            f'{path}: annotations dropped that are exact copies of another: '
            f'{len(boxes) - len(kept)}'
        )
    places = Counter((box.img_id, *box.xyxy.tolist()) for box in kept)
    twice = sum(count > 1 for count in places.values())
    if twice:
        notes.append(
            f'{path}: boxes that stand in their image twice or more, under '
            f'different identities or with and without one: {twice}'
        )
    return kept


def _judge_pixels(path: Path, boxes: list[CocoBox], notes: list[str]) -> None:
    """Nobody is seen in a box of less than a pixel."""
    corners = np.array([box.xyxy for box in boxes]).reshape(-1, 4)
    tiny = tiny_boxes(corners[:, 2:] - corners[:, :2])
    if not tiny.any():
        return
    said = (
        f'{path}: {tiny.sum()} of {len(boxes)} boxes are smaller than a '
        'pixel, as shares of the image are; give x, y, w, h in pixels'
    )
    if are_shares(tiny):
        raise ValueError(said)
    notes.append(said)


def _other_entries(ann: dict) -> Iterator[tuple[str, Any]]:
    """What an annotation holds beside COCO's keys; nested keys by path."""
    for key, value in ann.items():
        if key not in _USUAL:
            yield str(key), value
    for outer in ('attributes', 'extra'):
        inner = ann.get(outer)
        for key, value in inner.items() if isinstance(inner, dict) else ():
            yield f'{outer}.{key}', value


def _note_other_flags(path: Path, anns: list[dict], notes: list[str]) -> None:
    """Note flags that mean what ``iscrowd`` means and are not read."""
    found = Counter(
        name
        for ann in anns
        for name, value in _other_entries(ann)
        if _LIKE_IGNORED.search(name) and value in (True, 1, '1')
    )
    for name, count in found.items():
        notes.append(
            f'{path}: {count} annotations have {name}=1, which is not read: '
            'regions that are neither person nor background have iscrowd=1'
        )


def _note_identities(
    path: Path, anns: list[dict], boxes: list[CocoBox], notes: list[str]
) -> None:
    """Note words for nobody, and keys that may hold identities."""
    words = Counter(
        str(ann.get('person_id', ann.get('pid'))).strip()
        for ann in anns
        if is_nobody(ann.get('person_id', ann.get('pid')))
        and raw_identity(ann) is None
    )
    if words:
        counts = ', '.join(f'{n} "{word}"' for word, n in words.most_common())
        notes.append(f'{path}: identities read as nobody: {counts}')
    if boxes and all(box.person is None for box in boxes):
        names = {name for ann in anns for name, _ in _other_entries(ann)}
        there = ', '.join(sorted(names)[:_NAMED])
        notes.append(
            f'{path}: no annotation names anybody by person_id or pid'
            + (f'; other keys of theirs are {there}' if there else '')
        )
        return
    unread = Counter(
        name
        for ann in anns
        if ann.get('person_id', ann.get('pid')) is None
        for name, value in _other_entries(ann)
        if _LIKE_PERSON_ID.fullmatch(_bare(name)) and value is not None
    )
    for name, count in unread.items():
        notes.append(
            f'{path}: {count} annotations without person_id have {name}, '
            'which is not read: unlabelled persons'
        )


def _bare(name: str) -> str:
    """The last key of a path, its letters and digits alone."""
    return ''.join(filter(str.isalnum, name.rpartition('.')[2]))
