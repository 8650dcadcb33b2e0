"""PRW, from its own annotation files."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth, Queries, SearchProtocol

from .base import Reader, check_names
from .galleries import CAMERA_PROTOCOLS, camera_protocol
from .mat import entries_of, load_mat, text_of
from .text import read_text
from .units import LARGEST

_QUERIES = 'query_info.txt'
_SPLITS = dict(
    train=('frame_train.mat', 'img_index_train', 'ID_train.mat', 'ID_train'),
    test=('frame_test.mat', 'img_index_test', 'ID_test.mat', 'ID_test2'),
)
_BOX_NAMES = ('box_new', 'anno_file', 'anno_previous')
#: Id of a person without identity; any negative id is read as this id.
UNLABELLED = -2


class PRWReader(Reader):
    """PRW (PRW-v16.04.20; Zheng et al., Person Re-identification in the
    Wild, CVPR 2017).

    Boxes follow SeqNet, on which published metrics rest. Annotated
    ``x, y, w, h`` are clipped at 0, then turned to ``x2 = x + w``, then
    truncated to integers. The box of a query is turned to ``x2 = x + w``,
    truncated, then clipped. Identities are numbered in the order of
    ``ID_train.mat`` or ``ID_test.mat``. Identities that only the frames
    hold follow: test frames hold a few training identities.

    Protocols: ``all`` (every test frame but the query's own),
    ``cross-camera`` (without the frames of the query's camera) and
    ``same-camera`` (only the frames of the query's camera). A protocol omits
    the queries without a positive in their gallery. Where an identity stands
    twice in a frame the first box counts.

    Args:
        root (str | Path): Folder that holds ``annotations`` and
            ``frame_train.mat``.
        test (bool): True to read the test split. Defaults to False.
    """

    img_dir = 'frames'
    published_counts = {
        'training images': 5704,
        'training boxes': 18048,
        'training identities': 483,
        'test images': 6112,
        'test boxes': 25062,
        'queries': 2057,
        'queried identities': 450,
        'image files': 11816,
    }

    def files(self) -> tuple[Path, ...]:
        """See :meth:`Reader.files`."""
        frame_file, _, id_file, _ = self._split
        names = ['annotations', frame_file, id_file]
        if self.test:
            names.append(_QUERIES)
        return tuple(self.root / name for name in names)

    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> tuple[str, ...]:
        """``all``, ``cross-camera`` and ``same-camera``."""
        return CAMERA_PROTOCOLS

    def read_ground_truth(self) -> GroundTruth:
        """See :meth:`Reader.read_ground_truth`."""
        frame_file, frame_name, id_file, id_name = self._split
        with entries_of(self.root / frame_file, 'the name of a frame'):
            frames = [
                text_of(name).removesuffix('.jpg')
                for name in load_mat(self.root / frame_file, frame_name)
            ]
        img_names = [f'{name}.jpg' for name in frames]
        # Names of annotation files, too.
        check_names(img_names, self.root / frame_file)
        raw_ids, boxes = self._read_frames(img_names)
        with entries_of(self.root / id_file, 'a whole number'):
            listed = load_mat(self.root / id_file, id_name).ravel()
            numbers = [_whole(raw) for raw in listed.tolist()]
        split_ids = [number for number in numbers if number >= 0]
        if len(split_ids) < len(numbers):
            self.notes.append(
                f'{self.root / id_file}: negative numbers, of persons without '
                f'identity, left out: {len(numbers) - len(split_ids)}'
            )
        others = set(np.concatenate([[], *raw_ids]).astype(int).tolist())
        others -= {*split_ids, UNLABELLED}
        names = [int(raw) for raw in (*split_ids, *sorted(others))]
        person_id_of = {raw: i for i, raw in enumerate(names)}
        if others:
            self.notes.append(
                f'{self.root / frame_file}: identities in its frames that '
                f'{id_file} does not list: {len(others)}'
            )
        return GroundTruth(
            img_names=tuple(img_names),
            boxes=boxes,
            person_ids=[
                np.array(
                    [person_id_of.get(raw, -1) for raw in ids.tolist()],
                    dtype=np.int64,
                )
                for ids in raw_ids
            ],
            cam_ids=np.array(
                [_camera(name, self.root / frame_file) for name in img_names],
                dtype=np.int64,
            ),
            person_id_names=tuple(map(str, names)),
        )

    def read_queries(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> Queries:
        """See :meth:`Reader.read_queries`."""
        return _read_queries(self.root / _QUERIES, ground_truth)

    def read_protocol(
        self, name: str, ground_truth: GroundTruth, queries: Queries
    ) -> SearchProtocol:
        """See :meth:`Reader.read_protocol`."""
        return camera_protocol(name, ground_truth, queries)

    @property
    def _split(self) -> tuple[str, str, str, str]:
        return _SPLITS['test' if self.test else 'train']

    def _read_frames(
        self, img_names: list[str]
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Raw ids (k,) and boxes (k, 4) by frame."""
        paths = [self.root / f'annotations/{name}.mat' for name in img_names]
        missing = [path for path in paths if not path.is_file()]
        if missing:
            raise FileNotFoundError(
                f'{missing[0]}: no such file; {len(missing)} of {len(paths)} '
                'frames have no annotation file; copy or download the folder '
                'annotations again'
            )
        all_ids, all_boxes, twice = [], [], []
        num_clipped = num_empty = 0
        for path, name in zip(paths, img_names):
            ids, boxes, outside, empty = _read_frame(path)
            num_clipped += outside
            num_empty += empty
            labelled = ids[ids != UNLABELLED].tolist()
            if len(set(labelled)) < len(labelled):
                twice.append(name)
            all_ids.append(ids)
            all_boxes.append(boxes)
        folder = self.root / 'annotations'
        if num_clipped:
            self.notes.append(
                f'{folder}: boxes that begin left of or above '
                f'their frame and are clipped: {num_clipped}'
            )
        if num_empty:
            self.notes.append(
                f'{folder}: boxes dropped for want of width or height inside '
                f'their frame: {num_empty}'
            )
        if twice:
            self.notes.append(
                f'{folder}: frames that hold an identity twice, of which the '
                f'first box counts: {", ".join(twice)}'
            )
        return all_ids, all_boxes


def _read_frame(path: Path) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Raw ids and boxes of a frame, numbers of clipped and dropped boxes.

    Ids are (k,) int64, ``UNLABELLED`` in place of any negative id; boxes are
    (k, 4) float64.
    """
    with entries_of(path, 'a row of id, x, y, w, h'):
        stored = np.atleast_2d(load_mat(path, _BOX_NAMES))
        if stored.dtype.kind == 'c':
            raise TypeError('complex numbers')
        rows = stored.astype(np.float64)
    if rows.size == 0:
        rows = rows.reshape(0, 5)
    if rows.ndim != 2 or rows.shape[1] != 5:
        raise InputError(
            f'{path}: rows must be id, x, y, w, h, but the array '
            f'has shape {rows.shape}; download the file again'
        )
    if not (abs(rows) < LARGEST).all() or (rows[:, 0] % 1).any():
        raise InputError(
            f'{path}: rows must be id, x, y, w, h, but a row has a fraction '
            'for an id, NaN, or a number beyond any frame; download the file '
            'again'
        )
    ids = np.where(rows[:, 0] < 0, UNLABELLED, rows[:, 0]).astype(np.int64)
    boxes = np.clip(rows[:, 1:], 0, None)
    boxes[:, 2:] += boxes[:, :2]
    boxes = np.trunc(boxes)
    keep = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    num_clipped = int((rows[:, 1:3] < 0).any(axis=1).sum())
    return ids[keep], boxes[keep], num_clipped, int((~keep).sum())


def _whole(value: float) -> int:
    """A whole number as an integer.

    Raises:
        ValueError: The number is a fraction, infinite or NaN.
    """
    if value % 1 != 0:
        raise ValueError(f'{value} is no whole number')
    return int(value)


def _camera(name: str, path: Path) -> int:
    """Number of the camera of a frame, from its name."""
    match = re.match(r'c(\d+)', name)
    if match is None:
        raise InputError(
            f'{path}: the frame {name} does not begin with its '
            'camera, as c1s1_000151 does; rename it'
        )
    return int(match.group(1))


def _read_queries(path: Path, ground_truth: GroundTruth) -> Queries:
    """Read lines of identity, box and frame."""
    img_id_of = {name: i for i, name in enumerate(ground_truth.img_names)}
    person_id_of = {
        name: i for i, name in enumerate(ground_truth.person_id_names)
    }
    img_ids, boxes, person_ids = [], [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            raw, *xywh, name = line.split()
            raw = str(_whole(float(raw)))
            name = name.removesuffix('.jpg')
            x, y, w, h = map(float, xywh)
        except ValueError:
            raise InputError(
                f'{path}, line {number}: {line.strip()!r} is '
                'not "id x y w h name"; correct it'
            ) from None
        if f'{name}.jpg' not in img_id_of:
            raise InputError(
                f'{path}, line {number}: the frame {name} is '
                'not in frame_test.mat; correct or remove it'
            )
        if raw not in person_id_of:
            raise InputError(
                f'{path}, line {number}: the identity {raw} is '
                'not in ID_test.mat; correct or remove it'
            )
        img_ids.append(img_id_of[f'{name}.jpg'])
        boxes.append((x, y, x + w, y + h))
        person_ids.append(person_id_of[raw])
    if not boxes:
        raise InputError(f'{path}: holds no query; download the file again')
    return Queries(
        img_ids=np.array(img_ids, dtype=np.int64),
        boxes=np.clip(np.trunc(boxes), 0, None),
        person_ids=np.array(person_ids, dtype=np.int64),
    )
