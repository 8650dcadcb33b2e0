"""The MATLAB files of CUHK-SYSU: boxes, identities, queries and galleries."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .mat import entries_of, load_mat, text_of, unwrap

IMAGES_FILE = 'annotation/Images.mat'
POOL_FILE = 'annotation/pool.mat'
TRAIN_FILE = 'annotation/test/train_test/Train.mat'
TEST_DIR = 'annotation/test/train_test'
#: Protocol whose file holds the test identities and the queries.
LABELS = 'G50'
#: Protocols of hard queries: file and variable.
SUBSETS = {
    'occlusion': ('annotation/test/subset/Occlusion.mat', 'Occlusion1'),
    'resolution': ('annotation/test/subset/Resolution.mat', 'Test_Size'),
}


class Appearance(NamedTuple):
    """One listing of an image.

    Args:
        img_name (str): Name of the image.
        xywh (np.ndarray): (4,) float64 ``x, y, w, h`` in pixels, or (0,) in a
            gallery image without the person.
    """

    img_name: str
    xywh: np.ndarray

    @property
    def is_positive(self) -> bool:
        """bool: True if the image shows the person."""
        return self.xywh.size > 0


class Search(NamedTuple):
    """One query with the listings of its gallery.

    Args:
        person (str): Identity, '' if the file names none.
        query (Appearance): The query.
        gallery (list[Appearance]): Images to be searched.
    """

    person: str
    query: Appearance
    gallery: list[Appearance]

    @property
    def key(self) -> tuple:
        """tuple: Image and box of the query, which tell queries apart."""
        return (self.query.img_name, *self.query.xywh.tolist())


def protocol_file(protocol: str) -> str:
    """File of a protocol.

    Args:
        protocol (str): ``G50`` ..., or a key of ``SUBSETS``.

    Returns:
        str: Path below the data set's folder.

    Example:
        >>> protocol_file('G100')
        'annotation/test/train_test/TestG100.mat'
    """
    if protocol in SUBSETS:
        return SUBSETS[protocol][0]
    return f'{TEST_DIR}/Test{protocol}.mat'


def read_boxes(path: Path) -> tuple[dict[str, np.ndarray], int]:
    """Read ``Images.mat``.

    Args:
        path (Path): The file.

    Returns:
        tuple[dict[str, np.ndarray], int]: (k, 4) float64 boxes
        ``x, y, w, h`` in pixels by image name, and the number of boxes that
        were dropped since they have no width or height.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is broken or lists an image twice.
    """
    boxes, num_empty = {}, 0
    for record in load_mat(path, 'Img', ('imname', 'box')):
        with entries_of(path, 'a struct of imname and box'):
            name = text_of(record['imname'])
            if name in boxes:
                raise InputError(
                    f'{path}: lists the image {name} twice; list all of '
                    'its boxes in one entry'
                )
            listed = np.atleast_1d(record['box'])
            # An image without boxes lists an empty array without fields.
            xywh = np.array(
                [_xywh(unwrap(box['idlocate']), path, name) for box in listed]
                if listed.size
                else [],
                dtype=np.float64,
            ).reshape(-1, 4)
        boxes[name] = xywh[(xywh[:, 2] > 0) & (xywh[:, 3] > 0)]
        num_empty += len(xywh) - len(boxes[name])
    return boxes, num_empty


def read_train_persons(path: Path) -> dict[str, list[Appearance]]:
    """Read ``Train.mat``.

    Args:
        path (Path): The file.

    Returns:
        dict[str, list[Appearance]]: Appearances by identity, in the order of
        the file.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: It is broken.
    """
    persons: dict[str, list[Appearance]] = {}
    for record in load_mat(path, 'Train'):
        with entries_of(path, 'a struct of idname and scene'):
            record = np.atleast_1d(record)[0]
            name = text_of(record['idname'])
            scene = np.atleast_1d(unwrap(record['scene']))
            persons.setdefault(name, []).extend(
                _appearance(item, path, name) for item in scene
            )
    return persons


def read_searches(root: Path, protocol: str) -> list[Search]:
    """Read the queries and galleries of a protocol.

    Args:
        root (Path): Folder of the data set.
        protocol (str): ``G50`` ..., or a key of ``SUBSETS``.

    Returns:
        list[Search]: Searches in the order of the file.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: It is broken.
    """
    path = root / protocol_file(protocol)
    _, variable = SUBSETS.get(protocol, ('', path.stem))
    searches = []
    for record in load_mat(path, variable, ('Query', 'Gallery')):
        with entries_of(path, 'a struct of Query and Gallery'):
            query = np.atleast_1d(record['Query'])[0]
            # Queries of a subset are known by their box and may have no
            # identity.
            person = (
                text_of(query['idname'])
                if 'idname' in query.dtype.names
                else ''
            )
            gallery = [
                _appearance(item, path, person)
                for item in np.atleast_1d(record['Gallery'])
            ]
            searches.append(
                Search(person, _appearance(query, path, person), gallery)
            )
    return searches


def check_images(
    path: Path, searches: Sequence[Search], test_images: dict[str, int]
) -> None:
    """Check that queries and galleries are of test images.

    Args:
        path (Path): File of the searches.
        searches (Sequence[Search]): Queries and galleries.
        test_images (dict[str, int]): Position by name of each test image.

    Raises:
        InputError: An image is no test image, or a query has no box.
    """
    for i, search in enumerate(searches):
        listed = [('query', search.query)]
        listed += [('gallery', item) for item in search.gallery]
        for what, item in listed:
            if item.img_name not in test_images:
                raise InputError(
                    f'{path}: the {what} image {item.img_name} of query '
                    f'{i} ({search.person}) is not a test image of '
                    f'{POOL_FILE}; take both files from the same download'
                )
        if not search.query.is_positive:
            raise InputError(
                f'{path}: query {i} ({search.person}) has '
                'no box; download the file again'
            )


def check_same_queries(
    path: Path, searches: Sequence[Search], expected: Sequence[Search]
) -> None:
    """Check that a protocol has the queries of ``TestG50.mat``.

    Args:
        path (Path): File of the searches.
        searches (Sequence[Search]): Searches of the protocol.
        expected (Sequence[Search]): Searches of ``TestG50.mat``.

    Raises:
        InputError: A query differs.
    """
    queries = [(search.person, search.key) for search in searches]
    if queries != [(search.person, search.key) for search in expected]:
        raise InputError(
            f'{path}: its queries differ from {protocol_file(LABELS)}; '
            'take both files from the same download'
        )


def odd_galleries(path: Path, searches: Sequence[Search]) -> list[str]:
    """Find galleries with a repeated image or the query's own image.

    Args:
        path (Path): File of the searches.
        searches (Sequence[Search]): Queries and galleries.

    Returns:
        list[str]: Notes, none if no gallery is odd.
    """
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
    kinds = (
        (
            twice,
            'with an image listed twice, which is searched once but counts '
            'twice in the recall',
        ),
        (own, 'with their own image listed, which stays'),
    )
    return [
        f'{path}: queries (counted from 0) {what}: {", ".join(odd)}'
        for odd, what in kinds
        if odd
    ]


def _xywh(value: np.ndarray, path: Path, entry: str) -> np.ndarray:
    """Widen a box: the files hold uint8 and uint16, in which x + w wraps."""
    if np.iscomplexobj(value):
        raise TypeError('complex numbers')
    box = np.asarray(value, dtype=np.float64).ravel()
    if box.size != 4 or not np.isfinite(box).all():
        raise InputError(
            f'{path}: a box of {entry} is {box.tolist()} '
            'in place of x, y, w, h; download the file again'
        )
    return box


def _appearance(item: np.void, path: Path, entry: str) -> Appearance:
    box = np.asarray(unwrap(item['idlocate']))
    if box.size:
        box = _xywh(box, path, entry)
    return Appearance(text_of(item['imname']), box)
