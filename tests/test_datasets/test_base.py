"""The base class of data sets."""

import shutil

import pytest
from cuhk_sysu_samples import (
    TEST_DIR,
    B,
    cell,
    listing,
    read_cuhk_sysu,
    struct,
    write_cuhk_sysu,
    write_mat,
)


@pytest.fixture
def root(tmp_path):
    return write_cuhk_sysu(tmp_path)


def test_images_without_boxes_go_only_if_asked(root):
    assert len(read_cuhk_sysu(root)) == 3
    kept = read_cuhk_sysu(root, filter_cfg=dict(filter_empty_gt=True))
    assert [info['img_name'] for info in kept] == ['s2.jpg', 's7.jpg']
    with pytest.raises(ValueError, match='min_size'):
        read_cuhk_sysu(root, filter_cfg=dict(min_size=32))


def test_images_without_a_labelled_person_are_kept(root):
    write_mat(
        root / TEST_DIR / 'Train.mat',
        'Train',
        cell([struct(idname='p4', nAppear=1, scene=listing('s7.jpg', B))]),
    )
    kept = read_cuhk_sysu(root, filter_cfg=dict(filter_empty_gt=True))
    assert [i['person_id'] for i in kept[0]['instances']] == [-1] * 3
    assert kept.metainfo['person_id_names'] == ('p4',)


def test_metainfo_shares_the_search_task(root):
    dataset = read_cuhk_sysu(
        root, test_mode=True, protocols='G50', lazy_init=True
    )
    # what inference asks for needs no file
    assert 'search_task' not in dataset.metainfo
    assert dataset.metainfo['classes'] == ('person',)
    dataset.full_init()
    assert dataset.metainfo['search_task'] is dataset.metainfo['search_task']
    assert dataset.metainfo['classes'] == ('person',)


def test_missing_data_root_lists_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        read_cuhk_sysu(tmp_path / 'nowhere')
    for name in ('Image/SSM', 'Images.mat', 'pool.mat', 'Train.mat'):
        assert name in str(error.value)


def test_missing_images_folder_is_an_error(root):
    shutil.rmtree(root / 'Image')
    with pytest.raises(FileNotFoundError, match='missing: .*Image/SSM'):
        read_cuhk_sysu(root)
