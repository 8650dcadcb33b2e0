"""Reading MATLAB files."""

import numpy as np
import pytest
from cuhk_sysu_samples import (
    cell,
    read_cuhk_sysu,
    struct,
    write_cuhk_sysu,
    write_mat,
)
from prw_samples import read_prw, write_prw


@pytest.fixture
def root(tmp_path):
    return write_cuhk_sysu(tmp_path)


@pytest.mark.parametrize('size', [0, 100, 500])
def test_broken_file_is_named(root, size):
    path = root / 'annotation/Images.mat'
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match='Images.mat'):
        read_cuhk_sysu(root)


def test_missing_variable_and_field_are_named(root):
    write_mat(root / 'annotation/pool.mat', 'other', cell(['s1.jpg']))
    with pytest.raises(ValueError, match='pool.mat.* pool, only other'):
        read_cuhk_sysu(root)
    write_mat(root / 'annotation/Images.mat', 'Img', struct(imname='s1.jpg'))
    with pytest.raises(ValueError, match='Images.mat.*Img.*lack.*box'):
        read_cuhk_sysu(root)


def test_a_name_that_is_no_text(root):
    write_mat(root / 'annotation/pool.mat', 'pool', cell([np.zeros((2, 2))]))
    with pytest.raises(ValueError, match='pool.mat: .*name .*ndarray'):
        read_cuhk_sysu(root)


def test_a_file_of_matlab_7_3_is_named(tmp_path):
    header = b'MATLAB 7.3 MAT-file'.ljust(124) + b'\x00\x02IM'
    root = write_prw(tmp_path)
    (root / 'frame_train.mat').write_bytes(header + bytes(512))
    with pytest.raises(
        ValueError, match='frame_train.mat: is a file of MATLAB 7.3'
    ):
        read_prw(root)
