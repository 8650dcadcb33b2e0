"""CUHK-SYSU as a data set."""

import pytest
from cuhk_sysu_samples import read_cuhk_sysu, write_cuhk_sysu


@pytest.fixture
def root(tmp_path):
    return write_cuhk_sysu(tmp_path)


def test_training_images_are_all_but_the_pool(root):
    dataset = read_cuhk_sysu(root)
    assert [info['img_name'] for info in dataset] == [
        's2.jpg',
        's4.jpg',
        's7.jpg',
    ]
    assert dataset[0]['img_path'] == str(root / 'Image/SSM/s2.jpg')
    assert 'queries' not in dataset[0]
    assert 'search_task' not in dataset.metainfo


def test_narrow_integers_are_widened_and_empty_boxes_dropped(root):
    dataset = read_cuhk_sysu(root, test_mode=True, protocols=('G50',))
    by_name = {info['img_name']: info for info in dataset}
    instances = by_name['s1.jpg']['instances']
    assert [i['bbox'] for i in instances] == [[200.0, 100.0, 290.0, 300.0]]
    assert instances[0] == dict(
        bbox=[200.0, 100.0, 290.0, 300.0],
        bbox_label=0,
        ignore_flag=0,
        person_id=0,
    )


def test_queries_stand_with_their_images(root):
    dataset = read_cuhk_sysu(root, test_mode=True, protocols=('G50',))
    assert [info['img_name'] for info in dataset] == [
        's5.jpg',
        's1.jpg',
        's6.jpg',
        's3.jpg',
    ]
    assert [info['img_id'] for info in dataset] == [0, 1, 2, 3]
    assert [[q['query_id'] for q in info['queries']] for info in dataset] == [
        [2],
        [0],
        [],
        [1],
    ]
    assert dataset[1]['queries'][0]['bbox'] == [200.0, 100.0, 290.0, 300.0]
    queries = dataset.metainfo['search_task'].queries
    assert queries.img_ids.tolist() == [1, 3, 0]
    assert queries.person_ids.tolist() == [0, 1, 2]
