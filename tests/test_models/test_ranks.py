"""Identification learns the same on one rank and on several."""

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
def runs(tmp_path_factory, request):
    """Of one rank with four images, and of two ranks with two each."""
    folder = tmp_path_factory.mktemp('ranks')
    args = (request.config.rootpath / CONFIG, METHODS, 20)
    train(0, 1, folder / 'one', *args)
    multiprocessing.spawn(train, (2, folder / 'two', *args), nprocs=2)
    return [torch.load(folder / name) for name in ('one', 'two')]


@pytest.mark.parametrize('method', METHODS)
def test_one_rank_of_four_images_is_two_of_two(runs, method):
    """Loss, gradients, memory and key encoder over 20 iterations, persons
    ragged, absent or unlabelled on a rank.
    """
    (losses, gradients, state), (losses2, gradients2, state2) = (
        run[method] for run in runs
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
