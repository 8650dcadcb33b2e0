"""CUHK-SYSU, from its own annotation files."""
import logging
import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from mmengine.logging import print_log

from mmdmr.registry import DATASETS
from mmdmr.structures import GroundTruth, Queries, SearchProtocol
from .base import PersonSearchDataset, RemainderGalleries
from .mat import load_mat, unwrap

_IMAGES = 'annotation/Images.mat'
_POOL = 'annotation/pool.mat'
_TRAIN = 'annotation/test/train_test/Train.mat'
_TEST_DIR = 'annotation/test/train_test'
_LABELS = 'G50'


class _Appearance(NamedTuple):
    """One listing of an image: (4,) ``x, y, w, h``, or (0,) in a negative."""
    img_name: str
    xywh: np.ndarray


class _Search(NamedTuple):
    """One query with the listings of its gallery."""
    person: str
    query: _Appearance
    gallery: List[_Appearance]


@DATASETS.register_module()
class CUHKSYSUDataset(PersonSearchDataset):
    """CUHK-SYSU.

    Reads ``Images.mat`` (boxes), ``pool.mat`` (test images; all others are
    for training), ``Train.mat`` (training identities) and, in test mode,
    ``TestG50.mat`` (test identities, queries) and the ``TestG*.mat`` of the
    protocols. An identity belongs to the box of exactly the same
    ``x, y, w, h``. Boxes without width or height are dropped.

    Protocols: ``G50``, ``G100``, ... as there are ``TestG*.mat`` (a gallery
    image listed twice is searched once, but counts twice in the recall, as
    SeqNet has it), and ``full``: the images listed in ``TestG50.mat``, then
    every other test image but the query's own.

    Args:
        data_root (str): Folder that holds ``Image/SSM`` and ``annotation``.
        protocols (Sequence[str]): Protocols to be read in test mode, the
            headline first. Defaults to ``('G100', )``.
        data_prefix (dict): ``img``: folder of the images, below
            ``data_root`` or absolute. Defaults to ``dict(img='Image/SSM')``.
        **kwargs: As for :class:`PersonSearchDataset`.

    Raises:
        FileNotFoundError: A folder or annotation file is missing.
        ValueError: An annotation file is broken or contradicts another, or a
            protocol is unknown.
    """

    def __init__(self,
                 data_root: str,
                 protocols: Sequence[str] = ('G100', ),
                 data_prefix: dict = dict(img='Image/SSM'),
                 **kwargs) -> None:
        super().__init__(
            data_root=data_root,
            protocols=protocols,
            data_prefix=data_prefix,
            **kwargs)

    def available_protocols(self) -> Tuple[str, ...]:
        """Names of the protocols whose files are there.

        Returns:
            tuple[str]: By gallery size, then ``full``.
        """
        sizes = [
            int(match.group(1))
            for path in self.path(_TEST_DIR).glob('TestG*.mat')
            if (match := re.fullmatch(r'TestG(\d+)', path.stem))
        ]
        return (*(f'G{size}' for size in sorted(sizes)), 'full')

    def load_ground_truth(self) -> Tuple[GroundTruth, Tuple[str, ...]]:
        """See :meth:`PersonSearchDataset.load_ground_truth`."""
        labels = _test_file(_LABELS) if self.test_mode else _TRAIN
        self.require(self.data_prefix['img'],
                     *map(self.path, (_IMAGES, _POOL, labels)))
        all_boxes = self._read_images()
        pool = [str(name) for name in load_mat(self.path(_POOL), 'pool')]
        unknown = [name for name in pool if name not in all_boxes]
        if unknown:
            raise ValueError(
                f'{self.path(_POOL)}: {len(unknown)} images, {unknown[0]} '
                f'first, are not in {_IMAGES}; take both files from the same '
                'download')
        if self.test_mode:
            persons = self._read_test_persons()
            img_names = pool
        else:
            persons = self._read_train_persons()
            test_names = set(pool)
            img_names = [name for name in all_boxes if name not in test_names]

        xywhs = [all_boxes[name] for name in img_names]
        person_ids = _attach(img_names, xywhs, persons, self.path(labels))
        ground_truth = GroundTruth(
            img_names=tuple(img_names),
            boxes=[_to_xyxy(xywh) for xywh in xywhs],
            person_ids=person_ids,
            cam_ids=np.full(len(img_names), -1, dtype=np.int64))
        return ground_truth, tuple(persons)

    def load_queries(
        self, ground_truth: GroundTruth, person_id_names: Tuple[str, ...]
    ) -> Tuple[Queries, Dict[str, SearchProtocol]]:
        """See :meth:`PersonSearchDataset.load_queries`."""
        img_ids = {name: i for i, name in enumerate(ground_truth.img_names)}
        person_ids = {name: i for i, name in enumerate(person_id_names)}
        searches = self._read_searches(_LABELS)
        self._check_images(_LABELS, searches, img_ids)
        queries = Queries(
            img_ids=np.array([img_ids[s.query.img_name] for s in searches],
                             dtype=np.int64),
            boxes=_to_xyxy(np.stack([s.query.xywh for s in searches])),
            person_ids=np.array([person_ids[s.person] for s in searches],
                                dtype=np.int64))
        protocols = {}
        for name in self.protocols:
            listed = searches
            if name not in ('full', _LABELS):
                listed = self._read_searches(name)
                self._check_images(name, listed, img_ids)
                self._check_same_queries(name, listed, searches)
            protocols[name] = _protocol(name, listed, img_ids, queries)
        return queries, protocols

    def _read_images(self) -> Dict[str, np.ndarray]:
        """Boxes (k, 4) float64 ``x, y, w, h`` by image name."""
        path = self.path(_IMAGES)
        boxes = {}
        for record in load_mat(path, 'Img', ('imname', 'box')):
            name = str(unwrap(record['imname']))
            listed = np.atleast_1d(record['box'])
            xywh = [
                _xywh(unwrap(box['idlocate']), path, name) for box in listed
            ] if listed.size else []
            xywh = np.array(xywh, dtype=np.float64).reshape(-1, 4)
            boxes[name] = xywh[(xywh[:, 2] > 0) & (xywh[:, 3] > 0)]
        return boxes

    def _read_train_persons(self) -> Dict[str, List[_Appearance]]:
        """Appearances by identity, in the file's order."""
        path = self.path(_TRAIN)
        persons = {}
        for record in load_mat(path, 'Train'):
            record = np.atleast_1d(record)[0]
            try:
                name = str(unwrap(record['idname']))
                scene = np.atleast_1d(unwrap(record['scene']))
                persons.setdefault(name, []).extend(
                    _appearance(item, path, name) for item in scene)
            except (IndexError, TypeError, KeyError) as error:
                raise ValueError(
                    f'{path}: entry {len(persons)} is not a struct of idname '
                    f'and scene ({error}); download the file again') from error
        return persons

    def _read_test_persons(self) -> Dict[str, List[_Appearance]]:
        """Appearances by identity, in the order of the queries."""
        persons = {}
        for search in self._read_searches(_LABELS):
            persons.setdefault(search.person, []).extend(
                [search.query, *filter(_is_positive, search.gallery)])
        return persons

    def _read_searches(self, protocol: str) -> List[_Search]:
        """Queries and galleries of one ``TestG*.mat``, in its order."""
        path = self.path(_test_file(protocol))
        searches = []
        for record in load_mat(path, path.stem, ('Query', 'Gallery')):
            query = np.atleast_1d(record['Query'])[0]
            person = str(unwrap(query['idname']))
            searches.append(
                _Search(person, _appearance(query, path, person), [
                    _appearance(item, path, person)
                    for item in np.atleast_1d(record['Gallery'])
                ]))
        return searches

    def _check_images(self, protocol: str, searches: List[_Search],
                      img_ids: Dict[str, int]) -> None:
        path = self.path(_test_file(protocol))
        for i, search in enumerate(searches):
            for what, item in (('query', search.query),
                               *(('gallery', g) for g in search.gallery)):
                if item.img_name not in img_ids:
                    raise ValueError(
                        f'{path}: the {what} image {item.img_name} of query '
                        f'{i} ({search.person}) is not a test image of '
                        f'{_POOL}; take both files from the same download')
            if not _is_positive(search.query):
                raise ValueError(f'{path}: query {i} ({search.person}) has '
                                 'no box; download the file again')

    def _check_same_queries(self, protocol: str, searches: List[_Search],
                            expected: List[_Search]) -> None:
        same = len(searches) == len(expected) and all(
            a.person == b.person and a.query.img_name == b.query.img_name
            and np.array_equal(a.query.xywh, b.query.xywh)
            for a, b in zip(searches, expected))
        if not same:
            raise ValueError(
                f'{self.path(_test_file(protocol))}: its queries are not '
                f'those of {_test_file(_LABELS)}; take both files from the '
                'same download')


def _test_file(protocol: str) -> str:
    return f'{_TEST_DIR}/Test{protocol}.mat'


def _is_positive(appearance: _Appearance) -> bool:
    return appearance.xywh.size > 0


def _xywh(value: np.ndarray, path: Path, entry: str) -> np.ndarray:
    """Widen a box: the files hold uint8 and uint16, in which x + w wraps."""
    box = np.asarray(value, dtype=np.float64).ravel()
    if box.size != 4:
        raise ValueError(f'{path}: a box of {entry} has {box.size} numbers '
                         'in place of x, y, w, h; download the file again')
    return box


def _appearance(item: np.void, path: Path, entry: str) -> _Appearance:
    box = np.asarray(unwrap(item['idlocate']))
    if box.size:
        box = _xywh(box, path, entry)
    return _Appearance(str(unwrap(item['imname'])), box)


def _to_xyxy(xywh: np.ndarray) -> np.ndarray:
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def _attach(img_names: Sequence[str], xywhs: Sequence[np.ndarray],
            persons: Dict[str, List[_Appearance]],
            path: Path) -> List[np.ndarray]:
    """Give each box that an identity's appearance equals that identity.

    Returns:
        list[np.ndarray]: Per image (k,) int64 person ids, -1 unlabelled.
    """
    person_ids = [np.full(len(xywh), -1, dtype=np.int64) for xywh in xywhs]
    rows = {}
    for i, (name, xywh) in enumerate(zip(img_names, xywhs)):
        for row, box in enumerate(xywh.tolist()):
            rows.setdefault((name, *box), (i, row))
    unmatched = []
    for person_id, (person, appearances) in enumerate(persons.items()):
        for name, box in appearances:
            if (key := (name, *box.tolist())) in rows:
                i, row = rows[key]
                person_ids[i][row] = person_id
            else:
                unmatched.append(f'{person} in {name}')
    if unmatched:
        print_log(
            f'{path}: {len(unmatched)} appearances, {unmatched[0]} first, '
            f'equal no box of {_IMAGES} and label none',
            logger='current',
            level=logging.WARNING)
    return person_ids


def _protocol(name: str, searches: List[_Search], img_ids: Dict[str, int],
              queries: Queries) -> SearchProtocol:
    """Turn listings into image indices; queries without a positive go."""
    query_ids, galleries, gt_img_ids, gt_boxes = [], [], [], []
    for query_id, search in enumerate(searches):
        positives = [item for item in search.gallery if _is_positive(item)]
        if not positives:
            continue
        listed = dict.fromkeys(img_ids[g.img_name] for g in search.gallery)
        query_ids.append(query_id)
        galleries.append(np.array(list(listed), dtype=np.int64))
        gt_img_ids.append(
            np.array([img_ids[p.img_name] for p in positives],
                     dtype=np.int64))
        gt_boxes.append(_to_xyxy(np.stack([p.xywh for p in positives])))
    if len(query_ids) < len(searches):
        print_log(
            f'protocol {name}: {len(searches) - len(query_ids)} of '
            f'{len(searches)} queries have nothing to be found and are left '
            'out',
            logger='current',
            level=logging.WARNING)
    query_ids = np.array(query_ids, dtype=np.int64)
    if name == 'full':
        galleries = RemainderGalleries(
            len(img_ids), galleries, queries.img_ids[query_ids][:, None])
    return SearchProtocol(name, query_ids, galleries, gt_img_ids, gt_boxes)
