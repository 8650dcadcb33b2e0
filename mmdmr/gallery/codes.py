"""Short codes of embeddings, scanned by FAISS to find candidates.

An embedding is centred and rotated to its principal axes, at most 256 of
them, and coded with one bit an axis: 4 bits for each 4 axes (product
quantisation). All codes are scanned in registers of the processor. No coarse
quantiser leaves codes out: views of a person are too noisy for that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np

#: Axes that are coded, at most.
_MAX_AXES = 256
#: Axes that share a code of 4 bits.
_SHARED = 4
#: With fewer axes than this, each has a code of its own.
_FEW_AXES = 64
#: Queries that threads are worth their while for.
_MANY_QUERIES = 8
#: Training embeddings for an axis, at least, to find principal axes.
_TRAINING_PER_AXIS = 4


class Codes:
    """Codes of n embeddings.

    Args:
        index (faiss.Index): Trained index.
    """

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def train(cls, sample: np.ndarray) -> 'Codes':
        """Learn the axes and the codes.

        Args:
            sample (np.ndarray): (m, D) float32 embeddings, at least 16.

        Returns:
            Codes: No codes yet.
        """
        num, dim = sample.shape
        axes = min(dim, _MAX_AXES)
        shared = _SHARED if axes >= _FEW_AXES else 1
        axes -= axes % shared
        # Too few samples span no principal axes: random ones do.
        kind = 'PCAR' if num >= _TRAINING_PER_AXIS * dim else 'RR'
        # Distances do not change if all embeddings are shifted, products do.
        # For unit length both give the same order.
        index: Any = faiss.index_factory(
            dim,
            f'{kind}{axes},PQ{axes // shared}x4fs',
            faiss.METRIC_L2,
        )
        coder: Any = faiss.downcast_index(index.index)
        # 16 centroids are learnt well from few samples: no warnings.
        coder.pq.cp.min_points_per_centroid = 1
        with _one_thread():
            index.train(sample)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> 'Codes':
        """Read codes from a file.

        Args:
            path (Path): File that :meth:`save` wrote.

        Returns:
            Codes: The codes.

        Raises:
            RuntimeError: The file holds something else.
        """
        # No vector is longer than its file: one that claims to be would fill
        # the memory. Older versions of FAISS know no limit.
        limit = getattr(faiss, 'set_deserialization_vector_byte_limit', None)
        if limit is not None:
            limit(path.stat().st_size)
        # FAISS itself takes no path that is not UTF-8.
        return cls(faiss.deserialize_index(np.fromfile(path, np.uint8)))

    def __len__(self) -> int:
        return self._index.ntotal

    def save(self, path: Path) -> None:
        """Write the codes into a file.

        Args:
            path (Path): The file.
        """
        faiss.serialize_index(self._index).tofile(path)

    def add(self, feats: np.ndarray) -> None:
        """Append embeddings.

        Args:
            feats (np.ndarray): (m, D) float32 embeddings.
        """
        self._index.add(feats)

    def scan(self, feats: np.ndarray, num: int) -> np.ndarray:
        """Find the positions of the nearest codes.

        Args:
            feats (np.ndarray): (q, D) float32 queries of unit length.
            num (int): Number of positions, at most the number of codes.

        Returns:
            np.ndarray: (q, num) int64 positions, nearest first.
        """
        if len(feats) >= _MANY_QUERIES:
            return self._index.search(feats, num)[1]
        with _one_thread():
            return self._index.search(feats, num)[1]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS work with one thread.

    The training is a row of thousands of tiny loops, and the search for one
    query takes a millisecond. Two threads gain nothing, and on a busy machine
    they wait for each other: a search took 8 ms rather than 1.2 ms.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def fast_floats(codes: np.ndarray) -> np.ndarray:
    """Turn float16 codes into float32, fast whatever they hold.

    NumPy takes five times as long if many numbers are zero, as behind a ReLU.

    Args:
        codes (np.ndarray): (n, D) float16, contiguous; or codes of another
            type, which are returned as they are.

    Returns:
        np.ndarray: (n, D) float32, or ``codes``.

    Example:
        >>> fast_floats(np.array([[0.5, 0]], np.float16)).tolist()
        [[0.5, 0.0]]
    """
    if codes.dtype != np.float16:
        return codes
    halves = faiss.IndexScalarQuantizer(
        codes.shape[1], faiss.ScalarQuantizer.QT_fp16
    )
    return halves.sa_decode(codes.view(np.uint8))
