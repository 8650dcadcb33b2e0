"""Identification learns the same on one rank and on several."""

from functools import cache

import pytest
import torch
from mmengine.config import Config
from narrow_backbone import NARROW
from rank_processes import on_processes
from reid_training import WATCHED, train

CONFIG = 'configs/dmrnet/dmrnet_faster-rcnn_r18_fpn_own-data.py'
NUM_ITERS = 20
#: Of the steps of the optimizer, the last one has two iterations.
ACCUMULATED = 3
LOSS = 'model.reid_head.loss_'
#: Changes of the config, and number of iterations of an optimizer's step.
METHODS = {
    'pair': ({}, 1),
    'pair, accumulated': ({}, ACCUMULATED),
    'unlabelled': (
        {f'{LOSS}unlabelled': dict(type='mmdmr.UnlabelledContrastiveLoss')},
        1,
    ),
    'oim': (
        {
            f'{LOSS}reid': dict(type='mmdmr.OIMLoss', _delete_=True),
            'model.memory': dict(
                type='mmdmr.OIMTable',
                num_ids=5,
                num_unlabelled=5,
                _delete_=True,
            ),
            'model.key_encoder': None,
        },
        1,
    ),
}
_NOT_ARGUMENTS = ('type', '_scope_', 'data_preprocessor')


def arguments(config, changes):
    """Arguments of a small network whose statistics do not learn."""
    cfg = Config.fromfile(config)
    cfg.model.reid_head.out_channels = 8
    cfg.model.memory.update(num_labelled=7, num_unlabelled=5)
    cfg.model.backbone.norm_eval = True
    cfg.merge_from_dict({**NARROW, **changes})
    model = cfg.model.to_dict()
    return {k: v for k, v in model.items() if k not in _NOT_ARGUMENTS}


@pytest.fixture(scope='module')
def run(tmp_path_factory, request):
    """What a training on some ranks gives; each is run once."""
    config = request.config.rootpath / CONFIG
    methods = {
        name: (arguments(config, changes), accumulated)
        for name, (changes, accumulated) in METHODS.items()
    }

    @cache
    def run(num_ranks):
        folder = tmp_path_factory.mktemp(f'{num_ranks}-ranks')
        return on_processes(
            num_ranks, folder, train, methods, NUM_ITERS, folder
        )[0]

    return run


@pytest.mark.parametrize('num_ranks', [2, 4])
@pytest.mark.parametrize('method', METHODS)
def test_one_rank_of_four_images_is_several_of_fewer(run, method, num_ranks):
    """Loss, gradients, memory and key encoder over 20 iterations, persons
    ragged, absent or unlabelled on a rank.
    """
    (losses, gradients, state), (losses2, gradients2, state2) = (
        run(num)[method] for num in (1, num_ranks)
    )
    assert len(losses) == NUM_ITERS
    assert len(gradients) == -(-NUM_ITERS // METHODS[method][1])
    assert (losses[:, 0] > 0).sum() > 15
    torch.testing.assert_close(losses2, losses, rtol=1e-9, atol=1e-9)
    for there, here in zip(gradients2, gradients, strict=True):
        assert set(there) >= set(here)
        for name in here:
            torch.testing.assert_close(
                there[name], here[name], rtol=1e-7, atol=1e-9
            )
    assert set(gradients[-1]) == set(WATCHED)
    for name, value in state.items():
        torch.testing.assert_close(state2[name], value, rtol=1e-7, atol=1e-9)
    assert sum(name.startswith('memory.') for name in state) > 5
    # Shown by "pytest -s"; docs/scaling.md quotes it.
    print(
        f'{method}, {num_ranks} ranks: gradients differ by '
        f'{_difference(gradients2, gradients):.0e} of their length, '
        f'losses by {(losses2 - losses).abs().max():.0e}'
    )


def _difference(there, here):
    """Largest length of a difference, relative to the gradient's length."""
    return max(
        float((b[name] - a[name]).norm() / a[name].norm())
        for b, a in zip(there, here)
        for name in a
        if a[name].norm() > 0
    )
