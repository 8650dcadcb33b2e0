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

from mmdmr.readers import CUHKSYSUReader


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


def test_paths_of_images(tmp_path):
    for name in ('a.jpg', 'b.jpg'):
        path = tmp_path / 'Image/SSM' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    reader = CUHKSYSUReader(tmp_path, test=True)
    names = ('b.jpg', 'a.jpg')
    assert [p.name for p in reader.image_paths(names)] == list(names)
    assert reader.image_paths(['SSM/a.jpg'], 'Image')[0].is_file()
    with pytest.raises(FileNotFoundError, match='1 of 2 .*c.jpg.*--img-dir'):
        reader.image_paths(['a.jpg', 'c.jpg'])
    with pytest.raises(FileNotFoundError, match='2 of 2 .*elsewhere'):
        reader.image_paths(names, 'elsewhere')
