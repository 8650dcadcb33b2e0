"""Fixtures of the readers' tests: COCO-style, MOT, and own data."""

import json

import numpy as np
import pytest
from coco_samples import IMAGES, PERSONS
from mot_samples import ROWS
from own_data import content_of, write_files
from PIL import Image

from mmdmr.readers import CocoReader


@pytest.fixture
def write(tmp_path):
    """Write a file and make its reader."""

    def write(
        images=IMAGES, annotations=PERSONS, test=True, rule=None, **content
    ):
        path = tmp_path / 'a.json'
        path.write_text(
            json.dumps(dict(images=images, annotations=annotations, **content))
        )
        options = dict(query_rule=rule) if rule else {}
        return CocoReader(tmp_path, test, 'a.json', **options)

    return write


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


@pytest.fixture
def root(tmp_path):
    """A sound data set: three training and four test images."""
    (tmp_path / 'images').mkdir()
    (tmp_path / 'annotations').mkdir()
    rng = np.random.default_rng(0)
    for number in range(1, 8):
        noise = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f'images/{number}.jpg')
    write_files(
        tmp_path,
        train=content_of([1, 2, 3], [1, 2, 1]),
        test=content_of([4, 5, 6, 7], [8, 8, 9, 9]),
    )
    return tmp_path
