"""The files of a MOT sequence: rows, labels, seqinfo.ini, pictures."""

import configparser
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .text import read_text

#: Columns of gt.txt in the order of the MOT Challenge; six are required.
COLUMNS = (
    *('frame', 'id', 'x', 'y', 'w', 'h'),
    *('considered', 'class', 'visibility'),
)
_NEEDED = COLUMNS[:6]
#: Name of a column that is not read.
UNREAD = '-'
#: Classes of the MOT Challenge by number, from 1 (MOT16 to MOT20).
MOT_LABELS = (
    *('pedestrian', 'person_on_vehicle', 'car', 'bicycle', 'motorbike'),
    *('non_mot_vehicle', 'static_person', 'distractor', 'occluder'),
    *('occluder_on_ground', 'occluder_full', 'reflection', 'crowd'),
)
_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')


class Rows(NamedTuple):
    """Rows of gt.txt.

    Args:
        values (np.ndarray): (n, 9) float64, in the order of ``COLUMNS``; NaN
            if the file has no such column.
        lines (np.ndarray): (n,) line of each row, from 1.
    """

    values: np.ndarray
    lines: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """Get a column.

        Args:
            name (str): One of ``COLUMNS``.

        Returns:
            np.ndarray: (n,) float64 values.
        """
        return self.values[:, COLUMNS.index(name)]


class SequenceInfo(NamedTuple):
    """Content of seqinfo.ini.

    Args:
        folder (Path): Folder of the pictures.
        suffix (str | None): Suffix of the pictures, with its dot. Defaults to
            None: any.
        length (int | None): Number of frames. Defaults to None: unknown.
        size (tuple[int, int] | None): Width and height in pixels. Defaults
            to None: unknown.
    """

    folder: Path
    suffix: str | None = None
    length: int | None = None
    size: tuple[int, int] | None = None


def read_rows(path: Path, columns: Sequence[str] | None = None) -> Rows:
    """Read gt.txt: numbers between commas, semicolons or spaces.

    Args:
        path (Path): The file.
        columns (Sequence[str] | None): Name of each column, one of
            ``COLUMNS`` or "-". Defaults to None: six to nine columns have the
            names of ``COLUMNS``. Of ten columns, the last three are not read
            if all their values are -1, as in files of trackers and of the MOT
            Challenge of 2015.

    Returns:
        Rows: The rows.

    Raises:
        InputError: A row is broken, or the meaning of a column is unknown.
    """
    rows: list[list[float]] = []
    lines: list[int] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = [float(word) for word in _fields(line)]
        except ValueError:
            row = []
        if len(row) < len(_NEEDED) or not np.isfinite(row).all():
            raise InputError(
                f'{path}, line {number}: {line.strip()!r} is not '
                '"frame,id,x,y,w,h[,considered,class,visibility]"; correct it'
            )
        if rows and len(row) != len(rows[0]):
            raise InputError(
                f'{path}, line {number}: {len(row)} columns, but '
                f'{len(rows[0])} in line {lines[0]}; correct it'
            )
        rows.append(row)
        lines.append(number)
    table = np.array(rows, dtype=np.float64)
    if not rows:
        return Rows(np.empty((0, len(COLUMNS))), np.empty(0, dtype=np.int64))
    names = _names(path, table) if columns is None else columns
    if len(names) != table.shape[1]:
        raise InputError(
            f'{path}: has {table.shape[1]} columns, but --columns names '
            f'{len(names)}: {",".join(names)}'
        )
    values = np.full((len(rows), len(COLUMNS)), np.nan)
    for name, column in zip(names, table.T):
        if name != UNREAD:
            values[:, COLUMNS.index(name)] = column
    return Rows(values, np.array(lines))


def _fields(line: str) -> list[str]:
    """Fields of a row; an empty field stays, except after the last comma."""
    for separator in (';', ','):
        if separator in line:
            return line.strip().removesuffix(separator).split(separator)
    return line.split()


def _names(path: Path, table: np.ndarray) -> Sequence[str]:
    """Names of the columns, by their number and their values."""
    number = table.shape[1]
    if number <= len(COLUMNS):
        return COLUMNS[:number]
    if number == 10 and (table[:, 7:] == -1).all():
        return (*COLUMNS[:7], UNREAD, UNREAD, UNREAD)
    raise InputError(
        f'{path}: the meaning of its {number} columns is unknown (first row '
        f'{",".join(f"{v:g}" for v in table[0])}); name the columns, "-" for '
        f'an unread column, e.g. --columns {",".join(_guess(table))}'
    )


def _guess(table: np.ndarray) -> list[str]:
    """Likely names of the columns of a table, for an example."""
    names = list(_NEEDED)
    for column in table.T[len(_NEEDED) :]:
        is_flag = np.isin(column, (0, 1)).all()
        is_number = (column >= 0).all() and (column == np.trunc(column)).all()
        if is_flag and COLUMNS[6] not in names:
            names.append(COLUMNS[6])
        elif is_number and COLUMNS[7] not in names:
            names.append(COLUMNS[7])
        else:
            names.append(UNREAD)
    return names


def parse_columns(text: str) -> tuple[str, ...]:
    """Read names of columns that a user gives.

    Args:
        text (str): Names between commas.

    Returns:
        tuple[str]: The names.

    Raises:
        InputError: A name is unknown, repeated or missing.

    Example:
        >>> parse_columns('frame,id,x,y,w,h,-,class')[-2:]
        ('-', 'class')
    """
    names = tuple(name.strip() for name in text.split(','))
    unknown = [n for n in names if n not in (*COLUMNS, UNREAD)]
    missing = [n for n in _NEEDED if n not in names]
    twice = [n for n in COLUMNS if names.count(n) > 1]
    if unknown or missing or twice:
        raise InputError(
            f'--columns {text}: give each of {",".join(_NEEDED)} once, and '
            f'{",".join(COLUMNS[6:])} if the file has these columns; '
            f'"{UNREAD}" for any other column'
        )
    return names


def read_labels(sequence: Path) -> dict[int, str] | None:
    """Read the class names that CVAT and Datumaro put beside gt.txt.

    Args:
        sequence (Path): The sequence's folder.

    Returns:
        dict[int, str] | None: Name by class number, from 1, in lower case;
        None if the sequence has no ``labels.txt``.
    """
    for path in (sequence / 'gt/labels.txt', sequence / 'labels.txt'):
        if path.is_file():
            names = [x.strip() for x in read_text(path).splitlines()]
            return {i: name.lower() for i, name in enumerate(names, 1) if name}
    return None


def read_info(sequence: Path) -> SequenceInfo:
    """Read seqinfo.ini, if the sequence has one.

    Args:
        sequence (Path): The sequence's folder.

    Returns:
        SequenceInfo: Content of the file, or else the default folder.

    Raises:
        InputError: The file cannot be read, or has a wrong number.
    """
    path = sequence / 'seqinfo.ini'
    if not path.is_file():
        return SequenceInfo(sequence / 'img1')
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(path))
        info = parser['Sequence']
    except (configparser.Error, KeyError) as error:
        raise InputError(
            f'{path}: cannot be read ({" ".join(str(error).split())}); a '
            'section [Sequence] with each key once is needed. Correct the '
            'file, or remove it: the pictures suffice'
        ) from error
    numbers = {}
    for key in ('seqLength', 'imWidth', 'imHeight'):
        text = info.get(key, '')
        try:
            value = float(text or 0)
            numbers[key] = int(value)
        except (ValueError, OverflowError):
            value = np.nan
        if value < 0 or value != numbers.get(key):
            raise InputError(
                f'{path}: {key} is {text!r}, not a whole number; correct it'
            )
    width, height = numbers['imWidth'], numbers['imHeight']
    return SequenceInfo(
        sequence / info.get('imDir', 'img1'),
        info.get('imExt'),
        numbers['seqLength'] or None,
        (width, height) if width and height else None,
    )


def find_pictures(info: SequenceInfo) -> dict[int, Path]:
    """Find the pictures of a sequence by the numbers in their names.

    Args:
        info (SequenceInfo): Folder and suffix of the pictures.

    Returns:
        dict[int, Path]: Path by number, rising.

    Raises:
        FileNotFoundError: The folder has no picture.
        InputError: A picture has no number, or two pictures have the same
            number.
    """
    paths = [
        path
        for path in (info.folder.iterdir() if info.folder.is_dir() else ())
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith('.')
    ]
    if info.suffix is not None:
        as_said = [p for p in paths if p.suffix.lower() == info.suffix.lower()]
        paths = as_said or paths
    if not paths:
        raise FileNotFoundError(
            f'{info.folder}: holds no picture ({", ".join(_SUFFIXES)})'
        )
    found: dict[int, Path] = {}
    numbers = {path: re.findall(r'\d+', path.stem) for path in sorted(paths)}
    last = _last_varying(list(numbers.values()))
    for path, in_name in numbers.items():
        if not in_name:
            raise InputError(
                f'{path}: the name has no number of a frame; remove the file'
            )
        number = int(in_name[last])
        if number in found:
            raise InputError(
                f'{found[number]} and {path.name} are both of frame {number}, '
                'by the last number of their names that varies; rename or '
                'take away either picture'
            )
        found[number] = path
    return dict(sorted(found.items()))


def _last_varying(rows: list[list[str]]) -> int:
    """Position, from the end, of the last number that varies between names.

    This is the number of the frame, not a size or version after the number.
    """
    shortest = min(map(len, rows))
    for place in range(-1, -shortest - 1, -1):
        if len({row[place] for row in rows}) > 1:
            return place
    return -1
