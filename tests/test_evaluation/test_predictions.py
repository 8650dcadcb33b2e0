"""Anyone's predictions, read from a file."""

import zipfile

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
)
from mmdmr.structures import Queries


def arrays():
    return dict(
        img_names=np.array(['b', 'a', 'c']),
        num_dets=np.array([1, 0, 2]),
        dets=np.arange(15.0).reshape(3, 5),
        feats=np.eye(3),
    )


def test_detections_are_reordered():
    detections = load_detections(arrays(), ['a', 'c', 'b'])
    assert detections.offsets.tolist() == [0, 0, 2, 3]
    assert detections.scores.tolist() == [9, 14, 4]
    assert detections.feats.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_detections_in_order_are_not_copied():
    stored = arrays()
    detections = load_detections(stored, list(stored['img_names']))
    assert np.shares_memory(detections.feats, stored['feats'])


def changed(**changes):
    stored = arrays()
    for key, (index, value) in changes.items():
        stored[key] = stored[key].astype(float)
        stored[key][index] = value
    return stored


@pytest.mark.parametrize(
    'stored, message',
    [
        (dict(num_dets=np.array([1, 2])), r'num_dets.*each of the 3.*\(2,\)'),
        (dict(num_dets=np.array([1.0, 0, 2])), 'num_dets.*float64'),
        (dict(num_dets=np.array([1, 1, 2])), r'4 detections.*\(3, 5\)'),
        (dict(dets=np.zeros((3, 4))), r'\(3, 4\)'),
        (dict(feats=np.eye(2)), r'feats.*3 detections.*\(2, 2\)'),
        (dict(img_names=np.array(['b', 'b', 'c'])), 'twice'),
        (dict(img_names=np.array([['b'], ['a'], ['c']])), r'\(3, 1\)'),
        (dict(img_names=np.array('b')), r'img_names.*\(\)'),
        (dict(num_dets=np.array([-1, 2, 2])), 'below 0'),
        (dict(feats=np.zeros((3, 0))), r'\(3, 0\)'),
        (changed(dets=((2, 4), np.nan)), r'dets.*1 rows.*row 2 \(c\)'),
        (changed(feats=((0, 1), np.inf)), r'feats.*1 rows.*row 0 \(b\)'),
        (dict(feats=np.array([['x'], ['y'], ['z']])), 'feats must be numbers'),
    ],
)
def test_wrong_detection_files_are_refused(stored, message):
    with pytest.raises(ValueError, match=message):
        load_detections({**arrays(), **stored}, ['a', 'b', 'c'])


@pytest.mark.parametrize('dtype', [np.uint8, np.uint32, np.uint64, np.int16])
def test_counts_of_any_whole_type(dtype):
    stored = arrays()
    stored['num_dets'] = stored['num_dets'].astype(dtype)
    detections = load_detections(stored, ['a', 'c', 'b'])
    assert detections.offsets.tolist() == [0, 0, 2, 3]


def test_missing_and_unknown_images_are_named(tmp_path):
    path = tmp_path / 'detections.npz'
    np.savez(path, **arrays())
    with pytest.raises(ValueError, match='detections.npz: 1 of 4.*: x.jpg;'):
        load_detections(path, ['a', 'b', 'c', 'x.jpg'])
    with pytest.raises(ValueError, match='2 of 3 images are not in the data'):
        load_detections(path, ['a'])
    needed = np.array([True, True, True, False])
    detections = load_detections(
        path, ['a', 'b', 'x.jpg', 'c'], needed[[0, 1, 3, 2]]
    )
    assert detections.num_per_image.tolist() == [0, 1, 0, 2]


def test_files_of_another_kind_are_refused(tmp_path):
    stored = arrays()
    del stored['feats']
    np.savez(tmp_path / 'short.npz', **stored)
    with pytest.raises(ValueError, match='short.npz: lacks feats'):
        load_detections(tmp_path / 'short.npz', ['a'])
    names = np.array(['a', None], dtype=object)
    np.savez(tmp_path / 'pickled.npz', **{**arrays(), 'img_names': names})
    with pytest.raises(ValueError, match='pickled.npz: img_names: .*pickle'):
        load_detections(tmp_path / 'pickled.npz', ['a'])
    np.save(tmp_path / 'one.npy', np.eye(2))
    with pytest.raises(ValueError, match='one.npy: holds one array'):
        load_detections(tmp_path / 'one.npy', ['a'])
    (tmp_path / 'text.npz').write_text('no arrays')
    # Nobody is told to load it without care.
    with pytest.raises(ValueError, match='text.npz: not .*of another kind'):
        load_detections(tmp_path / 'text.npz', ['a'])


def test_an_array_that_claims_more_than_there_is(tmp_path):
    path = tmp_path / 'claim.npz'
    claim = dict(descr='<f8', fortran_order=False, shape=(10**17, 5))
    np.savez(path, **{k: v for k, v in arrays().items() if k != 'dets'})
    with (
        zipfile.ZipFile(path, 'a') as archive,
        archive.open('dets.npy', 'w') as file,
    ):
        np.lib.format.write_array_header_1_0(file, claim)
    with pytest.raises(InputError, match='claim.npz: dets: .*allocate'):
        load_detections(path, ['a'])


@pytest.mark.parametrize(
    'place, value', [(6, 1), (8, 99)], ids=['password', 'packing']
)
def test_an_archive_of_another_kind(tmp_path, place, value):
    path = tmp_path / 'other.npz'
    np.savez(path, **arrays())
    data = bytearray(path.read_bytes())
    # The flags and the method of the first array, here and in the list.
    for mark, shift in ((b'PK\3\4', 0), (b'PK\1\2', 2)):
        data[data.index(mark) + place + shift] = value
    path.write_bytes(data)
    with pytest.raises(InputError, match='other.npz: img_names: '):
        load_detections(path, ['a'])


def test_a_file_that_would_fill_the_memory(tmp_path):
    path = tmp_path / 'bomb.npz'
    stored = {**arrays(), 'feats': np.zeros((2**17, 256))}
    np.savez_compressed(path, **stored)
    with pytest.raises(InputError, match='bomb.npz is .* would become 0.3 GB'):
        load_detections(path, ['a'])


@pytest.mark.parametrize('cut', [30, 200, 400, -30])
def test_broken_files_are_named(tmp_path, cut):
    """An interrupted copy, and one whose middle is lost."""
    path = tmp_path / 'broken.npz'
    np.savez_compressed(path, **arrays())
    content = path.read_bytes()
    path.write_bytes(content[:cut])
    with pytest.raises(ValueError, match='broken.npz'):
        load_detections(path, ['a'])
    path.write_bytes(content[:cut] + bytes(30) + content[cut:][30:])
    with pytest.raises(ValueError, match='broken.npz|images'):
        load_detections(path, ['a'])


def test_thousands_of_images_are_looked_up_at_once():
    """Each name once: 20,000 would take minutes otherwise."""
    num = 20000
    names = np.array([f's{i}.jpg' for i in range(num)])
    stored = dict(
        img_names=names[::-1],
        num_dets=np.ones(num, dtype=int),
        dets=np.zeros((num, 5)),
        feats=np.zeros((num, 1)),
    )
    calls = []

    class Names(list):
        def __iter__(self):
            calls.append(1)
            return super().__iter__()

    load_detections(stored, Names(names.tolist()))
    assert len(calls) < 10


@pytest.mark.parametrize(
    'stored,expected',
    [({}, None), (dict(score_thr=0.2), 0.2), (dict(score_thr=np.array(1)), 1)],
)
def test_threshold_of_a_file(stored, expected):
    assert load_score_thr(stored) == expected


@pytest.mark.parametrize('thr', ['low', [0.1, 0.2], np.nan, 50, -0.1])
def test_wrong_threshold_of_a_file(thr):
    with pytest.raises(ValueError, match='score_thr must be one number'):
        load_score_thr(dict(score_thr=thr))


def test_other_queries_are_refused():
    queries = Queries(
        np.array([1]), np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([0])
    )
    stored = dict(
        query_img_names=['b'],
        query_boxes=[[1, 2, 3, 4]],
        query_feats=[[1.0, 0.0]],
    )
    assert load_query_feats(stored, queries, ['a', 'b']).shape == (1, 2)
    with pytest.raises(ValueError, match='query 0 .* in b, .* in c'):
        load_query_feats(stored, queries, ['a', 'c'])
    stored['query_boxes'] = [[1, 2, 3, 5]]
    with pytest.raises(ValueError, match='query 0'):
        load_query_feats(stored, queries, ['a', 'b'])
    stored['query_feats'] = np.eye(2)
    with pytest.raises(ValueError, match='2 embeddings for 1 queries'):
        load_query_feats(stored, queries, ['a', 'b'])
    stored['query_boxes'] = 7
    with pytest.raises(ValueError, match=r'a row for each.*\(1,\), \(\) and'):
        load_query_feats(stored, queries, ['a', 'b'])


def test_embeddings_of_ground_truth_boxes():
    assert load_gt_feats(dict(gt_feats=np.eye(3)), 3).shape == (3, 3)
    with pytest.raises(ValueError, match='each of 4 ground-truth boxes'):
        load_gt_feats(dict(gt_feats=np.eye(3)), 4)
    with pytest.raises(ValueError, match='gt_feats holds NaN.*box 1'):
        load_gt_feats(dict(gt_feats=np.array([[0.0], [np.nan]])), 2)
    with pytest.raises(ValueError, match='lacks gt_feats'):
        load_gt_feats(dict(feats=np.eye(3)), 3)
