"""Loading a COCO-style file."""

import gzip
import json
import lzma

import pytest
from coco_samples import IMAGES, PERSONS, image

from mmdmr.errors import InputError
from mmdmr.readers import CocoReader


def test_compressed_file(tmp_path):
    with lzma.open(tmp_path / 'a.json.xz', 'wt') as file:
        json.dump(dict(images=IMAGES, annotations=PERSONS), file)
    reader = CocoReader(tmp_path, ann_file='a.json.xz')
    assert len(reader.ground_truth().img_names) == 3


@pytest.mark.parametrize(
    'content, message',
    [
        ('{"images": [', 'a.json: not a readable JSON file'),
        ('[1]', 'must be one object.*not a list'),
        ('{"annotations": []}', 'must hold a list "images"'),
        ('{"images": []}', 'must hold a list "annotations"'),
        ('{"images": [{"id": 1}], "annotations": []}', 'image 0.*"file_name"'),
    ],
)
def test_broken_files(tmp_path, content, message):
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(ValueError, match=message):
        CocoReader(tmp_path, ann_file='a.json').ground_truth()


@pytest.mark.parametrize(
    'encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-32']
)
def test_encodings(tmp_path, encoding):
    content = dict(images=[image(1)], annotations=[])
    content['images'][0]['file_name'] = 'Büro.jpg'
    text = json.dumps(content, ensure_ascii=False)
    (tmp_path / 'a.json').write_bytes(text.encode(encoding))
    reader = CocoReader(tmp_path, ann_file='a.json')
    assert reader.ground_truth().img_names == ('Büro.jpg',)


@pytest.mark.parametrize('pack', [gzip.compress, lzma.compress])
def test_a_file_that_would_fill_the_memory(tmp_path, pack):
    name = f'a.json.{"gz" if pack is gzip.compress else "xz"}'
    # Members one behind the other: 320 MB of spaces.
    (tmp_path / name).write_bytes(pack(b' ' * 2**25) * 10)
    with pytest.raises(
        InputError, match=f'{name} is .* would become more than 0.3 GB'
    ):
        CocoReader(tmp_path, ann_file=name).ground_truth()


@pytest.mark.parametrize(
    'name,content',
    [
        ('a.json', b'{"images": '),
        ('a.json', b'\xff\xfe\x00'),
        ('a.json', b'{"images": "caf\xe9"}'),
        ('a.json', b'[' * 100000),
        ('a.json', b'{"n": ' + b'9' * 10000 + b'}'),
        ('a.json.gz', b'\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x00'),
        ('a.json.gz', b'{}'),
        ('a.json.xz', b'{}'),
    ],
)
def test_what_is_no_json_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f'{name}: (not a readable|must)'):
        CocoReader(tmp_path, ann_file=name).ground_truth()
