import shutil

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from mmdmr.datasets import PRWDataset
from mmdmr.readers import PRWReader


def names(values):
    array = np.empty((len(values), 1), dtype=object)
    array[:, 0] = values
    return array


FRAMES = {
    'c1s1_000001': (
        'box_new',
        [[7, -3.5, 10.6, 20.9, 30.7], [-2, 5, 5, 8, 20]],
    ),
    'c2s1_000002': ('anno_file', [[932, 1, 2, 30, 60]]),
    'c1s1_000003': (
        'anno_previous',
        [[9, 10, 20, 30, 40], [4, 50, 60, 10, 20], [9, 70, 20, 30, 40]],
    ),
    'c1s2_000004': ('box_new', [[9, 11, 12, 13, 14]]),
    'c2s1_000005': ('box_new', [[9, 1, 1, 10, 10], [4, 30, 1, 10, 10]]),
    'c3s1_000006': ('box_new', [[-2, 1, 1, 9, 9]]),
    'c2s1_000007': ('box_new', [[12, 1, 1, 9, 9]]),
}
QUERIES = [
    '9 -2.5 -0.5 20.9 30.7 c1s1_000003',
    '9 1 1 10 10 c2s1_000005',
    '12 1 1 9 9 c2s1_000007',
]


@pytest.fixture
def root(tmp_path):
    """Training frames 1 and 2, test frames 3 to 7 (img_id 0 to 4)."""
    (tmp_path / 'frames').mkdir()
    (tmp_path / 'annotations').mkdir()
    for name, (variable, rows) in FRAMES.items():
        Image.new('L', (9, 6)).save(tmp_path / f'frames/{name}.jpg')
        savemat(
            tmp_path / f'annotations/{name}.jpg.mat',
            {variable: np.array(rows, dtype=float)},
        )
    frames = list(FRAMES)
    savemat(
        tmp_path / 'frame_train.mat', dict(img_index_train=names(frames[:2]))
    )
    savemat(
        tmp_path / 'frame_test.mat', dict(img_index_test=names(frames[2:]))
    )
    savemat(tmp_path / 'ID_train.mat', dict(ID_train=[[4, 7, 932]]))
    savemat(tmp_path / 'ID_test.mat', dict(ID_test2=[[9], [12]]))
    write_queries(tmp_path, QUERIES)
    return tmp_path


def write_queries(root, lines):
    (root / 'query_info.txt').write_bytes('\r\n'.join([*lines, '']).encode())


def read(root, **kwargs):
    return PRWDataset(data_root=str(root), **kwargs)


def task_of(root, *protocols):
    dataset = read(root, test_mode=True, protocols=protocols)
    return dataset.metainfo['search_task']


def test_golden_reader(golden, expected):
    root = golden / 'PRW'
    train, test = read(root), read(root, test_mode=True)
    task = test.metainfo['search_task']
    infos = list(train)
    assert (
        dict(
            gallery_images=len(test),
            gallery_boxes=sum(map(len, task.ground_truth.boxes)),
            gallery_labelled=sum(
                int((ids >= 0).sum()) for ids in task.ground_truth.person_ids
            ),
            queries=len(task.queries.img_ids),
            train_images=len(train),
            train_boxes=sum(len(info['instances']) for info in infos),
            train_labelled=sum(
                item['person_id'] >= 0
                for info in infos
                for item in info['instances']
            ),
            train_ids=len(train.metainfo['person_id_names']),
        )
        == expected['prw.reader']
    )


def test_golden_queries_are_those_of_the_stored_embeddings(golden):
    task = task_of(golden / 'PRW', 'all')
    stored = np.load(golden / 'prw.npz')
    assert [
        task.ground_truth.img_names[i] for i in task.queries.img_ids
    ] == list(stored['query_img_names'])
    np.testing.assert_array_equal(task.queries.boxes, stored['query_boxes'])


def test_boxes_are_clipped_summed_then_truncated(root):
    info = read(root)[0]
    assert info['img_name'] == 'c1s1_000001.jpg'
    assert info['img_path'] == str(root / 'frames/c1s1_000001.jpg')
    assert info['cam_id'] == 1
    assert [i['bbox'] for i in info['instances']] == [
        [0, 10, 20, 41],
        [5, 5, 13, 25],
    ]


def test_query_boxes_are_summed_truncated_then_clipped(root):
    queries = task_of(root, 'all').queries
    assert queries.boxes[0].tolist() == [0, 0, 18, 30]


def test_identities_need_not_be_contiguous(root):
    dataset = read(root)
    assert dataset.metainfo['person_id_names'] == ('4', '7', '932')
    assert [
        [i['person_id'] for i in info['instances']] for info in dataset
    ] == [[1, -1], [2]]


def test_training_identities_in_test_frames_follow_the_others(root):
    dataset = read(root, test_mode=True)
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


def test_missing_parts_are_listed(root):
    shutil.rmtree(root / 'frames')
    (root / 'ID_test.mat').unlink()
    read_error = pytest.raises(FileNotFoundError)
    with read_error as error:
        read(root, test_mode=True)
    assert 'frames,' in str(error.value) and 'ID_test.mat' in str(error.value)


def test_missing_annotation_is_named(root):
    (root / 'annotations/c2s1_000002.jpg.mat').unlink()
    with pytest.raises(FileNotFoundError, match='c2s1_000002.jpg.mat'):
        read(root)


def test_wrong_annotations_are_named(root):
    path = root / 'annotations/c2s1_000002.jpg.mat'
    savemat(path, dict(boxes=np.zeros((1, 5))))
    with pytest.raises(ValueError, match='c2s1_000002.*box_new.*only boxes'):
        read(root)
    savemat(path, dict(box_new=np.zeros((2, 4))))
    with pytest.raises(ValueError, match='c2s1_000002.*id, x, y, w, h'):
        read(root)
    path.write_bytes(b'no MATLAB file')
    with pytest.raises(ValueError, match='c2s1_000002.*not a readable'):
        read(root)


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
        ('9 1 2 nan 4 c1s1_000003', 'quer'),
    ],
)
def test_wrong_query_line_is_numbered(root, line, message):
    write_queries(root, [QUERIES[0], line])
    with pytest.raises(ValueError, match=message):
        read(root, test_mode=True)


def test_frame_without_camera_is_named(root):
    savemat(root / 'frame_train.mat', dict(img_index_train=names(['x'])))
    savemat(root / 'annotations/x.jpg.mat', dict(box_new=np.zeros((0, 5))))
    with pytest.raises(ValueError, match='frame_train.mat.*x.jpg.*camera'):
        read(root)


def test_unknown_protocol_lists_the_others(root):
    with pytest.raises(ValueError, match="'G100'.*all, cross-camera"):
        read(root, test_mode=True, protocols='G100')


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
        read(root)


@pytest.mark.parametrize('value', [4.5, np.nan, np.inf])
def test_identities_of_a_split_are_whole_numbers(root, value):
    savemat(root / 'ID_train.mat', dict(ID_train=[[4.0, value]]))
    with pytest.raises(ValueError, match='ID_train.mat.*a whole number'):
        read(root)


def test_frames_named_with_their_suffix(root):
    """And one that is listed twice, which a search would find in its copy."""
    plain = [info['img_path'] for info in read(root).load_data_list()]
    frames = [f'{name}.jpg' for name in list(FRAMES)[:2]]
    savemat(root / 'frame_train.mat', dict(img_index_train=names(frames)))
    assert [info['img_path'] for info in read(root).load_data_list()] == plain
    twice = [*frames, list(FRAMES)[0]]
    savemat(root / 'frame_train.mat', dict(img_index_train=names(twice)))
    with pytest.raises(ValueError, match='frame_train.mat.*listed 2 times'):
        read(root)


def test_no_frame_is_listed(root):
    savemat(root / 'frame_train.mat', dict(img_index_train=np.zeros((0, 1))))
    with pytest.raises(ValueError, match='frame_train.mat.*lists no images'):
        read(root)


def test_strangers_listed_among_identities(root):
    """As a list of all numbers in the annotations has them."""
    expected = read(root)
    savemat(root / 'ID_train.mat', dict(ID_train=[[-2, -1, 4, 7, 932]]))
    dataset = read(root)
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
    savemat(root / 'frame_test.mat', dict(img_index_test=names(frames[2:])))
    write_queries(
        root, [q.replace('c2s1_000005', 'c12s1_000005.jpg') for q in QUERIES]
    )
    assert read(root, test_mode=True).metainfo[
        'search_task'
    ].ground_truth.cam_ids.tolist() == [1, 1, 12, 3, 2]


def test_a_file_of_matlab_7_3_is_named(root):
    header = b'MATLAB 7.3 MAT-file'.ljust(124) + b'\x00\x02IM'
    (root / 'frame_train.mat').write_bytes(header + bytes(512))
    with pytest.raises(
        ValueError, match='frame_train.mat: is a file of MATLAB 7.3'
    ):
        read(root)
