"""CUHK-SYSU, from its own annotation files."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.structures import (
    GroundTruth,
    Queries,
    RemainderGalleries,
    SearchProtocol,
)

from .base import Reader
from .mat import entries_of, load_mat, unwrap

_IMAGES = 'annotation/Images.mat'
_POOL = 'annotation/pool.mat'
_TRAIN = 'annotation/test/train_test/Train.mat'
_TEST_DIR = 'annotation/test/train_test'
_LABELS = 'G50'
#: Protocols of hard queries: file and variable.
_SUBSETS = {
    'occlusion': ('annotation/test/subset/Occlusion.mat', 'Occlusion1'),
    'resolution': ('annotation/test/subset/Resolution.mat', 'Test_Size'),
}


class _Appearance(NamedTuple):
    """One listing of an image: (4,) ``x, y, w, h``, or (0,) in a negative."""

    img_name: str
    xywh: np.ndarray


class _Search(NamedTuple):
    """One query with the listings of its gallery."""

    person: str
    query: _Appearance
    gallery: list[_Appearance]


class CUHKSYSUReader(Reader):
    """CUHK-SYSU.

    Reads ``Images.mat`` (boxes), ``pool.mat`` (test images; all others are
    for training), ``Train.mat`` (training identities) and, for the test,
    ``TestG50.mat`` (test identities, queries) and the ``TestG*.mat`` of the
    protocols. An identity belongs to the box of exactly the same
    ``x, y, w, h``. Boxes without width or height are dropped.

    Protocols: ``G50``, ``G100``, ... as there are ``TestG*.mat`` (a gallery
    image listed twice is searched once, but counts twice in the recall, as
    SeqNet has it); ``full``: the images listed in ``TestG50.mat``, then
    every other test image but the query's own; ``occlusion`` and
    ``resolution``: queries of hidden and of small persons, if
    ``annotation/test/subset`` is there.

    Args:
        root (str | Path): Folder that holds ``annotation``.
        test (bool): As for :class:`Reader`.
    """

    img_dir = 'Image/SSM'
    published_protocols = ('G100',)

    def files(self) -> tuple[Path, ...]:
        """See :meth:`Reader.files`."""
        labels = _test_file(_LABELS) if self.test else _TRAIN
        return tuple(self.root / name for name in (_IMAGES, _POOL, labels))

    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> tuple[str, ...]:
        """The sizes whose files are there, rising, ``full``, the subsets."""
        sizes = [
            int(match.group(1))
            for path in (self.root / _TEST_DIR).glob('TestG*.mat')
            if (match := re.fullmatch(r'TestG(\d+)', path.stem))
        ]
        subsets = [
            name
            for name, (path, _) in _SUBSETS.items()
            if (self.root / path).is_file()
        ]
        return (*(f'G{size}' for size in sorted(sizes)), 'full', *subsets)

    def read_ground_truth(self) -> GroundTruth:
        """See :meth:`Reader.read_ground_truth`."""
        all_boxes = self._read_images()
        pool = [str(name) for name in load_mat(self.root / _POOL, 'pool')]
        unknown = [name for name in pool if name not in all_boxes]
        if unknown:
            raise ValueError(
                f'{self.root / _POOL}: {len(unknown)} images, {unknown[0]} '
                f'first, are not in {_IMAGES}; take both files from the same '
                'download'
            )
        if self.test:
            persons = self._read_test_persons()
            img_names = pool
        else:
            persons = self._read_train_persons()
            test_names = set(pool)
            img_names = [name for name in all_boxes if name not in test_names]

        xywhs = [all_boxes[name] for name in img_names]
        return GroundTruth(
            img_names=tuple(img_names),
            boxes=[_to_xyxy(xywh) for xywh in xywhs],
            person_ids=self._attach(img_names, xywhs, persons),
            cam_ids=np.full(len(img_names), -1, dtype=np.int64),
            person_id_names=tuple(persons),
        )

    def read_queries(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> Queries:
        """The queries of ``TestG50.mat``, then any others of a subset."""
        img_ids = _indices(ground_truth.img_names)
        person_ids = _indices(ground_truth.person_id_names)
        queries = list(self._label_searches)
        if not queries:
            raise ValueError(
                f'{self.root / _test_file(_LABELS)}: holds no query; download '
                'it again'
            )
        self._check_images(_LABELS, queries, img_ids)
        known = {_key(search) for search in queries}
        for name in protocols:
            if name in _SUBSETS:
                searches = self._read_searches(name)
                self._check_images(name, searches, img_ids)
                queries += [s for s in searches if _key(s) not in known]
                known.update(map(_key, searches))
        return Queries(
            img_ids=np.array(
                [img_ids[s.query.img_name] for s in queries], dtype=np.int64
            ),
            boxes=_to_xyxy(np.stack([s.query.xywh for s in queries])),
            person_ids=np.array(
                [person_ids.get(s.person, -1) for s in queries],
                dtype=np.int64,
            ),
        )

    def read_protocol(
        self, name: str, ground_truth: GroundTruth, queries: Queries
    ) -> SearchProtocol:
        """See :meth:`Reader.read_protocol`."""
        img_ids = _indices(ground_truth.img_names)
        searches = self._label_searches
        if name not in ('full', _LABELS):
            searches = self._read_searches(name)
            self._check_images(name, searches, img_ids)
        if name not in ('full', _LABELS, *_SUBSETS):
            self._check_same_queries(name, searches, self._label_searches)
        self._remark_odd_galleries(name, searches)
        query_ids: Sequence[int] = range(len(searches))
        if name in _SUBSETS:
            positions = {
                (img_id, *box.tolist()): i
                for i, (img_id, box) in enumerate(
                    zip(queries.img_ids, queries.boxes)
                )
            }
            query_ids = [
                positions[(img_ids[s.query.img_name], *_corners(s.query.xywh))]
                for s in searches
            ]
        return _protocol(name, searches, query_ids, img_ids, queries)

    @cached_property
    def _label_searches(self) -> list[_Search]:
        return self._read_searches(_LABELS)

    def _read_images(self) -> dict[str, np.ndarray]:
        """Boxes (k, 4) float64 ``x, y, w, h`` by image name."""
        path = self.root / _IMAGES
        boxes, num_empty = {}, 0
        for record in load_mat(path, 'Img', ('imname', 'box')):
            with entries_of(path, 'a struct of imname and box'):
                name = str(unwrap(record['imname']))
                if name in boxes:
                    raise ValueError(
                        f'{path}: lists the image {name} twice; list all of '
                        'its boxes in one entry'
                    )
                listed = np.atleast_1d(record['box'])
                # Of an image without boxes, what is listed has no fields.
                xywh = np.array(
                    [
                        _xywh(unwrap(box['idlocate']), path, name)
                        for box in listed
                    ]
                    if listed.size
                    else [],
                    dtype=np.float64,
                ).reshape(-1, 4)
            boxes[name] = xywh[(xywh[:, 2] > 0) & (xywh[:, 3] > 0)]
            num_empty += len(xywh) - len(boxes[name])
        if num_empty:
            self.remarks.append(
                f'{path}: boxes dropped for want of width or '
                f'height: {num_empty}'
            )
        return boxes

    def _read_train_persons(self) -> dict[str, list[_Appearance]]:
        """Appearances by identity, in the file's order."""
        path = self.root / _TRAIN
        persons: dict[str, list[_Appearance]] = {}
        for record in load_mat(path, 'Train'):
            with entries_of(path, 'a struct of idname and scene'):
                record = np.atleast_1d(record)[0]
                name = str(unwrap(record['idname']))
                scene = np.atleast_1d(unwrap(record['scene']))
                persons.setdefault(name, []).extend(
                    _appearance(item, path, name) for item in scene
                )
        return persons

    def _read_test_persons(self) -> dict[str, list[_Appearance]]:
        """Appearances by identity, in the order of the queries."""
        persons: dict[str, list[_Appearance]] = {}
        for search in self._label_searches:
            persons.setdefault(search.person, []).extend(
                [search.query, *filter(_is_positive, search.gallery)]
            )
        return persons

    def _read_searches(self, protocol: str) -> list[_Search]:
        """Queries and galleries of one ``TestG*.mat``, in its order."""
        path = self.root / _test_file(protocol)
        _, variable = _SUBSETS.get(protocol, ('', path.stem))
        searches = []
        for record in load_mat(path, variable, ('Query', 'Gallery')):
            with entries_of(path, 'a struct of Query and Gallery'):
                query = np.atleast_1d(record['Query'])[0]
                # Known by their box, queries of a subset need no identity.
                person = (
                    str(unwrap(query['idname']))
                    if 'idname' in query.dtype.names
                    else ''
                )
                searches.append(
                    _Search(
                        person,
                        _appearance(query, path, person),
                        [
                            _appearance(item, path, person)
                            for item in np.atleast_1d(record['Gallery'])
                        ],
                    )
                )
        return searches

    def _check_images(
        self, protocol: str, searches: list[_Search], img_ids: dict[str, int]
    ) -> None:
        path = self.root / _test_file(protocol)
        for i, search in enumerate(searches):
            for what, item in (
                ('query', search.query),
                *(('gallery', g) for g in search.gallery),
            ):
                if item.img_name not in img_ids:
                    raise ValueError(
                        f'{path}: the {what} image {item.img_name} of query '
                        f'{i} ({search.person}) is not a test image of '
                        f'{_POOL}; take both files from the same download'
                    )
            if not _is_positive(search.query):
                raise ValueError(
                    f'{path}: query {i} ({search.person}) has '
                    'no box; download the file again'
                )

    def _check_same_queries(
        self, protocol: str, searches: list[_Search], expected: list[_Search]
    ) -> None:
        same = len(searches) == len(expected) and all(
            a.person == b.person
            and a.query.img_name == b.query.img_name
            and np.array_equal(a.query.xywh, b.query.xywh)
            for a, b in zip(searches, expected)
        )
        if not same:
            raise ValueError(
                f'{self.root / _test_file(protocol)}: its queries are not '
                f'those of {_test_file(_LABELS)}; take both files from the '
                'same download'
            )

    def _attach(
        self,
        img_names: Sequence[str],
        xywhs: Sequence[np.ndarray],
        persons: dict[str, list[_Appearance]],
    ) -> list[np.ndarray]:
        """Give each box that an identity's appearance equals that identity.

        Returns:
            list[np.ndarray]: Per image (k,) int64 person ids, -1 unlabelled.
        """
        person_ids = [np.full(len(xywh), -1, dtype=np.int64) for xywh in xywhs]
        rows: dict[tuple, tuple[int, int]] = {}
        for i, (name, xywh) in enumerate(zip(img_names, xywhs)):
            for row, box in enumerate(xywh.tolist()):
                rows.setdefault((name, *box), (i, row))
        unmatched, shared = [], []
        for person_id, (person, appearances) in enumerate(persons.items()):
            for name, box in appearances:
                if (key := (name, *box.tolist())) in rows:
                    i, row = rows[key]
                    if person_ids[i][row] not in (-1, person_id):
                        shared.append(f'{person} in {name}')
                    person_ids[i][row] = person_id
                else:
                    unmatched.append(f'{person} in {name}')
        if shared:
            self.remarks.append(
                f'{self.files()[-1]}: boxes of two identities, of which the '
                f'later counts: {len(shared)}, {shared[0]} first'
            )
        if unmatched:
            self.remarks.append(
                f'{self.files()[-1]}: appearances that equal no box of '
                f'{_IMAGES} and label none: {len(unmatched)}, '
                f'{unmatched[0]} first'
            )
        return person_ids

    def _remark_odd_galleries(
        self, protocol: str, searches: list[_Search]
    ) -> None:
        """Note repeated gallery images and queries' own images."""
        twice, own = [], []
        for i, search in enumerate(searches):
            names = [item.img_name for item in search.gallery]
            twice += [
                f'{i} ({name})'
                for name in dict.fromkeys(names)
                if names.count(name) > 1
            ]
            if search.query.img_name in names:
                own.append(f'{i} ({search.query.img_name})')
        path = self.root / _test_file(
            _LABELS if protocol == 'full' else protocol
        )
        for odd, what in (
            (
                twice,
                'with an image listed twice, which is '
                'searched once but counts twice in the recall',
            ),
            (own, 'with their own image listed, which stays'),
        ):
            if odd:
                self.remarks.append(
                    f'{path}: queries (counted from 0) {what}'
                    f': {", ".join(odd)}'
                )


def _test_file(protocol: str) -> str:
    if protocol in _SUBSETS:
        return _SUBSETS[protocol][0]
    return f'{_TEST_DIR}/Test{protocol}.mat'


def _indices(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _is_positive(appearance: _Appearance) -> bool:
    return appearance.xywh.size > 0


def _xywh(value: np.ndarray, path: Path, entry: str) -> np.ndarray:
    """Widen a box: the files hold uint8 and uint16, in which x + w wraps."""
    box = np.asarray(value, dtype=np.float64).ravel()
    if box.size != 4 or not np.isfinite(box).all():
        raise ValueError(
            f'{path}: a box of {entry} is {box.tolist()} '
            'in place of x, y, w, h; download the file again'
        )
    return box


def _appearance(item: np.void, path: Path, entry: str) -> _Appearance:
    box = np.asarray(unwrap(item['idlocate']))
    if box.size:
        box = _xywh(box, path, entry)
    return _Appearance(str(unwrap(item['imname'])), box)


def _corners(xywh: np.ndarray) -> list[float]:
    return _to_xyxy(xywh[None])[0].tolist()


def _to_xyxy(xywh: np.ndarray) -> np.ndarray:
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def _key(search: _Search) -> tuple:
    """What tells queries apart: image and box."""
    return (search.query.img_name, *search.query.xywh.tolist())


def _protocol(
    name: str,
    searches: list[_Search],
    query_ids: Sequence[int],
    img_ids: dict[str, int],
    queries: Queries,
) -> SearchProtocol:
    """Turn listings into image indices; queries without a positive go."""
    kept, gt_img_ids, gt_boxes = [], [], []
    listed_galleries: list[np.ndarray] = []
    for query_id, search in zip(query_ids, searches):
        positives = [item for item in search.gallery if _is_positive(item)]
        if not positives:
            continue
        listed = dict.fromkeys(img_ids[g.img_name] for g in search.gallery)
        kept.append(query_id)
        listed_galleries.append(np.array(list(listed), dtype=np.int64))
        gt_img_ids.append(
            np.array([img_ids[p.img_name] for p in positives], dtype=np.int64)
        )
        gt_boxes.append(_to_xyxy(np.stack([p.xywh for p in positives])))
    ids = np.array(kept, dtype=np.int64)
    galleries: Sequence[np.ndarray] = listed_galleries
    if name == 'full':
        galleries = RemainderGalleries(
            len(img_ids),
            listed_galleries,
            list(queries.img_ids[ids][:, None]),
        )
    return SearchProtocol(
        name,
        ids,
        galleries,
        gt_img_ids,
        gt_boxes,
        num_dropped=len(searches) - len(ids),
    )
