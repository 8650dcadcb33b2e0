"""The base class of readers."""

import pytest
from cuhk_sysu_samples import (
    TEST_DIR,
    B,
    read_cuhk_sysu,
    searches_struct,
    write_cuhk_sysu,
    write_mat,
)


@pytest.fixture
def root(tmp_path):
    return write_cuhk_sysu(tmp_path)


def test_a_query_whose_box_has_no_size(root):
    searches = [('p7', ('s1.jpg', [3, 4, 0, 9]), [('s5.jpg', B)])]
    write_mat(
        root / TEST_DIR / 'TestG50.mat', 'TestG50', searches_struct(searches)
    )
    with pytest.raises(ValueError, match='1 of 1 queries have no box.*s1.jpg'):
        read_cuhk_sysu(root, test_mode=True, protocols='G50')
