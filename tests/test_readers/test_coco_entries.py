"""Entries of a COCO-style file."""

import pytest
from coco_samples import PERSONS, image, person, task_of


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
        (
            dict(annotations=[person(8, 10, [0, 0, 1])]),
            'annotation 8: its bbox is',
        ),
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
        (
            dict(images=[image(1), dict(id=2, file_name='./1.jpg')]),
            '"file_name" \'1.jpg\'',
        ),
        (
            dict(queries=[dict(annotation_id=1, person_id=2)]),
            'query 0.*person_id is 2, but its annotation has 7',
        ),
        (
            dict(
                annotations=[{**PERSONS[0], 'iscrowd': 1}],
                queries=[dict(annotation_id=1)],
            ),
            'query 0.*an ignored region',
        ),
        (
            dict(queries=[dict(image_id=10, bbox=[1, 2, 0, 5], pid=7)]),
            'query 0.*a box without size',
        ),
    ],
)
def test_wrong_entries_are_named(write, content, message):
    with pytest.raises(ValueError, match=f'a.json.*{message}'):
        task_of(write(**content))


@pytest.mark.parametrize(
    'value,ignored',
    [
        ('0', 0),
        (0.0, 0),
        ('1', 1),
        (1.0, 1),
        (True, 1),
        ('true', 1),
        (None, 0),
    ],
)
@pytest.mark.parametrize('key', ['iscrowd', 'ignore'])
def test_flags_of_any_type(write, key, value, ignored):
    reader = write(
        annotations=[person(1, 10, [0, 0, 9, 9], **{key: value}), PERSONS[0]]
    )
    truth = reader.ground_truth()
    assert len(truth.ignored_boxes[0]) == ignored
    assert len(truth.boxes[0]) == 2 - ignored


@pytest.mark.parametrize(
    'entry,message',
    [
        (dict(iscrowd='no'), 'annotation 1: "iscrowd" is \'no\', not 0 or 1'),
        (dict(ignore=2), 'annotation 1: "ignore" is 2'),
        (dict(iscrowd=[0]), r'annotation 1: "iscrowd" is \[0\]'),
        (dict(image_id=[10]), r'annotation 1: "image_id" is \[10\]'),
        (dict(image_id=True), 'annotation 1: "image_id" is True'),
        (dict(id=dict(a=1)), '"id" is {\'a\': 1}'),
        (dict(bbox='1234'), "annotation 1: its bbox is '1234'"),
        (dict(bbox=[True, 2, 3, 4]), r'its bbox is \[True, 2, 3, 4\]'),
        (dict(bbox=[1, 2, 3, 10**400]), 'annotation 1: its bbox'),
        (dict(person_id=dict()), 'annotation 1: the person_id is {}'),
        (dict(person_id=float('inf')), 'annotation 1: the person_id is inf'),
    ],
)
def test_values_of_a_wrong_type_are_named(write, entry, message):
    one = dict(person(1, 10, [0, 0, 9, 9]), **entry)
    with pytest.raises(ValueError, match=f'a.json.*{message}'):
        write(annotations=[one]).ground_truth()


@pytest.mark.parametrize(
    'fields,message',
    [
        (dict(gallery='maybe'), '"gallery" is \'maybe\''),
        (dict(width='wide'), '"width" is \'wide\', not a whole number'),
        (dict(height=-3), '"height" is -3'),
        (dict(width=12.5), '"width" is 12.5'),
        (dict(cam_id=[1]), r'"cam_id" is \[1\]'),
        (dict(file_name=7), '"file_name" is 7, not the name of a file'),
        (dict(file_name=''), '"file_name" is \'\''),
        (dict(id=None), '"id" is None'),
    ],
)
def test_images_of_a_wrong_type_are_named(write, fields, message):
    images = [image(10), {**image(20), **fields}]
    with pytest.raises(
        ValueError, match=rf'a.json: image 1 \(counted from 0\).*{message}'
    ):
        write(images=images, annotations=[]).ground_truth()


def test_ids_of_either_type_refer_to_each_other(write):
    reader = write(
        images=[image('10'), image(20.0)],
        annotations=[
            person('1', 10, [0, 0, 9, 9], person_id=7),
            person(2, '20', [0, 0, 9, 9], person_id='7'),
        ],
        queries=[dict(annotation_id=1.0), dict(annotation_id='2')],
    )
    task = task_of(reader)
    assert task.queries.img_ids.tolist() == [0, 1]
    assert task.ground_truth.person_id_names == ('7',)


@pytest.mark.parametrize(
    'gallery,inside', [('false', 0), ('0', 0), (0, 0), ('1', 1), (None, 1)]
)
def test_gallery_flag_of_any_type(write, gallery, inside):
    truth = write(
        images=[image(10, gallery=gallery)], annotations=[]
    ).ground_truth()
    assert truth.in_gallery.tolist() == [bool(inside)]


def test_declared_sizes_of_any_type(write):
    images = [
        image(1, width='160', height=120.0),
        image(2, width=None, height=9),
        image(3, width=0, height=0),
        image(4),
    ]
    reader = write(images=images, annotations=[])
    assert reader.declared_sizes() == [(160, 120), None, None, None]


def test_a_query_may_name_its_person_again(write):
    reader = write(
        queries=[
            dict(annotation_id=1, person_id='7'),
            dict(annotation_id=4),
            dict(image_id=10, bbox=[10, 20, 30, 60], person_id=7),
        ]
    )
    assert len(task_of(reader).queries.img_ids) == 3
    (said,) = [r for r in reader.notes if 'queries' in r]
    assert 'listed again, which count again: 1' in said


@pytest.mark.parametrize('value', [1e308, 1e7, -1e9])
def test_numbers_beyond_all_pixels_are_refused(write, value):
    anns = [person(4, 10, [10, 10, abs(value), value], person_id=1)]
    with pytest.raises(ValueError, match='annotation 4: its bbox'):
        write(annotations=anns).ground_truth()
