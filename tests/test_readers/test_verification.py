"""Verifying a data set: errors, notes and counts."""

import shutil

import numpy as np
import pytest
from own_data import content_of, verify_own, write_files
from PIL import Image

from mmdmr.readers import CocoReader, CUHKSYSUReader, PRWReader
from mmdmr.readers.base import NothingToScore
from mmdmr.readers.verification import _note_most_seen, verify
from mmdmr.readers.verification_report import Report
from mmdmr.structures import GroundTruth


def test_sound_data_set(root):
    report = verify_own(root)
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


def test_query_boxes_are_checked_too(root):
    test = content_of([4, 5, 6, 7], [8, 8, 9, 9])
    test['queries'] = [dict(image_id=4, bbox=[200, 0, 9, 9], person_id=8)]
    write_files(root, test=test)
    (error,) = verify_own(root).errors
    assert 'test boxes' in error and '4.jpg [200.0' in error


def test_same_people_in_both_splits_are_told(root):
    write_files(root, test=content_of([4, 5], [1, 1]))
    report = verify_own(root)
    assert report.errors == []
    assert any('identities in both splits' in r for r in report.notes)


@pytest.mark.parametrize(
    'files, message',
    [
        (dict(train=content_of([], [])), 'train.json: lists no images'),
        (dict(train=content_of([1], [-1])), 'split has no identities'),
        (dict(test=content_of([4, 5], [8, 9])), 'nothing to search for'),
    ],
)
def test_nothing_to_learn_or_to_search(root, files, message):
    write_files(root, **files)
    assert any(message in error for error in verify_own(root).errors)


def test_broken_annotations_do_not_hide_the_rest(root):
    (root / 'annotations/train.json').write_text('{')
    (root / 'images/4.jpg').unlink()
    annotations, image = verify_own(root).errors
    assert 'training: ' in annotations and 'train.json' in annotations
    assert '4.jpg' in image


def test_folders_of_their_own(root):
    """Both have a picture of the same name, which is another."""
    test = root / 'test'
    test.mkdir()
    for number in range(4, 8):
        (root / f'images/{number}.jpg').rename(test / f'{number - 3}.jpg')
    write_files(root, test=content_of([1, 2, 3, 4], [8, 8, 9, 9]))
    assert any('missing' in e for e in verify_own(root).errors)
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
    value = content_of([4, 5, 6, 7], [8, 8, 9, 9])
    value['annotations'].append(
        dict(id=99, image_id=4, bbox=[0, 0, 900, 900], iscrowd=1)
    )
    write_files(root, test=value)
    report = verify_own(root)
    assert report.errors == []
    assert report.counts['test boxes beyond a border'] == 0


def test_a_protocol_that_cannot_be_scored_is_odd(root):
    value = content_of([4, 5, 6, 7], [8, 8, 9, 9])
    for image in value['images']:
        image['cam_id'] = 3
    write_files(root, test=value)
    report = verify_own(root)
    assert report.errors == []
    assert report.counts['queries'] == 2
    (said,) = [r for r in report.notes if 'cross-camera' in r]
    assert 'has nothing to score' in said
    assert not any('same-camera' in r for r in report.notes)


def test_an_identity_seen_far_more_often_than_others(root):
    rng = np.random.default_rng(1)
    for number in range(100, 140):
        noise = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(noise).save(root / f'images/{number}.jpg')
    ids = [0] * 25 + [i // 3 for i in range(3, 18)]
    write_files(root, train=content_of(range(100, 140), ids))
    (said,) = [r for r in verify_own(root).notes if 'identity 0' in r]
    assert 'training: identity 0 is seen in 25 of 40 images' in said
    write_files(
        root, train=content_of(range(100, 140), [i // 4 for i in range(40)])
    )
    assert not [r for r in verify_own(root).notes if 'identity 0' in r]


@pytest.mark.parametrize('times', [10, 11])
def test_more_than_five_times_as_often_as_usual(times):
    """Three others are seen twice each, beside an unlabelled person."""
    ids = [0] * times + [1, 1, 2, 2, 3, 3]
    num = len(ids)
    truth = GroundTruth(
        tuple(map(str, range(num))),
        [np.tile([0.0, 0, 9, 9], (2, 1))] * num,
        [np.array([-1, i]) for i in ids],
        np.full(num, -1),
        ('anyone', 'b', 'c', 'd'),
    )
    report = Report()
    _note_most_seen(report, 'training', truth, np.bincount(ids))
    said = ['training: identity anyone is seen in 11 of 17 images']
    assert [n.split(',')[0] for n in report.notes] == said[: times - 10]


def test_no_identity_is_seen_in_two_images(root):
    """Nor is anything said where one is."""
    write_files(root, train=content_of([1, 2, 3], [1, 2, 3]))
    (said,) = [r for r in verify_own(root).notes if 'two images' in r]
    assert said.startswith('training: no identity is seen in two images')
    write_files(root, train=content_of([1, 2, 3], [1, 2, 1]))
    assert not [r for r in verify_own(root).notes if 'two images' in r]


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
    said = [r for r in report.notes if 'which papers and configs score' in r]
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


def test_queries_that_lie_on_another(root):
    test = content_of([4, 5, 6, 7], [8, 8, 9, 9])
    test['annotations'].append(
        dict(id=99, image_id=4, bbox=[50, 10, 20, 40], person_id=5)
    )
    test['queries'] = [
        dict(image_id=4, bbox=[50, 10, 20, 40], person_id=8),
        dict(image_id=5, bbox=[11, 12, 20, 40], person_id=8),
        dict(annotation_id=6),
    ]
    write_files(root, test=test)
    (said,) = [
        r for r in verify_own(root).notes if 'queries that overlap' in r
    ]
    assert said.endswith(': 1 (query 0 in 4.jpg)')
    # An image outside the gallery may be labelled or not.
    test['images'][0]['gallery'] = False
    write_files(root, test=test)
    assert any('queries that overlap' in r for r in verify_own(root).notes)
    del test['annotations'][0]
    write_files(root, test=test)
    assert not any('queries that overlap' in r for r in verify_own(root).notes)


def test_an_image_outside_of_the_data_set_is_told(root):
    train = content_of([1, 2, 3], [1, 2, 1])
    train['images'][2]['file_name'] = '../../3.jpg'
    write_files(root, train=train)
    report = verify_own(root)
    assert 'training: ' in report.errors[0]
    assert (
        "image 2 (counted from 0) is named '../../3.jpg'" in report.errors[0]
    )
