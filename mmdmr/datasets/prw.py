"""PRW, from its own annotation files."""
import logging
import re
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np
from mmengine.logging import print_log

from mmdmr.registry import DATASETS
from mmdmr.structures import GroundTruth, Queries, SearchProtocol
from .base import PersonSearchDataset, RemainderGalleries
from .mat import load_mat

_QUERIES = 'query_info.txt'
_SPLITS = dict(
    train=('frame_train.mat', 'img_index_train', 'ID_train.mat', 'ID_train'),
    test=('frame_test.mat', 'img_index_test', 'ID_test.mat', 'ID_test2'))
_BOX_NAMES = ('box_new', 'anno_file', 'anno_previous')
_UNLABELLED = -2
_PROTOCOLS = ('all', 'cross-camera', 'same-camera')


@DATASETS.register_module()
class PRWDataset(PersonSearchDataset):
    """PRW (PRW-v16.04.20).

    Boxes follow SeqNet, on which published figures rest: annotated
    ``x, y, w, h`` are clipped at 0, then ``x2 = x + w``, then truncated to
    integers; a query's box is made ``x2 = x + w``, truncated, then clipped.
    Identities are numbered in the order of ``ID_train.mat`` or
    ``ID_test.mat``; any others met in the frames follow (test frames hold
    some training identities).

    Protocols: ``all`` (every test frame but the query's own),
    ``cross-camera`` (without the frames of the query's camera) and
    ``same-camera`` (only those). A query left without ground truth under a
    protocol is left out of it. Where an identity stands twice in a frame the
    first box counts.

    Args:
        data_root (str): Folder that holds ``frames``, ``annotations`` and
            ``frame_train.mat``.
        protocols (Sequence[str]): Protocols to be read in test mode, the
            headline first. Defaults to ``('all', )``.
        data_prefix (dict): ``img``: folder of the frames, below
            ``data_root`` or absolute. Defaults to ``dict(img='frames')``.
        **kwargs: As for :class:`PersonSearchDataset`.

    Raises:
        FileNotFoundError: A folder or annotation file is missing.
        ValueError: An annotation file is broken, or a protocol is unknown.
    """

    def __init__(self,
                 data_root: str,
                 protocols: Sequence[str] = ('all', ),
                 data_prefix: dict = dict(img='frames'),
                 **kwargs) -> None:
        super().__init__(
            data_root=data_root,
            protocols=protocols,
            data_prefix=data_prefix,
            **kwargs)

    def available_protocols(self) -> Tuple[str, ...]:
        """Names of the protocols.

        Returns:
            tuple[str]: Names.
        """
        return _PROTOCOLS

    def load_ground_truth(self) -> Tuple[GroundTruth, Tuple[str, ...]]:
        """See :meth:`PersonSearchDataset.load_ground_truth`."""
        split = 'test' if self.test_mode else 'train'
        frame_file, frame_name, id_file, id_name = _SPLITS[split]
        needed = ['annotations', frame_file, id_file]
        if self.test_mode:
            needed.append(_QUERIES)
        self.require(self.data_prefix['img'], *map(self.path, needed))
        frames = load_mat(self.path(frame_file), frame_name)
        img_names = [f'{name}.jpg' for name in frames]
        raw_ids, boxes = zip(*(
            _read_frame(self.path(f'annotations/{name}.mat'))
            for name in img_names))
        split_ids = load_mat(self.path(id_file), id_name).ravel().tolist()
        others = set(np.concatenate(raw_ids).tolist())
        others -= {*split_ids, _UNLABELLED}
        names = [int(raw) for raw in (*split_ids, *sorted(others))]
        person_id_of = {raw: i for i, raw in enumerate(names)}
        ground_truth = GroundTruth(
            img_names=tuple(img_names),
            boxes=boxes,
            person_ids=[
                np.array([person_id_of.get(raw, -1) for raw in ids.tolist()],
                         dtype=np.int64) for ids in raw_ids
            ],
            cam_ids=np.array([
                _camera(name, self.path(frame_file)) for name in img_names
            ], dtype=np.int64))
        return ground_truth, tuple(map(str, names))

    def load_queries(
        self, ground_truth: GroundTruth, person_id_names: Tuple[str, ...]
    ) -> Tuple[Queries, Dict[str, SearchProtocol]]:
        """See :meth:`PersonSearchDataset.load_queries`."""
        queries = _read_queries(
            self.path(_QUERIES), ground_truth, person_id_names)
        appearances = _appearances(ground_truth)
        protocols = {
            name: _protocol(name, ground_truth, queries, appearances)
            for name in self.protocols
        }
        return queries, protocols


def _read_frame(path: Path) -> Tuple[np.ndarray, np.ndarray]:
    """Raw ids (k,) int64 and boxes (k, 4) float64 of one frame."""
    rows = np.atleast_2d(load_mat(path, _BOX_NAMES)).astype(np.float64)
    if rows.size == 0:
        rows = rows.reshape(0, 5)
    if rows.ndim != 2 or rows.shape[1] != 5:
        raise ValueError(f'{path}: rows must be id, x, y, w, h, but the array '
                         f'has shape {rows.shape}; download the file again')
    boxes = np.clip(rows[:, 1:], 0, None)
    boxes[:, 2:] += boxes[:, :2]
    boxes = np.trunc(boxes)
    keep = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return rows[keep, 0].astype(np.int64), boxes[keep]


def _camera(name: str, path: Path) -> int:
    match = re.match(r'c(\d)', name)
    if match is None:
        raise ValueError(f'{path}: the frame {name} does not begin with its '
                         'camera, as c1s1_000151 does; rename it')
    return int(match.group(1))


def _read_queries(path: Path, ground_truth: GroundTruth,
                  person_id_names: Tuple[str, ...]) -> Queries:
    img_id_of = {name: i for i, name in enumerate(ground_truth.img_names)}
    person_id_of = {name: i for i, name in enumerate(person_id_names)}
    img_ids, boxes, person_ids = [], [], []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            raw, *xywh, name = line.split()
            raw = str(int(float(raw)))
            x, y, w, h = map(float, xywh)
        except ValueError:
            raise ValueError(f'{path}, line {number}: {line.strip()!r} is '
                             'not "id x y w h name"; correct it') from None
        if f'{name}.jpg' not in img_id_of:
            raise ValueError(f'{path}, line {number}: the frame {name} is '
                             'not in frame_test.mat; correct or remove it')
        if raw not in person_id_of:
            raise ValueError(f'{path}, line {number}: the identity {raw} is '
                             'not in ID_test.mat; correct or remove it')
        img_ids.append(img_id_of[f'{name}.jpg'])
        boxes.append((x, y, x + w, y + h))
        person_ids.append(person_id_of[raw])
    if not boxes:
        raise ValueError(f'{path}: holds no query; download it again')
    return Queries(
        img_ids=np.array(img_ids, dtype=np.int64),
        boxes=np.clip(np.trunc(boxes), 0, None),
        person_ids=np.array(person_ids, dtype=np.int64))


def _appearances(
        ground_truth: GroundTruth) -> List[Tuple[np.ndarray, np.ndarray]]:
    """Image indices (p,) and first boxes (p, 4) of each identity."""
    found = {}
    for img_id, (boxes, person_ids) in enumerate(
            zip(ground_truth.boxes, ground_truth.person_ids)):
        for box, person_id in zip(boxes, person_ids.tolist()):
            found.setdefault(person_id, {}).setdefault(img_id, box)
    return {
        person_id: (np.array(list(images), dtype=np.int64),
                    np.stack(list(images.values())))
        for person_id, images in found.items()
    }


def _protocol(name: str, ground_truth: GroundTruth, queries: Queries,
              appearances: dict) -> SearchProtocol:
    cam_ids = ground_truth.cam_ids
    of_camera = {cam: cam_ids == cam for cam in np.unique(cam_ids)}
    nowhere = (np.empty(0, dtype=np.int64), np.empty((0, 4)))
    query_ids, excluded, gt_img_ids, gt_boxes = [], [], [], []
    for query_id, (img_id, person_id) in enumerate(
            zip(queries.img_ids, queries.person_ids.tolist())):
        leave_out = np.arange(len(cam_ids)) == img_id
        if name == 'cross-camera':
            leave_out |= of_camera[cam_ids[img_id]]
        elif name == 'same-camera':
            leave_out |= ~of_camera[cam_ids[img_id]]
        images, boxes = appearances.get(person_id, nowhere)
        right = ~leave_out[images]
        if right.any():
            query_ids.append(query_id)
            excluded.append(leave_out)
            gt_img_ids.append(images[right])
            gt_boxes.append(boxes[right])
    if len(query_ids) < len(queries.img_ids):
        print_log(
            f'protocol {name}: {len(queries.img_ids) - len(query_ids)} of '
            f'{len(queries.img_ids)} queries have nothing to be found and '
            'are left out',
            logger='current',
            level=logging.WARNING)
    no_image = np.empty(0, dtype=np.int64)
    return SearchProtocol(
        name, np.array(query_ids, dtype=np.int64),
        RemainderGalleries(
            len(cam_ids), [no_image] * len(query_ids), excluded), gt_img_ids,
        gt_boxes)
