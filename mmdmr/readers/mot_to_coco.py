"""MOT sequences as one COCO-style file, each sequence a camera."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError

from .mot import MotSequence, check_different, other_folders, read_sequence
from .mot_options import MotOptions

#: person_id of a person without identity.
UNLABELLED = -1


def convert_sequences(
    folder: Path,
    sequences: Sequence[Path],
    options: MotOptions = MotOptions(),
    shared_ids: bool = False,
) -> tuple[dict[str, Any], list[str]]:
    """Read MOT sequences into the content of one COCO-style file.

    Args:
        folder (Path): Folder that the user named.
        sequences (Sequence[Path]): Sequences that
            :func:`~.mot.find_sequences` found in it.
        options (MotOptions): Reading of the rows. Defaults to
            ``MotOptions()``.
        shared_ids (bool): True if a number is the same person in every
            sequence. Defaults to False.

    Returns:
        tuple[dict, list[str]]: Content of the file, with file names below the
        sequences' parent folder, and messages for the user.

    Raises:
        FileNotFoundError: A sequence has no picture.
        InputError: Two sequences are the same video, a sequence is broken, or
            no person is in the pictures that are kept.
    """
    check_different(sequences)
    read = {path.name: read_sequence(path, options) for path in sequences}
    content = to_coco(read, sequences[0].parent, shared_ids)
    if all(ann['iscrowd'] for ann in content['annotations']):
        raise InputError(
            f'{folder}: no person is in the pictures that are kept; name '
            'sequences with persons, or keep more with --every'
        )
    notes = [note for sequence in read.values() for note in sequence.notes]
    if others := other_folders(folder, sequences):
        notes.insert(
            0,
            f'{folder}: folders left out, without gt/gt.txt: '
            f'{", ".join(others)}',
        )
    return content, notes


def to_coco(
    sequences: Mapping[str, MotSequence], root: Path, shared_ids: bool = False
) -> dict[str, Any]:
    """Make the content of a COCO-style file.

    Args:
        sequences (Mapping[str, MotSequence]): Sequences by name.
        root (Path): Folder that file names are given from.
        shared_ids (bool): True if a number is the same person in every
            sequence. Defaults to False: ``person_id`` is sequence and number.

    Returns:
        dict: ``images`` with the sequence's name as ``cam_id``,
        ``annotations`` with ``person_id``, and ``categories``.

    Raises:
        InputError: A picture is not below the root.
    """
    images: list[dict] = []
    annotations: list[dict] = []
    for name, sequence in sequences.items():
        for frame in sequence.frames:
            images.append(
                dict(
                    id=len(images) + 1,
                    file_name=_file_name(frame['path'], root),
                    width=frame['width'],
                    height=frame['height'],
                    cam_id=name,
                )
            )
            for person in frame['persons']:
                number = person['id']
                if number is None:
                    number = UNLABELLED
                elif not shared_ids:
                    number = f'{name}-{number}'
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=len(images),
                        category_id=1,
                        bbox=person['bbox'],
                        area=person['bbox'][2] * person['bbox'][3],
                        iscrowd=int(person['ignored']),
                        person_id=number,
                    )
                )
    return dict(
        images=images,
        annotations=annotations,
        categories=[dict(id=1, name='person')],
    )


def _file_name(path: Path, root: Path) -> str:
    """Name of a picture below the root, in UTF-8 whatever the locale says."""
    try:
        # "imDir = ../../x" leads out of the root, too.
        full = Path(os.path.normpath(path))
        name = full.relative_to(os.path.normpath(root)).as_posix()
    except ValueError as error:
        raise InputError(
            f'{path} is not below {root}, from where pictures are named: '
            'correct imDir in seqinfo.ini'
        ) from error
    return os.fsencode(name).decode('utf-8', 'surrogateescape')
