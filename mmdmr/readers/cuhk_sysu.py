"""CUHK-SYSU, from its own annotation files."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import (
    GroundTruth,
    Queries,
    RemainderGalleries,
    SearchProtocol,
)

from .base import Reader
from .cuhk_sysu_files import (
    IMAGES_FILE,
    LABELS,
    POOL_FILE,
    SUBSETS,
    TEST_DIR,
    TRAIN_FILE,
    Appearance,
    Search,
    check_images,
    check_same_queries,
    odd_galleries,
    protocol_file,
    read_boxes,
    read_searches,
    read_train_persons,
)
from .mat import entries_of, load_mat, text_of

#: Names of protocols without a gallery size.
NAMED_PROTOCOLS = ('full', *SUBSETS)


class CUHKSYSUReader(Reader):
    """CUHK-SYSU (Xiao et al., Joint Detection and Identification Feature
    Learning for Person Search, CVPR 2017).

    The files are ``Images.mat`` (boxes), ``pool.mat`` (test images; all other
    images are for training), ``Train.mat`` (training identities) and, for the
    test, ``TestG50.mat`` (test identities, queries) and the ``TestG*.mat`` of
    the protocols. An identity belongs to the box of exactly the same
    ``x, y, w, h``. Boxes without width or height are dropped.

    Protocols:

    - ``G50``, ``G100``, ...: one for each ``TestG*.mat``. A gallery image
      listed twice is searched once, but counts twice in the recall, as in
      SeqNet.
    - ``full``: the images listed in ``TestG50.mat``, then every other test
      image but the query's own.
    - ``occlusion`` and ``resolution``: queries of hidden and of small
      persons, if ``annotation/test/subset`` exists.

    Args:
        root (str | Path): Folder that holds ``annotation``.
        test (bool): True to read the test split. Defaults to False.
    """

    img_dir = 'Image/SSM'
    published_protocols = ('G100',)
    published_counts = {
        'training images': 11206,
        'training boxes': 55272,
        'training identities': 5532,
        'test images': 6978,
        'test boxes': 40871,
        'queries': 2900,
        'queried identities': 2900,
        'image files': 18184,
    }

    def files(self) -> tuple[Path, ...]:
        """See :meth:`Reader.files`."""
        labels = protocol_file(LABELS) if self.test else TRAIN_FILE
        return tuple(
            self.root / name for name in (IMAGES_FILE, POOL_FILE, labels)
        )

    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> tuple[str, ...]:
        """Gallery sizes that have a file, rising, ``full``, the subsets."""
        sizes = [
            int(match.group(1))
            for path in (self.root / TEST_DIR).glob('TestG*.mat')
            if (match := re.fullmatch(r'TestG(\d+)', path.stem))
        ]
        subsets = [
            name
            for name, (path, _) in SUBSETS.items()
            if (self.root / path).is_file()
        ]
        return (*(f'G{size}' for size in sorted(sizes)), 'full', *subsets)

    def read_ground_truth(self) -> GroundTruth:
        """See :meth:`Reader.read_ground_truth`."""
        all_boxes, num_empty = read_boxes(self.root / IMAGES_FILE)
        if num_empty:
            self.notes.append(
                f'{self.root / IMAGES_FILE}: boxes dropped for want of width '
                f'or height: {num_empty}'
            )
        with entries_of(self.root / POOL_FILE, 'the name of an image'):
            pool = [
                text_of(name)
                for name in load_mat(self.root / POOL_FILE, 'pool')
            ]
        unknown = [name for name in pool if name not in all_boxes]
        if unknown:
            raise InputError(
                f'{self.root / POOL_FILE}: {len(unknown)} images, '
                f'{unknown[0]} first, are not in {IMAGES_FILE}; take both '
                'files from the same download'
            )
        if self.test:
            persons = self._test_persons()
            img_names = pool
        else:
            persons = read_train_persons(self.root / TRAIN_FILE)
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
        """Queries of ``TestG50.mat``, then further queries of a subset."""
        img_ids = _positions(ground_truth.img_names)
        person_ids = _positions(ground_truth.person_id_names)
        labels_path = self.root / protocol_file(LABELS)
        queries = list(self._label_searches)
        if not queries:
            raise InputError(
                f'{labels_path}: holds no query; download the file again'
            )
        check_images(labels_path, queries, img_ids)
        known = {search.key for search in queries}
        for name in protocols:
            if name in SUBSETS:
                searches = read_searches(self.root, name)
                check_images(
                    self.root / protocol_file(name), searches, img_ids
                )
                queries += [s for s in searches if s.key not in known]
                known.update(search.key for search in searches)
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
        img_ids = _positions(ground_truth.img_names)
        path = self.root / protocol_file(LABELS if name == 'full' else name)
        searches = self._label_searches
        if name not in ('full', LABELS):
            searches = read_searches(self.root, name)
            check_images(path, searches, img_ids)
        if name not in ('full', LABELS, *SUBSETS):
            check_same_queries(path, searches, self._label_searches)
        self.notes += odd_galleries(path, searches)
        query_ids: Sequence[int] = range(len(searches))
        if name in SUBSETS:
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
    def _label_searches(self) -> list[Search]:
        return read_searches(self.root, LABELS)

    def _test_persons(self) -> dict[str, list[Appearance]]:
        """Appearances by identity, in the order of the queries."""
        persons: dict[str, list[Appearance]] = {}
        for search in self._label_searches:
            positives = [item for item in search.gallery if item.is_positive]
            persons.setdefault(search.person, []).extend(
                [search.query, *positives]
            )
        return persons

    def _attach(
        self,
        img_names: Sequence[str],
        xywhs: Sequence[np.ndarray],
        persons: dict[str, list[Appearance]],
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
            self.notes.append(
                f'{self.files()[-1]}: boxes of two identities, of which the '
                f'later counts: {len(shared)}, {shared[0]} first'
            )
        if unmatched:
            self.notes.append(
                f'{self.files()[-1]}: appearances that equal no box of '
                f'{IMAGES_FILE} and label no box: {len(unmatched)}, '
                f'{unmatched[0]} first'
            )
        return person_ids


def gallery_names(
    sizes: Sequence[str], option: str = '--gallery-sizes'
) -> list[str]:
    """Names of the protocols for the values of ``--gallery-sizes``.

    Args:
        sizes (Sequence[str]): Numbers, ``full``, ``occlusion``,
            ``resolution``, or ``all``.
        option (str): Option that the sizes come from, for the message.
            Defaults to '--gallery-sizes'.

    Returns:
        list[str]: Names of protocols; ``all`` stays unchanged.

    Raises:
        InputError: A size is of no such kind.

    Example:
        >>> gallery_names(['100', 'G50', 'full'])
        ['G100', 'G50', 'full']
    """
    names = []
    for size in sizes:
        if size in ('all', *NAMED_PROTOCOLS):
            names.append(size)
        elif size.removeprefix('G').isdecimal():
            names.append(f'G{size.removeprefix("G")}')
        else:
            raise InputError(
                f'{option} {size}: name numbers, '
                f'{", ".join(NAMED_PROTOCOLS)} or all'
            )
    return names


def _positions(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _corners(xywh: np.ndarray) -> list[float]:
    return _to_xyxy(xywh[None])[0].tolist()


def _to_xyxy(xywh: np.ndarray) -> np.ndarray:
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def _protocol(
    name: str,
    searches: list[Search],
    query_ids: Sequence[int],
    img_ids: dict[str, int],
    queries: Queries,
) -> SearchProtocol:
    """Turn listings into image indices; drop queries without a positive."""
    kept, gt_img_ids, gt_boxes = [], [], []
    listed_galleries: list[np.ndarray] = []
    for query_id, search in zip(query_ids, searches):
        positives = [item for item in search.gallery if item.is_positive]
        if not positives:
            continue
        # A repeated gallery image is searched once ...
        listed = dict.fromkeys(img_ids[g.img_name] for g in search.gallery)
        kept.append(query_id)
        listed_galleries.append(np.array(list(listed), dtype=np.int64))
        # ... but each of its listings counts in the recall.
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
