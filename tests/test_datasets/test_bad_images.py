"""What training and tests do about images that cannot be read."""

import json
import logging
from itertools import chain

import numpy as np
import pytest
from bad_images import BAD, write_bad
from mmengine.registry import init_default_scope
from own_data import content_of, write_files
from PIL import Image
from torch.utils.data import DataLoader

from mmdmr.errors import InputError
from mmdmr.registry import DATASETS

PIPELINE = [
    dict(type='LoadImageFromFile', _scope_='mmdmr'),
    dict(type='mmdmr.LoadPersonSearchAnnotations'),
    dict(type='mmdmr.PackPersonSearchInputs'),
]
PLAIN = [dict(type='LoadImageFromFile'), *PIPELINE[1:]]
LANDSCAPE, PORTRAIT = (80, 60), (60, 80)


@pytest.fixture
def root(tmp_path):
    """Images 1 to 7; 4 and 5 are portraits."""
    init_default_scope('mmdet')
    (tmp_path / 'images').mkdir()
    (tmp_path / 'annotations').mkdir()
    for number in range(1, 8):
        size = PORTRAIT if number in (4, 5) else LANDSCAPE
        Image.new('RGB', size).save(tmp_path / f'images/{number}.jpg')
    content = content_of(range(1, 8), [1, 1, 2, 2, 3, 3, 3])
    for image in content['images']:  # sizes are read from the files
        del image['width'], image['height']
    write_files(tmp_path, train=content, test=content)
    return tmp_path


def build(root, pipeline=PIPELINE, **changes):
    return DATASETS.build(
        dict(
            type='mmdmr.CocoPersonSearchDataset',
            data_root=str(root),
            pipeline=pipeline,
            **changes,
        )
    )


def spoil(root, kind, number):
    """Let an image be one that cannot be read; its name."""
    (root / f'images/{number}.jpg').unlink()
    name = write_bad(root / 'images', kind, str(number))
    for split in ('train', 'test'):
        path = root / f'annotations/{split}.json'
        content = json.loads(path.read_text())
        content['images'][number - 1]['file_name'] = name
        path.write_text(json.dumps(content))
    return name


def number_of(sample):
    """Number of the image that a sample is of."""
    return sample['data_samples'].img_id + 1


def skipped_of(sample):
    return sample['data_samples'].get('skipped_images', ())


@pytest.mark.parametrize('kind', BAD)
def test_a_bad_image_stops_training(root, kind):
    name = spoil(root, kind, 2)
    if kind == 'missing':
        with pytest.raises(
            FileNotFoundError, match=f'1 of 7 .*{name}.*on_bad_image=.skip'
        ):
            build(root)
        return
    dataset = build(root)
    with pytest.raises(InputError) as error:
        dataset[1]
    # PyTorch can hand over an error of one argument only.
    assert type(error.value) is InputError
    assert name in str(error.value)
    assert 'train_dataloader.dataset.on_bad_image=skip' in str(error.value)
    assert number_of(dataset[2]) == 3


@pytest.mark.parametrize('kind', BAD)
def test_a_bad_image_is_skipped_if_asked(root, kind):
    name = spoil(root, kind, 2)
    dataset = build(root, on_bad_image='skip')
    np.random.seed(0)  # noqa: NPY002
    samples = [dataset[1] for _ in range(20)]
    # Other landscapes, each now and then.
    assert {number_of(sample) for sample in samples} == {1, 3, 6, 7}
    for sample in samples:
        pairs = skipped_of(sample)
        assert {path for path, _ in pairs} == {str(root / 'images' / name)}
    assert all(not skipped_of(dataset[i]) for i in (0, 2, 3, 4, 5, 6))
    # The seed decides.
    np.random.seed(0)  # noqa: NPY002
    again = [number_of(dataset[1]) for _ in range(20)]
    assert again == [number_of(sample) for sample in samples]


@pytest.mark.parametrize('kind', BAD)
@pytest.mark.parametrize('on_bad_image', ['raise', 'skip'])
def test_a_test_needs_every_image(root, kind, on_bad_image):
    name = spoil(root, kind, 2)
    with pytest.raises((InputError, FileNotFoundError), match=name) as error:
        build(root, on_bad_image=on_bad_image, test_mode=True)[1]
    assert 'on_bad_image' not in str(error.value)


def test_each_try_is_told(root):
    """Several bad images may stand before a good one."""
    names = [spoil(root, 'empty', number) for number in (1, 2, 3)]
    dataset = build(root, on_bad_image='skip')
    np.random.seed(0)  # noqa: NPY002
    samples = [dataset[0] for _ in range(60)]
    assert {number_of(sample) for sample in samples} <= {6, 7}
    assert {skipped_of(sample)[0][0] for sample in samples} == {
        str(root / 'images/1.jpg')
    }
    tries = list(chain(*map(skipped_of, samples)))
    assert len(tries) > 60
    assert {path for path, _ in tries} == {
        str(root / 'images' / name) for name in names
    }
    assert {reason for _, reason in tries} == {'the file is empty'}


def test_a_portrait_takes_the_place_of_a_portrait(root):
    """Else a batch would be padded to a square, and need more memory."""
    content = (root / 'images/4.jpg').read_bytes()
    (root / 'images/4.jpg').write_bytes(content[:-9])
    dataset = build(root, on_bad_image='skip')
    assert {number_of(dataset[3]) for _ in range(9)} == {5}
    # All portraits are bad: then a landscape.
    (root / 'images/5.jpg').write_bytes(content[:-9])
    assert number_of(build(root, on_bad_image='skip')[3]) not in (4, 5)


def test_sizes_of_bad_images(root):
    """Batches are made by sizes, before images are loaded."""
    spoil(root, 'text', 2)
    assert build(root, on_bad_image='skip').get_data_info(1)['width'] == 1
    with pytest.raises(InputError, match='2.jpg.*on_bad_image'):
        build(root).get_data_info(1)


@pytest.mark.parametrize('kind', ['empty', 'missing'])
def test_a_data_set_of_bad_images_ends_training(root, kind):
    for number in range(1, 8):
        spoil(root, kind, number)
    with pytest.raises((InputError, FileNotFoundError)) as error:
        build(root, on_bad_image='skip')[0]
    said = str(error.value)
    assert '7 of 7 images' in said or 'most images of' in said
    assert '.jpg' in said


def test_half_of_the_images_may_be_missing(root, monkeypatch):
    told = []
    monkeypatch.setattr(
        'mmdmr.datasets.bad_images.print_log',
        lambda message, **options: told.append((message, options['level'])),
    )
    for number in (1, 2, 3):
        spoil(root, 'missing', number)
    dataset = build(root, on_bad_image='skip')
    ((said, level),) = told
    assert '3 of 7 images do not exist' in said and level == logging.WARNING
    assert str(root / 'images/1.jpg') in said
    assert skipped_of(dataset[0])
    spoil(root, 'missing', 6)
    with pytest.raises(FileNotFoundError, match='4 of 7 images do not'):
        build(root, on_bad_image='skip')


def test_workers_hand_over_what_they_skip(root):
    name = spoil(root, 'truncated', 2)
    path = str(root / 'images' / name)

    def load(dataset):
        return DataLoader(dataset, num_workers=1, collate_fn=list)

    skipped = [
        skipped_of(sample)
        for (sample,) in load(build(root, on_bad_image='skip'))
    ]
    assert [bool(pairs) for pairs in skipped] == [False, True] + [False] * 5
    assert skipped[1][0][0] == path
    with pytest.raises(InputError, match=f'DataLoader worker(.|\n)*{path}'):
        list(load(build(root)))


def test_what_cannot_be_skipped_is_refused(root):
    with pytest.raises(InputError, match='must be raise or skip, not .warn'):
        build(root, on_bad_image='warn')
    with pytest.raises(InputError, match='needs a loader that tells'):
        build(root, PLAIN, on_bad_image='skip')
    spoil(root, 'empty', 2)
    unpacked = build(root, PIPELINE[:1], on_bad_image='skip')
    with pytest.raises(InputError, match='PackPersonSearchInputs.*2.jpg'):
        unpacked[1]


def test_configs_with_the_loader_of_mmcv_go_on(root):
    assert build(root, PLAIN)[0]['inputs'].shape == (3, 60, 80)
