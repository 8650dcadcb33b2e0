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

from mmdmr.errors import InputError
from mmdmr.readers import CUHKSYSUReader
from mmdmr.readers.base import check_names


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


@pytest.mark.parametrize(
    'name',
    [
        *('../a.jpg', 'b/../../a.jpg', '/etc/a.jpg', '..', './../a.jpg'),
        *('..\\a.jpg', 'C:\\a.jpg', '\\\\host\\share\\a.jpg'),
    ],
)
def test_names_that_leave_the_folder_of_images(name):
    with pytest.raises(InputError, match='a.json: .*outside the folder'):
        check_names(['a.jpg', name], 'a.json')


def test_names_that_stay_in_the_folder_of_images():
    inside = ['a.jpg', 'b/a.jpg', 'b/../a.jpg', '..a.jpg', './a', '1:23.jpg']
    check_names(inside, 'a.json')


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


@pytest.mark.parametrize(
    'name, inside',
    [
        ('a.jpg', True),
        ('day/../a.jpg', True),
        ('../test/a.jpg', True),
        ('..a.jpg', True),
        ('{root}/elsewhere/a.jpg', True),
        ('link/a.jpg', True),
        ('../../a.jpg', False),
        ('../../root-2/a.jpg', False),
        ('day/../../../a.jpg', False),
        ('/etc/a.jpg', False),
        ('{root}/../a.jpg', False),
        ('..', False),
    ],
)
def test_names_that_lead_out_of_the_data_set(tmp_path, name, inside):
    """The text counts: links inside a data set may lead anywhere."""
    root = tmp_path / 'root'
    (root / 'images').mkdir(parents=True)
    (root / 'images/link').symlink_to('/etc')
    reader = CUHKSYSUReader(root)
    names = ['b.jpg', name.format(root=root)]
    if inside:
        reader.check_inside(names, root / 'images')
        return
    with pytest.raises(
        InputError, match=r'Images.mat, .*: image 1 \(counted.*leads out of'
    ):
        reader.check_inside(names, root / 'images')


def test_images_beside_the_root(tmp_path):
    """A folder of images may lie anywhere, since the user names it."""
    reader = CUHKSYSUReader(tmp_path / 'root')
    reader.check_inside(['a.jpg', '../a/a.jpg'], tmp_path / 'a')
    with pytest.raises(InputError, match='leads out of'):
        reader.check_inside(['../b/a.jpg'], tmp_path / 'a')
    with pytest.raises(InputError, match='leads out of'):
        reader.image_paths(['../../../a.jpg'])
