"""PRW as a data set."""

import shutil

import pytest
from prw_samples import FRAMES, cells, read_prw, write_prw
from scipy.io import savemat


@pytest.fixture
def root(tmp_path):
    return write_prw(tmp_path)


def test_boxes_are_clipped_summed_then_truncated(root):
    info = read_prw(root)[0]
    assert info['img_name'] == 'c1s1_000001.jpg'
    assert info['img_path'] == str(root / 'frames/c1s1_000001.jpg')
    assert info['cam_id'] == 1
    assert [i['bbox'] for i in info['instances']] == [
        [0, 10, 20, 41],
        [5, 5, 13, 25],
    ]


def test_missing_parts_are_listed(root):
    shutil.rmtree(root / 'frames')
    (root / 'ID_test.mat').unlink()
    read_error = pytest.raises(FileNotFoundError)
    with read_error as error:
        read_prw(root, test_mode=True)
    assert 'frames,' in str(error.value) and 'ID_test.mat' in str(error.value)


def test_frames_named_with_their_suffix(root):
    """And one that is listed twice, which a search would find in its copy."""
    plain = [info['img_path'] for info in read_prw(root).load_data_list()]
    frames = [f'{name}.jpg' for name in list(FRAMES)[:2]]
    savemat(root / 'frame_train.mat', dict(img_index_train=cells(frames)))
    assert [
        info['img_path'] for info in read_prw(root).load_data_list()
    ] == plain
    twice = [*frames, list(FRAMES)[0]]
    savemat(root / 'frame_train.mat', dict(img_index_train=cells(twice)))
    with pytest.raises(ValueError, match='frame_train.mat.*listed 2 times'):
        read_prw(root)
