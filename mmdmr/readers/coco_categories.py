"""The category of persons: selection of a COCO-style file's annotations."""

from collections import Counter
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError

from .coco_json import entries
from .fields import Identifier, identifier

PERSON = 'person'


def annotations_of_persons(
    path: Path, content: dict[str, Any], notes: list[str]
) -> list[tuple[str, dict[str, Any]]]:
    """Select the annotations of persons by their category.

    A file without ``categories``, or with a single category, has annotations
    of persons only. Of several categories, only "person" is read.

    Args:
        path (Path): The file, for messages.
        content (dict): Content of the file.
        notes (list[str]): Notes, to which excluded annotations are added.

    Returns:
        list[tuple[str, dict]]: Annotations, each after file and entry for
        messages.

    Raises:
        InputError: The category of an annotation, or of persons, is unknown,
            or no annotation is of a person.
    """
    annotations = entries(path, content, 'annotations')
    names = _category_names(path, content)
    found: list[tuple[str, dict, Identifier | None]] = []
    for i, ann in enumerate(annotations):
        where = f'{path}: annotation {ann.get("id", f"{i}, from 0,")}'
        kind = None
        if ann.get('category_id') is not None:
            kind = identifier(ann, 'category_id', where)
        elif len(names) > 1:
            raise InputError(
                f'{where} has no category_id, but the file has {len(names)} '
                f'categories ({", ".join(names.values())}); give the '
                'annotation the id of its category'
            )
        if kind is not None and names and kind not in names:
            raise InputError(
                f'{where}: its category_id {ann["category_id"]!r} is none of '
                f'the categories ({", ".join(map(str, names))})'
            )
        found.append((where, ann, kind))
    used = {kind for *_, kind in found if kind is not None}
    persons = _person_categories(path, names, used, notes)
    if persons is None:
        return [(where, ann) for where, ann, _ in found]
    kept, excluded = [], []
    for where, ann, kind in found:
        if kind is None or kind in persons:
            kept.append((where, ann))
        else:
            excluded.append(names[kind])
    if excluded:
        counts = ', '.join(
            f'{number} {name}'
            for name, number in Counter(excluded).most_common()
        )
        said = (
            f'{path}: annotations left out, of other categories than '
            f'{PERSON}: {len(excluded)} of {len(found)} ({counts})'
        )
        if not kept:
            raise InputError(f'{said}; nothing is left')
        notes.append(said)
    return kept


def _category_names(
    path: Path, content: dict[str, Any]
) -> dict[Identifier, str]:
    """Name of each category by id; empty where the file lists none."""
    if not content.get('categories'):
        return {}
    names: dict[Identifier, str] = {}
    for i, entry in enumerate(entries(path, content, 'categories')):
        where = f'{path}: entry {i} of "categories"'
        kind = identifier(entry, 'id', where)
        if kind in names:
            raise InputError(
                f'{where}: an earlier entry has the id {kind!r} too; give '
                'each category an id of its own'
            )
        names[kind] = str(entry.get('name'))
    return names


def _person_categories(
    path: Path,
    names: dict[Identifier, str],
    used: set[Identifier],
    notes: list[str],
) -> set[Identifier] | None:
    """Ids of the categories to read, None to read all annotations."""
    if not names:
        if len(used) > 1:
            raise InputError(
                f'{path}: its annotations are of {len(used)} categories '
                f'({", ".join(map(str, sorted(used, key=str)))}), but it has '
                'no list "categories" of their names; add the list, with '
                f'"{PERSON}" in it'
            )
        return None
    persons = {k for k, name in names.items() if name.lower() == PERSON}
    if persons:
        return persons
    if len(names) > 1:
        raise InputError(
            f'{path}: none of its categories ({", ".join(names.values())}) '
            f'is called "{PERSON}"; give the category of persons this name'
        )
    (name,) = names.values()
    notes.append(
        f'{path}: its only category is called "{name}" and taken for persons'
    )
    return None
