"""Random numbers of samples and iterations."""

import copy
import pickle
import random

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from toy_contrast import NoisyToyData

from mmdmr.datasets import SeededBatchSampler
from mmdmr.datasets.seeding import Draw, SeededFetch, seed_everything
from mmdmr.errors import InputError


def drawn():
    return (
        random.random(),
        np.random.rand(),  # noqa: NPY002
        float(torch.rand(())),
    )


def test_each_source_of_random_numbers_is_seeded():
    states = []
    for numbers in ((1, 2), (1, 3), (2, 2), (1, 2, 0)):
        seed_everything(*numbers)
        states.append(drawn())
        seed_everything(*numbers)
        assert drawn() == states[-1]
    for values in zip(*states):
        assert len(set(values)) == 4


def test_an_index_keeps_its_numbers_on_its_way_to_a_worker():
    draw = Draw(5, (1, 2))
    for copied in (pickle.loads(pickle.dumps(draw)), copy.copy(draw)):
        assert copied == 5 and copied.numbers == (1, 2)


def sampler(cls=DefaultSampler, **kwargs):
    data = NoisyToyData([(torch.zeros(1), i) for i in range(10)])
    return SeededBatchSampler(cls(data, seed=3), 4, **kwargs)


def test_batches_are_those_of_the_wrapped_sampler():
    batches = list(sampler())
    assert [len(batch) for batch in batches] == [4, 4, 2]
    flat = [index for batch in batches for index in batch]
    assert flat == list(DefaultSampler(range(10), seed=3))
    assert len(sampler()) == 3 and len(sampler(drop_last=True)) == 2
    assert len(list(sampler(drop_last=True))) == 2


def test_no_two_samples_share_their_numbers():
    """Not of an epoch, nor of two epochs, nor of two seeds."""
    samples = sampler()
    seen = []
    for seed in (3, 4):
        samples.sampler.seed = seed
        for epoch in range(2):
            samples.sampler.set_epoch(epoch)
            seen += [d.numbers for batch in samples for d in batch]
    assert len(set(seen)) == len(seen) == 40


def test_left_out_batches_are_left_out_once():
    samples = sampler()
    batches = [[(d, d.numbers) for d in batch] for batch in samples]
    for skip in (1, 3):
        samples.skip = skip
        rest = [[(d, d.numbers) for d in batch] for batch in samples]
        assert rest == batches[skip:]
    assert len(list(samples)) == 3


def test_an_endless_order_never_repeats_numbers():
    endless = iter(sampler(InfiniteSampler))
    numbers = [d.numbers for _ in range(20) for d in next(endless)]
    assert len(set(numbers)) == 80


def test_a_sample_has_the_same_noise_in_any_batch():
    data = NoisyToyData([(torch.zeros(1), i) for i in range(10)])
    fetch = SeededFetch(data)
    first, second = Draw(1, (0, 1)), Draw(2, (0, 2))
    together = fetch([first, second])
    assert fetch([second])[0][0] == together[1][0]
    assert together[0][0] != together[1][0]


@pytest.mark.parametrize('data', [[1, 2], None])
def test_data_sets_that_cannot_be_seeded(data):
    plain = torch.utils.data.SequentialSampler([1, 2])
    if data is not None:
        plain.dataset = data
    with pytest.raises(InputError, match='SeededBatchSampler'):
        SeededBatchSampler(plain, 1)
