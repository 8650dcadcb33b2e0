"""A COCO-style file with identities as a whole: images, boxes, queries."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from posixpath import normpath
from typing import Any, NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .coco_categories import annotations_of_persons
from .coco_entries import CocoBox, CocoImage, read_box, read_image, read_query
from .coco_json import entries, load_json
from .coco_unread import note_cameras, note_identities, note_ignore_flags
from .fields import Identifier, identifier
from .units import are_shares, tiny_boxes


class CocoFile(NamedTuple):
    """Content of a file.

    Args:
        images (list[CocoImage]): Images.
        boxes (list[CocoBox]): Annotations of persons and ignored regions.
        queries (list[CocoBox] | None): Queries, None where the file lists
            none.
        notes (list[str]): Unread entries with the reason, and oddities.
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
        path (Path): Any file of :func:`~.coco_json.load_json`.
        queries (bool): True to read the queries of the file. Defaults to
            True.
        content (dict | None): Content of a file that is not written yet.
            Defaults to None: the file is read.

    Returns:
        CocoFile: Content, typed and checked.

    Raises:
        InputError: An entry is broken or contradicts another, or none of the
            annotations is of a person. The message names file, entry and
            value.
    """
    content = load_json(path) if content is None else content
    notes: list[str] = []
    images = _read_images(path, content, notes)
    index = {image.id: i for i, image in enumerate(images)}
    persons = annotations_of_persons(path, content, notes)
    boxes, empty = [], []
    by_id: dict[Identifier, list[CocoBox]] = {}
    for where, ann in persons:
        box = read_box(ann, index, where)
        if 'id' in ann:
            by_id.setdefault(identifier(ann, 'id', where), []).append(box)
        if box.is_empty:
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
        raise InputError(f'{path}: no box has width and height')
    _check_pixels(path, boxes, notes)
    annotations = [ann for _, ann in persons]
    notes += note_identities(path, annotations, boxes)
    notes += note_ignore_flags(path, annotations)
    asked = None
    if queries and content.get('queries') is not None:
        asked = [
            read_query(
                query, index, by_id, f'{path}: query {i} (counted from 0)'
            )
            for i, query in enumerate(entries(path, content, 'queries'))
        ]
        notes += _note_repeated(path, asked)
    return CocoFile(images, boxes, asked or None, notes)


def _read_images(
    path: Path, content: dict[str, Any], notes: list[str]
) -> list[CocoImage]:
    """Images, each with an id and a file name of its own."""
    listed = entries(path, content, 'images')
    images = [
        read_image(entry, f'{path}: image {i} (counted from 0)')
        for i, entry in enumerate(listed)
    ]
    notes += note_cameras(path, listed, images)
    for key, values in (
        ('id', [image.id for image in images]),
        # "a.jpg" and "./a.jpg" are the same picture.
        ('file_name', [normpath(image.name) for image in images]),
    ):
        for value, count in Counter(values).most_common(1):
            if count > 1:
                raise InputError(
                    f'{path}: {count} images have the '
                    f'"{key}" {value!r}; it must be unique'
                )
    return images


def _without_copies(
    path: Path, boxes: Sequence[CocoBox], notes: list[str]
) -> list[CocoBox]:
    """Drop copies of annotations; note boxes that stand twice."""
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
    counts = Counter((box.img_id, *box.xyxy.tolist()) for box in kept)
    twice = sum(count > 1 for count in counts.values())
    if twice:
        notes.append(
            f'{path}: boxes that stand in their image twice or more, under '
            f'different identities or with and without one: {twice}'
        )
    return kept


def _check_pixels(
    path: Path, boxes: Sequence[CocoBox], notes: list[str]
) -> None:
    """Note boxes smaller than a pixel; refuse a file of many such boxes."""
    corners = np.array([box.xyxy for box in boxes]).reshape(-1, 4)
    tiny = tiny_boxes(corners[:, 2:] - corners[:, :2])
    if not tiny.any():
        return
    said = (
        f'{path}: {tiny.sum()} of {len(boxes)} boxes are smaller than a '
        'pixel, perhaps shares of the image; give x, y, w, h in pixels'
    )
    if are_shares(tiny):
        raise InputError(said)
    notes.append(said)


def _note_repeated(path: Path, asked: Sequence[CocoBox]) -> list[str]:
    """Note on queries that are listed again; [] without such queries."""
    counts = Counter((box.img_id, *box.xyxy.tolist()) for box in asked)
    if len(counts) == len(asked):
        return []
    return [
        f'{path}: queries listed again, which count again: '
        f'{len(asked) - len(counts)}'
    ]
