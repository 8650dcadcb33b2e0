"""Tracked video in the MOT Challenge's folders."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .image_size import upright_size
from .mot_files import (
    COLUMNS,
    MOT_LABELS,
    UNREAD,
    Rows,
    SequenceInfo,
    find_pictures,
    read_info,
    read_labels,
    read_rows,
)
from .text import read_text
from .units import LIKE_CORNERS, are_shares, like_corners, tiny_boxes

#: Names of classes: people to be found, and what is neither person nor
#: background.
PERSONS = ('person', 'pedestrian', 'people', 'human')
AMBIGUOUS = (
    *('person_on_vehicle', 'person_on_vhcl', 'static_person', 'static'),
    *('distractor', 'reflection', 'crowd'),
)


#: From here on not every whole number has a float64 of its own.
_LARGEST = 2**53


@dataclass(frozen=True)
class MotOptions:
    """How sequences are read where their files do not tell.

    Args:
        every (int): Keep every n-th picture, the first on. Defaults to 1.
        min_visibility (float): Least visible share of a person in [0, 1].
            Defaults to 0.1.
        columns (tuple[str], optional): Of gt.txt, see
            :func:`~.mot_files.read_rows`. Defaults to None.
        person_classes (tuple[int], optional): Numbers of the classes of
            persons. Defaults to None: those called person or pedestrian in
            ``labels.txt``, or in the list of the MOT Challenge.
        unlabelled_ids (tuple[int]): Numbers that stand for nobody, beside
            negative ones. Defaults to none.
        frame_offset (int, optional): Is added to the frame of a row to get
            the number of its picture. Defaults to None: nothing is added,
            but it is an error if some rows then have no picture and another
            number would give each row one, or if rows count from 0 and
            pictures do not, or the other way round.
    """

    every: int = 1
    min_visibility: float = 0.1
    columns: tuple[str, ...] | None = None
    person_classes: tuple[int, ...] | None = None
    unlabelled_ids: tuple[int, ...] = ()
    frame_offset: int | None = None


class MotSequence(NamedTuple):
    """A sequence.

    Args:
        frames (list[dict]): Per picture ``path``, ``width``, ``height`` and
            ``persons``, a list of ``bbox`` (x, y, w, h) in pixels from 0,
            ``id``, None for an unlabelled person, and ``ignored``, True for a
            region that is neither person nor background.
        notes (list[str]): What was left out and why, for people to read.
    """

    frames: list[dict]
    notes: list[str]


def find_sequences(folder: Path) -> list[Path]:
    """Sequences in a folder, or the folder itself if it is one.

    Args:
        folder (Path): Holds ``gt/gt.txt``, or folders that do.

    Returns:
        list[Path]: The sequences' folders, by name.

    Raises:
        FileNotFoundError: There is none.
    """
    folder = folder.absolute()
    if (folder / 'gt/gt.txt').is_file():
        return [folder]
    sequences = sorted(path.parents[1] for path in folder.glob('*/gt/gt.txt'))
    if not sequences:
        raise FileNotFoundError(
            f'{folder}: neither a MOT sequence (with '
            'gt/gt.txt) nor a folder of such'
        )
    return sequences


def check_different(sequences: Sequence[Path]) -> None:
    """Check that no video is there twice, under two names.

    MOT17 has each of its videos three times, with the detections of three
    detectors.

    Args:
        sequences (Sequence[Path]): Folders of sequences.

    Raises:
        ValueError: Two have the same rows and pictures: their people would
            count as different ones.
    """
    seen: dict[bytes, Path] = {}
    for sequence in sequences:
        pictures = list(find_pictures(read_info(sequence)).values())
        # However its lines end.
        rows = read_text(sequence / 'gt/gt.txt').split()
        content = hashlib.sha1(' '.join(rows).encode())
        for path in (pictures[0], pictures[-1]):
            content.update(path.read_bytes())
        other = seen.setdefault(content.digest(), sequence)
        if other != sequence:
            raise ValueError(
                f'{other} and {sequence.name} are the same video (gt.txt and '
                'pictures are equal), whose people would count as different '
                'ones: take one of them away'
            )


def read_sequence(
    sequence: Path, options: MotOptions = MotOptions()
) -> MotSequence:
    """Read the pictures of a sequence and who is in them.

    Rows of ``gt.txt`` are ``frame, id, x, y, w, h`` and, optionally, whether
    to consider the row, class and visibility; pixels count from 1, frames as
    the pictures do. Persons are kept, with their identity unless its number
    is negative; rows not to be considered (0), ambiguous classes and hardly
    visible persons become ignored regions; other classes and rows without a
    picture are left out. A class or a visibility of -1 is not known: such a
    row is a person, and visible.

    Args:
        sequence (Path): The sequence's folder.
        options (MotOptions): How to read it.

    Returns:
        MotSequence: Pictures and notes.

    Raises:
        FileNotFoundError: There is no picture.
        ValueError: A file is broken, what its rows mean is not known, or none
            of its rows is a person.
    """
    path = sequence / 'gt/gt.txt'
    rows = read_rows(path, options.columns)
    info = read_info(sequence)
    pictures = find_pictures(info)
    frames = _whole(path, rows, 'frame') + (options.frame_offset or 0)
    ids = _whole(path, rows, 'id')
    boxes = rows.values[:, 2:6] - [1, 1, 0, 0]
    tiny = tiny_boxes(boxes[:, 2:])
    if are_shares(tiny):
        raise ValueError(
            f'{path}: {tiny.sum()} of {len(boxes)} boxes are smaller than a '
            'pixel, as shares of the picture are; pixels are asked for'
        )
    if options.frame_offset is None:
        _check_frames(path, frames, pictures)
    left_out, ignored = _sort_out(path, rows, sequence, options)
    sizeless = (boxes[:, 2:] <= 0).any(axis=1)
    left_out[tiny & (left_out == '')] = 'smaller than a pixel'
    left_out[sizeless & (left_out == '')] = 'without width or height'
    left_out[~np.isin(frames, list(pictures))] = 'whose frame has no picture'
    left_out[_repeated(rows.values)] = 'that repeat another'
    ignored[left_out != ''] = ''
    persons = (left_out == '') & (ignored == '')
    nobody = (ids < 0) | np.isin(ids, options.unlabelled_ids)
    _check_once(path, rows, frames, ids, persons & ~nobody)
    notes = _notes(sequence, info, pictures, left_out, ignored, persons)
    if like_corners(boxes):
        notes.append(f'{sequence.name}: {LIKE_CORNERS}')
    if options.person_classes and np.isnan(rows.column('class')).all():
        notes.append(
            f'{sequence.name}: --person-class has no effect, gt.txt has no '
            'column of classes'
        )
    if (persons & nobody).any():
        notes.append(
            f'{sequence.name}: rows without a track, unlabelled persons: '
            f'{(persons & nobody).sum()}'
        )
    if len(ids) and not persons.any():
        raise ValueError(
            f'{path}: none of its {len(ids)} rows is a person to learn: '
            f'{_counts([*left_out[left_out != ""], *ignored[ignored != ""]])}'
            '. --columns, --person-class, --min-visibility and '
            '--frame-offset say how to read it'
        )
    by_frame: dict[int, list[dict]] = {}
    for i in np.flatnonzero(left_out == ''):
        number = None if ignored[i] or nobody[i] else int(ids[i])
        by_frame.setdefault(int(frames[i]), []).append(
            dict(bbox=boxes[i].tolist(), id=number, ignored=bool(ignored[i]))
        )
    chosen = list(pictures.items())[:: options.every]
    if not any(by_frame.get(k) for k, _ in chosen):
        notes.append(
            f'{sequence.name}: nobody is in the {len(chosen)} pictures that '
            f'are kept, of {len(pictures)}'
            + ('; gt.txt is empty' if not len(ids) else '')
        )
    return MotSequence(
        [_frame(p, info, by_frame.get(k, [])) for k, p in chosen], notes
    )


def _frame(path: Path, info: SequenceInfo, persons: list[dict]) -> dict:
    width, height = info.size or upright_size(path)
    return dict(path=path, width=width, height=height, persons=persons)


def _whole(path: Path, rows: Rows, name: str) -> np.ndarray:
    """(n,) int64 column of whole numbers."""
    values = rows.column(name)
    wrong = np.flatnonzero(
        (values != np.trunc(values)) | (abs(values) > _LARGEST)
    )
    if len(wrong):
        value = values[wrong[0]]
        what = 'above 2^53' if value == np.trunc(value) else 'no whole number'
        raise ValueError(
            f'{path}, line {rows.lines[wrong[0]]}: the {name} is {value:g}, '
            f'{what}; correct it, or say what the columns are: --columns'
        )
    return values.astype(np.int64)


def _check_frames(
    path: Path, frames: np.ndarray, pictures: dict[int, Path]
) -> None:
    """Refuse rows that count their frames otherwise than the pictures do."""
    if not len(frames):
        return
    numbers = list(pictures)
    said = (
        f'{path}: its rows are of frame {frames.min()} to {frames.max()}, the '
        f'pictures are numbered {numbers[0]} to {numbers[-1]}. Say how they '
        'belong together: --frame-offset '
    )
    if not np.isin(frames, numbers).all():
        for offset in (numbers[0] - frames.min(), numbers[-1] - frames.max()):
            if np.isin(frames + offset, numbers).all():
                raise ValueError(
                    f'{said}{offset} gives each row a picture, 0 leaves out '
                    'those without'
                )
    # Rows of the MOT Challenge count from 1, those of other tools from 0.
    if frames.min() == 0 < numbers[0]:
        raise ValueError(
            f'{said}1 if rows count from 0 and pictures from 1, 0 if they '
            'count alike'
        )
    if numbers[0] == 0 < frames.min():
        raise ValueError(
            f'{said}-1 if rows count from 1 and pictures from 0, 0 if they '
            'count alike'
        )


def _repeated(values: np.ndarray) -> np.ndarray:
    """(n,) bool, True for a row that equals an earlier one."""
    later = np.ones(len(values), dtype=bool)
    # NaN, in columns that the file has not, equals nothing.
    filled = np.where(np.isnan(values), np.inf, values)
    later[np.unique(filled, axis=0, return_index=True)[1]] = False
    return later


def _sort_out(
    path: Path, rows: Rows, sequence: Path, options: MotOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Why a row is left out, and why it is ignored; '' where it is not."""
    left_out = np.full(len(rows.lines), '', dtype=object)
    ignored = left_out.copy()
    kinds = _kinds(path, rows, sequence, options)
    for i, kind in enumerate(kinds):
        if kind in AMBIGUOUS:
            ignored[i] = f'of class {kind}'
        elif kind not in PERSONS:
            left_out[i] = f'of class {kind}'
    considered = rows.column('considered')
    if (
        options.columns is None
        and (considered > 1).any()
        and (considered == np.trunc(considered)).all()
    ):
        there = int((~np.isnan(rows.values)).any(axis=0).sum())
        columns = [*COLUMNS[:6], COLUMNS[7], *UNREAD * (there - 7)]
        raise ValueError(
            f'{path}: its 7th column, whether to consider a row (0 or 1), '
            f'has {_counts(considered.astype(int).tolist())}. If it is the '
            f'class say so: --columns {",".join(columns)}'
        )
    ignored[considered == 0] = 'not to be considered'
    visible = rows.column('visibility')
    known = ~np.isnan(visible) & (visible != -1)
    wrong = np.flatnonzero(known & ((visible < 0) | (visible > 1)))
    if len(wrong):
        raise ValueError(
            f'{path}, line {rows.lines[wrong[0]]}: the visibility is '
            f'{visible[wrong[0]]:g}, neither in [0, 1] nor -1 for unknown; '
            'say what the columns are: --columns'
        )
    ignored[known & (visible < options.min_visibility)] = (
        f'visible by less than {options.min_visibility:g}'
    )
    return left_out, ignored


def _kinds(
    path: Path, rows: Rows, sequence: Path, options: MotOptions
) -> list[str]:
    """Name of the class of each row."""
    numbers = rows.column('class')
    if np.isnan(numbers).all() or (numbers == -1).all():
        return [PERSONS[0]] * len(numbers)
    whole = _whole(path, rows, 'class')
    labels = read_labels(sequence)
    where = 'the list of the MOT Challenge' if labels is None else 'labels.txt'
    if labels is None:
        labels = dict(enumerate(MOT_LABELS, 1))
    if options.person_classes is not None:
        labels = {k: v for k, v in labels.items() if v not in PERSONS}
        labels.update(dict.fromkeys(options.person_classes, PERSONS[0]))
        return [labels.get(n, str(n)) for n in whole.tolist()]
    unknown = set(whole.tolist()) - {-1, *labels}
    if unknown or not set(labels.values()) & set(PERSONS):
        most_frequent = Counter(whole.tolist()).most_common(1)[0][0]
        raise ValueError(
            f'{path}: which classes are persons is not known: it has '
            f'{_counts(whole.tolist())}, and {where} has '
            f'{", ".join(f"{k} {v}" for k, v in labels.items())}. Give their '
            f'numbers: --person-class {most_frequent}'
        )
    # Of an unknown class, among persons.
    return [labels.get(n, PERSONS[0]) for n in whole.tolist()]


def _check_once(
    path: Path,
    rows: Rows,
    frames: np.ndarray,
    ids: np.ndarray,
    labelled: np.ndarray,
) -> None:
    """Refuse a number that stands for several persons in a frame."""
    first: dict[tuple[int, int], int] = {}
    for i in np.flatnonzero(labelled):
        key = (int(frames[i]), int(ids[i]))
        if key in first:
            raise ValueError(
                f'{path}: lines {first[key]} and {rows.lines[i]} are both of '
                f'person {key[1]} in frame {key[0]}. Correct it; if '
                f'{key[1]} stands for nobody say so: --unlabelled-id {key[1]}'
            )
        first[key] = int(rows.lines[i])


def _notes(
    sequence: Path,
    info: SequenceInfo,
    pictures: dict[int, Path],
    left_out: np.ndarray,
    ignored: np.ndarray,
    persons: np.ndarray,
) -> list[str]:
    notes = []
    for what, reasons in (
        ('rows left out', left_out[left_out != '']),
        ('rows that become ignored regions', ignored[ignored != '']),
    ):
        if len(reasons):
            notes.append(
                f'{sequence.name}: {what}: {len(reasons)} of {len(persons)} '
                f'({_counts(reasons)})'
            )
    if info.length is not None and info.length != len(pictures):
        notes.append(
            f'{sequence.name}: seqinfo.ini says seqLength={info.length}, but '
            f'{len(pictures)} pictures are there; all of them are used'
        )
    return notes


def _counts(items: Sequence) -> str:
    """How often each of them is there, the most frequent first."""
    return ', '.join(
        f'{count} {item}' if isinstance(item, str) else f'{count} of {item}'
        for item, count in Counter(items).most_common()
    )
