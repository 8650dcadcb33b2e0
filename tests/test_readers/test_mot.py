"""The MOT Challenge's folders."""

import shutil

import pytest
from PIL import Image

from mmdmr.readers.mot import (
    MotOptions,
    check_different,
    find_sequences,
    read_sequence,
)
from mmdmr.readers.mot_files import parse_columns

ROWS = """1,4,11,21,30,60,1,1,0.9
1,5,11,21,30,60,1,1,0.05
1,6,11,21,30,60,0,1,1
1,7,11,21,30,60,1,12,1
1,8,11,21,30,60,1,3,1
3,4,12,22,30,60,1,1,1
"""


@pytest.fixture
def sequence(tmp_path):
    """Sequence A of three frames."""
    folder = tmp_path / 'A'
    (folder / 'gt').mkdir(parents=True)
    (folder / 'img1').mkdir()
    (folder / 'gt/gt.txt').write_text(ROWS)
    for number in (1, 2, 3):
        Image.new('RGB', (120, 90)).save(folder / f'img1/{number:06d}.jpg')
    return folder


def rewrite(sequence, rows, labels=None, info=None):
    (sequence / 'gt/gt.txt').write_text(rows)
    if labels:
        (sequence / 'gt/labels.txt').write_text('\n'.join(labels))
    if info:
        (sequence / 'seqinfo.ini').write_text(info)


def persons(sequence, **options):
    """(frame, id) of the persons; the ignored regions as 'ignored'."""
    found = read_sequence(sequence, MotOptions(**options))
    return [
        (i, 'ignored' if p['ignored'] else p['id'])
        for i, frame in enumerate(found.frames, 1)
        for p in frame['persons']
    ]


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


@pytest.mark.parametrize(
    'row', ['2,9,1,1,5.5,10', '2 9 1 1 5.5 10', '2; 9; 1; 1; 5.5; 10;']
)
def test_rows_of_trackers_have_six_numbers(sequence, row):
    rewrite(sequence, f'{row}\n\n')
    frames, notes = read_sequence(sequence)
    assert len(frames) == 3 and not notes
    assert frames[1]['persons'] == [
        dict(bbox=[0, 0, 5.5, 10], id=9, ignored=False)
    ]


def test_seqinfo_tells_where_the_images_are(sequence):
    (sequence / 'img1').rename(sequence / 'frames')
    (sequence / 'seqinfo.ini').write_text(
        '[Sequence]\nimDir=frames\nimWidth=640\nimHeight=480\nimExt=.jpg\n'
        'seqLength=2\nname=100%\n'
    )
    frames, notes = read_sequence(sequence)
    assert len(frames) == 3
    assert frames[0]['width'] == 640
    assert 'seqLength=2, but 3 pictures' in notes[-1]


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
        ('1,1,0.05', ValueError),  # nobody left
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


def test_columns_by_name(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,4,0,0\n1,5,11,21,30,60,1,1,1,1\n')
    columns = parse_columns('frame,id,x,y,w,h,considered,class,-,-')
    assert persons(sequence, columns=columns) == [(1, 5)]
    columns = parse_columns('frame,id,x,y,w,h')
    with pytest.raises(ValueError, match='10 columns, but --columns names 6'):
        persons(sequence, columns=columns)


@pytest.mark.parametrize(
    'text', ['', 'frame,id,x,y,w', 'frame,id,x,y,w,h,id', 'id,frame,x,y,w,b']
)
def test_columns_misnamed(text):
    with pytest.raises(ValueError, match='--columns'):
        parse_columns(text)


CLASSES = '1,7,3,3,60,20,1,1,1\n1,4,11,21,30,60,1,2,1\n'


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


@pytest.mark.parametrize('labels', [['car'], ['car', 'staff']])
def test_classes_of_unknown_meaning(sequence, labels):
    rewrite(sequence, CLASSES, labels)
    with pytest.raises(ValueError, match='labels.txt has 1 car.*--person-cl'):
        read_sequence(sequence)


def test_nobody_passes_min_visibility(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,1,0.5\n')
    with pytest.raises(ValueError, match='1 visible by less than 0.9.*--min'):
        read_sequence(sequence, MotOptions(min_visibility=0.9))


def test_who_has_no_track_is_unlabelled(sequence):
    rewrite(
        sequence,
        '1,-1,11,21,30,60,1,1,1\n1,-1,51,21,30,60,1,1,1\n'
        '1,5,31,21,30,60,1,1,1\n',
    )
    assert persons(sequence) == [(1, None), (1, None), (1, 5)]
    assert 'unlabelled persons: 2' in read_sequence(sequence).notes[0]


def test_a_number_twice_in_a_frame_is_nobody(sequence):
    rewrite(sequence, '1,0,11,21,30,60\n1,0,51,21,30,60\n1,5,31,21,30,60\n')
    with pytest.raises(ValueError, match='lines 1 and 2 .*--unlabelled-id 0'):
        read_sequence(sequence)
    found = persons(sequence, unlabelled_ids=(0,))
    assert found == [(1, None), (1, None), (1, 5)]


@pytest.mark.parametrize(
    'names',
    [
        ['00000001.jpg', '00000002.jpg', '00000003.jpg'],
        ['1.JPG', '2.JPG', '3.JPG'],
        ['0001.jpeg', '0002.jpeg', '0003.jpeg'],
        ['frame_000001.png', 'frame_000002.png', 'frame_000003.png'],
        ['cam2_1_left.bmp', 'cam2_2_left.bmp', 'cam2_3_left.bmp'],
    ],
)
def test_names_of_pictures(sequence, names):
    for i, name in enumerate(names, 1):
        old = sequence / f'img1/{i:06d}.jpg'
        Image.open(old).save(sequence / 'img1' / name)
        old.unlink()
    (sequence / 'img1/Thumbs.db').write_text('')
    (sequence / 'img1/.hidden.jpg').write_text('')
    frames, _ = read_sequence(sequence)
    assert [frame['path'].name for frame in frames] == names
    assert frames[2]['persons'][0]['id'] == 4


@pytest.mark.parametrize('name', ['1.png', 'cover.jpg'])
def test_pictures_of_the_same_frame_or_of_none(sequence, name):
    (sequence / 'img1' / name).write_bytes(b'')
    with pytest.raises(ValueError, match=name):
        read_sequence(sequence)
    if name == '1.png':  # seqinfo.ini tells which
        rewrite(sequence, ROWS, info='[Sequence]\nimExt=.jpg\n')
        assert len(read_sequence(sequence).frames) == 3


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


@pytest.mark.parametrize(
    'rows,message',
    [
        ('1,2,3,4,5,6\n1,2,x,4,5,6\n', 'gt.txt, line 2'),
        ('frame,id,x,y,w,h\n1,2,3,4,5,6\n', 'gt.txt, line 1'),
        (
            '1,2,3,4,5,6\n\n1,2,3,4,5,6,1\n',
            'line 3: 7 columns, but 6 in',
        ),
        ('1,2.5,3,4,5,6\n', 'line 1: the id is 2.5'),
        ('1.5,2,3,4,5,6\n', 'line 1: the frame is 1.5'),
        ('1e300,2,3,4,5,6\n', 'line 1: the frame is 1e\\+300'),
        ('1,2,3,4,5\n', 'gt.txt, line 1'),
    ],
)
def test_broken_rows_are_numbered(sequence, rows, message):
    rewrite(sequence, rows)
    with pytest.raises(ValueError, match=message):
        read_sequence(sequence)


@pytest.mark.parametrize(
    'content',
    [
        'imDir=img1\n',
        '[Other]\nimDir=img1\n',
        '[Sequence]\nimExt=.jpg\nimExt=.png\n',
        '[Sequence]\nseqLength=2.5\n',
        '[Sequence]\nseqLength=many\n',
        '[Sequence]\nimWidth=-5\n',
        '[Sequence]\nimWidth=inf\n',
        '[Sequence]\n= 5\n',
    ],
)
def test_broken_seqinfo_is_named(sequence, content):
    (sequence / 'seqinfo.ini').write_text(content)
    with pytest.raises(ValueError, match='seqinfo.ini') as error:
        read_sequence(sequence)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('name', ['gt/gt.txt', 'gt/labels.txt', 'seqinfo.ini'])
def test_byte_order_marks_and_other_encodings(sequence, name):
    rewrite(sequence, ROWS, ['person'] * 12, '[Sequence]\nseqLength=3.0\n')
    path = sequence / name
    text = path.read_text()
    path.write_bytes(b'\xef\xbb\xbf' + text.replace('\n', '\r\n').encode())
    assert len(read_sequence(sequence).frames) == 3
    path.write_bytes(text.encode('utf-16'))
    with pytest.raises(ValueError, match=f'{name}: is not a text in UTF-8'):
        read_sequence(sequence)


def test_an_empty_field_is_no_other_column(sequence):
    for row in ('1,,12,31,20,60,1,1,1', ',1,12,31,20,60', '1,1,2,,5,6,1,1,1'):
        rewrite(sequence, f'{row}\n')
        with pytest.raises(ValueError, match='gt.txt, line 1'):
            read_sequence(sequence)
    rewrite(sequence, '1;1;12,5;31;20;60\n')  # decimal commas
    with pytest.raises(ValueError, match='gt.txt, line 1'):
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


def test_a_sequence_without_anybody_is_noted(sequence):
    rewrite(sequence, '')
    (said,) = read_sequence(sequence).notes
    assert said.endswith('3 pictures that are kept, of 3; gt.txt is empty')
    rewrite(sequence, '2,4,9,9,9,9\n')
    (said,) = read_sequence(sequence, MotOptions(every=2)).notes
    assert 'nobody is in the 2 pictures that are kept, of 3' in said


def test_some_tiny_boxes_are_counted(sequence):
    rows = [f'1,{i},{9 * i},9,5,9' for i in range(1, 12)] + [
        '1,99,.1,.2,.3,.4'
    ]
    rewrite(sequence, '\n'.join(rows))
    assert '1 smaller than a pixel' in read_sequence(sequence).notes[0]


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


def numbered(sequence, first, *missing):
    """Pictures from a number on, in place of those from 1."""
    for path in (sequence / 'img1').iterdir():
        path.unlink()
    for number in range(first, 10):
        if number not in missing:
            path = sequence / f'img1/{number:06d}.jpg'
            Image.new('RGB', (120, 90)).save(path)


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


@pytest.mark.parametrize('number', [1, 10, 30])
def test_corners_in_place_of_sizes_are_noted(sequence, number):
    rows = [f'1,{i},{i + 5},9,{i + 45},80' for i in range(number)]
    rewrite(sequence, '\n'.join(rows))
    notes = read_sequence(sequence).notes
    assert any('x1, y1' in note for note in notes) == (number >= 10)


def test_rows_that_repeat_another_are_left_out(sequence):
    row = '1,4,11,21,30,60\n'
    rewrite(sequence, row + '2,4,11,21,30,60\n' + row)
    frames, notes = read_sequence(sequence)
    assert [len(frame['persons']) for frame in frames] == [1, 1, 0]
    assert any('1 of 3 (1 that repeat another)' in note for note in notes)


def test_numbers_behind_that_of_the_frame(sequence):
    for number in (1, 2, 3):
        path = sequence / f'img1/{number:06d}.jpg'
        path.rename(sequence / f'img1/cam2_{number:06d}_1920x1080_v2.jpg')
    assert persons(sequence)[0] == (1, 4)


def test_times_in_place_of_frames_and_long_ids(sequence):
    for number in (1, 2, 3):
        path = sequence / f'img1/{number:06d}.jpg'
        path.rename(sequence / f'img1/{1700000000000 + number}.jpg')
    rewrite(sequence, '1700000000002,3000000001,11,21,30,60\n')
    assert persons(sequence) == [(2, 3000000001)]


@pytest.mark.parametrize(
    'row,example',
    [
        ('1,4,11,21,30,60,1,12.5,3.1,0', 'considered,-,-,class'),
        ('1,4,11,21,30,60,0.9,3,0,1', '-,class,considered,-'),
    ],
)
def test_an_example_of_columns_fits_the_rows(sequence, row, example):
    rewrite(sequence, row)
    with pytest.raises(ValueError, match=f'w,h,{example}$'):
        read_sequence(sequence)


def test_an_example_of_a_class_is_one_of_the_file(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,0\n2,4,11,21,30,60,1,0\n')
    with pytest.raises(ValueError, match='--person-class 0$'):
        read_sequence(sequence)
    assert persons(sequence, person_classes=(0,)) == [(1, 4), (2, 4)]


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


def test_the_other_columns_beside_a_class_are_named_too(sequence):
    rewrite(sequence, '1,4,11,21,30,60,1,1,1\n2,4,11,21,30,60,3,1,1\n')
    with pytest.raises(ValueError, match='w,h,class,-,-$'):
        read_sequence(sequence)
