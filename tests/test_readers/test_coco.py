"""COCO-style JSON, read into plain arrays."""

import pytest
from coco_samples import IMAGES, image, in_images, person, task_of

from mmdmr.readers import CocoReader


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


def test_camera_names_are_numbered(write):
    images = [image(1, cam_id='door'), image(2, cam_id='bar'), image(3)]
    reader = write(images=images, annotations=[])
    truth = reader.ground_truth()
    assert truth.cam_ids.tolist() == [1, 0, -1]
    assert reader.available_protocols(truth) == ('all',)
    assert any('1 of 3 images have no cam_id' in r for r in reader.notes)


def test_the_training_file_is_read_unless_told_otherwise(tmp_path):
    assert CocoReader(tmp_path).ann_file.name == 'train.json'
    assert CocoReader(tmp_path, test=True).ann_file.name == 'test.json'


def test_camera_protocols_need_every_camera(write):
    reader = write()
    assert reader.available_protocols(reader.ground_truth()) == (
        'all',
        'cross-camera',
        'same-camera',
    )


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


def test_chosen_queries_are_told(write):
    """One in each of two cameras: only identity 7 is in two images."""
    reader = write()
    assert len(task_of(reader).queries.img_ids) == 2
    (note,) = [note for note in reader.notes if 'queries' in note]
    assert note.endswith(
        "a.json: lists no queries; 2 were chosen by the rule 'per-camera'"
    )


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


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='annotations/test.json'):
        CocoReader(tmp_path, test=True).ground_truth()


def test_unknown_rule_lists_the_others(tmp_path):
    with pytest.raises(ValueError, match='per-camera or all'):
        CocoReader(tmp_path, query_rule='first')


def test_cameras_of_any_size_and_type(write):
    """Beyond 64 bits, and one camera written in three ways."""
    huge = 2**64 - 1
    images = [image(1, cam_id=huge), image(2, cam_id=huge - 1)]
    truth = write(images=images, annotations=[]).ground_truth()
    assert truth.cam_ids.tolist() == [1, 0]
    images = [image(i, cam_id=c) for i, c in enumerate((3, '3', 3.0, 'door'))]
    truth = write(images=images, annotations=[]).ground_truth()
    assert truth.cam_ids.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize('sentinel', [0, 99999, 'x', 2**32 - 1])
def test_a_number_for_all_unnamed_persons_is_refused(write, sentinel):
    """It stands twice in most images that hold it."""
    anns = [
        person(3 * i + k, where, [20 * k, 0, 9, 9], person_id=raw)
        for i, where in enumerate((10, 20, 30))
        for k, raw in enumerate((sentinel, 7, sentinel))
    ]
    with pytest.raises(ValueError, match=f'_id .*{sentinel}.*3 of its 3'):
        write(annotations=anns).ground_truth()
    anns[2]['person_id'] = anns[5]['person_id'] = -1  # once is a mistake
    reader = write(annotations=anns)
    reader.ground_truth()
    assert 'hold an identity twice' in reader.notes[-1]


def test_one_camera_has_no_other_to_search(write):
    reader = write(images=[image(n, cam_id=1) for n in (10, 20, 30)])
    with pytest.raises(ValueError, match='cross-camera has nothing to score'):
        task_of(reader, 'all', 'cross-camera')


def test_a_slip_in_a_large_set_is_a_note(write):
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


def test_a_number_for_unnamed_persons_among_rare_ones_is_refused(write):
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


@pytest.mark.parametrize('word', ['unknown', '', 'N/A', -1, None])
def test_words_for_unknown_cameras(write, word):
    images = [*IMAGES[:2], image(30, cam_id=word)]
    reader = write(images=images)
    truth = reader.ground_truth()
    assert truth.cam_ids.tolist() == [3, 5, -1]
    assert reader.available_protocols(truth) == ('all',)
    assert any('1 of 3 images have no cam_id' in r for r in reader.notes)
