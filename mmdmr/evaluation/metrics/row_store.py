"""Rows of many small arrays in few large blocks of memory."""

import numpy as np

#: Above glibc's largest threshold, from which an array has pages of its own.
_BLOCK_BYTES = 1 << 26


class RowStore:
    """Keeps rows in large blocks, which go back to the system when unused.

    Memory of small arrays is not given back: it lies between other objects.
    A block is freed once no array that was kept in it is in use.

    Args:
        block_bytes (int): Size of a block. Defaults to 64 MB.

    Example:
        >>> store = RowStore()
        >>> first, second = store.keep(np.eye(2)), store.keep(np.ones((1, 2)))
        >>> first.tolist(), second.tolist()
        ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]])
        >>> first.base is second.base
        True
    """

    def __init__(self, block_bytes: int = _BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes
        self._block = np.empty((0, 0))
        self._used = 0

    def keep(self, rows: np.ndarray) -> np.ndarray:
        """Copy rows into a block.

        Args:
            rows (np.ndarray): (n, D) numbers.

        Returns:
            np.ndarray: (n, D) copy of the same type, a view of the block.
        """
        block, start = self._block, self._used
        if (block.dtype, block.shape[1]) != (rows.dtype, rows.shape[1]) or (
            len(block) - start < len(rows)
        ):
            row_bytes = max(rows.itemsize * rows.shape[1], 1)
            num = max(self._block_bytes // row_bytes, len(rows))
            # Pages are taken as they are written.
            block, start = np.empty((num, rows.shape[1]), rows.dtype), 0
            self._block = block
        self._used = start + len(rows)
        kept = block[start : self._used]
        kept[:] = rows
        return kept
