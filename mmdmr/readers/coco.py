"""Person search in COCO-style JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth, Queries, SearchProtocol

from .base import Reader
from .coco_file import CocoFile, read_coco
from .fields import Identifier
from .galleries import CAMERA_PROTOCOLS, camera_protocol
from .query_rules import QUERY_RULES, choose_queries

#: Annotation files below the root, unless the user names other files.
ANN_FILES = dict(train='annotations/train.json', test='annotations/test.json')
#: An identity in more than this share of the images with a labelled person, or
#: in this multiple of the median identity's images, is no person.
_OFTEN_SHARE, _OFTEN_TIMES = 0.2, 5


class CocoReader(Reader):
    """A COCO detection file with identities.

    ::

        {"images": [{"id": 1, "file_name": "a.jpg", "cam_id": 2}, ...],
         "annotations": [{"id": 7, "image_id": 1, "bbox": [x, y, w, h],
                          "person_id": 12}, ...],
         "queries": [{"annotation_id": 7}, ...]}

    ``person_id``, also under the name ``pid``, is a whole number or a text. A
    person is unlabelled without a ``person_id``, with a negative number, or
    with a word for a missing name (``nan``, ``unknown`` ...). ``cam_id``, a
    whole number or a text, is optional. Of several ``categories``, only
    "person" is read. Regions with ``iscrowd`` or ``ignore`` are neither
    persons nor background. Boxes without width or height are dropped. Entries
    that are not read are counted in ``notes``.

    A query is one of the annotations, or ``{"image_id": 1, "bbox": [x, y, w,
    h], "person_id": 12}``. An image with ``"gallery": false`` is listed for
    its queries only and not searched. Where a test file has no ``queries``,
    ``query_rule`` chooses queries.

    Protocols: ``all`` (every image of the gallery but the query's own) and,
    if all images have a ``cam_id``, ``cross-camera`` (without the images of
    the query's camera) and ``same-camera`` (only the images of the query's
    camera). Where an identity stands in an image twice the first box counts.

    Args:
        root (str | Path): Folder of the data set.
        test (bool): True to read the test split. Defaults to False.
        ann_file (str | Path | None): The file, below ``root`` or absolute:
            ``.json``, ``.json.gz`` or ``.json.xz``. Defaults to None:
            ``annotations/test.json`` or ``annotations/train.json``.
        query_rule (str): ``per-camera`` or ``all``, see
            :func:`~.query_rules.choose_queries`. Defaults to 'per-camera'.
        content (dict | None): Content of a file that is not written yet.
            Defaults to None: the file is read.

    Raises:
        InputError: ``query_rule`` is unknown.
    """

    img_dir = 'images'

    def __init__(
        self,
        root: str | Path,
        test: bool = False,
        ann_file: str | Path | None = None,
        query_rule: str = 'per-camera',
        content: dict | None = None,
    ) -> None:
        super().__init__(root, test)
        self._given = content
        if query_rule not in QUERY_RULES:
            raise InputError(
                f'query_rule must be {" or ".join(QUERY_RULES)}, '
                f'not {query_rule!r}'
            )
        default = ANN_FILES['test' if test else 'train']
        self.ann_file = self.root / (ann_file or default)
        self.query_rule = query_rule

    def files(self) -> tuple[Path, ...]:
        """See :meth:`Reader.files`."""
        return (self.ann_file,) if self._given is None else ()

    def read_ground_truth(self) -> GroundTruth:
        """See :meth:`Reader.read_ground_truth`."""
        content = self._content
        self.notes += content.notes
        num = len(content.images)
        boxes: list[list] = [[] for _ in range(num)]
        raw_ids: list[list] = [[] for _ in range(num)]
        ignored: list[list] = [[] for _ in range(num)]
        for box in content.boxes:
            if box.ignored:
                ignored[box.img_id].append(box.xyxy)
            else:
                boxes[box.img_id].append(box.xyxy)
                raw_ids[box.img_id].append(box.person)
        asked = content.queries or [] if self.test else []
        people = {raw for raws in raw_ids for raw in raws}
        people.update(query.person for query in asked)
        names = _sorted_names(people - {None})
        person_ids = {raw: i for i, raw in enumerate(names)}
        ground_truth = GroundTruth(
            img_names=tuple(image.name for image in content.images),
            boxes=[_array(b) for b in boxes],
            person_ids=[
                np.array(
                    [person_ids.get(raw, -1) for raw in raws], dtype=np.int64
                )
                for raws in raw_ids
            ],
            cam_ids=_cam_ids([image.cam_id for image in content.images]),
            person_id_names=tuple(map(str, names)),
            ignored_boxes=[_array(b) for b in ignored],
            in_gallery=np.array(
                [image.in_gallery for image in content.images], dtype=bool
            ),
        )
        self._check_repeated(ground_truth)
        unknown = np.flatnonzero(ground_truth.cam_ids < 0)
        if 0 < len(unknown) < num:
            self.notes.append(
                f'{self.ann_file}: {len(unknown)} of {num} images have no '
                'cam_id, or a word for a missing name, '
                f'{ground_truth.img_names[unknown[0]]} first: cross-camera '
                'and same-camera cannot be scored'
            )
        return ground_truth

    def available_protocols(
        self, ground_truth: GroundTruth
    ) -> tuple[str, ...]:
        """``all``, and the camera protocols if all cameras are known."""
        if len(ground_truth.cam_ids) and (ground_truth.cam_ids >= 0).all():
            return CAMERA_PROTOCOLS
        return CAMERA_PROTOCOLS[:1]

    def why_unavailable(self, protocols: Sequence[str]) -> str:
        """See :meth:`Reader.why_unavailable`."""
        if set(protocols) & set(CAMERA_PROTOCOLS):
            return f'; more need a "cam_id" of each image of {self.ann_file}'
        return ''

    def read_queries(
        self, ground_truth: GroundTruth, protocols: Sequence[str]
    ) -> Queries:
        """See :meth:`Reader.read_queries`."""
        if self._content.queries is not None:
            return self._listed_queries(ground_truth)
        queries = choose_queries(ground_truth, self.query_rule)
        self.notes.append(
            f'{self.ann_file}: lists no queries; {len(queries.img_ids)} were '
            f"chosen by the rule '{self.query_rule}'"
        )
        if not len(queries.img_ids):
            raise InputError(
                f'{self.ann_file}: no labelled person is seen in two images '
                'of the gallery: there is nothing to search for; '
                'label persons with person_id, or list queries'
            )
        return queries

    def read_protocol(
        self, name: str, ground_truth: GroundTruth, queries: Queries
    ) -> SearchProtocol:
        """See :meth:`Reader.read_protocol`."""
        return camera_protocol(name, ground_truth, queries)

    @cached_property
    def _content(self) -> CocoFile:
        return read_coco(self.ann_file, self.test, self._given)

    def declared_sizes(self) -> list[tuple[int, int] | None]:
        """See :meth:`Reader.declared_sizes`."""
        return [image.size for image in self._content.images]

    def _listed_queries(self, ground_truth: GroundTruth) -> Queries:
        person_ids = {
            name: i for i, name in enumerate(ground_truth.person_id_names)
        }
        asked = self._content.queries or []
        return Queries(
            img_ids=np.array([q.img_id for q in asked], dtype=np.int64),
            boxes=_array([q.xyxy for q in asked]),
            person_ids=np.array(
                [person_ids[str(q.person)] for q in asked], dtype=np.int64
            ),
        )

    def _check_repeated(self, ground_truth: GroundTruth) -> None:
        """Note identities that stand in an image twice.

        An identity that stands twice in most of its images is no person, but
        a number for all persons without a name.

        Raises:
            InputError: The file has such an identity.
        """
        seen: Counter = Counter()
        repeated: Counter = Counter()
        twice = []
        for name, ids in zip(ground_truth.img_names, ground_truth.person_ids):
            found, counts = np.unique(ids[ids >= 0], return_counts=True)
            seen.update(found.tolist())
            repeated.update(found[counts > 1].tolist())
            if (counts > 1).any():
                twice.append(name)
        labelled = sum((ids >= 0).any() for ids in ground_truth.person_ids)
        usual = float(np.median(list(seen.values()) or [0]))
        often = min(_OFTEN_SHARE * labelled, _OFTEN_TIMES * usual)
        for person, count in repeated.most_common():
            if count >= 2 and 2 * count > seen[person] > often:
                raw = ground_truth.person_id_names[person]
                raise InputError(
                    f'{self.ann_file}: the person_id {raw!r} stands twice or '
                    f'more in {count} of its {seen[person]} images, unlike '
                    'any person. If this person_id stands for unlabelled '
                    'persons, make it -1'
                )
        if twice:
            self.notes.append(
                f'{self.ann_file}: images that hold an identity twice, of '
                f'which the first box counts: {len(twice)}, {twice[0]} first'
            )


def _array(boxes: Sequence[np.ndarray]) -> np.ndarray:
    """(k, 4) float64 boxes, (0, 4) for no box."""
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _sorted_names(raw_ids: Iterable[Identifier]) -> list:
    """Identities, numbers by value before texts."""
    return sorted(raw_ids, key=lambda raw: (isinstance(raw, str), raw))


def _cam_ids(raw: Sequence[Identifier | None]) -> np.ndarray:
    """(n,) cameras: whole numbers as they are, else numbered by name."""
    limit = np.iinfo(np.int64).max
    if not all(
        cam is None or (isinstance(cam, int) and abs(cam) <= limit)
        for cam in raw
    ):
        names = _sorted_names({cam for cam in raw if cam is not None})
        raw = [None if cam is None else names.index(cam) for cam in raw]
    return np.array(
        [-1 if cam is None else cam for cam in raw], dtype=np.int64
    )
