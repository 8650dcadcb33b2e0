"""CUHK-SYSU, read into plain arrays."""

import numpy as np
import pytest
from cuhk_sysu_samples import (
    SEARCHES,
    TEST_DIR,
    B,
    cell,
    read_cuhk_sysu,
    searches_struct,
    write_cuhk_sysu,
    write_mat,
    write_subset,
)
from reader_counts import reader_counts

from mmdmr.errors import InputError
from mmdmr.readers.cuhk_sysu import CUHKSYSUReader, gallery_names


@pytest.fixture
def root(tmp_path):
    return write_cuhk_sysu(tmp_path)


def test_golden_reader(golden, expected):
    root = golden / 'CUHK-SYSU'
    train, test = read_cuhk_sysu(root), read_cuhk_sysu(root, test_mode=True)
    assert reader_counts(train, test) == expected['cuhk.reader']


def test_golden_queries_are_those_of_the_stored_embeddings(golden):
    test = read_cuhk_sysu(golden / 'CUHK-SYSU', test_mode=True)
    queries = test.metainfo['search_task'].queries
    names = test.metainfo['search_task'].ground_truth.img_names
    stored = np.load(golden / 'cuhk.npz')
    assert [names[i] for i in queries.img_ids] == list(
        stored['query_img_names']
    )
    np.testing.assert_array_equal(queries.boxes, stored['query_boxes'])


def test_published_numbers_add_up():
    """To those of the whole set; each query is of another identity."""
    counts = CUHKSYSUReader.published_counts
    both = counts['training images'] + counts['test images']
    assert counts['image files'] == both == 18184
    assert counts['training boxes'] + counts['test boxes'] == 96143
    assert counts['queries'] == counts['queried identities'] == 8432 - 5532
    assert counts['training identities'] == 5532


def test_training_persons_are_numbered_in_file_order(root):
    dataset = read_cuhk_sysu(root)
    assert dataset.metainfo['person_id_names'] == ('p20', 'p4')
    assert [i['person_id'] for i in dataset[0]['instances']] == [-1, 0, 1]
    assert [i['person_id'] for i in dataset[2]['instances']] == [1]


def test_repeated_gallery_image_is_searched_once_and_counted_twice(root):
    dataset = read_cuhk_sysu(root, test_mode=True, protocols=('G50',))
    protocol = dataset.metainfo['search_task'].protocols['G50']
    assert protocol.query_ids.tolist() == [0, 1]
    assert [list(g) for g in protocol.galleries] == [[0, 3], [0, 3]]
    assert [list(g) for g in protocol.gt_img_ids] == [[0, 0], [0, 3]]
    assert protocol.gt_boxes[0].tolist() == [
        [10, 20, 40, 60],
        [300, 400, 350, 460],
    ]


def test_odd_galleries_are_told(root):
    reader = CUHKSYSUReader(root, test=True)
    reader.search_task(reader.ground_truth(), ('G50',))
    told = [note for note in reader.notes if 'counted from 0' in note]
    assert [note.partition('TestG50.mat: ')[2] for note in told] == [
        'queries (counted from 0) with an image listed twice, which is '
        'searched once but counts twice in the recall: 0 (s5.jpg)',
        'queries (counted from 0) with their own image listed, which stays: '
        '1 (s3.jpg)',
    ]


def test_a_box_of_two_identities_is_told(root):
    def told():
        reader = CUHKSYSUReader(root, test=True)
        truth = reader.ground_truth()
        # Box B of image s3.
        person = truth.person_id_names[truth.person_ids[3][0]]
        return person, [n for n in reader.notes if 'two identities' in n]

    assert told() == ('p3', [])
    also = ('p9', ('s3.jpg', B), [('s1.jpg',)])
    write_mat(
        root / TEST_DIR / 'TestG50.mat',
        'TestG50',
        searches_struct([*SEARCHES[:2], also]),
    )
    person, (note,) = told()
    assert person == 'p9' and note.endswith(
        'TestG50.mat: boxes of two identities, of which the later counts: 1, '
        'p9 in s3.jpg first'
    )


def test_full_set_appends_every_other_image(root):
    dataset = read_cuhk_sysu(root, test_mode=True, protocols=('full', 'G50'))
    protocols = dataset.metainfo['search_task'].protocols
    assert list(protocols) == ['full', 'G50']
    # Query 0 lies in image 1, which is left out; query 1's own image 3 is
    # listed and stays.
    assert [list(g) for g in protocols['full'].galleries] == [
        [0, 3, 2],
        [0, 3, 1, 2],
    ]
    for name in ('gt_img_ids', 'gt_boxes'):
        for full, listed in zip(
            getattr(protocols['full'], name), getattr(protocols['G50'], name)
        ):
            np.testing.assert_array_equal(full, listed)


def test_subsets_have_queries_of_their_own(root):
    """Query 1 again, then one that is not in TestG50.mat: it gets number 3."""
    new = ('p7', ('s6.jpg', B), [('s5.jpg', B), ('s3.jpg',)])
    write_subset(root, 'Occlusion', 'Occlusion1', [SEARCHES[1], new])
    write_subset(root, 'Resolution', 'Test_Size', [SEARCHES[2], SEARCHES[0]])
    names = ('occlusion', 'resolution', 'G50')
    dataset = read_cuhk_sysu(root, test_mode=True, protocols=names)
    task = dataset.metainfo['search_task']
    occlusion, resolution, listed = task.protocols.values()
    assert occlusion.query_ids.tolist() == [1, 3]
    assert [list(g) for g in occlusion.galleries] == [[0, 3], [0, 3]]
    assert resolution.query_ids.tolist() == [0]
    assert resolution.num_dropped == 1
    assert listed.query_ids.tolist() == [0, 1]
    assert task.queries.img_ids.tolist() == [1, 3, 0, 2]
    assert task.queries.person_ids.tolist() == [0, 1, 2, 0]
    # Each image once, with the boxes of all its queries.
    assert [[q['query_id'] for q in info['queries']] for info in dataset] == [
        [2],
        [0],
        [3],
        [1],
    ]


def test_subsets_are_offered_where_they_are(root):
    with pytest.raises(ValueError, match='available.*: G50, full$'):
        read_cuhk_sysu(root, test_mode=True, protocols='occlusion')
    write_subset(root, 'Occlusion', 'Occlusion1', [SEARCHES[1]])
    with pytest.raises(ValueError, match='available.*: G50, full, occlusion$'):
        read_cuhk_sysu(root, test_mode=True, protocols='resolution')


def test_pool_image_without_annotation_is_named(root):
    write_mat(
        root / 'annotation/pool.mat', 'pool', cell(['s1.jpg', 's99.jpg'])
    )
    with pytest.raises(ValueError, match='pool.mat.*s99.jpg'):
        read_cuhk_sysu(root)


def test_unknown_protocol_lists_the_others(root):
    with pytest.raises(ValueError, match="'G100'.*available.*G50, full"):
        read_cuhk_sysu(root, test_mode=True)


@pytest.mark.parametrize(
    'sizes,names',
    [
        (['100', 'G50', 'full'], ['G100', 'G50', 'full']),
        (['occlusion', 'resolution'], ['occlusion', 'resolution']),
        (['all'], ['all']),
    ],
)
def test_protocols_of_gallery_sizes(sizes, names):
    assert gallery_names(sizes) == names


@pytest.mark.parametrize('size', ['many', '-5', ''])
def test_an_unknown_gallery_size_is_named(size):
    with pytest.raises(InputError, match=f'--gallery-sizes {size}: name numb'):
        gallery_names([size])
