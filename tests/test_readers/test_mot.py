"""The MOT Challenge's folders."""

import pytest
from PIL import Image

from mmdmr.readers.mot import find_sequences, read_sequence

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


def test_pedestrians_keep_their_identity(sequence):
    frames = read_sequence(sequence)
    assert [frame['path'].name for frame in frames] == [
        '000001.jpg',
        '000002.jpg',
        '000003.jpg',
    ]
    assert (frames[0]['width'], frames[0]['height']) == (120, 90)
    # Pixels count from 1. Hardly visible, not considered and a reflection
    # are no persons to learn; a car is nothing.
    assert frames[0]['persons'] == [
        dict(bbox=[10, 20, 30, 60], id=number)
        for number in (4, None, None, None)
    ]
    assert frames[1]['persons'] == []
    assert frames[2]['persons'][0]['id'] == 4


def test_every_other_frame(sequence):
    frames = read_sequence(sequence, every=2)
    assert [frame['path'].stem for frame in frames] == ['000001', '000003']


def test_rows_of_trackers_have_six_numbers(sequence):
    (sequence / 'gt/gt.txt').write_text('2,9,1,1,5.5,10\n')
    frames = read_sequence(sequence)
    assert len(frames) == 2
    assert frames[1]['persons'] == [dict(bbox=[0, 0, 5.5, 10], id=9)]


def test_seqinfo_tells_where_the_images_are(sequence):
    (sequence / 'img1').rename(sequence / 'frames')
    (sequence / 'seqinfo.ini').write_text(
        '[Sequence]\nimDir=frames\nimWidth=640\nimHeight=480\nimExt=.jpg\n'
        'seqLength=2\n'
    )
    frames = read_sequence(sequence)
    assert len(frames) == 2
    assert frames[0]['width'] == 640


def test_broken_row_is_numbered(sequence):
    (sequence / 'gt/gt.txt').write_text('1,2,3,4,5,6\n1,2,x,4,5,6\n')
    with pytest.raises(ValueError, match='gt.txt, line 2'):
        read_sequence(sequence)


def test_missing_frame_is_named(sequence):
    (sequence / 'img1/000002.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='000002.jpg'):
        read_sequence(sequence)


def test_sequences_are_found(sequence):
    assert find_sequences(sequence) == [sequence]
    assert find_sequences(sequence.parent) == [sequence]
    with pytest.raises(FileNotFoundError, match='neither a MOT sequence'):
        find_sequences(sequence / 'img1')
