"""A step is what MMEngine's loop and the hooks do."""

import copy

import pytest
import torch
from mmengine.optim import build_optim_wrapper

from mmdmr.benchmark.training.batches import random_batches
from mmdmr.benchmark.training.step import (
    PARTS,
    REST,
    build_trainers,
    fill_memory,
)
from mmdmr.benchmark.training.variants import variants_of
from mmdmr.models import BatchMemory
from mmdmr.registry import MODELS

CPU = torch.device('cpu')


def train_by_hand(model, cfg, batches):
    """The loop of docs/hooks.md."""
    wrapper = build_optim_wrapper(model, copy.deepcopy(cfg.optim_wrapper))
    for batch in batches:
        model.key_encoder.update(model)
        model.train_step(batch, wrapper)
        model.memory.commit()


def test_a_step_trains_as_a_loop_does(cfg, small):
    # The sampler draws in the order of the steps.
    trainer = build_trainers(variants_of(cfg), ['keys'], cfg, CPU)['keys']
    twin = MODELS.build(cfg.model).train()
    twin.load_state_dict(trainer.model.state_dict())
    batches = list(random_batches(2, **small))
    torch.manual_seed(1)
    for batch in batches:
        trainer.step(batch)
    torch.manual_seed(1)
    train_by_hand(twin, cfg, batches)
    found, expected = trainer.model.state_dict(), twin.state_dict()
    assert found.keys() == expected.keys()
    assert not [k for k in found if not torch.equal(found[k], expected[k])]
    assert trainer.num_not_finite == 0
    # Both steps wrote into the memory, which was full before.
    assert trainer.model.memory.commits == 3


def test_every_part_is_timed(cfg, small):
    trainers = build_trainers(variants_of(cfg), ['plain', 'keys'], cfg, CPU)
    (batch,) = random_batches(1, **small)
    plain, keys = (trainer.step(batch) for trainer in trainers.values())
    assert set(keys) == {REST, *(name for name, _, _ in PARTS)}
    assert set(plain) == {
        *('data', 'query pass', 'backward', 'optimizer', REST)
    }
    assert min(keys.values()) > 0


def test_networks_start_from_the_same_weights(cfg):
    trainers = build_trainers(
        variants_of(cfg), ['plain', 'branch', 'keys'], cfg, CPU
    )
    assert [*trainers] == ['plain', 'branch', 'keys']
    plain, branch, keys = (
        trainer.model.state_dict() for trainer in trainers.values()
    )
    for states in (plain, branch):
        assert not [k for k in states if not torch.equal(states[k], keys[k])]


def test_the_batch_stays_as_it_is(cfg, small):
    """As with MMDetection's augmentations of batches, which scale boxes."""

    def spoil(batch, optim_wrapper):
        batch['data_samples'][0].gt_instances.bboxes.zero_()
        return dict(loss=torch.zeros(()))

    trainer = build_trainers(variants_of(cfg), ['plain'], cfg, CPU)['plain']
    trainer.model.train_step = spoil
    (batch,) = random_batches(1, **small)
    trainer.step(batch)
    assert batch['data_samples'][0].gt_instances.bboxes.any()


def test_losses_that_are_no_numbers_are_counted(cfg, small):
    trainer = build_trainers(variants_of(cfg), ['plain'], cfg, CPU)['plain']
    # The last layer's bias makes the loss of the boxes infinite.
    trainer.model.roi_head.bbox_head.fc_reg.bias.data.fill_(torch.inf)
    (batch,) = random_batches(1, **small)
    trainer.step(batch)
    assert trainer.num_not_finite == 1


def test_a_memory_is_full(cfg):
    cfg.model.reid_head.out_channels = 4
    for memory_cfg, expected in (
        (dict(type='MemoryQueue', num_labelled=5, num_unlabelled=3), (5, 3)),
        (dict(type='OIMTable', num_ids=6, num_unlabelled=2), (6, 2)),
    ):
        cfg.model.memory = dict(memory_cfg, type=f'mmdmr.{memory_cfg["type"]}')
        memory = MODELS.build(
            cfg.model.memory, default_args=dict(feat_channels=4)
        )
        fill_memory(memory, cfg.model)
        statistics = memory.statistics()
        found = statistics['fill'], statistics['unlabelled_fill']
        assert found == pytest.approx(expected)
    cfg.model.memory = dict(type='mmdmr.BatchMemory')
    memory = BatchMemory()
    fill_memory(memory, cfg.model)
    with pytest.raises(RuntimeError, match='stage'):
        memory.bank()  # nothing is left staged
