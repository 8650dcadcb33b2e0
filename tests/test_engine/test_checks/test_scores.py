"""Metrics that hooks wait for."""

import pytest
from training_checks import check, override

from mmdmr.errors import InputError


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
def test_names_that_no_metric_gives(config, key, value, message):
    if key == 'custom_hooks':
        value[2]['rule'] = 'greater'
    config.merge_from_dict({key: value})
    if key.endswith('save_best'):
        config.default_hooks.checkpoint.rule = 'greater'
    with pytest.raises(ValueError, match=message):
        check(config)


@pytest.mark.parametrize(
    'name',
    ['search/top5', 'search+gt/mAP', 'search+cbgm/mAP', 'detection/ap'],
)
def test_names_that_are_given(config, name):
    config.val_evaluator.cbgm = dict(k1=3, k2=2)
    config.default_hooks.checkpoint.update(save_best=name, rule='greater')
    check(config)


def test_the_prefix_of_a_metric_counts(config):
    config.val_evaluator.prefix = 'shop'
    with pytest.raises(InputError, match='validation gives shop/search/mAP'):
        check(config)
    config.default_hooks.checkpoint.save_best = 'shop/search/mAP'
    config.experiment_name += '-prefix'
    check(config)


def test_other_metrics_give_what_they_give(config):
    config.val_evaluator = [config.val_evaluator, dict(type='VOCMetric')]
    config.default_hooks.checkpoint.save_best = 'pascal_voc/mAP'
    config.default_hooks.checkpoint.rule = 'greater'
    check(config)


@pytest.mark.parametrize(
    'change,message',
    [
        ({'val_dataloader.dataset.test_mode': False}, 'test_mode=True'),
        (
            {'val_evaluator': dict(type='CocoMetric', metric='bbox')},
            'waits for search/mAP',
        ),
    ],
)
def test_overrides_that_lose_a_part(config, change, message):
    override(config, change)
    with pytest.raises(InputError, match=message):
        check(config)
