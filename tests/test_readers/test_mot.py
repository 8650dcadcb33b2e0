"""Sequences in the MOT Challenge's folders."""

import shutil

import pytest
from mot_samples import rewrite
from PIL import Image

from mmdmr.readers.mot import (
    MotOptions,
    check_different,
    find_sequences,
    read_sequence,
)


def test_pedestrians_keep_their_identity(sequence):
    frames, notes = read_sequence(sequence)
    assert [frame['path'].name for frame in frames] == [
        '000001.jpg',
        '000002.jpg',
        '000003.jpg',
    ]
    assert (frames[0]['width'], frames[0]['height']) == (120, 90)
    # Pixels count from 1. Hardly visible, not considered and a reflection
    # are no persons to learn; a car is nothing.
    assert frames[0]['persons'] == [
        dict(
            bbox=[10, 20, 30, 60],
            id=None if ignored else 4,
            ignored=ignored,
        )
        for ignored in (False, True, True, True)
    ]
    assert frames[1]['persons'] == []
    assert frames[2]['persons'][0]['id'] == 4
    assert notes == [
        'A: rows left out: 1 of 6 (1 of class car)',
        'A: rows that become ignored regions: 3 of 6 (1 visible by less than '
        '0.1, 1 not to be considered, 1 of class reflection)',
    ]


def test_every_other_frame(sequence):
    frames, _ = read_sequence(sequence, MotOptions(every=2))
    assert [frame['path'].stem for frame in frames] == ['000001', '000003']


def test_a_sequence_without_persons_is_noted(sequence):
    rewrite(sequence, '')
    (said,) = read_sequence(sequence).notes
    assert said.endswith('3 pictures that are kept, of 3; gt.txt is empty')
    rewrite(sequence, '2,4,9,9,9,9\n')
    (said,) = read_sequence(sequence, MotOptions(every=2)).notes
    assert 'no person is in the 2 pictures that are kept, of 3' in said


def test_a_video_under_two_names_is_refused(sequence):
    """As MOT17 has each of its videos three times."""
    other = sequence.with_name('B')
    shutil.copytree(sequence, other)
    with pytest.raises(ValueError, match='A and B are the same video'):
        check_different([sequence, other])
    Image.new('RGB', (120, 90), (9, 9, 9)).save(other / 'img1/000003.jpg')
    check_different([sequence, other])


def test_sequences_are_found(sequence):
    assert find_sequences(sequence) == [sequence]
    assert find_sequences(sequence.parent) == [sequence]
    with pytest.raises(FileNotFoundError, match='neither a MOT sequence'):
        find_sequences(sequence / 'img1')


@pytest.mark.parametrize('number', [1, 10, 30])
def test_corners_in_place_of_sizes_are_noted(sequence, number):
    rows = [f'1,{i},{i + 5},9,{i + 45},80' for i in range(number)]
    rewrite(sequence, '\n'.join(rows))
    notes = read_sequence(sequence).notes
    assert any('x1, y1' in note for note in notes) == (number >= 10)


def test_classes_that_are_asked_for_and_not_there(sequence):
    rewrite(sequence, '1,4,11,21,30,60\n')
    notes = read_sequence(sequence, MotOptions(person_classes=(2,))).notes
    assert any('--person-class has no effect' in note for note in notes)


def test_one_video_twice_whose_lines_end_otherwise(sequence):
    other = sequence.parent / 'B'
    shutil.copytree(sequence, other)
    text = (other / 'gt/gt.txt').read_bytes().replace(b'\n', b'\r\n')
    (other / 'gt/gt.txt').write_bytes(text)
    with pytest.raises(ValueError, match='same video'):
        check_different([sequence, other])
