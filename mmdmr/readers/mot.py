"""Tracked video in the MOT Challenge's folders."""

import configparser
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np
from PIL import Image

#: Classes of the MOT Challenge: people to be found, and what is neither
#: person nor background (on a vehicle, static, distractor, reflection).
PEDESTRIAN = 1
AMBIGUOUS = (2, 7, 8, 12)


def find_sequences(folder: Path) -> List[Path]:
    """Sequences in a folder, or the folder itself if it is one.

    Args:
        folder (Path): Holds ``gt/gt.txt``, or folders that do.

    Returns:
        list[Path]: The sequences' folders, by name.

    Raises:
        FileNotFoundError: There is none.
    """
    if (folder / 'gt/gt.txt').is_file():
        return [folder]
    sequences = sorted(path.parents[1] for path in folder.glob('*/gt/gt.txt'))
    if not sequences:
        raise FileNotFoundError(
            f'{folder}: neither a MOT sequence (with '
            'gt/gt.txt) nor a folder of such'
        )
    return sequences


def read_sequence(
    sequence: Path, every: int = 1, min_visibility: float = 0.1
) -> List[dict]:
    """Read the frames of a sequence.

    Rows of ``gt.txt`` are ``frame, id, x, y, w, h`` and, optionally, whether
    to consider the row, class and visibility; pixels and frames count from
    1. Pedestrians are kept with their identity; rows not to be considered,
    ambiguous classes and hardly visible persons become crowd regions; other
    classes are left out.

    Args:
        sequence (Path): The sequence's folder.
        every (int): Keep every n-th frame, the first on. Defaults to 1.
        min_visibility (float): Least visible share of a person in [0, 1].
            Defaults to 0.1.

    Returns:
        list[dict]: Per frame ``path``, ``width``, ``height`` and ``persons``,
        a list of ``bbox`` (x, y, w, h) with ``id``, None for a crowd region.

    Raises:
        FileNotFoundError: A frame has no image.
        ValueError: A row is broken.
    """
    rows = _read_rows(sequence / 'gt/gt.txt')
    folder, suffix, num_frames, size = _sequence_info(sequence)
    if num_frames is None:
        num_frames = int(rows[:, 0].max(initial=0))
    by_frame: Dict[int, List[dict]] = {}
    for frame, person, x, y, w, h, considered, kind, visible in rows:
        if kind == PEDESTRIAN and considered and visible >= min_visibility:
            name: Optional[int] = int(person)
        elif kind == PEDESTRIAN or kind in AMBIGUOUS:
            name = None
        else:
            continue
        by_frame.setdefault(int(frame), []).append(
            dict(bbox=[x - 1, y - 1, w, h], id=name)
        )
    frames = []
    for number in range(1, num_frames + 1, every):
        path = folder / f'{number:06d}{suffix}'
        if not path.is_file():
            raise FileNotFoundError(
                f'{path}: the image of frame {number} is missing'
            )
        if size is None:
            with Image.open(path) as image:
                size = image.size
        frames.append(
            dict(
                path=path,
                width=size[0],
                height=size[1],
                persons=by_frame.get(number, []),
            )
        )
    return frames


def _read_rows(path: Path) -> np.ndarray:
    """(n, 9) rows; what the file leaves out counts as 1."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = [float(value) for value in line.split(',')]
        except ValueError:
            row = []
        if len(row) < 6:
            raise ValueError(
                f'{path}, line {number}: {line.strip()!r} is not '
                '"frame,id,x,y,w,h[,considered,class,'
                'visibility]"; correct it'
            )
        rows.append([*row[:9], *[1.0] * (9 - len(row))])
    return np.array(rows, dtype=np.float64).reshape(-1, 9)


def _sequence_info(
    sequence: Path,
) -> Tuple[Path, str, Optional[int], Optional[Tuple[int, int]]]:
    """Folder, suffix, number and size of the images."""
    parser = configparser.ConfigParser()
    parser.read(sequence / 'seqinfo.ini')
    if not parser.has_section('Sequence'):
        return sequence / 'img1', '.jpg', None, None
    info = parser['Sequence']
    width, height = info.getint('imWidth'), info.getint('imHeight')
    return (
        sequence / info.get('imDir', 'img1'),
        info.get('imExt', '.jpg'),
        info.getint('seqLength'),
        (width, height) if width and height else None,
    )
