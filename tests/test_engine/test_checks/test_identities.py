"""Identities of a training set."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from training_checks import check, log_of, wrapped

from mmdmr.engine.checks.identities import _check_apart
from mmdmr.errors import InputError


def unlabel(root, tmp_path, keep=0):
    """Copy a training set's annotations; the first ones keep their person."""
    path = tmp_path / 'train.json'
    content = json.loads((root / 'annotations/train.json').read_text())
    for ann in content['annotations']:
        if ann['id'] >= keep:
            del ann['person_id']
    path.write_text(json.dumps(content))
    return str(path)


def test_a_set_without_labelled_persons(config, shops, tmp_path):
    config.train_dataloader.dataset.ann_file = unlabel(
        Path(shops[0]), tmp_path
    )
    with pytest.raises(InputError, match='no person .* is labelled'):
        check(config)
    # a loss that learns from unlabelled persons may go on
    config.model.reid_head.loss_unlabelled = dict(
        type='mmdmr.UnlabelledContrastiveLoss'
    )
    config.experiment_name += '-unlabelled'
    check(config)


def test_a_set_of_persons_labelled_once(config, shops, tmp_path):
    config.train_dataloader.dataset.ann_file = unlabel(
        Path(shops[0]), tmp_path, keep=1
    )
    assert 'labelled twice' in log_of(check(config))


@pytest.mark.parametrize(
    'wrapper', ['ConcatDataset', 'mmengine.ConcatDataset']
)
@pytest.mark.parametrize('different', [True, False])
def test_other_wrappers_around_two_sets(config, shops, wrapper, different):
    pipeline = config.train_dataloader.dataset.pipeline
    # A set that is read twice has the same persons under the same numbers.
    roots = shops if different else shops[:1] * 2
    config.train_dataloader.dataset = dict(
        type='RepeatDataset',
        times=2,
        dataset=wrapped(roots, wrapper, pipeline),
    )
    if not different:
        check(config)
        return
    with pytest.raises(InputError, match='mmdmr.ConcatDataset'):
        check(config)


def test_a_set_without_identities_hides_no_overlap():
    sets = [
        SimpleNamespace(
            person_id_offset=offset,
            person_counts=np.ones(num),
            annotation_source=source,
        )
        for offset, num, source in ((0, 4, 'a'), (1, 0, 'empty'), (2, 3, 'b'))
    ]
    with pytest.raises(InputError, match='persons of a and of b'):
        _check_apart(sets)
    sets[2].person_id_offset = 4
    _check_apart(sets)


def test_table_too_short(config):
    config.model.key_encoder = None
    config.custom_hooks = [dict(type='mmdmr.MemoryQueueHook')]
    config.model.reid_head.loss_reid = dict(type='mmdmr.OIMLoss')
    config.model.memory = dict(type='mmdmr.OIMTable', num_ids=4)
    check(config)
    config.model.memory.num_ids = 3
    config.experiment_name += '-short'
    with pytest.raises(InputError, match='num_ids=4'):
        check(config)
