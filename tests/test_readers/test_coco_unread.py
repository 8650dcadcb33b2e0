"""Keys that are not read, but may mean what a key of ours means."""

import pytest
from coco_samples import PERSONS, image, person, task_of


def test_words_for_unlabelled_persons_are_counted(write):
    anns = [
        person(i, 10, [i, 0, 9, 9], person_id=raw)
        for i, raw in enumerate(['unknown', 'nan', 'unknown', 3])
    ]
    reader = write(annotations=anns)
    reader.ground_truth()
    (said,) = reader.notes
    assert 'unlabelled: 2 "unknown", 1 "nan"' in said


@pytest.mark.parametrize('attributes', [False, True])
def test_identities_under_another_key_are_hinted_at(write, attributes):
    key = dict(attributes=dict(track=3)) if attributes else dict(track_id=3)
    reader = write(annotations=[person(1, 10, [0, 0, 9, 9], **key)])
    reader.ground_truth()
    name = 'attributes.track' if attributes else 'track_id'
    assert name in reader.notes[0] and 'person_id' in reader.notes[0]


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
    anns[-1]['person_id'] = -1  # unlabelled, as its annotator knew
    reader = write(annotations=anns)
    reader.ground_truth()
    assert not any('without person_id' in r for r in reader.notes)


def test_other_keys_are_none_of_identities(write):
    fields = dict(confidence=3, grid=2, rapid=1, attributes=dict(occluded=1))
    reader = write(annotations=[dict(ann, **fields) for ann in PERSONS])
    reader.ground_truth()
    assert not any('person_id' in r for r in reader.notes)


def test_cameras_under_another_key_are_hinted_at(write):
    reader = write(images=[image(n, camera_id=1) for n in (10, 20, 30)])
    with pytest.raises(ValueError, match='more need a "cam_id"'):
        task_of(reader, 'all', 'cross-camera')
    assert any('camera_id' in r and 'cam_id' in r for r in reader.notes)
    with pytest.raises(ValueError, match='available.*: all$'):
        task_of(reader, 'G100')


def test_cameras_that_are_null_are_no_other_key(write):
    reader = write(images=[image(n, cam_id=None) for n in (10, 20, 30)])
    reader.ground_truth()
    assert not any('have the keys' in r for r in reader.notes)
