"""Identification learns the same on one rank and on several."""

from functools import cache

import pytest
import torch
from reid_training import WATCHED, train
from torch import multiprocessing

CONFIG = 'configs/dmrnet/dmrnet_faster-rcnn_r18_fpn_own-data.py'
PREFIX = 'model.reid_head'
METHODS = {
    'pair': {},
    'unlabelled': {
        f'{PREFIX}.loss_unlabelled': dict(
            type='mmdmr.UnlabelledContrastiveLoss'
        )
    },
    'oim': {
        f'{PREFIX}.loss_reid': dict(type='mmdmr.OIMLoss', _delete_=True),
        'model.memory': dict(
            type='mmdmr.OIMTable', num_ids=5, num_unlabelled=5, _delete_=True
        ),
        'model.key_encoder': None,
    },
}


@pytest.fixture(scope='module')
def run(tmp_path_factory, request):
    """What a training on some ranks gives; each is run once."""
    folder = tmp_path_factory.mktemp('ranks')
    args = (request.config.rootpath / CONFIG, METHODS, 20)

    @cache
    def run(num_ranks):
        out = folder / str(num_ranks)
        if num_ranks == 1:
            train(0, 1, out, *args)
        else:
            multiprocessing.spawn(
                train, (num_ranks, out, *args), nprocs=num_ranks
            )
        return torch.load(out)

    return run


@pytest.mark.parametrize(
    'num_ranks', [2, pytest.param(4, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize('method', METHODS)
def test_one_rank_of_four_images_is_several_of_fewer(run, method, num_ranks):
    """Loss, gradients, memory and key encoder over 20 iterations, persons
    ragged, absent or unlabelled on a rank.
    """
    (losses, gradients, state), (losses2, gradients2, state2) = (
        run(num)[method] for num in (1, num_ranks)
    )
    assert (losses[:, 0] > 0).sum() > 15
    torch.testing.assert_close(losses2, losses, rtol=1e-9, atol=1e-9)
    for there, here in zip(gradients2, gradients):
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
