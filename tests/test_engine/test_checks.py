"""What is known before the first iteration is said before it."""

import copy
import json
from pathlib import Path

import mmcv
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.checks import check_training
from mmdmr.engine.checks.data_sets import person_search_sets

CONFIG = 'configs/dmrnet/dmrnet_faster-rcnn_r18_fpn_own-data.py'


@pytest.fixture(scope='module')
def shops(tmp_path_factory):
    """Two data sets of eight pictures; persons 0 to 3 are seen twice each."""
    roots = []
    for shop in ('a', 'b'):
        root = tmp_path_factory.mktemp(shop)
        names = [f'{i}.jpg' for i in range(8)]
        for name in names:
            picture = np.full((80, 120, 3), 90, np.uint8)
            mmcv.imwrite(picture, str(root / 'images' / name))
        content = dict(
            images=[dict(id=i, file_name=n) for i, n in enumerate(names)],
            annotations=[
                dict(id=i, image_id=i, bbox=[20, 9, 30, 60], person_id=i // 2)
                for i in range(8)
            ],
        )
        (root / 'annotations').mkdir()
        for split in ('train', 'test'):
            path = root / 'annotations' / f'{split}.json'
            path.write_text(json.dumps(content))
        roots.append(str(root))
    return roots


@pytest.fixture(scope='module')
def read(request):
    return Config.fromfile(request.config.rootpath / CONFIG)


@pytest.fixture
def config(shops, tmp_path, read):
    cfg = copy.deepcopy(read)
    cfg.work_dir, cfg.experiment_name = str(tmp_path), tmp_path.name
    cfg.model.reid_head.out_channels = 8
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.data_root = shops[0]
        loader.update(num_workers=0, persistent_workers=False)
    cfg.test_dataloader = cfg.test_evaluator = cfg.test_cfg = None
    return cfg


def check(cfg):
    runner = Runner.from_cfg(cfg)
    runner.train_loop, runner.val_loop
    check_training(runner)
    return runner


def unlabel(root, tmp_path, keep=0):
    """The first data set with so many persons left labelled."""
    path = tmp_path / 'train.json'
    content = json.loads((root / 'annotations/train.json').read_text())
    for ann in content['annotations']:
        if ann['id'] >= keep:
            del ann['person_id']
    path.write_text(json.dumps(content))
    return str(path)


def test_a_good_config_passes_and_is_not_changed(config):
    runner = Runner.from_cfg(config)
    runner.train_loop, runner.val_loop
    kept = torch.get_rng_state()
    legacy = np.random.get_state()[1].copy()  # noqa: NPY002
    check_training(runner)
    assert torch.equal(torch.get_rng_state(), kept)
    assert (np.random.get_state()[1] == legacy).all()  # noqa: NPY002


def test_without_validation(config):
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    check(config)


@pytest.mark.parametrize('hooks', [None, [], [dict(type='EMAHook')]])
def test_lost_hooks(config, hooks):
    config.custom_hooks = hooks
    with pytest.raises(ValueError, match='MemoryQueueHook.*EMAEncoderHook'):
        check(config)


def test_nobody_labelled(config, shops, tmp_path):
    config.train_dataloader.dataset.ann_file = unlabel(
        Path(shops[0]), tmp_path
    )
    with pytest.raises(ValueError, match='no person .* is labelled'):
        check(config)
    # a loss that learns from unlabelled persons may go on
    config.model.reid_head.loss_unlabelled = dict(
        type='mmdmr.UnlabelledContrastiveLoss'
    )
    config.experiment_name += '-unlabelled'
    check(config)


def test_nobody_twice(config, shops, tmp_path, caplog):
    config.train_dataloader.dataset.ann_file = unlabel(
        Path(shops[0]), tmp_path, keep=1
    )
    runner = check(config)
    log = next(Path(runner.log_dir).glob('*.log')).read_text()
    assert 'labelled twice' in log


def two(shops, wrapper, **kwargs):
    sets = [
        dict(
            type='mmdmr.CocoPersonSearchDataset',
            data_root=root,
            pipeline=[],
            **kwargs,
        )
        for root in shops
    ]
    return dict(type=wrapper, datasets=sets)


@pytest.mark.parametrize(
    'wrapper', ['ConcatDataset', 'mmengine.ConcatDataset']
)
@pytest.mark.parametrize('strangers', [True, False])
def test_other_wrappers_around_two_sets(config, shops, wrapper, strangers):
    pipeline = config.train_dataloader.dataset.pipeline
    # twice the same persons are no strangers under one number
    dataset = two(shops if strangers else shops[:1] * 2, wrapper)
    for one in dataset['datasets']:
        one['pipeline'] = copy.deepcopy(pipeline)
    config.train_dataloader.dataset = dict(
        type='RepeatDataset', times=2, dataset=dataset
    )
    if not strangers:
        check(config)
        return
    with pytest.raises(ValueError, match='mmdmr.ConcatDataset'):
        check(config)


def test_our_wrapper_around_two_sets(config, shops):
    config.train_dataloader.dataset = dict(
        two(shops, 'mmdmr.ConcatDataset'),
        pipeline=config.train_dataloader.dataset.pipeline,
    )
    for one in config.train_dataloader.dataset.datasets:
        del one['pipeline']
    runner = check(config)
    offsets = [
        d.person_id_offset
        for d in person_search_sets(runner.train_dataloader.dataset)
    ]
    assert offsets == [0, 4]


def test_table_too_short(config):
    config.model.key_encoder = None
    config.custom_hooks = [dict(type='mmdmr.MemoryQueueHook')]
    config.model.reid_head.loss_reid = dict(type='mmdmr.OIMLoss')
    config.model.memory = dict(type='mmdmr.OIMTable', num_ids=4)
    check(config)
    config.model.memory.num_ids = 3
    config.experiment_name += '-short'
    with pytest.raises(ValueError, match='num_ids=4'):
        check(config)


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
    with pytest.raises(ValueError, match=f'{loader} loses the {what}'):
        check(config)


@pytest.mark.parametrize(
    'key,value,message',
    [
        (
            'default_hooks.checkpoint.save_best',
            'search/map',
            'save_best waits for search/map',
        ),
        (
            'default_hooks.checkpoint.save_best',
            'search.cross-camera/mAP',
            'waits for search.cross-camera/mAP',
        ),
        ('val_evaluator.protocols', ['full'], 'protocol full was not read'),
        (
            'custom_hooks',
            [
                dict(type='mmdmr.EMAEncoderHook'),
                dict(type='mmdmr.MemoryQueueHook'),
                dict(type='EarlyStoppingHook', monitor='detection/AP'),
            ],
            'EarlyStoppingHook.monitor waits for detection/AP',
        ),
    ],
)
def test_figures_that_no_metric_will_give(config, key, value, message):
    if key == 'custom_hooks':
        value[2]['rule'] = 'greater'
    config.merge_from_dict({key: value})
    if key.endswith('save_best'):
        config.default_hooks.checkpoint.rule = 'greater'
    with pytest.raises(ValueError, match=message):
        check(config)


@pytest.mark.parametrize(
    'figure',
    ['search/top5', 'search+gt/mAP', 'search+cbgm/mAP', 'detection/ap'],
)
def test_figures_that_are_given(config, figure):
    config.val_evaluator.cbgm = dict(k1=3, k2=2)
    config.default_hooks.checkpoint.update(save_best=figure, rule='greater')
    check(config)


@pytest.mark.parametrize('known', [0, 5])
def test_sizes_of_another_storage(config, shops, tmp_path, monkeypatch, known):
    """Also where those of the first images stand in the annotations."""
    path = Path(shops[0], 'annotations/train.json')
    content = json.loads(path.read_text())
    for image in content['images'][:known]:
        image.update(width=120, height=80)
    (tmp_path / 'train.json').write_text(json.dumps(content))
    config.train_dataloader.dataset.ann_file = str(tmp_path / 'train.json')
    check(config)
    monkeypatch.setattr(PersonSearchDataset, 'is_remote', True)
    config.experiment_name += '-remote'
    with pytest.raises(ValueError, match=f'{known}.jpg.*batch_sampler'):
        check(config)
    config.train_dataloader.batch_sampler = None
    config.experiment_name += '-none'
    check(config)


def test_the_file_system_by_name_is_no_other_storage(config):
    config.train_dataloader.dataset.backend_args = dict(backend='local')
    check(config)


def test_the_prefix_of_a_metric_counts(config):
    config.val_evaluator.prefix = 'shop'
    with pytest.raises(ValueError, match='it gives shop/search/mAP'):
        check(config)
    config.default_hooks.checkpoint.save_best = 'shop/search/mAP'
    config.experiment_name += '-prefix'
    check(config)


def test_other_metrics_give_what_they_give(config):
    config.val_evaluator = [config.val_evaluator, dict(type='VOCMetric')]
    config.default_hooks.checkpoint.save_best = 'pascal_voc/mAP'
    config.default_hooks.checkpoint.rule = 'greater'
    check(config)


def log_of(runner):
    return next(Path(runner.log_dir).glob('*.log')).read_text()


@pytest.mark.parametrize(
    'change,message',
    [
        (
            {'train_dataloader.sampler': dict(type='InfiniteSampler')},
            'train_dataloader.sampler .*no end',
        ),
        (
            {'val_dataloader.sampler': dict(type='InfiniteSampler')},
            'val_dataloader.sampler .*no end',
        ),
        (
            {
                'train_dataloader.batch_size': 16,
                'train_dataloader.drop_last': True,
                'train_dataloader.batch_sampler': None,
            },
            'train_dataloader gives no batch',
        ),
        ({'default_hooks.param_scheduler': None}, 'param_scheduler, but no'),
        ({'model.data_preprocessor': None}, 'data_preprocessor is missing'),
        ({'val_dataloader.dataset.indices': 4}, 'cut to 4 of 8 images'),
        ({'val_dataloader.dataset.test_mode': False}, 'test_mode=True'),
        (
            {'val_evaluator': dict(type='CocoMetric', metric='bbox')},
            'waits for search/mAP',
        ),
    ],
)
def test_overrides_that_lose_a_part(config, change, message):
    for key, value in change.items():
        if isinstance(value, dict):
            value = dict(value, _delete_=True)
        config.merge_from_dict({key: value})
    with pytest.raises(ValueError, match=message):
        check(config)


@pytest.mark.parametrize(
    'change,words',
    [
        ({'default_hooks.checkpoint': None}, 'nothing that is learned will'),
        (
            dict(val_cfg=None, val_dataloader=None, val_evaluator=None),
            'waits for a validation, and there is none',
        ),
        (
            {
                'train_cfg': dict(
                    type='IterBasedTrainLoop', max_iters=9, _delete_=True
                )
            },
            'set by_epoch=False',
        ),
        ({'model.key_encoder.momentum': 0.999}, '0.999 is 0.001 here'),
        (
            {
                'model.data_preprocessor': dict(
                    type='DetDataPreprocessor', _delete_=True
                )
            },
            'no mean and std',
        ),
    ],
)
def test_overrides_that_may_be_meant_are_warned_of(config, change, words):
    assert words not in log_of(check(config))
    config.experiment_name += '-changed'
    config.merge_from_dict(change)
    runner = check(config)
    assert words in log_of(runner)


def test_a_loop_without_validation_waits_for_nothing(config):
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.default_hooks.checkpoint.save_best = None
    assert 'waits' not in log_of(check(config))


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
    with pytest.raises(ValueError, match='mmdmr.CocoPersonSearchDataset'):
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
def test_a_scale_that_nobody_tells(config, way):
    pipeline = config.val_dataloader.dataset.pipeline
    if way == 'meta_keys':
        pipeline[-1].meta_keys = ('img_id', 'img_path', 'ori_shape')
    else:
        config.val_dataloader.dataset.pipeline = [
            t for t in pipeline if t.type != 'Resize'
        ]
    with pytest.raises(ValueError, match='scale_factor'):
        check(config)
