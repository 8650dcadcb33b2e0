"""A resumed run goes on as if it had never stopped."""

from types import SimpleNamespace

import pytest
import torch
from stopped_toys import Stop, guarded, lines_of, stop
from toy_contrast import read_log

from mmdmr.engine.hooks import ExactResumeHook

#: 60 samples in batches of 6: an epoch has 10 iterations.
EPOCHS = dict(by_epoch=True, max_epochs=2)
ITERATIONS = dict(by_epoch=False, max_iters=20)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """Lines of an uninterrupted training by epochs."""
    folder = tmp_path_factory.mktemp('whole')
    guarded(folder / 'run', train_cfg=EPOCHS).train()
    return lines_of(folder / 'run')


# In the middle of an epoch, at the end of one, and the first iteration.
@pytest.mark.parametrize('at', [1, 7, 10, 13])
@pytest.mark.parametrize('train_cfg', [EPOCHS, ITERATIONS])
def test_a_resumed_run_is_the_uninterrupted_run(
    tmp_path, whole, at, train_cfg
):
    with pytest.raises(Stop):
        guarded(tmp_path / 'run', stop, at, train_cfg=train_cfg).train()
    assert len(lines_of(tmp_path / 'run')) == at
    runner = guarded(tmp_path / 'run', train_cfg=train_cfg, resume=True)
    runner.train()
    assert runner.iter == 20
    resumed = lines_of(tmp_path / 'run')
    if train_cfg is EPOCHS:
        assert resumed == whole
    else:
        guarded(tmp_path / 'other', train_cfg=train_cfg).train()
        assert resumed == lines_of(tmp_path / 'other')


def test_workers_and_a_validation_between_change_nothing(tmp_path, whole):
    def draw(runner):
        torch.rand(100)

    guarded(
        tmp_path / 'run',
        draw,
        5,
        train_cfg=EPOCHS,
        train_dataloader=dict(num_workers=2, persistent_workers=True),
    ).train()
    assert lines_of(tmp_path / 'run') == whole


def test_seeds_give_other_noise(tmp_path, whole):
    guarded(
        tmp_path / 'run', train_cfg=EPOCHS, randomness=dict(seed=1)
    ).train()
    other = lines_of(tmp_path / 'run')
    assert all(a['inputs'] != b['inputs'] for a, b in zip(whole, other))


def test_a_gpu_gets_a_seed_of_each_iteration(monkeypatch):
    seeds = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'manual_seed', seeds.append)
    for seed, iteration in ((0, 3), (0, 4), (1, 3), (0, 3)):
        ExactResumeHook().before_train_iter(
            SimpleNamespace(seed=seed, iter=iteration), 0
        )
    assert len(set(seeds)) == 3 and seeds[0] == seeds[3]


def test_an_epoch_that_does_not_fit_starts_anew(tmp_path):
    with pytest.raises(Stop):
        guarded(tmp_path / 'run', stop, 7, train_cfg=EPOCHS).train()
    runner = guarded(
        tmp_path / 'run',
        train_cfg=EPOCHS,
        resume=True,
        train_dataloader=dict(batch_size=20),
    )
    runner.train()
    assert 'the epoch starts anew' in read_log(runner)


def test_a_warning_without_seeded_samples(tmp_path):
    runner = guarded(
        tmp_path / 'run',
        train_cfg=dict(by_epoch=False, max_iters=1),
        train_dataloader=dict(batch_sampler=None),
    )
    runner.train()
    assert 'mmdmr.SeededBatchSampler' in read_log(runner)
