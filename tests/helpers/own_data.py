"""A small data set of one's own, and its verification."""

import json

from PIL import Image

from mmdmr.readers import CocoReader
from mmdmr.readers.verification import verify

BOX = [10, 10, 20, 40]


def content_of(numbers, person_ids):
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


def write_files(root, **files):
    for name, value in files.items():
        (root / f'annotations/{name}.json').write_text(json.dumps(value))


def verify_own(root):
    return verify(
        CocoReader(root), CocoReader(root, test=True), root / 'images'
    )


def verify_boxes(root, *values):
    value = content_of([1, 2, 3], [1, 2, 1])
    for ann, box in zip(value['annotations'], values):
        ann['bbox'] = box
    write_files(root, train=value)
    return verify_own(root)


def rotate(path):
    """Store a picture lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(path).rotate(90, expand=True).save(path, exif=exif)
