"""The rows of a MOT sequence: persons, ignored regions, excluded rows."""

import pytest
from mot_samples import numbered, persons, rewrite

from mmdmr.readers.mot import (
    MotOptions,
    read_sequence,
)
from mmdmr.readers.mot_files import parse_columns

CLASSES = '1,7,3,3,60,20,1,1,1\n1,4,11,21,30,60,1,2,1\n'


@pytest.mark.parametrize(
    'tail,expected',
    [
        ('1,-1,-1,-1', 'person'),  # world coordinates unknown
        ('0.91,-1,-1,-1', 'person'),
        ('-1,-1,-1,-1', 'person'),
        ('1,1,-1', 'person'),  # visibility unknown
        ('1,-1,-1', 'person'),
        ('1,1', 'person'),
        ('1', 'person'),
        ('1,1,0.05', ValueError),  # no person is left
        ('0,1,1', ValueError),
        ('1,3,1', ValueError),
        ('1,0,1', ValueError),  # classes counted from 0
        ('1,14,1', ValueError),
        ('1,1.5,1', ValueError),
        ('1,1,3', ValueError),  # UAVDT: the class is the last
        ('1,1,40', ValueError),  # per cent
        ('1,1,0,0', ValueError),  # VisDrone: truncation and occlusion
        ('1,-3.2,4.1,0', ValueError),  # PETS: places in the world
        ('1,1,1,1,1', ValueError),
        ('1,1,nan', ValueError),
        ('1,1,inf', ValueError),
    ],
)
def test_columns_behind_the_box(sequence, tail, expected):
    rewrite(sequence, f'1,4,11,21,30,60,{tail}\n2,4,12,22,30,60,{tail}\n')
    if expected == 'person':
        assert persons(sequence) == [(1, 4), (2, 4)]
        return
    with pytest.raises(ValueError, match='gt.txt'):
        read_sequence(sequence)


@pytest.mark.parametrize(
    'labels,options,expected',
    [
        (['car', 'person'], {}, [(1, 4)]),
        (['Car', 'Pedestrian', ''], {}, [(1, 4)]),
        (['static_person', 'people'], {}, [(1, 'ignored'), (1, 4)]),
        (['person', 'human'], {}, [(1, 7), (1, 4)]),
        (['car', 'staff'], dict(person_classes=(2,)), [(1, 4)]),
        (['person', 'cyclist'], dict(person_classes=(2,)), [(1, 4)]),
        # without names: the MOT Challenge's
        (None, {}, [(1, 7), (1, 'ignored')]),
        (None, dict(person_classes=(1, 2)), [(1, 7), (1, 4)]),
    ],
)
def test_classes_by_name(sequence, labels, options, expected):
    rewrite(sequence, CLASSES, labels)
    assert persons(sequence, **options) == expected


@pytest.mark.parametrize(
    'identity,why',
    [('1e16', r'1e\+16, above 2\^53'), ('4.5', '4.5, no whole number')],
)
def test_identities_are_whole_numbers(sequence, identity, why):
    rewrite(sequence, f'1,4,11,21,30,60\n1,{identity},11,21,30,60\n')
    with pytest.raises(ValueError, match=f'line 2: the id is {why}'):
        read_sequence(sequence)


@pytest.mark.parametrize('labels', [['car'], ['car', 'staff']])
def test_classes_of_unknown_meaning(sequence, labels):
    rewrite(sequence, CLASSES, labels)
    with pytest.raises(ValueError, match='labels.txt has 1 car.*--person-cl'):
        read_sequence(sequence)


def test_no_person_passes_min_visibility(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,1,0.5\n')
    with pytest.raises(ValueError, match='1 visible by less than 0.9.*--min'):
        read_sequence(sequence, MotOptions(min_visibility=0.9))


def test_a_person_without_track_is_unlabelled(sequence):
    rewrite(
        sequence,
        '1,-1,11,21,30,60,1,1,1\n1,-1,51,21,30,60,1,1,1\n'
        '1,5,31,21,30,60,1,1,1\n',
    )
    assert persons(sequence) == [(1, None), (1, None), (1, 5)]
    assert 'unlabelled persons: 2' in read_sequence(sequence).notes[0]


def test_a_number_twice_in_a_frame_is_no_person(sequence):
    rewrite(sequence, '1,0,11,21,30,60\n1,0,51,21,30,60\n1,5,31,21,30,60\n')
    with pytest.raises(ValueError, match='lines 1 and 2 .*--unlabelled-id 0'):
        read_sequence(sequence)
    found = persons(sequence, unlabelled_ids=(0,))
    assert found == [(1, None), (1, None), (1, 5)]


@pytest.mark.parametrize('first,offset', [(0, 1), (11, -10), (100, -99)])
def test_rows_that_count_otherwise_than_the_pictures(sequence, first, offset):
    rows = [f'{first + i},4,11,21,30,60,1,1,1' for i in range(3)]
    rewrite(sequence, '\n'.join(rows))
    with pytest.raises(ValueError, match=f'--frame-offset {offset} gives'):
        read_sequence(sequence)
    found = persons(sequence, frame_offset=offset)
    assert found == [(1, 4), (2, 4), (3, 4)]


def test_rows_without_a_picture_are_counted(sequence):
    (sequence / 'img1/000002.jpg').unlink()
    rewrite(
        sequence, ''.join(f'{i},4,11,21,30,60,1,1,1\n' for i in (1, 2, 3, 9))
    )
    frames, notes = read_sequence(sequence)
    assert [f['path'].stem for f in frames] == ['000001', '000003']
    assert 'left out: 2 of 4 (2 whose frame has no picture)' in notes[0]


def test_boxes_without_size_are_counted(sequence):
    rewrite(sequence, '1,4,11,21,30,60\n1,5,11,21,0,60\n1,6,11,21,3,-6\n')
    assert persons(sequence) == [(1, 4)]
    assert '2 without width or height' in read_sequence(sequence).notes[0]


def test_shares_of_the_picture_are_refused(sequence):
    rewrite(sequence, '1,4,.1,.2,.3,.6,1,1,1\n')
    with pytest.raises(ValueError, match='gt.txt.*shares'):
        read_sequence(sequence)


def test_an_unknown_class_among_persons_is_a_person(sequence):
    rewrite(sequence, '1,4,1,1,9,9,1,1,1\n1,5,2,2,9,9,1,-1,1\n')
    assert persons(sequence) == [(1, 4), (1, 5)]


def test_rows_may_be_taken_as_they_are(sequence):
    """People come late, and the last picture is gone."""
    rewrite(sequence, '2,4,9,9,9,9\n3,4,9,9,9,9\n4,4,9,9,9,9\n')
    with pytest.raises(
        ValueError, match='--frame-offset -1 gives.*, 0 leaves'
    ):
        read_sequence(sequence)
    assert persons(sequence, frame_offset=0) == [(2, 4), (3, 4)]
    notes = read_sequence(sequence, MotOptions(frame_offset=0)).notes
    assert '1 whose frame has no picture' in notes[0]


def test_some_tiny_boxes_are_counted(sequence):
    rows = [f'1,{i},{9 * i},9,5,9' for i in range(1, 12)] + [
        '1,99,.1,.2,.3,.4'
    ]
    rewrite(sequence, '\n'.join(rows))
    assert '1 smaller than a pixel' in read_sequence(sequence).notes[0]


@pytest.mark.parametrize(
    'first,missing,frames,offset',
    [
        (1, [3], range(9), 1),  # a picture was taken away
        (1, [2, 4, 6, 8], range(9), 1),  # every second one is there
        (1, [], range(10), 1),  # a frame behind the last picture
        (0, [], range(1, 9), -1),  # the last frame is empty
        (0, [5], range(1, 11), -1),
    ],
)
def test_rows_and_pictures_may_count_from_another_number(
    sequence, first, missing, frames, offset
):
    """No single offset tells: it is asked for."""
    numbered(sequence, first, *missing)
    rewrite(sequence, '\n'.join(f'{i},4,11,21,30,60,1,1,1' for i in frames))
    with pytest.raises(ValueError, match=f'--frame-offset {offset} if rows'):
        read_sequence(sequence)
    assert read_sequence(sequence, MotOptions(frame_offset=offset)).frames
    assert read_sequence(sequence, MotOptions(frame_offset=0)).frames


def test_rows_of_later_frames_count_as_the_pictures_do(sequence):
    numbered(sequence, 1)
    rewrite(sequence, ''.join(f'{i},4,11,21,30,60,1,1,1\n' for i in (4, 5)))
    assert persons(sequence) == [(4, 4), (5, 4)]


def test_a_class_in_place_of_whether_to_consider_a_row(sequence):
    rows = '1,4,11,21,30,60,1\n1,5,51,21,40,20,3\n2,6,91,21,40,20,2\n'
    rewrite(sequence, rows)
    with pytest.raises(ValueError, match='7th.*--columns frame,.*h,class'):
        read_sequence(sequence)
    columns = parse_columns('frame,id,x,y,w,h,class')
    assert persons(sequence, columns=columns) == [(1, 4), (2, 'ignored')]
    # A confidence says nothing of classes.
    rewrite(sequence, rows.replace(',3\n', ',3.5\n'))
    assert persons(sequence) == [(1, 4), (1, 5), (2, 6)]


def test_rows_that_repeat_another_are_left_out(sequence):
    row = '1,4,11,21,30,60\n'
    rewrite(sequence, row + '2,4,11,21,30,60\n' + row)
    frames, notes = read_sequence(sequence)
    assert [len(frame['persons']) for frame in frames] == [1, 1, 0]
    assert any('1 of 3 (1 that repeat another row)' in note for note in notes)


def test_times_in_place_of_frames_and_long_ids(sequence):
    for number in (1, 2, 3):
        path = sequence / f'img1/{number:06d}.jpg'
        path.rename(sequence / f'img1/{1700000000000 + number}.jpg')
    rewrite(sequence, '1700000000002,3000000001,11,21,30,60\n')
    assert persons(sequence) == [(2, 3000000001)]


def test_an_example_of_a_class_is_one_of_the_file(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,0\n2,4,11,21,30,60,1,0\n')
    with pytest.raises(ValueError, match='--person-class 0$'):
        read_sequence(sequence)
    assert persons(sequence, person_classes=(0,)) == [(1, 4), (2, 4)]


def test_the_other_columns_beside_a_class_are_named_too(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,1,1\n2,4,11,21,30,60,3,1,1\n')
    with pytest.raises(ValueError, match='w,h,class,-,-$'):
        read_sequence(sequence)
