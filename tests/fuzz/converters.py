"""Tools that turn one data set into another, and the one that verifies."""

import json
from pathlib import Path

from PIL import Image

from mmdmr.readers import CocoReader

from .cases import Case, claim
from .guard import call
from .readers import (
    MOT_OFTEN,
    check_mot,
    check_truth,
    coco_content,
    make_mot,
    read_all,
    write_coco,
)


def _convert_mot(folder, out):
    call('convert_mot', folder, '--out', out / 'own')
    path = out / 'own/annotations.json'
    content = json.loads(path.read_text('utf-8'))
    check_mot(content, out / 'own/images')
    reader = CocoReader(path.parent, ann_file=path.name)
    check_truth(reader, reader.ground_truth())


def _make_whole(folder):
    """One file to be split, by people."""
    content = coco_content()
    for image in content['images']:
        image['gallery'] = True
    for ann in content['annotations']:
        if ann.get('person_id', -1) >= 0:
            # Persons of the first images are not in the last ones.
            ann['person_id'] = (ann['image_id'] - 1) // 3 * 2 + ann['id'] % 2
    (folder / 'whole.json').write_text(json.dumps(content))


def _split(folder, out):
    said, _ = call('split_dataset', folder / 'whole.json', '--out', out)
    whole = json.loads((folder / 'whole.json').read_bytes())
    parts = [
        json.loads((out / f'{name}.json').read_text('utf-8'))
        for name in ('train', 'test')
    ]
    num = sum(len(part['images']) for part in parts)
    claim(num == len(whole['images']), 'images are lost')
    num = sum(len(part['annotations']) for part in parts)
    claim(num == len(whole['annotations']), 'annotations are lost')
    for test, name in enumerate(('train', 'test')):
        read_all(CocoReader(out, bool(test), f'{name}.json'))
    kept = len(parts[1].get('queries') or ())
    if kept < len(whole.get('queries') or ()):
        claim('left out' in said, 'queries are lost')


def _make_own(folder):
    """A sound data set of sixteen pictures."""
    write_coco(folder, 'annotations/train.json')
    write_coco(folder, 'annotations/test.json', 9)
    (folder / 'images').mkdir()
    for number in range(1, 17):
        picture = Image.new('RGB', (80, 60), (9 * number, 0, 0))
        picture.save(folder / f'images/{number}.jpg')


def _verify(folder, out):
    root = Path(folder)
    said, _ = call(
        'verify_dataset',
        *('--dataset', 'coco', '--data-root', root, '--workers', 1),
        codes=(0, 1),
    )
    claim('OK:' in said or 'NOT USABLE:' in said, 'no verdict')


def targets():
    """Cases of the target ``converters``."""
    return {
        'convert_mot': Case(make_mot, _convert_mot, weight=2, often=MOT_OFTEN),
        'split_dataset': Case(_make_whole, _split, weight=2),
        'verify_dataset': Case(
            _make_own,
            _verify,
            often={
                'annotations/train.json': 12,
                'annotations/test.json': 20,
            },
        ),
    }
