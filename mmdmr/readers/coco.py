"""Person search in COCO-style JSON."""

import gzip
import json
import lzma
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from mmdmr.structures import GroundTruth, Queries, SearchProtocol

from .base import Reader
from .galleries import CAMERA_PROTOCOLS, appearances, camera_protocol

#: Annotation files below the root, unless others are named.
ANN_FILES = dict(train='annotations/train.json', test='annotations/test.json')
#: How queries are chosen where the file lists none.
QUERY_RULES = ('per-camera', 'all')
_OPENERS = {'.gz': gzip.open, '.xz': lzma.open}
_PERSON = 'person'


class CocoReader(Reader):
    """A COCO detection file with identities.

    ::

        {"images": [{"id": 1, "file_name": "a.jpg", "cam_id": 2}, ...],
         "annotations": [{"id": 7, "image_id": 1, "bbox": [x, y, w, h],
                          "person_id": 12}, ...],
         "queries": [{"annotation_id": 7}, ...]}

    ``person_id`` may be called ``pid``; it is a whole number or a text. A
    person without one, or with a negative one, is unlabelled. ``cam_id``, a
    whole number or a text, is optional. Of several ``categories`` the one
    called "person" is read. Regions with ``iscrowd`` are neither persons nor
    background. Boxes without width or height are dropped.

    A query is one of the annotations, or ``{"image_id": 1, "bbox": [x, y, w,
    h], "person_id": 12}``. An image with ``"gallery": false`` is there for
    its queries only: it is not searched. Where a test file has no
    ``queries``, they are chosen by ``query_rule``.

    Protocols: ``all`` (every image of the gallery but the query's own) and,
    if all images have a ``cam_id``, ``cross-camera`` (without the images of
    the query's camera) and ``same-camera`` (only those). Where an identity
    stands in an image twice the first box counts.

    Args:
        root (str | Path): Folder of the data set.
        test (bool): As for :class:`Reader`.
        ann_file (str | Path, optional): The file, below ``root`` or absolute:
            ``.json``, ``.json.gz`` or ``.json.xz``. Defaults to
            ``annotations/test.json`` or ``annotations/train.json``.
        query_rule (str): ``per-camera``: for each identity and camera its
            largest box, the first on ties; images without ``cam_id`` count
            as one camera. ``all``: every labelled box. Either way only
            persons who are seen in another image of the gallery too.
            Defaults to 'per-camera'.

    Raises:
        ValueError: ``query_rule`` is unknown.
    """

    img_dir = 'images'

    def __init__(
        self,
        root: Union[str, Path],
        test: bool = False,
        ann_file: Union[str, Path, None] = None,
        query_rule: str = 'per-camera',
    ) -> None:
        super().__init__(root, test)
        if query_rule not in QUERY_RULES:
            raise ValueError(
                f'query_rule must be {" or ".join(QUERY_RULES)}, '
                f'not {query_rule!r}'
            )
        default = ANN_FILES['test' if test else 'train']
        self.ann_file = self.root / (ann_file or default)
        self.query_rule = query_rule

    def files(self) -> Tuple[Path, ...]:
        """See :meth:`Reader.files`."""
        return (self.ann_file,)

    def read_ground_truth(self) -> GroundTruth:
        """See :meth:`Reader.read_ground_truth`."""
        images = self._entries('images')
        self._check_unique(images, 'id')
        self._check_unique(images, 'file_name')
        index = {image['id']: i for i, image in enumerate(images)}
        boxes: List[list] = [[] for _ in images]
        raw_ids: List[list] = [[] for _ in images]
        ignored: List[list] = [[] for _ in images]
        empty: list = []
        for ann, place in self._persons(index):
            box = self._xyxy(ann, 'annotation')
            if (box[2:] <= box[:2]).any():
                empty.append(ann.get('id'))
            elif ann.get('iscrowd'):
                ignored[place].append(box)
            else:
                boxes[place].append(box)
                raw_ids[place].append(self._identity(ann))
        if empty:
            self.remarks.append(
                f'{self.ann_file}: boxes dropped for want of width or '
                f'height: {len(empty)}, of annotation {empty[0]!r} first'
            )
        if self.test and self._content.get('queries'):
            for query in self._entries('queries'):
                if 'annotation_id' not in query:
                    raw_ids.append([self._identity(query)])
        names = _sorted_names(
            raw for raws in raw_ids for raw in raws if raw is not None
        )
        person_ids = {raw: i for i, raw in enumerate(names)}
        ground_truth = GroundTruth(
            img_names=tuple(image['file_name'] for image in images),
            boxes=[
                np.array(b, dtype=np.float64).reshape(-1, 4) for b in boxes
            ],
            person_ids=[
                np.array(
                    [person_ids.get(raw, -1) for raw in raws], dtype=np.int64
                )
                for raws in raw_ids[: len(images)]
            ],
            cam_ids=_cam_ids(images),
            person_id_names=tuple(map(str, names)),
            ignored_boxes=[
                np.array(b, dtype=np.float64).reshape(-1, 4) for b in ignored
            ],
            in_gallery=np.array(
                [image.get('gallery', True) for image in images], dtype=bool
            ),
        )
        self._remark_repeated(ground_truth)
        return ground_truth

    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> Tuple[str, ...]:
        """``all``, and the camera protocols if all cameras are known."""
        if len(ground_truth.cam_ids) and (ground_truth.cam_ids >= 0).all():
            return CAMERA_PROTOCOLS
        return CAMERA_PROTOCOLS[:1]

    def read_queries(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> Queries:
        """See :meth:`Reader.read_queries`."""
        if self._content.get('queries'):
            return self._listed_queries(ground_truth)
        queries = choose_queries(ground_truth, self.query_rule)
        self.remarks.append(
            f'{self.ann_file}: lists no queries; {len(queries.img_ids)} were '
            f"chosen by the rule '{self.query_rule}'"
        )
        if not len(queries.img_ids):
            raise ValueError(
                f'{self.ann_file}: no labelled person is seen in two images '
                'of the gallery, so that there is nothing to search for; '
                'label persons with person_id, or list queries'
            )
        return queries

    def read_protocol(
        self, name: str, ground_truth: GroundTruth, queries: Queries
    ) -> SearchProtocol:
        """See :meth:`Reader.read_protocol`."""
        return camera_protocol(name, ground_truth, queries)

    @cached_property
    def _content(self) -> Dict[str, Any]:
        return load_json(self.ann_file)

    def declared_sizes(self) -> List[Optional[Tuple[int, int]]]:
        """See :meth:`Reader.declared_sizes`."""
        return [
            (image['width'], image['height'])
            if image.get('width') and image.get('height')
            else None
            for image in self._content['images']
        ]

    def _entries(self, key: str) -> List[dict]:
        entries = self._content.get(key)
        if not isinstance(entries, list) or not all(
            isinstance(entry, dict) for entry in entries
        ):
            raise ValueError(
                f'{self.ann_file}: must hold a list "{key}" of objects; see '
                'the COCO detection format'
            )
        return entries

    def _check_unique(self, images: List[dict], key: str) -> None:
        lacking = [i for i, image in enumerate(images) if key not in image]
        if lacking:
            raise ValueError(
                f'{self.ann_file}: image {lacking[0]} (counted '
                f'from 0) has no "{key}"'
            )
        counts = Counter(image[key] for image in images)
        value, count = counts.most_common(1)[0] if counts else (None, 0)
        if count > 1:
            raise ValueError(
                f'{self.ann_file}: {count} images have the '
                f'"{key}" {value!r}; it must be unique'
            )

    def _persons(self, index: Dict[Any, int]) -> Iterator[Tuple[dict, int]]:
        """Annotations of persons, each with the position of its image."""
        person = self._person_category()
        for ann in self._entries('annotations'):
            if person is not None and ann.get('category_id') != person:
                continue
            if ann.get('image_id') not in index:
                raise ValueError(
                    f'{self.ann_file}: annotation {ann.get("id")} is of image '
                    f'{ann.get("image_id")!r}, which is not in "images"'
                )
            yield ann, index[ann['image_id']]

    def _person_category(self) -> Optional[int]:
        """Id of the category to read, None where there is no choice."""
        categories = self._content.get('categories') or []
        if len(categories) < 2:
            return None
        for category in categories:
            if str(category.get('name')).lower() == _PERSON:
                return category['id']
        names = ', '.join(str(c.get('name')) for c in categories)
        raise ValueError(
            f'{self.ann_file}: none of its categories ({names}) '
            f'is called "{_PERSON}"; rename the one of persons'
        )

    def _xyxy(self, entry: dict, what: str) -> np.ndarray:
        try:
            x, y, w, h = (float(value) for value in entry['bbox'])
        except (KeyError, TypeError, ValueError):
            x = y = w = h = np.nan
        box = np.array([x, y, x + w, y + h])
        if not np.isfinite(box).all():
            raise ValueError(
                f'{self.ann_file}: the bbox of {what} {entry.get("id")} is '
                f'{entry.get("bbox")!r}, not four numbers x, y, w, h'
            )
        return box

    def _identity(self, entry: dict) -> Union[int, str, None]:
        try:
            return raw_identity(entry)
        except ValueError as error:
            raise ValueError(f'{self.ann_file}: {error}') from None

    def _listed_queries(self, ground_truth: GroundTruth) -> Queries:
        index = {
            image['id']: i for i, image in enumerate(self._content['images'])
        }
        annotations = {
            ann.get('id'): ann for ann in self._content['annotations']
        }
        person_ids = {
            name: i for i, name in enumerate(ground_truth.person_id_names)
        }
        img_ids, boxes, ids = [], [], []
        for number, query in enumerate(self._content['queries']):
            where = f'{self.ann_file}: query {number} (counted from 0)'
            entry = query
            if 'annotation_id' in query:
                entry = annotations.get(query['annotation_id'])
                if entry is None:
                    raise ValueError(
                        f'{where}: there is no annotation '
                        f'{query["annotation_id"]!r}'
                    )
            if entry.get('image_id') not in index:
                raise ValueError(
                    f'{where}: its image '
                    f'{entry.get("image_id")!r} is not in '
                    '"images"'
                )
            raw = self._identity(entry)
            if raw is None:
                raise ValueError(
                    f'{where}: it is of an unlabelled person; '
                    'give it a person_id or leave it out'
                )
            img_ids.append(index[entry['image_id']])
            boxes.append(self._xyxy(entry, 'query'))
            ids.append(person_ids[str(raw)])
        return Queries(
            img_ids=np.array(img_ids, dtype=np.int64),
            boxes=np.stack(boxes),
            person_ids=np.array(ids, dtype=np.int64),
        )

    def _remark_repeated(self, ground_truth: GroundTruth) -> None:
        twice = [
            name
            for name, ids in zip(
                ground_truth.img_names, ground_truth.person_ids
            )
            if len(np.unique(ids[ids >= 0])) < (ids >= 0).sum()
        ]
        if twice:
            self.remarks.append(
                f'{self.ann_file}: images that hold an identity twice, of '
                f'which the first box counts: {len(twice)}, {twice[0]} first'
            )


def choose_queries(
    ground_truth: GroundTruth, rule: str = 'per-camera'
) -> Queries:
    """Choose queries among the labelled boxes.

    Args:
        ground_truth (GroundTruth): Annotations of the test images.
        rule (str): As ``query_rule`` of :class:`CocoReader`. Defaults to
            'per-camera'.

    Returns:
        Queries: Sorted by identity, then image.

    Example:
        >>> import numpy as np
        >>> small, large = [0., 0., 5., 9.], [0., 0., 9., 20.]
        >>> truth = GroundTruth(
        ...     ('a.jpg', 'b.jpg'), [np.array([small]), np.array([large])],
        ...     [np.array([0]), np.array([0])], np.array([1, 1]))
        >>> choose_queries(truth).img_ids.tolist()
        [1]
        >>> choose_queries(truth, 'all').img_ids.tolist()
        [0, 1]
    """
    img_ids, boxes, ids = [], [], []
    for person_id, (images, seen) in sorted(appearances(ground_truth).items()):
        others = (
            ground_truth.in_gallery[images].sum()
            - (ground_truth.in_gallery[images])
        )
        able = np.flatnonzero(others > 0)
        if person_id < 0 or not len(able):
            continue
        if rule == 'per-camera':
            sides = seen[able, 2:] - seen[able, :2]
            largest_first = able[
                np.argsort(-sides.prod(axis=1), kind='stable')
            ]
            cams = ground_truth.cam_ids[images[largest_first]]
            _, first = np.unique(cams, return_index=True)
            able = np.sort(largest_first[first])
        img_ids += images[able].tolist()
        boxes.append(seen[able])
        ids += [person_id] * len(able)
    return Queries(
        img_ids=np.array(img_ids, dtype=np.int64),
        boxes=np.concatenate([np.empty((0, 4)), *boxes]),
        person_ids=np.array(ids, dtype=np.int64),
    )


def raw_identity(entry: dict) -> Union[int, str, None]:
    """Identity of an annotation or query, as the file names it.

    Args:
        entry (dict): With ``person_id`` or ``pid``, or without.

    Returns:
        int | str | None: None for an unlabelled person.

    Raises:
        ValueError: It is neither a whole number nor a text.

    Example:
        >>> raw_identity(dict(pid='7')), raw_identity(dict(person_id=-1))
        (7, None)
    """
    raw = entry.get('person_id', entry.get('pid'))
    if isinstance(raw, str):
        raw = raw.strip()
        raw = int(raw) if raw.lstrip('-').isdecimal() else raw
    elif isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if raw is None or raw == '' or (isinstance(raw, int) and raw < 0):
        return None
    if isinstance(raw, bool) or not isinstance(raw, (int, str)):
        raise ValueError(
            f'the person_id of annotation {entry.get("id")} is {raw!r}, '
            'neither a whole number nor a text'
        )
    return raw


def load_json(path: Path) -> Dict[str, Any]:
    """Load an annotation file.

    Args:
        path (Path): ``.json``, ``.json.gz`` or ``.json.xz``.

    Returns:
        dict: Its content.

    Raises:
        ValueError: It is not readable, or no JSON object.
    """
    try:
        opener: Any = _OPENERS.get(path.suffix, open)
        with opener(path, 'rt') as file:
            content = json.load(file)
    except (
        OSError,
        EOFError,
        lzma.LZMAError,
        UnicodeDecodeError,
        json.JSONDecodeError,
    ) as error:
        raise ValueError(
            f'{path}: not a readable JSON file ({error})'
        ) from error
    if not isinstance(content, dict):
        raise ValueError(
            f'{path}: must be one object with "images" and '
            f'"annotations", not a {type(content).__name__}'
        )
    return content


def _sorted_names(raw_ids: Iterator[Union[int, str]]) -> list:
    """Distinct identities, numbers by value before texts."""
    return sorted(set(raw_ids), key=lambda raw: (isinstance(raw, str), raw))


def _cam_ids(images: List[dict]) -> np.ndarray:
    """(n,) cameras: whole numbers as they are, else numbered by name."""
    raw = [image.get('cam_id') for image in images]
    if not all(cam is None or isinstance(cam, int) for cam in raw):
        names = sorted({str(cam) for cam in raw if cam is not None})
        raw = [None if cam is None else names.index(str(cam)) for cam in raw]
    return np.array(
        [-1 if cam is None else cam for cam in raw], dtype=np.int64
    )
