"""A MOT sequence: rows, pictures, persons."""

from PIL import Image

from mmdmr.readers.mot import (
    MotOptions,
    read_sequence,
)

ROWS = """1,4,11,21,30,60,1,1,0.9
1,5,11,21,30,60,1,1,0.05
1,6,11,21,30,60,0,1,1
1,7,11,21,30,60,1,12,1
1,8,11,21,30,60,1,3,1
3,4,12,22,30,60,1,1,1
"""


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


def numbered(sequence, first, *missing):
    """Pictures from a number on, in place of those from 1."""
    for path in (sequence / 'img1').iterdir():
        path.unlink()
    for number in range(first, 10):
        if number not in missing:
            path = sequence / f'img1/{number:06d}.jpg'
            Image.new('RGB', (120, 90)).save(path)
