"""Writing annotations in the layout of CUHK-SYSU.

Variable names, shapes, nesting and number types equal the released ``.mat``
files, so that a reader of CUHK-SYSU reads a synthetic set.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.io import savemat

#: Gallery sizes of the protocols ``TestG<size>.mat``.
GALLERY_SIZES = (50, 100, 500, 1000, 2000, 4000)
_HEADER = b'MATLAB 5.0 MAT-file, Platform: any, mmdmr synthetic scenes'
_HEADER_BYTES = 116
_SCENE = ('imname', 'idlocate', 'ishard')
_EMPTY = np.zeros((1, 0), np.uint8)
_NOT_HARD = np.zeros((1, 1), np.uint8)


def _save(path: Path, name: str, value: np.ndarray) -> None:
    """Write one variable, under a header without time stamp.

    The same variable gives the same bytes.
    """
    stream = io.BytesIO()
    savemat(stream, {name: value}, do_compression=True)
    data = _HEADER.ljust(_HEADER_BYTES) + stream.getvalue()[_HEADER_BYTES:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _small(values: Sequence[int] | np.ndarray) -> np.ndarray:
    """(1, n) integers in the narrowest type that MATLAB would choose."""
    row = np.asarray(values, np.int64).reshape(1, -1)
    return row.astype(np.uint8 if row.max() < 256 else np.uint16)


def _struct(fields: Sequence[str], rows: Sequence[tuple]) -> np.ndarray:
    """(1, n) struct array."""
    struct = np.empty((1, len(rows)), [(field, object) for field in fields])
    for i, row in enumerate(rows):
        struct[0, i] = tuple(row)
    return struct


def _cells(values: Sequence) -> np.ndarray:
    """(n, 1) cell array."""
    cells = np.empty((len(values), 1), object)
    for i, value in enumerate(values):
        cells[i, 0] = value
    return cells


class Annotations:
    """Boxes and identities of a set, by image.

    Args:
        boxes (Mapping[str, np.ndarray]): Per image name (k, 4) integer
            ``x, y, w, h`` in pixels.
        id_names (Mapping[str, Sequence[str]]): Per image name the k
            identities' names, '' for a passer-by.
        test_images (Sequence[str]): Names of the test images.
        queries (Sequence[tuple[str, str]]): Image and identity name of each
            query.
    """

    def __init__(
        self,
        boxes: Mapping[str, np.ndarray],
        id_names: Mapping[str, Sequence[str]],
        test_images: Sequence[str],
        queries: Sequence[tuple[str, str]],
    ) -> None:
        self.boxes = boxes
        self.test_images = list(test_images)
        self.queries = list(queries)
        self.seen: dict[str, dict[str, np.ndarray]] = {}
        for image, names in id_names.items():
            for name, box in zip(names, boxes[image]):
                if name:
                    self.seen.setdefault(name, {})[image] = box

    def write(self, root: Path, rng: np.random.Generator) -> None:
        """Write all ``.mat`` files.

        Args:
            root (Path): The data set's folder.
            rng (np.random.Generator): Source of randomness for the galleries'
                negatives.
        """
        folder = root / 'annotation'
        _save(folder / 'Images.mat', 'Img', self._images())
        _save(folder / 'pool.mat', 'pool', _cells(self.test_images))
        names = sorted(self.seen, key=lambda name: int(name[1:]))
        _save(folder / 'Person.mat', 'Person', self._persons(names))
        splits = folder / 'test' / 'train_test'
        test = set(self.test_images)
        train = [name for name in names if not test & set(self.seen[name])]
        _save(
            splits / 'Train.mat',
            'Train',
            _cells([self._persons([name]) for name in train]),
        )
        for size in GALLERY_SIZES:
            if size == GALLERY_SIZES[0] or size < len(self.test_images):
                name = f'TestG{size}'
                _save(splits / f'{name}.mat', name, self._protocol(size, rng))

    def _images(self) -> np.ndarray:
        rows = []
        for image, boxes in self.boxes.items():
            box = _struct(
                ('idlocate', 'ishard'), [(_small(b), _NOT_HARD) for b in boxes]
            )
            rows.append((image, _small([len(boxes)]), box))
        return _struct(('imname', 'nAppear', 'box'), rows)

    def _persons(self, names: Sequence[str]) -> np.ndarray:
        rows = []
        for name in names:
            scene = _struct(
                _SCENE,
                [
                    (image, _small(box), _NOT_HARD)
                    for image, box in self.seen[name].items()
                ],
            )
            rows.append((name, _small([scene.size]), scene))
        return _struct(('idname', 'nAppear', 'scene'), rows)

    def _protocol(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Queries with galleries: first the positives, then negatives."""
        rows: list[tuple] = []
        for image, name in self.queries:
            seen_in = self.seen[name]
            query = _struct(
                _SCENE + ('idname',),
                [(image, _small(seen_in[image]), _NOT_HARD, name)],
            )
            positives = [i for i in seen_in if i != image]
            negatives = [i for i in self.test_images if i not in seen_in]
            count = min(max(size - len(positives), 0), len(negatives))
            chosen = rng.permutation(len(negatives))[:count]
            gallery = [(i, _small(seen_in[i]), _NOT_HARD) for i in positives]
            gallery += [(negatives[i], _EMPTY, _EMPTY) for i in chosen]
            rows.append((query, _struct(_SCENE, gallery)))
        return _struct(('Query', 'Gallery'), rows)
