"""A training that meets images that cannot be read, as a user sees it."""

import json

import numpy as np
import pytest
from bad_images import write_bad
from narrow_backbone import NARROW_OPTIONS
from PIL import Image

from mmdmr.cli.main import main

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_own-data.py'
#: Bad images, which the checks before a training happen not to try.
BAD_IMAGES = {4: 'truncated', 14: 'empty'}
OPTIONS = [
    *('--data-root', '.', '--work-dir', 'run', '--cfg-options'),
    *NARROW_OPTIONS,
    'model.reid_head.out_channels=8',
    *('train_cfg.max_epochs=1', 'train_cfg.val_interval=9'),
    'train_dataloader.num_workers=1',
    'train_dataloader.persistent_workers=False',
    'train_dataloader.dataset.pipeline.2.scale=(96,96)',
    'val_dataloader.dataset.pipeline.1.scale=(96,96)',
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Twenty training images, two of them bad, and ten test images."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'images').mkdir()
    (tmp_path / 'annotations').mkdir()
    pixels = np.full((60, 80, 3), 90, np.uint8)
    for number in range(30):
        if number in BAD_IMAGES:
            kind = BAD_IMAGES[number]
            write_bad(tmp_path / 'images', kind, str(number))
        else:
            Image.fromarray(pixels).save(f'images/{number}.jpg')
    for split, numbers in (('train', range(20)), ('test', range(20, 30))):
        content = dict(
            images=[
                dict(id=i, file_name=f'{i}.jpg', width=80, height=60)
                for i in numbers
            ],
            annotations=[
                dict(id=i, image_id=i, bbox=[20, 9, 30, 40], person_id=i // 2)
                for i in numbers
            ],
        )
        path = tmp_path / f'annotations/{split}.json'
        path.write_text(json.dumps(content))
    return tmp_path


def test_a_bad_image_ends_training_with_its_name(folder, capfd):
    """The worker's error is one line, without a traceback."""
    with pytest.raises(SystemExit) as stop:
        main(['train', CONFIG, *OPTIONS])
    assert stop.value.code == 2
    said = capfd.readouterr().err
    (line,) = (x for x in said.splitlines() if x.startswith('mmdmr train'))
    assert ('images/4.jpg: the image is damaged' in line) or (
        'images/14.jpg: the file is empty' in line
    )
    assert 'train_dataloader.dataset.on_bad_image=skip' in line
    assert 'Traceback' not in said and 'worker process' not in said


def test_bad_images_are_skipped_and_told(folder):
    skip = 'train_dataloader.dataset.on_bad_image=skip'
    assert main(['train', CONFIG, *OPTIONS, skip]) == 0
    (log,) = folder.glob('run/*/*.log')
    lines = log.read_text().splitlines()
    for name, reason in (('4', 'the image is damaged'), ('14', 'the file is')):
        told = f'WARNING - bad image images/{name}.jpg: {reason}'
        assert sum(told in line for line in lines) == 1
    (first,) = (
        i
        for i, line in enumerate(lines)
        if 'WARNING - 2 of 20 training images could not be read' in line
    )
    assert {line.split(':')[0] for line in lines[first + 1 : first + 3]} == {
        *('images/4.jpg', 'images/14.jpg')
    }
    assert (folder / 'run/epoch_1.pth').is_file()
