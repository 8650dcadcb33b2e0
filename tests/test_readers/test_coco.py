"""COCO-style JSON, read into plain arrays."""

import json
import lzma

import numpy as np
import pytest

from mmdmr.readers import CocoReader
from mmdmr.readers.query_rules import choose_queries
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
            person(3, 10, [1, 0, 9, 9], person_id=' \u200b3 '),
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
    assert any('1 of 3 queries' in r for r in reader.notes)


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
    assert any('width or height: 1' in note for note in reader.notes)


def test_only_persons_are_read(write):
    annotations = [
        person(1, 10, [0, 0, 9, 9], category_id=4),
        person(2, 10, [1, 0, 9, 9], category_id=9),
    ]
    categories = [dict(id=4, name='dog'), dict(id=9, name='Person')]
    reader = write(annotations=annotations, categories=categories)
    assert reader.ground_truth().boxes[0].tolist() == [[1, 0, 10, 9]]
    assert '1 of 2 (1 dog)' in reader.notes[0]
    one = dict(
        annotations=annotations[:1], categories=[dict(id=4, name='pedestrian')]
    )
    reader = write(**one)
    assert len(reader.ground_truth().boxes[0]) == 1
    assert 'only category is called "pedestrian"' in reader.notes[0]
    one['annotations'] = annotations
    with pytest.raises(ValueError, match=r'category_id 9 is none of .*\(4\)'):
        write(**one).ground_truth()
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
            'query 0.*person_id is 2, but that of its annotation is 7',
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


def test_unknown_rule_lists_the_others(tmp_path):
    with pytest.raises(ValueError, match='per-camera or all'):
        CocoReader(tmp_path, query_rule='first')


def kind(number, category):
    fields = {} if category is None else dict(category_id=category)
    return person(number, 10, [number, 0, 9, 9], **fields)


@pytest.mark.parametrize(
    'categories,kinds,read',
    [
        # an unused one of the same name, before and behind
        ([(0, 'person'), (1, 'person')], [1, 1], 2),
        ([(1, 'person'), (2, 'PERSON')], [1, 2], 2),
        # ids of another type
        ([(1, 'person'), (2, 'bag')], ['1', 1.0, 2], 2),
        ([('1', 'person'), ('b', 'bag')], [1, 'b'], 1),
        # none, where there is no choice
        ([(1, 'person')], [None, 1], 2),
        ([], [None, None], 2),
        ([], [3, 3], 2),
    ],
)
def test_categories_by_name_and_number(write, categories, kinds, read):
    annotations = [kind(i, k) for i, k in enumerate(kinds, 1)]
    content = dict(categories=[dict(id=i, name=n) for i, n in categories])
    reader = write(annotations=annotations, **content)
    assert len(reader.ground_truth().boxes[0]) == read
    left_out = [r for r in reader.notes if 'left out' in r]
    assert len(left_out) == (read < len(kinds))


@pytest.mark.parametrize(
    'categories,kinds,message',
    [
        ([(1, 'people'), (2, 'bag')], [1, 2], r'\(people, bag\).*"person"'),
        ([(1, 'person'), (2, 'bag')], [1, None], 'annotation 2 has no categ'),
        (
            [(1, 'person'), (2, 'bag')],
            [2, 2],
            r'\(2 bag\); nothing is left',
        ),
        ([(1, 'person'), (2, 'bag')], [[1]], r'"category_id" is \[1\]'),
        ([(1, 'person'), (1, 'bag')], [1], 'has the id 1 too'),
        ([], [1, 3], r'2 categories \(1, 3\)'),
    ],
)
def test_categories_that_leave_a_doubt(write, categories, kinds, message):
    annotations = [kind(i, k) for i, k in enumerate(kinds, 1)]
    content = dict(categories=[dict(id=i, name=n) for i, n in categories])
    with pytest.raises(ValueError, match=message):
        write(annotations=annotations, **content).ground_truth()


@pytest.mark.parametrize('categories', [['person'], 'person', dict(id=1)])
def test_categories_of_another_kind(write, categories):
    with pytest.raises(ValueError, match='a.json.*"categories"'):
        write(categories=categories).ground_truth()


@pytest.mark.parametrize(
    'value,ignored',
    [('0', 0), ('1', 1), (1.0, 1), (True, 1), ('true', 1), (None, 0)],
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


def test_cameras_of_any_size_and_type(write):
    """Beyond 64 bits, and one camera written in three ways."""
    huge = 2**64 - 1
    images = [image(1, cam_id=huge), image(2, cam_id=huge - 1)]
    truth = write(images=images, annotations=[]).ground_truth()
    assert truth.cam_ids.tolist() == [1, 0]
    images = [image(i, cam_id=c) for i, c in enumerate((3, '3', 3.0, 'door'))]
    truth = write(images=images, annotations=[]).ground_truth()
    assert truth.cam_ids.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    'raw,name',
    [
        ('12.0', '12'),
        ('12.', '12'),
        ('+12', '12'),
        (' 012 ', '12'),
        (12.0, '12'),
        ('-1.0', None),
        ('nan', None),
        ('NaN', None),
        (float('nan'), None),
        ('None', None),
        ('null', None),
        ('N/A', None),
        ('Unknown', None),
        ('?', None),
        (' ', None),
        (None, None),
        ('-7', None),
        ('12.5', '12.5'),
        ('p12', 'p12'),
        ('1.2e1', '12'),
        ('1.2E+01', '12'),
        ('1.25e1', '1.25e1'),
        ('1e5', '1e5'),  # may be a name
        ('#N/A', None),
        ('(unknown)', None),
        ('Unknown person', None),
        ('--', None),
        ('<NA>', None),
        ('Bu\u0308ro', 'B\u00fcro'),  # two ways to write one letter
        ('other-3', 'other-3'),
    ],
)
def test_identities_out_of_tables(write, raw, name):
    anns = [
        person(1, 10, [0, 0, 9, 9], person_id=raw),
        person(2, 20, [0, 0, 9, 9], person_id=name or 5),
    ]
    truth = write(annotations=anns).ground_truth()
    assert truth.person_id_names == (name or '5',)
    assert truth.person_ids[0].tolist() == [-1 if name is None else 0]


def test_words_for_nobody_are_counted(write):
    anns = [
        person(i, 10, [i, 0, 9, 9], person_id=raw)
        for i, raw in enumerate(['unknown', 'nan', 'unknown', 3])
    ]
    reader = write(annotations=anns)
    reader.ground_truth()
    (said,) = reader.notes
    assert 'nobody: 2 "unknown", 1 "nan"' in said


@pytest.mark.parametrize('sentinel', [0, 99999, 'x', 2**32 - 1])
def test_a_number_for_all_strangers_is_refused(write, sentinel):
    """It stands twice in most images that hold it."""
    anns = [
        person(3 * i + k, where, [20 * k, 0, 9, 9], person_id=raw)
        for i, where in enumerate((10, 20, 30))
        for k, raw in enumerate((sentinel, 7, sentinel))
    ]
    with pytest.raises(ValueError, match=f'_id .*{sentinel}.*3 of the 3'):
        write(annotations=anns).ground_truth()
    anns[2]['person_id'] = anns[5]['person_id'] = -1  # once is a mistake
    reader = write(annotations=anns)
    reader.ground_truth()
    assert 'hold an identity twice' in reader.notes[-1]


@pytest.mark.parametrize('attributes', [False, True])
def test_identities_under_another_key_are_hinted_at(write, attributes):
    key = dict(attributes=dict(track=3)) if attributes else dict(track_id=3)
    reader = write(annotations=[person(1, 10, [0, 0, 9, 9], **key)])
    reader.ground_truth()
    name = 'attributes.track' if attributes else 'track_id'
    assert name in reader.notes[0] and 'person_id' in reader.notes[0]


def test_shares_of_the_image_are_refused(write):
    anns = [person(1, 10, [0.1, 0.2, 0.3, 0.6], person_id=1)]
    with pytest.raises(ValueError, match='a.json.*shares.*pixels'):
        write(annotations=anns).ground_truth()


@pytest.mark.parametrize(
    'encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-32']
)
def test_encodings(tmp_path, encoding):
    content = dict(images=[image(1)], annotations=[])
    content['images'][0]['file_name'] = 'Büro.jpg'
    text = json.dumps(content, ensure_ascii=False)
    (tmp_path / 'a.json').write_bytes(text.encode(encoding))
    reader = CocoReader(tmp_path, ann_file='a.json')
    assert reader.ground_truth().img_names == ('Büro.jpg',)


@pytest.mark.parametrize(
    'name,content',
    [
        ('a.json', b'{"images": '),
        ('a.json', b'\xff\xfe\x00'),
        ('a.json', b'{"images": "caf\xe9"}'),
        ('a.json', b'[' * 100000),
        ('a.json', b'{"n": ' + b'9' * 10000 + b'}'),
        ('a.json.gz', b'\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x00'),
        ('a.json.gz', b'{}'),
        ('a.json.xz', b'{}'),
    ],
)
def test_what_is_no_json_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f'{name}: (not a readable|must)'):
        CocoReader(tmp_path, ann_file=name).ground_truth()


def test_one_camera_has_no_other_to_search(write):
    reader = write(images=[image(n, cam_id=1) for n in (10, 20, 30)])
    with pytest.raises(ValueError, match='cross-camera has nothing to score'):
        task_of(reader, 'all', 'cross-camera')


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
    assert 'listed again, and count again: 1' in said


def in_images(num, *raws):
    """Persons of each of so many images."""
    return [image(i) for i in range(num)], [
        person(i * len(raws) + k, i, [20 * k, 0, 9, 9], person_id=raw)
        for i in range(num)
        for k, raw in enumerate(raws)
    ]


def test_a_slip_in_a_large_set_is_a_remark(write):
    """Somebody labelled twice in both images that hold him is seen too seldom
    for a number that stands for nobody.
    """
    images, anns = in_images(40, 1, 2)
    anns += [
        person(100 + 2 * i + k, i, [50 + k, 50, 9, 9], person_id=3)
        for i in range(2)
        for k in range(2)
    ]
    reader = write(images=images, annotations=anns)
    reader.ground_truth()
    assert 'hold an identity twice' in reader.notes[-1]
    assert ': 2, 0.jpg first' in reader.notes[-1]


def test_a_number_for_strangers_among_rare_persons_is_refused(write):
    """In a twentieth of the images, but five times as often as a person."""
    images, anns = in_images(200)
    number = iter(range(1000))
    for i in range(200):
        anns.append(person(next(number), i, [0, 0, 9, 9], person_id=i // 2))
    for i in range(12):
        for k in (20, 40):
            anns.append(person(next(number), i, [k, 0, 9, 9], person_id=999))
    reader = write(images=images, annotations=anns)
    with pytest.raises(ValueError, match="person_id 999.*12 of the 12|'999'"):
        reader.ground_truth()


@pytest.mark.parametrize('tiny', [1, 3])
def test_some_boxes_smaller_than_a_pixel(write, tiny):
    images, anns = in_images(20, 1)
    for ann in anns[:tiny]:
        ann['bbox'] = [5, 5, 0.4, 0.9]
    reader = write(images=images, annotations=anns)
    if 10 * tiny > len(anns):
        with pytest.raises(ValueError, match='3 of 20 boxes are smaller'):
            reader.ground_truth()
        return
    reader.ground_truth()
    assert '1 of 20 boxes are smaller than a pixel' in reader.notes[0]


@pytest.mark.parametrize(
    'fields,name',
    [
        (dict(is_crowd=1), 'is_crowd'),
        (dict(Ignored=True), 'Ignored'),
        (dict(attributes=dict(crowd='1')), 'attributes.crowd'),
        (dict(extra=dict(ignore_flag=1)), 'extra.ignore_flag'),
    ],
)
def test_flags_that_are_not_read_are_noted(write, fields, name):
    anns = [*PERSONS, person(9, 10, [0, 0, 9, 9], **fields)]
    reader = write(annotations=anns)
    truth = reader.ground_truth()
    assert not len(truth.ignored_boxes[0])
    (said,) = [r for r in reader.notes if 'iscrowd=1' in r]
    assert f'1 annotations have {name}=1' in said


@pytest.mark.parametrize('unset', [0, False, None, '0'])
def test_flags_that_say_no_are_not_noted(write, unset):
    reader = write(annotations=[{**a, 'ignored': unset} for a in PERSONS])
    reader.ground_truth()
    assert not any('iscrowd=1' in note for note in reader.notes)


@pytest.mark.parametrize('word', ['unknown', '', 'N/A', -1, None])
def test_cameras_nobody_knows(write, word):
    images = [*IMAGES[:2], image(30, cam_id=word)]
    reader = write(images=images)
    truth = reader.ground_truth()
    assert truth.cam_ids.tolist() == [3, 5, -1]
    assert reader.available_protocols(truth) == ('all',)
    assert any('1 of 3 images have no cam_id' in r for r in reader.notes)


def test_copies_of_an_annotation_are_dropped(write):
    """Those of an export that was merged with itself."""
    copies = [dict(ann, id=100 + i) for i, ann in enumerate(PERSONS)]
    reader = write(annotations=PERSONS + copies)
    twice = reader.ground_truth()
    once = write().ground_truth()
    for boxes, expected in zip(twice.boxes, once.boxes):
        assert boxes.tolist() == expected.tolist()
    assert any(r.endswith('copies of another: 6') for r in reader.notes)


@pytest.mark.parametrize('raw', [500, -1, None])
def test_boxes_that_stand_twice_are_noted(write, raw):
    twin = person(9, 10, PERSONS[0]['bbox'], person_id=raw)
    reader = write(annotations=[*PERSONS, twin])
    reader.ground_truth()
    (said,) = [r for r in reader.notes if 'stand in their image twice' in r]
    assert said.endswith(': 1')


@pytest.mark.parametrize(
    'key', ['Person_ID', 'personId', 'track_id', 're-id', 'identity']
)
@pytest.mark.parametrize('nested', [False, True])
def test_some_identities_under_another_key_are_noted(write, key, nested):
    """As where files of two tools are merged."""
    fields = dict(attributes={key: 3}) if nested else {key: 3}
    anns = [*PERSONS, person(9, 20, [80, 0, 9, 9], **fields)]
    reader = write(annotations=anns)
    reader.ground_truth()
    name = f'attributes.{key}' if nested else key
    assert any(
        f'1 annotations without person_id have {name}' in r
        for r in reader.notes
    )
    anns[-1]['person_id'] = -1  # nobody, as its annotator knew
    reader = write(annotations=anns)
    reader.ground_truth()
    assert not any('without person_id' in r for r in reader.notes)


def test_other_keys_are_none_of_identities(write):
    fields = dict(confidence=3, grid=2, rapid=1, attributes=dict(occluded=1))
    reader = write(annotations=[dict(ann, **fields) for ann in PERSONS])
    reader.ground_truth()
    assert not any('person_id' in r for r in reader.notes)


def test_two_keys_that_contradict_each_other(write):
    anns = [person(4, 10, [0, 0, 9, 9], person_id=3, pid='3')]
    assert write(annotations=anns).ground_truth().person_id_names == ('3',)
    anns[0]['pid'] = 5
    with pytest.raises(ValueError, match='annotation 4: its person_id is 3'):
        write(annotations=anns).ground_truth()
    anns[0]['person_id'] = ''
    reader = write(annotations=anns)
    assert reader.ground_truth().person_id_names == ('5',)
    assert not any('nobody' in r for r in reader.notes)


@pytest.mark.parametrize('key', ['person_id', 'pid'])
def test_half_a_character_is_refused(write, key):
    anns = [person(4, 10, [0, 0, 9, 9], **{key: 'ann \ud83d'})]
    with pytest.raises(ValueError, match=f'annotation 4: "{key}".*cut'):
        write(annotations=anns).ground_truth()
    with pytest.raises(ValueError, match='image 0.*cam_id.*cut'):
        write(images=[image(10, cam_id='a\udc00')]).ground_truth()
    with pytest.raises(ValueError, match='image 0.*file_name.*cut'):
        write(images=[dict(id=10, file_name='\udc00.jpg')]).ground_truth()


@pytest.mark.parametrize('value', [1e308, 1e7, -1e9])
def test_numbers_beyond_all_pixels_are_refused(write, value):
    anns = [person(4, 10, [10, 10, abs(value), value], person_id=1)]
    with pytest.raises(ValueError, match='annotation 4: its bbox'):
        write(annotations=anns).ground_truth()


def test_cameras_under_another_key_are_hinted_at(write):
    reader = write(images=[image(n, camera_id=1) for n in (10, 20, 30)])
    with pytest.raises(ValueError, match='others need a "cam_id"'):
        task_of(reader, 'all', 'cross-camera')
    assert any('camera_id' in r and 'cam_id' in r for r in reader.notes)
    with pytest.raises(ValueError, match='available.*: all$'):
        task_of(reader, 'G100')


def test_cameras_that_are_null_are_no_other_key(write):
    reader = write(images=[image(n, cam_id=None) for n in (10, 20, 30)])
    reader.ground_truth()
    assert not any('keys of theirs' in r for r in reader.notes)
