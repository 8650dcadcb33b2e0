"""MOT sequences as one COCO-style file."""

import shutil

import pytest

from mmdmr.errors import InputError
from mmdmr.readers.mot import find_sequences, read_sequence
from mmdmr.readers.mot_options import MotOptions
from mmdmr.readers.mot_to_coco import convert_sequences, to_coco


def test_persons_ignored_regions_and_names(sequence):
    read = {'A': read_sequence(sequence)}
    content = to_coco(read, sequence.parent)
    assert content['images'][0] == dict(
        id=1,
        file_name='A/img1/000001.jpg',
        width=120,
        height=90,
        cam_id='A',
    )
    first, *ignored, last = content['annotations']
    assert first == dict(
        id=1,
        image_id=1,
        category_id=1,
        bbox=[10, 20, 30, 60],
        area=1800,
        iscrowd=0,
        person_id='A-4',
    )
    assert {(a['iscrowd'], a['person_id']) for a in ignored} == {(1, -1)}
    assert (last['image_id'], last['person_id']) == (3, 'A-4')
    shared = to_coco(read, sequence.parent, shared_ids=True)
    assert shared['annotations'][0]['person_id'] == 4


def test_pictures_outside_the_root_are_refused(sequence, tmp_path):
    with pytest.raises(InputError, match='imDir in seqinfo.ini'):
        to_coco({'A': read_sequence(sequence)}, tmp_path / 'elsewhere')


def test_folders_without_rows_come_first_among_the_notes(sequence, tmp_path):
    (tmp_path / 'B').mkdir()
    content, notes = convert_sequences(tmp_path, find_sequences(tmp_path))
    assert len(content['images']) == 3
    assert notes[0].endswith('folders left out, without gt/gt.txt: B')
    assert notes[1].startswith('A: rows left out')


def test_sequences_without_persons_are_refused(sequence):
    (sequence / 'gt/gt.txt').write_text('')
    with pytest.raises(InputError, match='no person is in the pictures'):
        convert_sequences(sequence, [sequence], MotOptions())


def test_the_same_video_twice_is_refused(sequence, tmp_path):
    shutil.copytree(sequence, tmp_path / 'B')
    with pytest.raises(InputError, match='the same video'):
        convert_sequences(tmp_path, find_sequences(tmp_path))
