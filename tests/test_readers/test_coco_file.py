"""A COCO-style file as a whole."""

import pytest
from coco_samples import PERSONS, in_images, person


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


def test_shares_of_the_image_are_refused(write):
    anns = [person(1, 10, [0.1, 0.2, 0.3, 0.6], person_id=1)]
    with pytest.raises(ValueError, match='a.json.*shares.*pixels'):
        write(annotations=anns).ground_truth()


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
