import shutil

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from mmdmr.datasets import CUHKSYSUDataset

TEST_DIR = 'annotation/test/train_test'


def struct(**fields):
    """A MATLAB struct."""
    record = np.empty(1, dtype=[(name, object) for name in fields])
    for name, value in fields.items():
        record[name][0] = value
    return record


def cell(values):
    array = np.empty((len(values), 1), dtype=object)
    array[:, 0] = values
    return array


def narrow(box):
    """A box in the narrowest integers, as MATLAB stores it."""
    return np.array([box], dtype=np.min_scalar_type(max(box)))


def listing(name, box=None):
    box = np.empty((1, 0)) if box is None else narrow(box)
    return struct(imname=name, idlocate=box, ishard=0)


def write_mat(path, name, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {name: value})


def images_struct(images):
    return np.concatenate(
        [
            struct(
                imname=name,
                nAppear=len(boxes),
                box=np.concatenate(
                    [
                        struct(idlocate=np.array([box], dtype=dtype), ishard=0)
                        for box in boxes
                    ]
                )
                if boxes
                else np.empty((1, 0)),
            )
            for name, (boxes, dtype) in images.items()
        ]
    )


def searches_struct(searches):
    return np.concatenate(
        [
            struct(
                Query=struct(
                    imname=name, idlocate=narrow(box), ishard=0, idname=person
                ),
                Gallery=np.concatenate([listing(*item) for item in gallery]),
            )
            for person, (name, box), gallery in searches
        ]
    )


A, B, C = [200, 100, 90, 200], [10, 20, 30, 40], [300, 400, 50, 60]
SEARCHES = [
    # s5 is listed twice, with another box the second time.
    ('p7', ('s1.jpg', A), [('s5.jpg', B), ('s3.jpg',), ('s5.jpg', C)]),
    # The query's own image is listed.
    ('p3', ('s3.jpg', B), [('s5.jpg', A), ('s3.jpg', B)]),
    # Nothing to be found.
    ('p9', ('s5.jpg', [1, 2, 3, 4]), [('s1.jpg',), ('s3.jpg',)]),
]


@pytest.fixture
def root(tmp_path):
    """Test images s1 s3 s5 s6, training images s2 s4 s7."""
    (tmp_path / 'Image/SSM').mkdir(parents=True)
    images = {
        's1.jpg': ([A, [0, 0, 0, 5]], np.uint8),
        's2.jpg': ([B, C, A], np.uint16),
        's3.jpg': ([B], np.uint8),
        's4.jpg': ([[1, 1, 5, 0]], np.uint8),
        's5.jpg': ([A, B, C], np.uint16),
        's6.jpg': ([B], np.uint8),
        's7.jpg': ([B], np.uint8),
    }
    for name in images:
        Image.new('L', (9, 6)).save(tmp_path / 'Image/SSM' / name)
    write_mat(tmp_path / 'annotation/Images.mat', 'Img', images_struct(images))
    write_mat(
        tmp_path / 'annotation/pool.mat',
        'pool',
        cell(['s5.jpg', 's1.jpg', 's6.jpg', 's3.jpg']),
    )
    train = [
        struct(idname='p20', nAppear=1, scene=listing('s2.jpg', C)),
        struct(
            idname='p4',
            nAppear=2,
            scene=np.concatenate([listing('s2.jpg', A), listing('s7.jpg', B)]),
        ),
    ]
    write_mat(tmp_path / TEST_DIR / 'Train.mat', 'Train', cell(train))
    write_mat(
        tmp_path / TEST_DIR / 'TestG50.mat',
        'TestG50',
        searches_struct(SEARCHES),
    )
    return tmp_path


def read(root, **kwargs):
    return CUHKSYSUDataset(data_root=str(root), **kwargs)


def test_golden_reader(golden, expected):
    root = golden / 'CUHK-SYSU'
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
        == expected['cuhk.reader']
    )


def test_golden_queries_are_those_of_the_stored_embeddings(golden):
    test = read(golden / 'CUHK-SYSU', test_mode=True)
    queries = test.metainfo['search_task'].queries
    names = test.metainfo['search_task'].ground_truth.img_names
    stored = np.load(golden / 'cuhk.npz')
    assert [names[i] for i in queries.img_ids] == list(
        stored['query_img_names']
    )
    np.testing.assert_array_equal(queries.boxes, stored['query_boxes'])


def test_training_images_are_all_but_the_pool(root):
    dataset = read(root)
    assert [info['img_name'] for info in dataset] == [
        's2.jpg',
        's4.jpg',
        's7.jpg',
    ]
    assert dataset[0]['img_path'] == str(root / 'Image/SSM/s2.jpg')
    assert 'queries' not in dataset[0]
    assert 'search_task' not in dataset.metainfo


def test_training_persons_are_numbered_in_file_order(root):
    dataset = read(root)
    assert dataset.metainfo['person_id_names'] == ('p20', 'p4')
    assert [i['person_id'] for i in dataset[0]['instances']] == [-1, 0, 1]
    assert [i['person_id'] for i in dataset[2]['instances']] == [1]


def test_narrow_integers_are_widened_and_empty_boxes_dropped(root):
    dataset = read(root, test_mode=True, protocols=('G50',))
    by_name = {info['img_name']: info for info in dataset}
    instances = by_name['s1.jpg']['instances']
    assert [i['bbox'] for i in instances] == [[200.0, 100.0, 290.0, 300.0]]
    assert instances[0] == dict(
        bbox=[200.0, 100.0, 290.0, 300.0],
        bbox_label=0,
        ignore_flag=0,
        person_id=0,
    )


def test_images_without_boxes_go_only_if_asked(root):
    assert len(read(root)) == 3
    kept = read(root, filter_cfg=dict(filter_empty_gt=True))
    assert [info['img_name'] for info in kept] == ['s2.jpg', 's7.jpg']
    with pytest.raises(ValueError, match='min_size'):
        read(root, filter_cfg=dict(min_size=32))


def test_images_without_a_labelled_person_are_kept(root):
    write_mat(
        root / TEST_DIR / 'Train.mat',
        'Train',
        cell([struct(idname='p4', nAppear=1, scene=listing('s7.jpg', B))]),
    )
    kept = read(root, filter_cfg=dict(filter_empty_gt=True))
    assert [i['person_id'] for i in kept[0]['instances']] == [-1] * 3
    assert kept.metainfo['person_id_names'] == ('p4',)


def test_queries_stand_with_their_images(root):
    dataset = read(root, test_mode=True, protocols=('G50',))
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


def test_repeated_gallery_image_is_searched_once_and_counted_twice(root):
    dataset = read(root, test_mode=True, protocols=('G50',))
    protocol = dataset.metainfo['search_task'].protocols['G50']
    assert protocol.query_ids.tolist() == [0, 1]
    assert [list(g) for g in protocol.galleries] == [[0, 3], [0, 3]]
    assert [list(g) for g in protocol.gt_img_ids] == [[0, 0], [0, 3]]
    assert protocol.gt_boxes[0].tolist() == [
        [10, 20, 40, 60],
        [300, 400, 350, 460],
    ]


def test_full_set_appends_every_other_image(root):
    dataset = read(root, test_mode=True, protocols=('full', 'G50'))
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


def write_subset(root, file, variable, searches):
    write_mat(
        root / f'annotation/test/subset/{file}.mat',
        variable,
        searches_struct(searches),
    )


def test_subsets_have_queries_of_their_own(root):
    """Query 1 again, then one that is not in TestG50.mat: it gets number 3."""
    new = ('p7', ('s6.jpg', B), [('s5.jpg', B), ('s3.jpg',)])
    write_subset(root, 'Occlusion', 'Occlusion1', [SEARCHES[1], new])
    write_subset(root, 'Resolution', 'Test_Size', [SEARCHES[2], SEARCHES[0]])
    names = ('occlusion', 'resolution', 'G50')
    dataset = read(root, test_mode=True, protocols=names)
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
        read(root, test_mode=True, protocols='occlusion')
    write_subset(root, 'Occlusion', 'Occlusion1', [SEARCHES[1]])
    with pytest.raises(ValueError, match='available.*: G50, full, occlusion$'):
        read(root, test_mode=True, protocols='resolution')


def test_subset_without_the_variable_is_named(root):
    write_subset(root, 'Resolution', 'Resolution', [SEARCHES[1]])
    with pytest.raises(ValueError, match='Resolution.mat.*Test_Size'):
        read(root, test_mode=True, protocols='resolution')


def test_metainfo_shares_the_search_task(root):
    dataset = read(root, test_mode=True, protocols='G50', lazy_init=True)
    # what inference asks for needs no file
    assert 'search_task' not in dataset.metainfo
    assert dataset.metainfo['classes'] == ('person',)
    dataset.full_init()
    assert dataset.metainfo['search_task'] is dataset.metainfo['search_task']
    assert dataset.metainfo['classes'] == ('person',)


def test_missing_data_root_lists_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        read(tmp_path / 'nowhere')
    for name in ('Image/SSM', 'Images.mat', 'pool.mat', 'Train.mat'):
        assert name in str(error.value)


def test_missing_images_folder_is_an_error(root):
    shutil.rmtree(root / 'Image')
    with pytest.raises(FileNotFoundError, match='missing: .*Image/SSM'):
        read(root)


@pytest.mark.parametrize('size', [0, 100, 500])
def test_broken_file_is_named(root, size):
    path = root / 'annotation/Images.mat'
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match='Images.mat'):
        read(root)


def test_missing_variable_and_field_are_named(root):
    write_mat(root / 'annotation/pool.mat', 'other', cell(['s1.jpg']))
    with pytest.raises(ValueError, match='pool.mat.* pool, only other'):
        read(root)
    write_mat(root / 'annotation/Images.mat', 'Img', struct(imname='s1.jpg'))
    with pytest.raises(ValueError, match='Images.mat.*Img.*lack.*box'):
        read(root)


def test_pool_image_without_annotation_is_named(root):
    write_mat(
        root / 'annotation/pool.mat', 'pool', cell(['s1.jpg', 's99.jpg'])
    )
    with pytest.raises(ValueError, match='pool.mat.*s99.jpg'):
        read(root)


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
        read(root, test_mode=True, protocols='G50')


def test_unknown_protocol_lists_the_others(root):
    with pytest.raises(ValueError, match="'G100'.*available.*G50, full"):
        read(root, test_mode=True)


def test_other_queries_in_another_protocol_are_an_error(root):
    write_mat(
        root / TEST_DIR / 'TestG2.mat',
        'TestG2',
        searches_struct(SEARCHES[::-1]),
    )
    with pytest.raises(ValueError, match='TestG2.mat.*queries'):
        read(root, test_mode=True, protocols='G2')


def test_a_query_whose_box_has_no_size(root):
    searches = [('p7', ('s1.jpg', [3, 4, 0, 9]), [('s5.jpg', B)])]
    write_mat(
        root / TEST_DIR / 'TestG50.mat', 'TestG50', searches_struct(searches)
    )
    with pytest.raises(ValueError, match='1 of 1 queries have no box.*s1.jpg'):
        read(root, test_mode=True, protocols='G50')


def test_boxes_that_are_no_numbers(root):
    boxes = {'s1.jpg': ([[1, 2, np.nan, 4]], np.float64)}
    write_mat(root / 'annotation/Images.mat', 'Img', images_struct(boxes))
    with pytest.raises(ValueError, match='Images.mat: a box of .*nan'):
        read(root, test_mode=True)


def test_an_image_that_is_listed_twice(root):
    images = {'s1.jpg': ([A], np.uint8), 's2.jpg': ([B, C], np.uint16)}
    twice = np.concatenate([images_struct(images)] * 2, axis=-1)
    write_mat(root / 'annotation/Images.mat', 'Img', twice)
    with pytest.raises(ValueError, match='lists the image s1.jpg twice'):
        read(root)
