"""The files of a MOT sequence: rows, labels, seqinfo.ini, pictures."""

import configparser
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .text import read_text

#: Columns of gt.txt in the order of the MOT Challenge; the first six must be.
COLUMNS = (
    *('frame', 'id', 'x', 'y', 'w', 'h'),
    *('considered', 'class', 'visibility'),
)
_NEEDED = COLUMNS[:6]
#: What stands for a column that is not read.
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
            where the file has no such column.
        lines (np.ndarray): (n,) line of each row, from 1.
    """

    values: np.ndarray
    lines: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """One column, (n,).

        Args:
            name (str): One of ``COLUMNS``.

        Returns:
            np.ndarray: Its values.
        """
        return self.values[:, COLUMNS.index(name)]


class SequenceInfo(NamedTuple):
    """What seqinfo.ini says.

    Args:
        folder (Path): Of the pictures.
        suffix (str, optional): Of the pictures, with its dot.
        length (int, optional): Number of frames.
        size (tuple[int, int], optional): Width and height in pixels.
    """

    folder: Path
    suffix: str | None = None
    length: int | None = None
    size: tuple[int, int] | None = None


def read_rows(path: Path, columns: Sequence[str] | None = None) -> Rows:
    """Read gt.txt: numbers between commas, semicolons or spaces.

    Args:
        path (Path): The file.
        columns (Sequence[str], optional): Name of each column, one of
            ``COLUMNS`` or "-". Defaults to None: six to nine columns are
            those of ``COLUMNS``; of ten, the last three are not read if all
            of them are -1, as trackers and the MOT Challenge of 2015 write.

    Returns:
        Rows: The rows.

    Raises:
        ValueError: A row is broken, or what its columns mean is not known.
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
            raise ValueError(
                f'{path}, line {number}: {line.strip()!r} is not '
                '"frame,id,x,y,w,h[,considered,class,visibility]"; correct it'
            )
        if rows and len(row) != len(rows[0]):
            raise ValueError(
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
        raise ValueError(
            f'{path}: has {table.shape[1]} columns, but --columns names '
            f'{len(names)}: {",".join(names)}'
        )
    values = np.full((len(rows), len(COLUMNS)), np.nan)
    for name, column in zip(names, table.T):
        if name != UNREAD:
            values[:, COLUMNS.index(name)] = column
    return Rows(values, np.array(lines))


def _fields(line: str) -> list[str]:
    """Fields of a row; an empty one stays, but for one behind the last."""
    for separator in (';', ','):
        if separator in line:
            return line.strip().removesuffix(separator).split(separator)
    return line.split()


def _names(path: Path, table: np.ndarray) -> Sequence[str]:
    """Names of the columns, by their number and what is in them."""
    number = table.shape[1]
    if number <= len(COLUMNS):
        return COLUMNS[:number]
    if number == 10 and (table[:, 7:] == -1).all():
        return (*COLUMNS[:7], UNREAD, UNREAD, UNREAD)
    raise ValueError(
        f'{path}: what its {number} columns mean is not known (first row '
        f'{",".join(f"{v:g}" for v in table[0])}); name them, "-" for one '
        f'that is not read, e.g. --columns {",".join(_guess(table))}'
    )


def _guess(table: np.ndarray) -> list[str]:
    """Names that the columns of a table may have, for an example."""
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
        ValueError: A name is unknown, repeated or missing.

    Example:
        >>> parse_columns('frame,id,x,y,w,h,-,class')[-2:]
        ('-', 'class')
    """
    names = tuple(name.strip() for name in text.split(','))
    unknown = [n for n in names if n not in (*COLUMNS, UNREAD)]
    missing = [n for n in _NEEDED if n not in names]
    twice = [n for n in COLUMNS if names.count(n) > 1]
    if unknown or missing or twice:
        raise ValueError(
            f'--columns {text}: give each of {",".join(_NEEDED)} once, and '
            f'{",".join(COLUMNS[6:])} where there are such; "{UNREAD}" for '
            'any other'
        )
    return names


def read_labels(sequence: Path) -> dict[int, str] | None:
    """Read the class names that CVAT and Datumaro put beside gt.txt.

    Args:
        sequence (Path): The sequence's folder.

    Returns:
        dict[int, str] | None: Name by class number, from 1, in lower case;
        None where there is no ``labels.txt``.
    """
    for path in (sequence / 'gt/labels.txt', sequence / 'labels.txt'):
        if path.is_file():
            names = [x.strip() for x in read_text(path).splitlines()]
            return {i: name.lower() for i, name in enumerate(names, 1) if name}
    return None


def read_info(sequence: Path) -> SequenceInfo:
    """Read seqinfo.ini, if there is one.

    Args:
        sequence (Path): The sequence's folder.

    Returns:
        SequenceInfo: What it says.

    Raises:
        ValueError: It cannot be read, or a number in it is none.
    """
    path = sequence / 'seqinfo.ini'
    if not path.is_file():
        return SequenceInfo(sequence / 'img1')
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(path))
        info = parser['Sequence']
    except (configparser.Error, KeyError) as error:
        raise ValueError(
            f'{path}: cannot be read ({" ".join(str(error).split())}); it '
            'must have a section [Sequence] with each key once. Correct it, '
            'or remove it: the pictures tell as much'
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
            raise ValueError(
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
        info (SequenceInfo): Where they are.

    Returns:
        dict[int, Path]: Path by number, rising.

    Raises:
        FileNotFoundError: There is none.
        ValueError: A picture has no number, or two have the same.
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
            f'{info.folder}: no picture is there ({", ".join(_SUFFIXES)})'
        )
    found: dict[int, Path] = {}
    numbers = {path: re.findall(r'\d+', path.stem) for path in sorted(paths)}
    last = _last_varying(list(numbers.values()))
    for path, in_name in numbers.items():
        if not in_name:
            raise ValueError(
                f'{path}: its name has no number of a frame; take it away'
            )
        number = int(in_name[last])
        if number in found:
            raise ValueError(
                f'{found[number]} and {path.name} are both of frame {number}, '
                'by the last number of their names that varies; rename them '
                'or take one away'
            )
        found[number] = path
    return dict(sorted(found.items()))


def _last_varying(rows: list[list[str]]) -> int:
    """Place, from the end, of the last number that is not the same in all
    names: that of the frame, not the size or version behind it.
    """
    shortest = min(map(len, rows))
    for place in range(-1, -shortest - 1, -1):
        if len({row[place] for row in rows}) > 1:
            return place
    return -1
