"""COCO-style JSON, read into plain arrays."""

import json
import lzma

import numpy as np
import pytest

from mmdmr.readers import CocoReader
from mmdmr.readers.coco import choose_queries
from mmdmr.structures import GroundTruth


def image(number, **fields):
    return dict(id=number, file_name=f'{number}.jpg', **fields)


def person(number, image_id, bbox, **fields):
    return dict(id=number, image_id=image_id, bbox=bbox, **fields)


IMAGES = [image(10, cam_id=3), image(20, cam_id=5), image(30, cam_id=3)]
PERSONS = [
    person(1, 10, [10, 20, 30, 60], person_id=7),
    person(2, 20, [0, 0, 20, 50], person_id=7),
    person(3, 20, [50, 0, 20, 50], person_id=-2),
    person(4, 30, [5, 5, 40, 90], person_id=7),
    person(5, 30, [60, 5, 20, 50], person_id=2),
    person(6, 10, [70, 5, 20, 50]),
]


@pytest.fixture
def write(tmp_path):
    """Write a file and make its reader."""

    def write(
        images=IMAGES, annotations=PERSONS, test=True, rule=None, **content
    ):
        path = tmp_path / 'a.json'
        path.write_text(
            json.dumps(dict(images=images, annotations=annotations, **content))
        )
        options = dict(query_rule=rule) if rule else {}
        return CocoReader(tmp_path, test, 'a.json', **options)

    return write


def task_of(reader, *protocols):
    return reader.search_task(reader.ground_truth(), protocols or ('all',))


def test_images_boxes_and_identities(write):
    truth = write().ground_truth()
    assert truth.img_names == ('10.jpg', '20.jpg', '30.jpg')
    assert truth.cam_ids.tolist() == [3, 5, 3]
    assert truth.person_id_names == ('2', '7')
    assert [ids.tolist() for ids in truth.person_ids] == [
        [1, -1],
        [1, -1],
        [1, 0],
    ]
    assert truth.boxes[0].tolist() == [[10, 20, 40, 80], [70, 5, 90, 55]]


def test_pid_and_texts_are_identities_too(write):
    truth = write(
        annotations=[
            person(1, 10, [0, 0, 9, 9], pid=3),
            person(2, 10, [0, 0, 9, 9], person_id='ann'),
            person(3, 10, [0, 0, 9, 9], person_id=' 3 '),
            person(4, 10, [0, 0, 9, 9], person_id=''),
            person(5, 10, [0, 0, 9, 9], person_id=10.0),
        ]
    ).ground_truth()
    assert truth.person_id_names == ('3', '10', 'ann')
    assert truth.person_ids[0].tolist() == [0, 2, 0, -1, 1]


@pytest.mark.parametrize('raw', [1.5, [3], True])
def test_other_identities_are_refused(write, raw):
    reader = write(annotations=[person(4, 10, [0, 0, 9, 9], person_id=raw)])
    with pytest.raises(ValueError, match='a.json.*annotation 4'):
        reader.ground_truth()


def test_camera_names_are_numbered(write):
    images = [image(1, cam_id='door'), image(2, cam_id='bar'), image(3)]
    reader = write(images=images, annotations=[])
    truth = reader.ground_truth()
    assert truth.cam_ids.tolist() == [1, 0, -1]
    assert reader.available_protocols(truth) == ('all',)


def test_camera_protocols_need_every_camera(write):
    reader = write()
    assert reader.available_protocols(reader.ground_truth()) == (
        'all',
        'cross-camera',
        'same-camera',
    )


def test_queries_by_camera_are_the_largest(write):
    """Identity 7: cameras 3 (images 0 and 2, the latter larger) and 5;
    identity 2 is seen once only."""
    task = task_of(write(), 'all', 'cross-camera', 'same-camera')
    assert task.queries.img_ids.tolist() == [1, 2]
    assert task.queries.person_ids.tolist() == [1, 1]
    assert task.queries.boxes[1].tolist() == [5, 5, 45, 95]
    both, cross, same = task.protocols.values()
    assert [list(g) for g in both.galleries] == [[0, 2], [0, 1]]
    assert [list(g) for g in both.gt_img_ids] == [[0, 2], [0, 1]]
    assert [list(g) for g in cross.galleries] == [[0, 2], [1]]
    assert same.query_ids.tolist() == [1]


def test_all_labelled_boxes_as_queries(write):
    task = task_of(write(rule='all'))
    assert task.queries.img_ids.tolist() == [0, 1, 2]


def test_first_of_equal_boxes_is_the_query():
    box = np.array([[0.0, 0.0, 5.0, 5.0]])
    truth = GroundTruth(
        ('a', 'b'), [box, box], [np.array([0])] * 2, np.array([-1, -1])
    )
    assert choose_queries(truth).img_ids.tolist() == [0]


def test_listed_queries_and_images_outside_the_gallery(write):
    images = [*IMAGES, image(40, gallery=False)]
    reader = write(
        images=images,
        queries=[
            dict(annotation_id=5),
            dict(image_id=40, bbox=[1, 2, 3, 4], person_id=7),
            dict(annotation_id=1),
        ],
    )
    task = task_of(reader)
    assert task.queries.img_ids.tolist() == [2, 3, 0]
    assert task.queries.person_ids.tolist() == [0, 1, 1]
    assert task.queries.boxes[1].tolist() == [1, 2, 4, 6]
    protocol = task.protocols['all']
    # Identity 2 is in no other image; image 3 is in no gallery.
    assert protocol.query_ids.tolist() == [1, 2]
    assert [list(g) for g in protocol.galleries] == [[0, 1, 2], [1, 2]]
    assert any('1 of 3 queries' in r for r in reader.remarks)


def test_a_person_known_from_a_query_alone_has_a_number(write):
    task = task_of(
        write(
            queries=[
                dict(image_id=10, bbox=[1, 2, 3, 4], person_id=99),
                dict(annotation_id=1),
            ]
        )
    )
    assert task.ground_truth.person_id_names == ('2', '7', '99')
    assert task.protocols['all'].query_ids.tolist() == [1]


def test_crowds_and_empty_boxes(write):
    reader = write(
        annotations=[
            person(1, 10, [0, 0, 9, 9], iscrowd=1),
            person(2, 10, [0, 0, 0, 9], person_id=1),
            person(3, 10, [4, 4, 9, 9], iscrowd=0),
        ]
    )
    truth = reader.ground_truth()
    assert truth.boxes[0].tolist() == [[4, 4, 13, 13]]
    assert truth.ignored_boxes[0].tolist() == [[0, 0, 9, 9]]
    assert any('width or height: 1' in remark for remark in reader.remarks)


def test_only_persons_are_read(write):
    annotations = [
        person(1, 10, [0, 0, 9, 9], category_id=4),
        person(2, 10, [1, 0, 9, 9], category_id=9),
    ]
    categories = [dict(id=4, name='dog'), dict(id=9, name='Person')]
    reader = write(annotations=annotations, categories=categories)
    assert reader.ground_truth().boxes[0].tolist() == [[1, 0, 10, 9]]
    reader = write(
        annotations=annotations, categories=[dict(id=4, name='pedestrian')]
    )
    assert len(reader.ground_truth().boxes[0]) == 2
    categories[1]['name'] = 'pedestrian'
    with pytest.raises(ValueError, match='dog, pedestrian'):
        write(annotations=annotations, categories=categories).ground_truth()


def test_compressed_file(tmp_path):
    with lzma.open(tmp_path / 'a.json.xz', 'wt') as file:
        json.dump(dict(images=IMAGES, annotations=PERSONS), file)
    reader = CocoReader(tmp_path, ann_file='a.json.xz')
    assert len(reader.ground_truth().img_names) == 3


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='annotations/test.json'):
        CocoReader(tmp_path, test=True).ground_truth()


@pytest.mark.parametrize(
    'content, message',
    [
        ('{"images": [', 'a.json: not a readable JSON file'),
        ('[1]', 'must be one object.*not a list'),
        ('{"annotations": []}', 'must hold a list "images"'),
        ('{"images": []}', 'must hold a list "annotations"'),
        ('{"images": [{"id": 1}], "annotations": []}', 'image 0.*"file_name"'),
    ],
)
def test_broken_files(tmp_path, content, message):
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(ValueError, match=message):
        CocoReader(tmp_path, ann_file='a.json').ground_truth()


@pytest.mark.parametrize(
    'content, message',
    [
        (dict(images=[image(1), image(1)]), '2 images have the "id" 1'),
        (
            dict(images=[image(1), dict(id=2, file_name='1.jpg')]),
            '"file_name" \'1.jpg\'',
        ),
        (
            dict(annotations=[person(8, 77, [0, 0, 1, 1])]),
            'annotation 8 is of image 77',
        ),
        (dict(annotations=[person(8, 10, [0, 0, 1])]), 'bbox of annotation 8'),
        (dict(annotations=[person(8, 10, [0, 0, 1, None])]), 'four numbers'),
        (
            dict(annotations=[person(8, 10, [0, 0, 1, float('inf')])]),
            'four numbers',
        ),
        (dict(queries=[dict(annotation_id=99)]), 'query 0.*no annotation 99'),
        (dict(queries=[dict(annotation_id=3)]), 'query 0.*unlabelled'),
        (
            dict(queries=[dict(image_id=5, bbox=[0, 0, 1, 1], person_id=7)]),
            'query 0.*image 5',
        ),
        (dict(annotations=PERSONS[:1]), 'nothing to search for'),
    ],
)
def test_wrong_entries_are_named(write, content, message):
    with pytest.raises(ValueError, match=f'a.json.*{message}'):
        task_of(write(**content))


def test_unknown_rule_lists_the_others(tmp_path):
    with pytest.raises(ValueError, match='per-camera or all'):
        CocoReader(tmp_path, query_rule='first')
