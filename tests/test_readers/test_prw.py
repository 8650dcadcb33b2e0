"""PRW, read into plain arrays."""

import numpy as np
import pytest
from prw_samples import (
    FRAMES,
    QUERIES,
    cells,
    read_prw,
    task_of,
    write_prw,
    write_queries,
)
from reader_counts import reader_counts
from scipy.io import savemat

from mmdmr.readers import PRWReader
from mmdmr.readers.prw import UNLABELLED, _read_frame


@pytest.fixture
def root(tmp_path):
    return write_prw(tmp_path)


def test_golden_reader(golden, expected):
    root = golden / 'PRW'
    train, test = read_prw(root), read_prw(root, test_mode=True)
    assert reader_counts(train, test) == expected['prw.reader']


def test_golden_queries_are_those_of_the_stored_embeddings(golden):
    task = task_of(golden / 'PRW', 'all')
    stored = np.load(golden / 'prw.npz')
    assert [
        task.ground_truth.img_names[i] for i in task.queries.img_ids
    ] == list(stored['query_img_names'])
    np.testing.assert_array_equal(task.queries.boxes, stored['query_boxes'])


def test_published_numbers_add_up():
    """To those of the whole set."""
    counts = PRWReader.published_counts
    both = counts['training images'] + counts['test images']
    assert counts['image files'] == both == 11816
    assert counts['training boxes'] + counts['test boxes'] == 43110
    both = counts['training identities'] + counts['queried identities']
    assert both == 483 + 450 and counts['queried identities'] == 450
    assert counts['queries'] == 2057


def test_query_boxes_are_summed_truncated_then_clipped(root):
    queries = task_of(root, 'all').queries
    assert queries.boxes[0].tolist() == [0, 0, 18, 30]


def test_identities_need_not_be_contiguous(root):
    dataset = read_prw(root)
    assert dataset.metainfo['person_id_names'] == ('4', '7', '932')
    assert [
        [i['person_id'] for i in info['instances']] for info in dataset
    ] == [[1, -1], [2]]


def test_training_identities_in_test_frames_follow_the_others(root):
    dataset = read_prw(root, test_mode=True)
    assert dataset.metainfo['person_id_names'] == ('9', '12', '4')
    assert [i['person_id'] for i in dataset[0]['instances']] == [0, 2, 0]


def test_all_leaves_out_the_own_frame_and_the_query_not_to_be_found(root):
    protocol = task_of(root, 'all').protocols['all']
    assert protocol.query_ids.tolist() == [0, 1]
    assert [list(g) for g in protocol.galleries] == [
        [1, 2, 3, 4],
        [0, 1, 3, 4],
    ]
    assert [list(g) for g in protocol.gt_img_ids] == [[1, 2], [0, 1]]
    # Identity 9 stands in frame 3 twice: the first box counts.
    assert protocol.gt_boxes[1].tolist() == [
        [10, 20, 40, 60],
        [11, 12, 24, 26],
    ]


def test_camera_protocols(root):
    protocols = task_of(root, 'cross-camera', 'same-camera').protocols
    assert list(protocols) == ['cross-camera', 'same-camera']
    cross, same = protocols.values()
    assert cross.query_ids.tolist() == [0, 1]
    assert [list(g) for g in cross.galleries] == [[2, 3, 4], [0, 1, 3]]
    assert [list(g) for g in cross.gt_img_ids] == [[2], [0, 1]]
    # Query 1 has no other frame of camera 2 with identity 9.
    assert same.query_ids.tolist() == [0]
    assert [list(g) for g in same.galleries] == [[1]]
    assert [list(g) for g in same.gt_img_ids] == [[1]]


def test_missing_annotation_is_named(root):
    (root / 'annotations/c2s1_000002.jpg.mat').unlink()
    with pytest.raises(
        FileNotFoundError,
        match='c2s1_000002.jpg.mat: no such file; 1 of 2 frames have no',
    ):
        read_prw(root)


def test_missing_queries_are_named(root):
    (root / 'query_info.txt').unlink()
    assert len(read_prw(root)) == 2
    with pytest.raises(FileNotFoundError, match='missing: .*query_info.txt'):
        read_prw(root, test_mode=True)


def test_boxes_at_the_border_are_counted(root):
    reader = PRWReader(root)
    reader.ground_truth()
    assert not any('want of width' in note for note in reader.notes)
    rows = [
        [0, -1, 2, 9, 9],
        [4, 1, -2, 9, 9],
        [-1, 1, 1, 9, 9],
        [7, 1, 1, 0, 9],
        [5, 0, 0, 9, 9],  # at the border, and not clipped
    ]
    path = root / 'annotations/c2s1_000002.jpg.mat'
    savemat(path, dict(box_new=np.array(rows, dtype=float)))
    # The least identity is 0.
    ids, boxes, num_clipped, num_empty = _read_frame(path)
    assert ids.tolist() == [0, 4, UNLABELLED, 5]
    assert (len(boxes), num_clipped, num_empty) == (4, 2, 1)
    reader = PRWReader(root)
    reader.ground_truth()
    # One more is in the other frame.
    assert any('are clipped: 3' in note for note in reader.notes)
    assert any('inside their frame: 1' in note for note in reader.notes)


def test_wrong_annotations_are_named(root):
    path = root / 'annotations/c2s1_000002.jpg.mat'
    savemat(path, dict(boxes=np.zeros((1, 5))))
    with pytest.raises(ValueError, match='c2s1_000002.*box_new.*only boxes'):
        read_prw(root)
    savemat(path, dict(box_new=np.zeros((2, 4))))
    with pytest.raises(ValueError, match='c2s1_000002.*id, x, y, w, h'):
        read_prw(root)
    path.write_bytes(b'no MATLAB file')
    with pytest.raises(ValueError, match='c2s1_000002.*not a readable'):
        read_prw(root)


@pytest.mark.parametrize(
    'line, message',
    [
        ('9 1 2 3 c1s1_000003', 'line 2.*id x y w h name'),
        ('9 1 2 3 four c1s1_000003', 'line 2.*id x y w h name'),
        ('9 1 2 3 4 c1s1_000001', 'line 2.*c1s1_000001.*frame_test'),
        ('77 1 2 3 4 c1s1_000003', 'line 2.*77.*ID_test'),
        ('9.5 1 2 3 4 c1s1_000003', 'line 2.*id x y w h name'),
        ('inf 1 2 3 4 c1s1_000003', 'line 2.*id x y w h name'),
        ('9 1 2 0 4 c1s1_000003', '1 of 2 queries have no box.*query 1 '),
        ('9 1 2 nan 4 c1s1_000003', '1 of 2 queries have no box'),
        ('9 1 2 inf 4 c1s1_000003', '1 of 2 queries have no box'),
    ],
)
def test_wrong_query_line_is_numbered(root, line, message):
    write_queries(root, [QUERIES[0], line])
    with pytest.raises(ValueError, match=message):
        read_prw(root, test_mode=True)


def test_frame_without_camera_is_named(root):
    savemat(root / 'frame_train.mat', dict(img_index_train=cells(['x'])))
    savemat(root / 'annotations/x.jpg.mat', dict(box_new=np.zeros((0, 5))))
    with pytest.raises(ValueError, match='frame_train.mat.*x.jpg.*camera'):
        read_prw(root)


def test_unknown_protocol_lists_the_others(root):
    with pytest.raises(ValueError, match="'G100'.*all, cross-camera"):
        read_prw(root, test_mode=True, protocols='G100')


@pytest.mark.parametrize(
    'row',
    [
        [4.5, 1, 2, 3, 4],
        [4, 1, 2, np.nan, 4],
        [1e300, 1, 2, 3, 4],
        [4, 1, 2, 3e7, 4],
        [4 + 1j, 1, 2, 3, 4],
    ],
)
def test_rows_that_no_frame_has_are_named(root, row):
    savemat(
        root / 'annotations/c2s1_000002.jpg.mat', dict(box_new=np.array([row]))
    )
    with pytest.raises(ValueError, match='c2s1_000002.*rows? '):
        read_prw(root)


@pytest.mark.parametrize('value', [4.5, np.nan, np.inf])
def test_identities_of_a_split_are_whole_numbers(root, value):
    savemat(root / 'ID_train.mat', dict(ID_train=[[4.0, value]]))
    with pytest.raises(ValueError, match='ID_train.mat.*a whole number'):
        read_prw(root)


def test_no_frame_is_listed(root):
    savemat(root / 'frame_train.mat', dict(img_index_train=np.zeros((0, 1))))
    with pytest.raises(ValueError, match='frame_train.mat.*lists no images'):
        read_prw(root)


def test_unlabelled_persons_listed_among_identities(root):
    """As a list of all numbers in the annotations has them."""
    expected = read_prw(root)
    savemat(root / 'ID_train.mat', dict(ID_train=[[-2, -1, 4, 7, 932]]))
    dataset = read_prw(root)
    for i in range(len(expected)):
        assert (
            dataset.get_data_info(i)['instances']
            == expected.get_data_info(i)['instances']
        )
    reader = PRWReader(root)
    reader.ground_truth()
    assert any('without identity, left out: 2' in r for r in reader.notes)


def test_cameras_of_two_digits(root):
    for name in ('frames/c2s1_000005.jpg', 'annotations/c2s1_000005.jpg.mat'):
        (root / name).rename(root / name.replace('c2s1', 'c12s1'))
    frames = [name.replace('c2s1_000005', 'c12s1_000005') for name in FRAMES]
    savemat(root / 'frame_test.mat', dict(img_index_test=cells(frames[2:])))
    write_queries(
        root, [q.replace('c2s1_000005', 'c12s1_000005.jpg') for q in QUERIES]
    )
    assert read_prw(root, test_mode=True).metainfo[
        'search_task'
    ].ground_truth.cam_ids.tolist() == [1, 1, 12, 3, 2]
