"""The files of a MOT sequence."""

import pytest
from mot_samples import ROWS, persons, rewrite
from PIL import Image

from mmdmr.readers.mot import (
    read_sequence,
)
from mmdmr.readers.mot_files import parse_columns


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


def test_numbers_behind_that_of_the_frame(sequence):
    for number in (1, 2, 3):
        path = sequence / f'img1/{number:06d}.jpg'
        path.rename(sequence / f'img1/cam2_{number:06d}_1920x1080_v2.jpg')
    assert persons(sequence)[0] == (1, 4)


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
