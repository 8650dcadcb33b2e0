"""The MATLAB files of CUHK-SYSU."""

import numpy as np
import pytest
from cuhk_sysu_samples import (
    SEARCHES,
    TEST_DIR,
    A,
    B,
    C,
    images_struct,
    read_cuhk_sysu,
    searches_struct,
    write_cuhk_sysu,
    write_mat,
    write_subset,
)

from mmdmr.readers.cuhk_sysu_files import read_boxes


@pytest.fixture
def root(tmp_path):
    return write_cuhk_sysu(tmp_path)


def test_subset_without_the_variable_is_named(root):
    write_subset(root, 'Resolution', 'Resolution', [SEARCHES[1]])
    with pytest.raises(ValueError, match='Resolution.mat.*Test_Size'):
        read_cuhk_sysu(root, test_mode=True, protocols='resolution')


@pytest.mark.parametrize('what', ['query', 'gallery'])
def test_search_in_an_unknown_image_is_named(root, what):
    place = {'query': 's2.jpg', 'gallery': 's1.jpg'}[what]
    other = {'query': 's1.jpg', 'gallery': 's2.jpg'}[what]
    write_mat(
        root / TEST_DIR / 'TestG50.mat',
        'TestG50',
        searches_struct([('p7', (place, A), [(other, B)])]),
    )
    with pytest.raises(
        ValueError, match=f'TestG50.mat.*{what} image s2.jpg.*query 0'
    ):
        read_cuhk_sysu(root, test_mode=True, protocols='G50')


def test_other_queries_in_another_protocol_are_an_error(root):
    write_mat(
        root / TEST_DIR / 'TestG2.mat',
        'TestG2',
        searches_struct(SEARCHES[::-1]),
    )
    with pytest.raises(ValueError, match='TestG2.mat.*queries'):
        read_cuhk_sysu(root, test_mode=True, protocols='G2')


def test_boxes_that_are_no_numbers(root):
    boxes = {'s1.jpg': ([[1, 2, np.nan, 4]], np.float64)}
    write_mat(root / 'annotation/Images.mat', 'Img', images_struct(boxes))
    with pytest.raises(ValueError, match='Images.mat: a box of .*nan'):
        read_cuhk_sysu(root, test_mode=True)


def test_boxes_need_width_and_height(tmp_path):
    boxes = [[7, 8, 1, 9], [7, 8, 9, 1], [7, 8, 0, 9], [7, 8, 9, 0]]
    write_mat(
        tmp_path / 'Images.mat', 'Img', images_struct({'s1': (boxes, int)})
    )
    found, num_empty = read_boxes(tmp_path / 'Images.mat')
    assert found['s1'].tolist() == boxes[:2] and num_empty == 2


def test_an_image_that_is_listed_twice(root):
    images = {'s1.jpg': ([A], np.uint8), 's2.jpg': ([B, C], np.uint16)}
    twice = np.concatenate([images_struct(images)] * 2, axis=-1)
    write_mat(root / 'annotation/Images.mat', 'Img', twice)
    with pytest.raises(ValueError, match='lists the image s1.jpg twice'):
        read_cuhk_sysu(root)
