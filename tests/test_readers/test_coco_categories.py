"""The category of persons."""

import pytest
from coco_samples import person


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
