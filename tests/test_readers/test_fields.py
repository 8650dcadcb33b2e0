"""Values of JSON entries."""

import pytest
from coco_samples import image, person


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


def test_two_keys_that_contradict_each_other(write):
    anns = [person(4, 10, [0, 0, 9, 9], person_id=3, pid='3')]
    assert write(annotations=anns).ground_truth().person_id_names == ('3',)
    anns[0]['pid'] = 5
    with pytest.raises(ValueError, match='annotation 4: its person_id is 3'):
        write(annotations=anns).ground_truth()
    anns[0]['person_id'] = ''
    reader = write(annotations=anns)
    assert reader.ground_truth().person_id_names == ('5',)
    assert not any('read as unlabelled' in r for r in reader.notes)


@pytest.mark.parametrize('key', ['person_id', 'pid'])
def test_half_a_character_is_refused(write, key):
    anns = [person(4, 10, [0, 0, 9, 9], **{key: 'ann \ud83d'})]
    with pytest.raises(ValueError, match=f'annotation 4: "{key}".*cut'):
        write(annotations=anns).ground_truth()
    with pytest.raises(ValueError, match='image 0.*cam_id.*cut'):
        write(images=[image(10, cam_id='a\udc00')]).ground_truth()
    with pytest.raises(ValueError, match='image 0.*file_name.*cut'):
        write(images=[dict(id=10, file_name='\udc00.jpg')]).ground_truth()
