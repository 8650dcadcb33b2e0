"""Notes on unread keys that may have the meaning of a known key."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .coco_entries import CocoBox, CocoImage
from .fields import is_placeholder, raw_identity

#: Keys that COCO's annotations have anyway.
_USUAL = {
    *('id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'ignore'),
    *('segmentation', 'num_keypoints', 'keypoints', 'person_id', 'pid'),
}
#: Keys that may mean ``person_id``, without signs between words.
_LIKE_PERSON_ID = re.compile(
    r'p(erson)?(id|identity|number|no)|re?id|identity|track(let)?(id)?'
    '|(object|instance|global|subject|target)(id|track)?',
    re.IGNORECASE,
)
#: Keys that may mean ``iscrowd``.
_LIKE_IGNORED = re.compile('ignor|crowd', re.IGNORECASE)
#: Number of keys that a note names.
_NAMED = 8


def note_cameras(
    path: Path,
    entries: Sequence[dict[str, Any]],
    images: Sequence[CocoImage],
) -> list[str]:
    """Find keys that may hold cameras, if no image has a ``cam_id``.

    Args:
        path (Path): The file, for the note.
        entries (Sequence[dict]): Entries of ``images``.
        images (Sequence[CocoImage]): Images read from these entries.

    Returns:
        list[str]: One note; [] without such keys.
    """
    names = {str(key) for entry in entries for key in entry} - {'cam_id'}
    likely = sorted(name for name in names if 'cam' in name.lower())
    if not likely or any(image.cam_id is not None for image in images):
        return []
    return [
        f'{path}: no image has the key cam_id for its camera; images have '
        f'the keys {", ".join(likely[:_NAMED])}'
    ]


def note_ignore_flags(
    path: Path, annotations: Sequence[dict[str, Any]]
) -> list[str]:
    """Find flags that may mean ``iscrowd``.

    Args:
        path (Path): The file, for the notes.
        annotations (Sequence[dict]): Annotations of persons.

    Returns:
        list[str]: A note for each such key.
    """
    found = Counter(
        name
        for ann in annotations
        for name, value in _other_entries(ann)
        if _LIKE_IGNORED.search(name) and value in (True, 1, '1')
    )
    return [
        f'{path}: {count} annotations have {name}=1, which is not read: '
        'regions that are neither person nor background have iscrowd=1'
        for name, count in found.items()
    ]


def note_identities(
    path: Path,
    annotations: Sequence[dict[str, Any]],
    boxes: Sequence[CocoBox],
) -> list[str]:
    """Find words for unlabelled persons, and keys that may hold identities.

    Args:
        path (Path): The file, for the notes.
        annotations (Sequence[dict]): Annotations of persons.
        boxes (Sequence[CocoBox]): Boxes read from these annotations.

    Returns:
        list[str]: Notes.
    """
    notes = []
    words = Counter(
        str(_raw(ann)).strip()
        for ann in annotations
        if is_placeholder(_raw(ann)) and raw_identity(ann) is None
    )
    if words:
        counts = ', '.join(f'{n} "{word}"' for word, n in words.most_common())
        notes.append(f'{path}: identities read as unlabelled: {counts}')
    if boxes and all(box.person is None for box in boxes):
        names = {
            name for ann in annotations for name, _ in _other_entries(ann)
        }
        others = ', '.join(sorted(names)[:_NAMED])
        notes.append(
            f'{path}: no annotation has an identity, a person_id or pid'
            + (f'; annotations have the keys {others}' if others else '')
        )
        return notes
    unread = Counter(
        name
        for ann in annotations
        if _raw(ann) is None
        for name, value in _other_entries(ann)
        if _LIKE_PERSON_ID.fullmatch(_bare(name)) and value is not None
    )
    return notes + [
        f'{path}: {count} annotations without person_id have {name}, '
        'which is not read: unlabelled persons'
        for name, count in unread.items()
    ]


def _raw(annotation: dict[str, Any]) -> Any:
    """Identity as written in the file, None if it is missing."""
    return annotation.get('person_id', annotation.get('pid'))


def _other_entries(annotation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values beside COCO's own; nested keys by path."""
    for key, value in annotation.items():
        if key not in _USUAL:
            yield str(key), value
    for outer in ('attributes', 'extra'):
        inner = annotation.get(outer)
        for key, value in inner.items() if isinstance(inner, dict) else ():
            yield f'{outer}.{key}', value


def _bare(name: str) -> str:
    """The last key of a path, its letters and digits alone."""
    return ''.join(filter(str.isalnum, name.rpartition('.')[2]))
