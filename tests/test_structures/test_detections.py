"""Detections: what they refuse, and whose rows are whose."""

import tempfile
import time
import warnings

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.structures import Detections


def arrays(**changes):
    return {
        **dict(
            boxes=np.array([[0.0, 0.0, 4.0, 9.0]] * 3),
            scores=np.array([0.9, 0.8, 0.7]),
            feats=np.eye(3),
            offsets=np.array([0, 2, 2, 3]),
        ),
        **changes,
    }


def with_nan(shape):
    array = np.zeros(shape)
    array[(-1,) * array.ndim] = np.nan
    return array


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(boxes=np.zeros((3, 5))), r'boxes must have shape \(3, 4\)'),
        (dict(boxes=np.zeros((2, 4))), r'boxes .* but have shape \(2, 4\)'),
        (dict(boxes=[[0, 0, 1, 1]] * 3), 'boxes must be .*NumPy.* a list'),
        (dict(boxes=with_nan((3, 4))), 'boxes must be finite, but row 2'),
        (dict(scores=np.zeros((3, 1))), r'scores must have shape \(3,\)'),
        (dict(scores=np.zeros(4)), 'scores must have shape'),
        (dict(scores=np.array(['a', 'b', 'c'])), 'scores must be .*numbers'),
        (dict(scores=with_nan(3)), 'scores must be finite, but row 2'),
        (dict(feats=np.zeros(3)), r'feats must have shape \(3, D\)'),
        (dict(feats=np.zeros((2, 8))), r'feats must have shape \(3, D\)'),
        (dict(feats=np.eye(3, dtype=object)), 'feats must be .*numbers'),
        (dict(feats=with_nan((3, 8))), 'feats must be finite, but row 2'),
        (dict(feats=np.array([[0], [-np.inf], [np.inf]])), 'feats.* row 1'),
        (dict(offsets=[0, 2, 2, 3]), 'offsets must be .* a list'),
        (dict(offsets=np.array([0.0, 3.0])), 'offsets must be .*float64'),
        (dict(offsets=np.array([], int)), 'offsets must have shape'),
        (dict(offsets=np.array([[0, 3]])), 'offsets must have shape'),
        (dict(offsets=np.array([1, 3])), 'offsets must .*begin with 0'),
        (dict(offsets=np.array([0, 4, 3])), 'offsets .*image 1 begins at 4'),
        (dict(offsets=np.array([0, 3, 4])), r'boxes must have shape \(4, 4\)'),
        (dict(offsets=np.array([0, 2])), r'boxes must have shape \(2, 4\)'),
    ],
)
def test_malformed_arrays_are_named(changes, message):
    with pytest.raises(InputError, match=f'Detections: {message}'):
        Detections(**arrays(**changes))


def test_unsigned_offsets_do_not_wrap():
    offsets = np.array([0, 2, 2, 3], dtype=np.uint64)
    detections = Detections(**arrays(offsets=offsets))
    assert detections.offsets.dtype == np.int64
    assert detections.rows_of(np.array([2, 0])).tolist() == [2, 0, 1]
    falling = np.array([0, 3, 2, 3], dtype=np.uint64)
    with pytest.raises(InputError, match='must not fall'):
        Detections(**arrays(offsets=falling))


def test_rows_and_images():
    detections = Detections(**arrays())
    assert len(detections) == 3 and detections.num_images == 3
    assert detections.num_per_image.tolist() == [2, 0, 1]
    assert detections.image_of(np.arange(3)).tolist() == [0, 0, 2]
    assert detections.slice_of(1) == slice(2, 2)
    assert detections.rows_of(np.array([], int)).tolist() == []


def test_no_image_and_no_detection():
    parts = np.empty((0, 4)), np.empty(0), np.empty((0, 8))
    nothing = Detections.from_counts(*parts, [])
    assert len(nothing) == nothing.num_images == 0
    assert Detections.from_counts(*parts, [0, 0]).num_images == 2


def test_counts_must_add_up():
    found = arrays()
    del found['offsets']
    made = Detections.from_counts(**found, counts=[2, 0, 1])
    assert made.offsets.tolist() == [0, 2, 2, 3]
    for counts in ([1, 1], [4, -1], [3, 1]):
        with pytest.raises(InputError, match='Detections: '):
            Detections.from_counts(**found, counts=counts)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_sums_that_overflow_are_no_infinity(dtype):
    feats = np.full((3, 64), np.finfo(dtype).max, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        Detections(**arrays(feats=feats))


def test_check_is_quick_and_copies_nothing():
    """Embeddings on disk, 100 MB of them."""
    num = 100_000
    with tempfile.TemporaryFile() as file:
        feats = np.memmap(file, np.float32, 'w+', shape=(num, 256))
        feats[:] = 1
        parts = np.zeros((num, 4)), np.zeros(num), feats
        seconds = []
        for _ in range(5):
            started = time.process_time()
            detections = Detections.from_counts(*parts, [num])
            seconds.append(time.process_time() - started)
        assert detections.feats is feats
    assert min(seconds) < 0.1
