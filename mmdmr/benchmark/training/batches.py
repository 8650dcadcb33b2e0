"""Batches for the timing of training steps."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from torch import Tensor

#: Share of the persons without identity, about that of PRW's training set.
UNLABELLED = 0.2
#: Identities that random persons have, about those of PRW's training set.
NUM_IDS = 483
#: Heights of random persons, as shares of the height of the image.
_HEIGHTS = (0.1, 0.8)
#: Width of a person over its height.
_WIDTH = 0.4


def random_batches(
    num: int,
    *,
    shape: Sequence[int],
    batch_size: int,
    num_persons: int,
    num_ids: int = NUM_IDS,
    seed: int = 0,
) -> Iterator[dict[str, Any]]:
    """Make images of noise with random persons.

    Args:
        num (int): Number of batches.
        shape (Sequence[int]): Height and width of an image in pixels.
        batch_size (int): Images in a batch.
        num_persons (int): Persons in an image.
        num_ids (int): Identities are drawn from 0 to ``num_ids - 1``; one
            person in five has none, -1. Defaults to 483.
        seed (int): Seed of all random numbers. Defaults to 0.

    Yields:
        dict[str, Any]: Batch as a data loader makes it: ``inputs``, a list of
        (3, H, W) uint8 tensors, and ``data_samples``, a list of
        :obj:`DetDataSample`.

    Example:
        >>> (batch,) = random_batches(
        ...     1, shape=(64, 96), batch_size=2, num_persons=3
        ... )
        >>> batch['inputs'][1].shape
        torch.Size([3, 64, 96])
        >>> batch['data_samples'][1].gt_instances.bboxes.shape
        torch.Size([3, 4])
    """
    generator = torch.Generator().manual_seed(seed)
    for _ in range(num):
        yield dict(
            inputs=[
                torch.randint(
                    256, (3, *shape), dtype=torch.uint8, generator=generator
                )
                for _ in range(batch_size)
            ],
            data_samples=[
                _random_sample(shape, num_persons, num_ids, generator)
                for _ in range(batch_size)
            ],
        )


def _random_sample(
    shape: Sequence[int],
    num_persons: int,
    num_ids: int,
    generator: torch.Generator,
) -> DetDataSample:
    sample = DetDataSample(
        metainfo=dict(
            img_shape=tuple(shape),
            ori_shape=tuple(shape),
            scale_factor=(1.0, 1.0),
        )
    )
    sample.gt_instances = InstanceData(
        bboxes=_random_boxes(shape, num_persons, generator),
        labels=torch.zeros(num_persons, dtype=torch.long),
        person_ids=random_ids(num_persons, num_ids, generator),
    )
    # No region is left out of the detector's loss.
    sample.ignored_instances = InstanceData(
        bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long)
    )
    return sample


def _random_boxes(
    shape: Sequence[int], num: int, generator: torch.Generator
) -> Tensor:
    """Upright boxes inside an image, (num, 4) left, top, right, bottom."""
    least, most = _HEIGHTS
    draws = torch.rand(num, 3, generator=generator)
    heights = shape[0] * (least + (most - least) * draws[:, 0])
    sizes = torch.stack([heights * _WIDTH, heights], dim=1)
    # A narrow image cuts the width.
    sizes[:, 0].clamp_(max=shape[1] / 2)
    corners = draws[:, 1:] * (torch.tensor([shape[1], shape[0]]) - sizes)
    return torch.cat([corners, corners + sizes], dim=1)


def random_ids(
    num: int, num_ids: int, generator: torch.Generator | None = None
) -> Tensor:
    """Draw identities of persons.

    Args:
        num (int): Number of persons.
        num_ids (int): Number of identities.
        generator (torch.Generator | None): Source of the random numbers.
            Defaults to None: PyTorch's.

    Returns:
        Tensor: (num,) int64, -1 for one person in five.
    """
    ids = torch.randint(num_ids, (num,), generator=generator)
    unlabelled = torch.rand(num, generator=generator) < UNLABELLED
    return ids.masked_fill(unlabelled, -1)


def data_batches(cfg: Config) -> Iterator[dict[str, Any]]:
    """Read batches of the training data without end.

    Args:
        cfg (Config): Config with ``train_dataloader``. The batches are made
            in this process: ``num_workers`` has no effect, because workers
            would take the processors away from the step that is timed.

    Yields:
        dict[str, Any]: Batch of the loader.
    """
    loader_cfg = dict(
        cfg.train_dataloader, num_workers=0, persistent_workers=False
    )
    loader_cfg.pop('prefetch_factor', None)
    loader = Runner.build_dataloader(loader_cfg, seed=0)
    return itertools.chain.from_iterable(itertools.repeat(loader))
