"""Rows in blocks of memory."""

import gc
import weakref

import numpy as np

from mmdmr.evaluation.metrics.row_store import RowStore


def test_rows_stay_as_they_were():
    store, rng = RowStore(block_bytes=100), np.random.default_rng(0)
    given, kept = [], []
    # One is larger than a block, one is empty, widths and types change.
    for shape in ((2, 3), (40, 3), (0, 3), (1, 3), (2, 0), (3, 5)):
        for dtype in (np.float32, np.float64):
            rows = rng.normal(size=shape).astype(dtype)
            given.append(rows.copy())
            kept.append(store.keep(rows))
            rows[:] = 0
    for expected, found in zip(given, kept):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_a_block_goes_with_its_last_rows():
    store = RowStore(block_bytes=64)
    parts = [store.keep(np.full((2, 2), float(i))) for i in range(4)]
    blocks = [part.base for part in parts]
    # Two parts of 32 bytes fill a block.
    assert blocks[0] is blocks[1] and blocks[1] is not blocks[2]
    watched = weakref.ref(blocks[0])
    del blocks, parts[0]
    gc.collect()
    assert watched() is not None
    del parts[0]
    gc.collect()
    assert watched() is None
