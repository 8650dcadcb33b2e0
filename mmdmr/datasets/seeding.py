"""Random numbers that depend on the seed and on what they are drawn for.

A random state that runs through a whole training is lost when the training is
interrupted, and differs between one loading process and several. Here the
states are set anew from numbers that are known at any time: the seed, the
rank, and the iteration or the place of a sample in the order of the data.
"""

import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from torch.utils.data import BatchSampler, Dataset, Sampler

from mmdmr.errors import InputError
from mmdmr.registry import DATA_SAMPLERS

#: First word of a seed: random numbers of a sample, or of an iteration.
SAMPLE, ITERATION = 0, 1


def seed_everything(*numbers: int) -> None:
    """Set the random states of Python, NumPy and PyTorch (CPU).

    Args:
        *numbers (int): Numbers >= 0 that tell what is drawn. Different
            numbers give independent states.

    Example:
        >>> seed_everything(7, ITERATION, 0, 3)
        >>> drawn = random.random(), np.random.rand(), float(torch.rand(()))
        >>> seed_everything(7, ITERATION, 0, 3)
        >>> (random.random(), np.random.rand(), float(torch.rand(()))) == drawn
        True
    """
    # With their number in front: trailing zeros alone make no other seed.
    sequence = np.random.SeedSequence((len(numbers), *numbers))
    words = sequence.generate_state(8)
    random.seed(int(words[0]) << 32 | int(words[1]))
    np.random.seed(words[2:6])  # noqa: NPY002 - pipelines draw from it
    # Unlike torch.manual_seed, without asking for other devices each time.
    torch.default_generator.manual_seed(int(words[6]) << 32 | int(words[7]))


class Draw(int):
    """Index of a sample, with the numbers that seed its augmentation.

    Args:
        index (int): Index in the data set.
        numbers (tuple[int, ...]): Numbers for :func:`seed_everything`.

    Example:
        >>> draw = Draw(5, (0, 1))
        >>> draw, draw.numbers, [10, 11, 12, 13, 14, 15][draw]
        (5, (0, 1), 15)
    """

    numbers: tuple[int, ...]

    def __new__(cls, index: int, numbers: tuple[int, ...]) -> 'Draw':
        """Make an index."""
        draw = super().__new__(cls, index)
        draw.numbers = numbers
        return draw

    def __reduce__(self) -> tuple[type, tuple[int, tuple[int, ...]]]:
        return Draw, (int(self), self.numbers)


class SeededFetch:
    """Fetches the samples of a batch, each with random numbers of its own.

    PyTorch's data loader calls the attribute ``__getitems__`` of a data set,
    if it has one, with the indices of a batch.

    Args:
        dataset (Dataset): The data set, whose ``__getitem__`` is called.

    Example:
        >>> class Noise:
        ...     def __getitem__(self, index):
        ...         return index, np.random.randint(1000)
        >>> fetch = SeededFetch(Noise())
        >>> once = fetch([Draw(4, (0, 0)), Draw(4, (0, 1))])
        >>> fetch([Draw(4, (0, 1))]) == once[1:], once[0] == once[1]
        (True, False)
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __call__(self, draws: Iterable[Draw]) -> list[Any]:
        """Fetch the samples of a batch.

        Args:
            draws (Iterable[Draw]): Indices from a batch sampler.

        Returns:
            list: A sample for each index.
        """
        samples = []
        for draw in draws:
            seed_everything(*draw.numbers)
            samples.append(self.dataset[int(draw)])
        return samples


@DATA_SAMPLERS.register_module()
class SeededBatchSampler(BatchSampler):
    """Makes augmentation independent of loading processes and of resuming.

    The random numbers of a sample follow from the seed, the rank, the epoch
    and the place in the epoch alone. They are the same for any number of
    workers, and the same when an interrupted training goes on.

    Args:
        sampler (Sampler): Sampler of a data set, with an attribute
            ``dataset``; its ``seed`` and ``epoch`` are used if it has them.
        batch_size (int): Number of images of a batch, >= 1.
        batch_sampler (dict | None): Config of the batch sampler that makes
            the batches. Defaults to None: neighbours in the order of
            ``sampler`` make a batch.
        drop_last (bool): True to leave out an incomplete last batch; only
            without ``batch_sampler``. Defaults to False.

    Attributes:
        skip (int): Number of batches that the next epoch leaves out, because
            they were trained on before an interruption. No image of these
            batches is read.

    Raises:
        InputError: The sampler does not name its data set, or the data set
            is of a type without attributes, such as a list.

    Example::

        train_dataloader = dict(
            batch_sampler=dict(
                type='mmdmr.SeededBatchSampler',
                batch_sampler=dict(type='AspectRatioBatchSampler')))
    """

    def __init__(
        self,
        sampler: Sampler[int],
        batch_size: int,
        batch_sampler: dict | None = None,
        drop_last: bool = False,
    ) -> None:
        super().__init__(sampler, batch_size, drop_last)
        self.batches: BatchSampler
        if batch_sampler is None:
            self.batches = BatchSampler(sampler, batch_size, drop_last)
        else:
            self.batches = DATA_SAMPLERS.build(
                batch_sampler,
                default_args=dict(sampler=sampler, batch_size=batch_size),
            )
        self.skip = 0
        dataset = getattr(sampler, 'dataset', None)
        if dataset is None:
            raise InputError(
                f'SeededBatchSampler: the {type(sampler).__name__} has no '
                "dataset; take sampler=dict(type='DefaultSampler', "
                'shuffle=True)'
            )
        try:
            dataset.__getitems__ = SeededFetch(dataset)
        except AttributeError as error:
            raise InputError(
                'SeededBatchSampler: an attribute cannot be added to a data '
                f'set of type {type(dataset).__name__}: wrap it in a class '
                'of its own'
            ) from error

    def __iter__(self) -> Iterator[list[int]]:
        skip, self.skip = self.skip, 0
        key = (
            getattr(self.sampler, 'seed', None) or 0,
            SAMPLE,
            get_rank(),
            getattr(self.sampler, 'epoch', 0),
        )
        for number, batch in enumerate(self.batches):
            if number >= skip:
                yield [
                    Draw(index, (*key, number, place))
                    for place, index in enumerate(batch)
                ]

    def __len__(self) -> int:
        return len(self.batches)
