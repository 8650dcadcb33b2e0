"""The rows of a MOT sequence: persons, ignored regions, excluded rows.

A row that is no person has a reason, as "of class car" or "visible by less
than 0.1". The reason of any other row is empty.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError

from .mot_files import COLUMNS, MOT_LABELS, UNREAD, Rows, read_labels
from .mot_options import MotOptions
from .units import are_shares, tiny_boxes

#: Names of classes of persons to be found.
PERSONS = ('person', 'pedestrian', 'people', 'human')
#: Names of classes that are neither person nor background.
AMBIGUOUS = (
    *('person_on_vehicle', 'person_on_vhcl', 'static_person', 'static'),
    *('distractor', 'reflection', 'crowd'),
)
#: From here on not every whole number has a float64 of its own.
_LARGEST = 2**53


@dataclass(frozen=True)
class SortedRows:
    """Rows of gt.txt with the meaning of each row.

    Args:
        frames (np.ndarray): (n,) int64 number of each row's picture.
        ids (np.ndarray): (n,) int64 identities, as written in the file.
        boxes (np.ndarray): (n, 4) float64 ``x, y, w, h`` in pixels from 0.
        excluded (np.ndarray): (n,) reason why a row is not read, or ''.
        ignored (np.ndarray): (n,) reason why a row becomes an ignored region,
            or ''.
        unlabelled (np.ndarray): (n,) bool, True for a row without identity.
        has_classes (bool): True if the file has a column of classes.
    """

    frames: np.ndarray
    ids: np.ndarray
    boxes: np.ndarray
    excluded: np.ndarray
    ignored: np.ndarray
    unlabelled: np.ndarray
    has_classes: bool

    @property
    def persons(self) -> np.ndarray:
        """np.ndarray: (n,) bool, True for a person to be learnt."""
        return (self.excluded == '') & (self.ignored == '')


def sort_rows(
    path: Path,
    rows: Rows,
    pictures: dict[int, Path],
    options: MotOptions,
) -> SortedRows:
    """Tell persons from ignored regions and rows that are not read.

    Args:
        path (Path): gt.txt, in the folder ``gt`` of its sequence.
        rows (Rows): Rows of the file.
        pictures (dict[int, Path]): Pictures of the sequence by number.
        options (MotOptions): Reading of the rows.

    Returns:
        SortedRows: Rows and reasons.

    Raises:
        InputError: The meaning of a row is not known, or two rows of a frame
            have the same identity.
    """
    frames = _whole(path, rows, 'frame') + (options.frame_offset or 0)
    ids = _whole(path, rows, 'id')
    boxes = rows.values[:, 2:6] - [1, 1, 0, 0]  # pixels count from 1
    tiny = tiny_boxes(boxes[:, 2:])
    if are_shares(tiny):
        raise InputError(
            f'{path}: {tiny.sum()} of {len(boxes)} boxes are smaller than a '
            'pixel, perhaps shares of the picture; give pixels'
        )
    if options.frame_offset is None:
        _check_frames(path, frames, pictures)
    excluded, ignored = _reasons_of_columns(path, rows, options)
    sizeless = (boxes[:, 2:] <= 0).any(axis=1)
    excluded[tiny & (excluded == '')] = 'smaller than a pixel'
    excluded[sizeless & (excluded == '')] = 'without width or height'
    excluded[~np.isin(frames, list(pictures))] = 'whose frame has no picture'
    excluded[_repeated(rows.values)] = 'that repeat another row'
    ignored[excluded != ''] = ''
    unlabelled = (ids < 0) | np.isin(ids, options.unlabelled_ids)
    has_classes = not np.isnan(rows.column('class')).all()
    found = SortedRows(
        frames, ids, boxes, excluded, ignored, unlabelled, has_classes
    )
    _check_once(path, rows.lines, found)
    return found


def _reasons_of_columns(
    path: Path, rows: Rows, options: MotOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Reasons to exclude and to ignore a row, by class, flag, visibility."""
    excluded = np.full(len(rows.lines), '', dtype=object)
    ignored = excluded.copy()
    for i, kind in enumerate(_kinds(path, rows, options)):
        if kind in AMBIGUOUS:
            ignored[i] = f'of class {kind}'
        elif kind not in PERSONS:
            excluded[i] = f'of class {kind}'
    considered = rows.column('considered')
    if (
        options.columns is None
        and (considered > 1).any()
        and (considered == np.trunc(considered)).all()
    ):
        num_columns = int((~np.isnan(rows.values)).any(axis=0).sum())
        columns = [*COLUMNS[:6], COLUMNS[7], *UNREAD * (num_columns - 7)]
        # Python's numbers: some are beyond those of NumPy.
        counts = counts_of([int(value) for value in considered])
        raise InputError(
            f'{path}: its 7th column, whether to consider a row (0 or 1), '
            f'has {counts}. If it is the class, say so: '
            f'--columns {",".join(columns)}'
        )
    ignored[considered == 0] = 'not to be considered'
    visible = rows.column('visibility')
    known = ~np.isnan(visible) & (visible != -1)
    wrong = np.flatnonzero(known & ((visible < 0) | (visible > 1)))
    if len(wrong):
        raise InputError(
            f'{path}, line {rows.lines[wrong[0]]}: the visibility is '
            f'{visible[wrong[0]]:g}, neither in [0, 1] nor -1 for unknown; '
            'say what the columns are: --columns'
        )
    ignored[known & (visible < options.min_visibility)] = (
        f'visible by less than {options.min_visibility:g}'
    )
    return excluded, ignored


def _kinds(path: Path, rows: Rows, options: MotOptions) -> list[str]:
    """Name of the class of each row."""
    numbers = rows.column('class')
    if np.isnan(numbers).all() or (numbers == -1).all():
        return [PERSONS[0]] * len(numbers)
    whole = _whole(path, rows, 'class')
    labels = read_labels(path.parents[1])
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
        raise InputError(
            f'{path}: the classes of persons are unknown: the file has '
            f'{counts_of(whole.tolist())}, and {where} has '
            f'{", ".join(f"{k} {v}" for k, v in labels.items())}. Give the '
            f'numbers of persons: --person-class {most_frequent}'
        )
    # A row of unknown class (-1) beside rows of known classes is a person.
    return [labels.get(n, PERSONS[0]) for n in whole.tolist()]


def _whole(path: Path, rows: Rows, name: str) -> np.ndarray:
    """(n,) int64 column of whole numbers."""
    values = rows.column(name)
    wrong = np.flatnonzero(
        (values != np.trunc(values)) | (abs(values) > _LARGEST)
    )
    if len(wrong):
        value = values[wrong[0]]
        what = 'above 2^53' if value == np.trunc(value) else 'no whole number'
        raise InputError(
            f'{path}, line {rows.lines[wrong[0]]}: the {name} is {value:g}, '
            f'{what}; correct it, or say what the columns are: --columns'
        )
    return values.astype(np.int64)


def _check_frames(
    path: Path, frames: np.ndarray, pictures: dict[int, Path]
) -> None:
    """Refuse rows that count frames differently from the pictures."""
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
                raise InputError(
                    f'{said}{offset} gives each row a picture, 0 leaves out '
                    'rows without a picture'
                )
    # Rows of the MOT Challenge count from 1, rows of other tools from 0.
    if frames.min() == 0 < numbers[0]:
        raise InputError(
            f'{said}1 if rows count from 0 and pictures from 1, 0 if they '
            'count alike'
        )
    if numbers[0] == 0 < frames.min():
        raise InputError(
            f'{said}-1 if rows count from 1 and pictures from 0, 0 if they '
            'count alike'
        )


def _repeated(values: np.ndarray) -> np.ndarray:
    """(n,) bool, True for a row that equals an earlier row."""
    later = np.ones(len(values), dtype=bool)
    # Columns that the file does not have are NaN, which equals nothing.
    filled = np.where(np.isnan(values), np.inf, values)
    later[np.unique(filled, axis=0, return_index=True)[1]] = False
    return later


def _check_once(path: Path, lines: np.ndarray, rows: SortedRows) -> None:
    """Refuse a number that stands for several persons in a frame."""
    first: dict[tuple[int, int], int] = {}
    for i in np.flatnonzero(rows.persons & ~rows.unlabelled):
        key = (int(rows.frames[i]), int(rows.ids[i]))
        if key in first:
            raise InputError(
                f'{path}: lines {first[key]} and {lines[i]} are both of '
                f'person {key[1]} in frame {key[0]}. Correct the file; '
                f'if {key[1]} stands for unlabelled persons, say so: '
                f'--unlabelled-id {key[1]}'
            )
        first[key] = int(lines[i])


def counts_of(items: Sequence) -> str:
    """Number of each item, the most frequent item first.

    Args:
        items (Sequence): Reasons, or numbers.

    Returns:
        str: Text for a message.

    Example:
        >>> counts_of(['of class car', 'of class car']), counts_of([3, 1, 3])
        ('2 of class car', '2 of 3, 1 of 1')
    """
    return ', '.join(
        f'{count} {item}' if isinstance(item, str) else f'{count} of {item}'
        for item, count in Counter(items).most_common()
    )
