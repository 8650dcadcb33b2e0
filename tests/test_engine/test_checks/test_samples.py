"""Pipelines and the samples that they return."""

import json
from pathlib import Path

import pytest
from training_checks import check, override, warns_after

from mmdmr.datasets import PersonSearchDataset
from mmdmr.errors import InputError


@pytest.mark.parametrize('lost', [1, -1])
@pytest.mark.parametrize('loader', ['train_dataloader', 'val_dataloader'])
def test_stock_transforms_in_a_pipeline(config, loader, lost):
    pipeline = config[loader].dataset.pipeline
    ours = [i for i, t in enumerate(pipeline) if t.type.startswith('mmdmr.')]
    place = ours[0 if lost == 1 else 1]
    if lost == 1:
        pipeline[place] = dict(type='LoadAnnotations', with_bbox=True)
    else:
        pipeline[place] = dict(type='PackDetInputs')
    what = 'identities' if loader == 'train_dataloader' else 'queries'
    with pytest.raises(InputError, match=f'{loader} loses the {what}'):
        check(config)


@pytest.mark.parametrize('known', [0, 5])
def test_sizes_of_another_storage(config, shops, tmp_path, monkeypatch, known):
    """Also where the annotations give the sizes of the first images."""
    path = Path(shops[0], 'annotations/train.json')
    content = json.loads(path.read_text())
    for image in content['images'][:known]:
        image.update(width=120, height=80)
    (tmp_path / 'train.json').write_text(json.dumps(content))
    config.train_dataloader.dataset.ann_file = str(tmp_path / 'train.json')
    check(config)
    monkeypatch.setattr(PersonSearchDataset, 'is_remote', True)
    config.experiment_name += '-remote'
    with pytest.raises(InputError, match=f'{known}.jpg.*batch_sampler'):
        check(config)
    config.train_dataloader.batch_sampler = None
    config.experiment_name += '-none'
    check(config)


def test_skipped_images_need_a_report(config):
    """Also inside a wrapper."""
    dataset = config.train_dataloader.dataset
    dataset.on_bad_image = 'skip'
    hooks = config.default_hooks
    hooks.pop('bad_images', None)
    wrapper = dict(type='RepeatDataset', times=2, dataset=dataset)
    for changed in (dataset, wrapper):
        config.train_dataloader.dataset = changed
        config.experiment_name += '-silent'
        with pytest.raises(InputError, match='bad_images=.*BadImagesHook'):
            check(config)
    hooks.bad_images = dict(type='mmdmr.BadImagesHook')
    config.experiment_name += '-told'
    check(config)


def test_the_file_system_by_name_is_no_other_storage(config):
    config.train_dataloader.dataset.backend_args = dict(backend='local')
    check(config)


def test_a_stock_data_set(config, shops):
    """Its samples have no identities, whatever the pipeline."""
    dataset = dict(
        type='CocoDataset',
        data_root=shops[0],
        ann_file='annotations/train.json',
        data_prefix=dict(img='images/'),
        metainfo=dict(classes=('person',)),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(type='PackDetInputs'),
        ],
    )
    path = Path(shops[0], 'annotations/stock.json')
    content = json.loads(Path(shops[0], 'annotations/train.json').read_text())
    content['categories'] = [dict(id=1, name='person')]
    for ann in content['annotations']:
        ann.update(category_id=1, area=1800, iscrowd=0)
    for image in content['images']:
        image.update(width=120, height=80)
    path.write_text(json.dumps(content))
    dataset['ann_file'] = 'annotations/stock.json'
    config.train_dataloader.dataset = dataset
    with pytest.raises(InputError, match='mmdmr.CocoPersonSearchDataset'):
        check(config)


def test_persons_that_are_lost_now_and_then(config, shops, tmp_path):
    """A look at the first image alone does not show it."""
    path = Path(shops[0], 'annotations/train.json')
    content = json.loads(path.read_text())
    content['annotations'].append(
        dict(id=99, image_id=6, bbox=[70, 9, 8, 12], person_id=9)
    )
    (tmp_path / 'train.json').write_text(json.dumps(content))
    dataset = config.train_dataloader.dataset
    dataset.ann_file = str(tmp_path / 'train.json')
    check(config)
    config.experiment_name += '-filter'
    dataset.pipeline.insert(
        -1, dict(type='FilterAnnotations', min_gt_bbox_wh=(40, 40))
    )
    with pytest.raises(ValueError, match='6.jpg.*dropped'):
        check(config)


@pytest.mark.parametrize('way', ['no resize', 'meta_keys'])
def test_a_pipeline_that_returns_no_scale_factor(config, way):
    pipeline = config.val_dataloader.dataset.pipeline
    if way == 'meta_keys':
        pipeline[-1].meta_keys = ('img_id', 'img_path', 'ori_shape')
    else:
        config.val_dataloader.dataset.pipeline = [
            t for t in pipeline if t.type != 'Resize'
        ]
    with pytest.raises(InputError, match='scale_factor'):
        check(config)


@pytest.mark.parametrize(
    'change,message',
    [
        ({'model.data_preprocessor': None}, 'data_preprocessor is missing'),
        ({'val_dataloader.dataset.indices': 4}, 'cut to 4 of 8 images'),
    ],
)
def test_overrides_that_lose_a_part(config, change, message):
    override(config, change)
    with pytest.raises(InputError, match=message):
        check(config)


def test_pixels_that_are_not_normalised_are_warned_of(config):
    change = {'model.data_preprocessor': dict(type='DetDataPreprocessor')}
    warns_after(config, change, 'no mean and std')
