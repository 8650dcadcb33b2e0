"""What is found wrong, or odd, in a data set."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from mmdmr.readers import CocoReader, CUHKSYSUReader, PRWReader
from mmdmr.readers.base import NothingToScore
from mmdmr.readers.verification import verify

BOX = [10, 10, 20, 40]


def content(numbers, person_ids):
    """One person an image."""
    return dict(
        images=[
            dict(id=n, file_name=f'{n}.jpg', width=80, height=60)
            for n in numbers
        ],
        annotations=[
            dict(id=n, image_id=n, bbox=list(BOX), person_id=p)
            for n, p in zip(numbers, person_ids)
        ],
    )


@pytest.fixture
def root(tmp_path):
    """A sound data set: three training and four test images."""
    (tmp_path / 'images').mkdir()
    (tmp_path / 'annotations').mkdir()
    rng = np.random.default_rng(0)
    for number in range(1, 8):
        noise = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f'images/{number}.jpg')
    write(
        tmp_path,
        train=content([1, 2, 3], [1, 2, 1]),
        test=content([4, 5, 6, 7], [8, 8, 9, 9]),
    )
    return tmp_path


def write(root, **files):
    for name, value in files.items():
        (root / f'annotations/{name}.json').write_text(json.dumps(value))


def run(root):
    return verify(
        CocoReader(root), CocoReader(root, test=True), root / 'images'
    )


def test_sound_data_set(root):
    report = run(root)
    assert report.errors == []
    assert report.counts['training images'] == 3
    assert report.counts['training identities'] == 2
    assert report.counts['test labelled boxes'] == 4
    assert report.counts['queries'] == 2
    assert report.counts['image files'] == 7


@pytest.mark.parametrize(
    'reader, name', [(CUHKSYSUReader, 'CUHK-SYSU'), (PRWReader, 'PRW')]
)
def test_golden_data_sets_are_usable(small_data, reader, name):
    root = small_data / name
    report = verify(
        reader(root), reader(root, test=True), root / reader.img_dir
    )
    assert report.errors == []
    assert report.counts['image files'] == 170


def test_missing_and_unreadable_images(root):
    (root / 'images/2.jpg').unlink()
    whole = (root / 'images/5.jpg').read_bytes()
    (root / 'images/5.jpg').write_bytes(whole[: len(whole) // 2])
    (root / 'images/6.jpg').write_text('no picture')
    missing, unreadable = run(root).errors
    assert missing.startswith('missing image files: 1 (')
    assert '2.jpg' in missing
    assert unreadable.startswith('unreadable image files: 2 (')
    assert '5.jpg (image file is truncated' in unreadable
    assert '6.jpg (cannot identify' in unreadable


@pytest.mark.parametrize(
    'box, is_error',
    [
        ([-5, 10, 20, 40], False),
        ([70, 30, 10, 32], False),
        ([80, 10, 20, 40], True),
        ([10, -50, 20, 50], True),
    ],
)
def test_boxes_that_leave_their_image(root, box, is_error):
    train = content([1, 2, 3], [1, 2, 1])
    train['annotations'][0]['bbox'] = box
    write(root, train=train)
    report = run(root)
    assert bool(report.errors) == is_error
    lines = report.errors if is_error else report.notes
    assert any('1.jpg' in line and 'training boxes' in line for line in lines)


def test_query_boxes_are_checked_too(root):
    test = content([4, 5, 6, 7], [8, 8, 9, 9])
    test['queries'] = [dict(image_id=4, bbox=[200, 0, 9, 9], person_id=8)]
    write(root, test=test)
    (error,) = run(root).errors
    assert 'test boxes' in error and '4.jpg [200.0' in error


def rotate(path):
    """Store a picture lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(path).rotate(90, expand=True).save(path, exif=exif)


def test_exif_rotation_is_applied(root):
    rotate(root / 'images/1.jpg')
    report = run(root)
    assert report.errors == []
    assert report.counts['rotated by EXIF'] == 1


def test_annotations_for_the_unrotated_image_are_wrong(root):
    rotate(root / 'images/1.jpg')
    train = content([1, 2, 3], [1, 2, 1])
    train['images'][0].update(width=60, height=80)
    write(root, train=train)
    (error,) = run(root).errors
    assert '1.jpg (annotated for 60x80, is 80x60 after the EXIF' in error


def test_copies_are_counted(root):
    shutil.copy(root / 'images/1.jpg', root / 'images/2.jpg')
    report = run(root)
    assert report.counts['copies of another file'] == 1
    assert any('1.jpg = 2.jpg' in note for note in report.notes)


def test_same_people_in_both_splits_are_told(root):
    write(root, test=content([4, 5], [1, 1]))
    report = run(root)
    assert report.errors == []
    assert any('identities in both splits' in r for r in report.notes)


@pytest.mark.parametrize(
    'files, message',
    [
        (dict(train=content([], [])), 'train.json: lists no images'),
        (dict(train=content([1], [-1])), 'no training identities'),
        (dict(test=content([4, 5], [8, 9])), 'nothing to search for'),
    ],
)
def test_nothing_to_learn_or_to_search(root, files, message):
    write(root, **files)
    assert any(message in error for error in run(root).errors)


def test_broken_annotations_do_not_hide_the_rest(root):
    (root / 'annotations/train.json').write_text('{')
    (root / 'images/4.jpg').unlink()
    annotations, image = run(root).errors
    assert 'training: ' in annotations and 'train.json' in annotations
    assert '4.jpg' in image


def test_folders_of_their_own(root):
    """Both have a picture of the same name, which is another."""
    test = root / 'test'
    test.mkdir()
    for number in range(4, 8):
        (root / f'images/{number}.jpg').rename(test / f'{number - 3}.jpg')
    write(root, test=content([1, 2, 3, 4], [8, 8, 9, 9]))
    assert any('missing' in e for e in run(root).errors)
    report = verify(
        CocoReader(root),
        CocoReader(root, test=True),
        root / 'images',
        test_img_dir=test,
    )
    assert report.errors == []
    assert report.counts['image files'] == 7
    assert not any('both splits' in note for note in report.notes)


def test_ignored_regions_stay_ignored(root):
    value = content([4, 5, 6, 7], [8, 8, 9, 9])
    value['annotations'].append(
        dict(id=99, image_id=4, bbox=[0, 0, 900, 900], iscrowd=1)
    )
    write(root, test=value)
    report = run(root)
    assert report.errors == []
    assert report.counts['test boxes beyond a border'] == 0


def test_a_protocol_that_cannot_be_scored_is_odd(root):
    value = content([4, 5, 6, 7], [8, 8, 9, 9])
    for image in value['images']:
        image['cam_id'] = 3
    write(root, test=value)
    report = run(root)
    assert report.errors == []
    assert report.counts['queries'] == 2
    (said,) = [r for r in report.notes if 'cross-camera' in r]
    assert 'has nothing to score' in said
    assert not any('same-camera' in r for r in report.notes)


def boxes(root, *values):
    value = content([1, 2, 3], [1, 2, 1])
    for ann, box in zip(value['annotations'], values):
        ann['bbox'] = box
    write(root, train=value)
    return run(root)


def test_corners_in_place_of_sizes(root):
    report = boxes(root, [20, 10, 60, 55], [30, 5, 79, 50], [9, 9, 70, 58])
    (said,) = report.errors
    assert 'training boxes look like x1, y1, x2, y2' in said
    # some persons at a border are none
    report = boxes(root, [60, 10, 30, 40], [30, 5, 20, 50], [9, 9, 30, 48])
    assert report.errors == []


def test_per_cent_in_place_of_pixels(root):
    for number in range(1, 8):
        Image.new('RGB', (640, 480)).save(root / f'images/{number}.jpg')
    values = [[5, 5, 20, 60], [50, 20, 30, 75], [80, 10, 20, 50]]
    value = content([1, 2, 3], [1, 2, 1])
    for image in value['images']:
        image.update(width=640, height=480)
    for ann, box in zip(value['annotations'], values):
        ann['bbox'] = box
    write(root, train=value)
    assert any('per cent' in note for note in run(root).notes)


def test_an_identity_seen_far_more_often_than_others(root):
    rng = np.random.default_rng(1)
    for number in range(100, 140):
        noise = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(noise).save(root / f'images/{number}.jpg')
    ids = [0] * 25 + [i // 3 for i in range(3, 18)]
    write(root, train=content(range(100, 140), ids))
    (said,) = [r for r in run(root).notes if 'identity 0' in r]
    assert 'training: identity 0 is seen in 25 of 40 images' in said
    write(root, train=content(range(100, 140), [i // 4 for i in range(40)]))
    assert not [r for r in run(root).notes if 'identity 0' in r]


@pytest.mark.parametrize(
    'broken',
    [b'', b'GIF89a', b'\x89PNG\r\n\x1a\n' + bytes(40), b'BM' + bytes(9)],
)
def test_pictures_that_no_reader_takes(root, broken):
    (root / 'images/2.jpg').write_bytes(broken)
    (said,) = run(root).errors
    assert 'unreadable' in said and '2.jpg' in said


def test_nobody_is_seen_in_two_images(root):
    """Nor is anything said where one is."""
    write(root, train=content([1, 2, 3], [1, 2, 3]))
    (said,) = [r for r in run(root).notes if 'two images' in r]
    assert said.startswith('training: no identity is seen in two images')
    write(root, train=content([1, 2, 3], [1, 2, 1]))
    assert not [r for r in run(root).notes if 'two images' in r]


@pytest.mark.parametrize('there', [True, False])
def test_without_the_protocol_that_is_published(small_data, tmp_path, there):
    """One that was left out when the data set was copied."""
    root = tmp_path / 'CUHK-SYSU'
    shutil.copytree(small_data / 'CUHK-SYSU', root)
    if not there:
        (root / 'annotation/test/train_test/TestG100.mat').unlink()
    report = verify(
        CUHKSYSUReader(root), CUHKSYSUReader(root, test=True), root / 'Image'
    )
    said = [r for r in report.notes if 'the one that is published' in r]
    assert len(said) == (not there)
    assert all('has no protocol G100' in r for r in said)


def test_the_published_protocol_is_there_but_cannot_be_scored(
    small_data, monkeypatch
):
    """Said once, and not that it is missing."""
    root = small_data / 'CUHK-SYSU'
    reader = CUHKSYSUReader(root, test=True)
    read = reader.search_task

    def search_task(truth, protocols):
        if 'G100' in protocols:
            raise NothingToScore('protocol G100 has nothing to score')
        return read(truth, protocols)

    monkeypatch.setattr(reader, 'search_task', search_task)
    report = verify(CUHKSYSUReader(root), reader, root / 'Image')
    (said,) = [r for r in report.notes if 'G100' in r]
    assert 'has nothing to score' in said


@pytest.mark.parametrize('corners', [True, False])
def test_corners_that_fit_their_images(root, corners):
    """Too few reach beyond an image to be sure."""
    numbers = range(11, 23)
    for number in numbers:
        noise = np.full((60, 80, 3), 9 * number, dtype=np.uint8)
        Image.fromarray(noise).save(root / f'images/{number}.jpg')
    value = content(numbers, [n // 3 for n in numbers])
    for ann in value['annotations']:
        ann['bbox'] = [5, 4, 25, 50] if corners else [30, 4, 25, 50]
    write(root, train=value)
    report = run(root)
    assert report.errors == []
    assert any('as x1, y1' in r for r in report.notes) == corners


def test_queries_that_lie_on_another(root):
    test = content([4, 5, 6, 7], [8, 8, 9, 9])
    test['annotations'].append(
        dict(id=99, image_id=4, bbox=[50, 10, 20, 40], person_id=5)
    )
    test['queries'] = [
        dict(image_id=4, bbox=[50, 10, 20, 40], person_id=8),
        dict(image_id=5, bbox=[11, 12, 20, 40], person_id=8),
        dict(annotation_id=6),
    ]
    write(root, test=test)
    (said,) = [r for r in run(root).notes if 'queries that overlap' in r]
    assert said.endswith(': 1 (query 0 in 4.jpg)')
    # An image outside the gallery may be labelled or not.
    test['images'][0]['gallery'] = False
    write(root, test=test)
    assert any('queries that overlap' in r for r in run(root).notes)
    del test['annotations'][0]
    write(root, test=test)
    assert not any('queries that overlap' in r for r in run(root).notes)


@pytest.mark.parametrize('orientation', range(2, 9))
@pytest.mark.parametrize('suffix', ['jpg', 'webp'])
def test_pictures_that_training_would_not_turn(root, orientation, suffix):
    """OpenCV reads the orientation of a JPEG, but not that of a WebP."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.open(root / 'images/1.jpg')
    if orientation >= 5:
        picture = picture.rotate(90, expand=True)
    picture.save(root / f'images/1.{suffix}', exif=exif, lossless=True)
    train = content([1, 2, 3], [1, 2, 1])
    train['images'][0]['file_name'] = f'1.{suffix}'
    write(root, train=train)
    report = run(root)
    if suffix == 'jpg':
        assert report.errors == []
    else:
        (said,) = report.errors
        assert '1.webp (OpenCV' in said and 'does not turn it' in said


def test_pictures_that_opencv_cannot_read(root):
    Image.new('F', (80, 60), 0.5).save(root / 'images/1.tif')
    train = content([1, 2, 3], [1, 2, 1])
    train['images'][0]['file_name'] = '1.tif'
    write(root, train=train)
    (said,) = run(root).errors
    assert '1.tif (OpenCV, which training uses, cannot read it' in said
