"""Anyone's predictions, read from a file."""

import re

import numpy as np
import pytest

from mmdmr.evaluation.functional import (
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
    remarks_on,
)
from mmdmr.structures import Detections, GroundTruth, Queries


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


PEOPLE = np.array([[10.0, 20, 50, 110], [60, 5, 100, 95]])


def judged(
    boxes=PEOPLE,
    scores=(0.9, 0.8),
    feats=None,
    query=None,
    gt=None,
    score_thr=0.5,
):
    truth = GroundTruth(
        ('a.jpg', 'b.jpg'),
        [PEOPLE, np.empty((0, 4))],
        [np.array([0, -1]), np.empty(0, dtype=int)],
        np.array([-1, -1]),
    )
    detections = Detections(
        np.array(boxes, dtype=float),
        np.array(scores),
        np.eye(2) if feats is None else feats,
        np.array([0, 2, 2]),
    )
    return remarks_on(
        detections,
        np.eye(2) if query is None else query,
        truth,
        gt,
        score_thr,
    )


def test_right_predictions_give_no_cause():
    assert judged() == judged(gt=np.eye(2)) == []
    # rounding, and an embedding of nothing
    half = np.eye(2, dtype=np.float16) * np.float16(0.9995)
    assert judged(feats=half, query=np.eye(2) * [1, 0]) == []
    nothing = Detections(
        np.empty((0, 4)), np.empty(0), np.empty((0, 2)), np.zeros(3, int)
    )
    truth = GroundTruth(('a', 'b'), [PEOPLE] * 2, [np.zeros(2, int)] * 2, None)
    (said,) = remarks_on(nothing, np.eye(2), truth)
    assert said == 'dets: there is no detection in any image'


@pytest.mark.parametrize(
    'changes,words',
    [
        # x, y, w, h; corners the wrong way round
        (dict(boxes=[[10, 20, 40, 90], [60, 5, 40, 90]]), '1 of 2 boxes end'),
        (dict(boxes=PEOPLE[:, [2, 3, 0, 1]]), '2 of 2 boxes end'),
        # shares and per cent of the image, another image's size
        (dict(boxes=PEOPLE / 200), 'no box reaches beyond 1 pixel'),
        (dict(boxes=PEOPLE / 2), 'none of 2 boxes overlaps'),
        (dict(boxes=PEOPLE * 3), 'none of 2 boxes overlaps'),
        (dict(scores=(90, 80)), 'scores: they reach from 80 to 90'),
        (dict(scores=(0.4, 0.09)), 'none of 2 .*reaches 0.5.* 0.4 at most'),
        (dict(score_thr=0.95), 'none of 2 detections reaches 0.95'),
        (dict(scores=(-2.0, 3.0)), 'scores: they reach from -2 to 3'),
        (dict(feats=np.eye(2) * 0.2), 'feats: 2 of 2 embeddings .*0.2'),
        (dict(query=np.eye(2) * [1, 7]), 'query_feats: 1 of 2 .*from 1 to 7'),
        (dict(gt=np.eye(2) * 30), 'gt_feats: 2 of 2'),
        (dict(feats=np.zeros((2, 2))), 'feats: all 2 embeddings are equal'),
        (dict(query=np.ones((2, 2)) / 2**0.5), 'query_feats: all 2'),
    ],
)
def test_what_is_probably_not_meant_is_said(changes, words):
    said = judged(**changes)
    assert any(re.search(words, remark) for remark in said), said


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


def test_embeddings_of_ground_truth_boxes():
    assert load_gt_feats(dict(gt_feats=np.eye(3)), 3).shape == (3, 3)
    with pytest.raises(ValueError, match='each of 4 ground-truth boxes'):
        load_gt_feats(dict(gt_feats=np.eye(3)), 4)
    with pytest.raises(ValueError, match='gt_feats holds NaN.*box 1'):
        load_gt_feats(dict(gt_feats=np.array([[0.0], [np.nan]])), 2)
    with pytest.raises(ValueError, match='lacks gt_feats'):
        load_gt_feats(dict(feats=np.eye(3)), 3)
