"""Tracked video in the MOT Challenge's folders: sequences and their frames."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .image_size import upright_size
from .mot_files import SequenceInfo, find_pictures, read_info, read_rows
from .mot_options import MotOptions
from .mot_rows import SortedRows, counts_of, sort_rows
from .text import read_text
from .units import LIKE_CORNERS, like_corners


class MotSequence(NamedTuple):
    """A sequence.

    Args:
        frames (list[dict]): Per picture ``path``, ``width``, ``height`` and
            ``persons``, a list of ``bbox`` (x, y, w, h) in pixels from 0,
            ``id``, None for an unlabelled person, and ``ignored``, True for a
            region that is neither person nor background.
        notes (list[str]): Messages on rows that are not read, with the
            reason.
    """

    frames: list[dict]
    notes: list[str]


def find_sequences(folder: Path) -> list[Path]:
    """Sequences in a folder, or the folder itself if it is a sequence.

    Args:
        folder (Path): Folder that holds ``gt/gt.txt``, or folder of such
            folders.

    Returns:
        list[Path]: The sequences' folders, by name.

    Raises:
        FileNotFoundError: The folder has no sequence.
    """
    folder = folder.absolute()
    if (folder / 'gt/gt.txt').is_file():
        return [folder]
    sequences = sorted(path.parents[1] for path in folder.glob('*/gt/gt.txt'))
    if not sequences:
        raise FileNotFoundError(
            f'{folder}: neither a MOT sequence (with '
            'gt/gt.txt) nor a folder of sequences'
        )
    return sequences


def other_folders(folder: Path, sequences: Sequence[Path]) -> list[str]:
    """Names of folders beside the sequences that are no sequences.

    Args:
        folder (Path): Folder that was searched.
        sequences (Sequence[Path]): Sequences that :func:`find_sequences`
            found in it.

    Returns:
        list[str]: Names in order, without hidden folders; [] if the folder is
        itself a sequence.
    """
    folder = folder.absolute()
    if folder in sequences:
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path not in sequences and path.name[0] != '.'
    )


def check_different(sequences: Sequence[Path]) -> None:
    """Check that no two sequences are the same video under two names.

    MOT17 has each of its videos three times, with the detections of three
    detectors.

    Args:
        sequences (Sequence[Path]): Folders of sequences.

    Raises:
        InputError: Two sequences have the same rows and pictures, so that
            each person would count as two.
    """
    seen: dict[bytes, Path] = {}
    for sequence in sequences:
        pictures = list(find_pictures(read_info(sequence)).values())
        # Split into words, since lines may end in two ways.
        words = read_text(sequence / 'gt/gt.txt').split()
        content = hashlib.sha1(' '.join(words).encode())
        for path in (pictures[0], pictures[-1]):
            content.update(path.read_bytes())
        other = seen.setdefault(content.digest(), sequence)
        if other != sequence:
            raise InputError(
                f'{other} and {sequence.name} are the same video (gt.txt and '
                'pictures are equal), so that each person would count as two: '
                'take one sequence away'
            )


def read_sequence(
    sequence: Path, options: MotOptions = MotOptions()
) -> MotSequence:
    """Read the pictures of a sequence and their persons.

    Rows of ``gt.txt`` are ``frame, id, x, y, w, h`` and, optionally, whether
    to consider the row, class and visibility; pixels count from 1, frames as
    the pictures do. Persons are kept, with their identity unless its number
    is negative. Rows not to be considered (0), ambiguous classes and hardly
    visible persons become ignored regions. Other classes and rows without a
    picture are not read. A class or a visibility of -1 is not known: such a
    row is a person, and visible.

    Args:
        sequence (Path): The sequence's folder.
        options (MotOptions): Reading of the rows. Defaults to
            ``MotOptions()``.

    Returns:
        MotSequence: Pictures and notes.

    Raises:
        FileNotFoundError: The sequence has no picture.
        InputError: A file is broken, the meaning of its rows is unknown, or
            no row is a person.
    """
    path = sequence / 'gt/gt.txt'
    table = read_rows(path, options.columns)
    info = read_info(sequence)
    pictures = find_pictures(info)
    rows = sort_rows(path, table, pictures, options)
    notes = _notes(sequence.name, rows, info, len(pictures))
    if options.person_classes and not rows.has_classes:
        notes.append(
            f'{sequence.name}: --person-class has no effect, gt.txt has no '
            'column of classes'
        )
    unlabelled = rows.persons & rows.unlabelled
    if unlabelled.any():
        notes.append(
            f'{sequence.name}: rows without a track, unlabelled persons: '
            f'{unlabelled.sum()}'
        )
    if len(rows.ids) and not rows.persons.any():
        reasons = [r for r in (*rows.excluded, *rows.ignored) if r]
        raise InputError(
            f'{path}: none of its {len(rows.ids)} rows is a person to learn: '
            f'{counts_of(reasons)}. --columns, --person-class, '
            '--min-visibility and --frame-offset say how to read the rows'
        )
    by_frame = _by_frame(rows)
    chosen = list(pictures.items())[:: options.every]
    if not any(by_frame.get(number) for number, _ in chosen):
        notes.append(
            f'{sequence.name}: no person is in the {len(chosen)} pictures '
            f'that are kept, of {len(pictures)}'
            + ('; gt.txt is empty' if not len(rows.ids) else '')
        )
    return MotSequence(
        [_frame(p, info, by_frame.get(number, [])) for number, p in chosen],
        notes,
    )


def _by_frame(rows: SortedRows) -> dict[int, list[dict]]:
    """Persons and ignored regions by the number of their picture."""
    by_frame: dict[int, list[dict]] = {}
    for i in np.flatnonzero(rows.excluded == ''):
        ignored = bool(rows.ignored[i])
        number = None if ignored or rows.unlabelled[i] else int(rows.ids[i])
        by_frame.setdefault(int(rows.frames[i]), []).append(
            dict(bbox=rows.boxes[i].tolist(), id=number, ignored=ignored)
        )
    return by_frame


def _frame(path: Path, info: SequenceInfo, persons: list[dict]) -> dict:
    width, height = info.size or upright_size(path)
    return dict(path=path, width=width, height=height, persons=persons)


def _notes(
    name: str, rows: SortedRows, info: SequenceInfo, num_pictures: int
) -> list[str]:
    """Notes on rows that are no persons, on frames, and on units."""
    notes = []
    for what, reasons in (
        ('rows left out', rows.excluded[rows.excluded != '']),
        ('rows that become ignored regions', rows.ignored[rows.ignored != '']),
    ):
        if len(reasons):
            notes.append(
                f'{name}: {what}: {len(reasons)} of {len(rows.ids)} '
                f'({counts_of(reasons)})'
            )
    if info.length is not None and info.length != num_pictures:
        notes.append(
            f'{name}: seqinfo.ini says seqLength={info.length}, but '
            f'{num_pictures} pictures exist; all pictures are used'
        )
    if like_corners(rows.boxes):
        notes.append(f'{name}: {LIKE_CORNERS}')
    return notes
