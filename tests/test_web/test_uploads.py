"""Uploads in memory: the last ones stay."""

import numpy as np

from mmdmr.web.uploads import Upload, UploadStore


def upload(name, num_bytes=1):
    none = np.empty((0, 4))
    return Upload(name, '', (1, 1), bytes(num_bytes), none, none)


def test_the_one_that_was_unused_for_longest_goes():
    store = UploadStore(most=2)
    first, second = store.add(upload('1')), store.add(upload('2'))
    assert store.get(first).name == '1'
    third = store.add(upload('3'))
    assert store.get(second) is None
    assert (store.get(first).name, store.get(third).name) == ('1', '3')


def test_bytes_are_bounded_but_for_the_newest():
    store = UploadStore(most=9, most_bytes=10)
    keys = [store.add(upload(name, 4)) for name in '123']
    assert [store.get(key) is None for key in keys] == [True, False, False]
    large = store.add(upload('large', 100))
    assert store.get(large).name == 'large'
    assert all(store.get(key) is None for key in keys)
    # What has gone no longer counts.
    pair = [store.add(upload(name, 5)) for name in '45']
    assert all(store.get(key) for key in pair)


def test_names_of_uploads_cannot_be_guessed():
    store = UploadStore()
    keys = {store.add(upload('same')) for _ in range(50)}
    assert len(keys) == 50 and min(map(len, keys)) >= 20
