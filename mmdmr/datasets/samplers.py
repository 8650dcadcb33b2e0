"""Batches of test images whose network inputs have one shape."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from mmcv.image import rescale_size
from mmcv.transforms import LoadAnnotations, LoadImageFromFile, Resize
from mmengine.dataset import BaseDataset, Compose
from torch.utils.data import BatchSampler, Sampler

from mmdmr.errors import InputError
from mmdmr.readers.image_size import upright_size
from mmdmr.registry import DATA_SAMPLERS

#: Steps of a pipeline that change no size.
_LOADING = (LoadImageFromFile, LoadAnnotations)


@DATA_SAMPLERS.register_module()
class SameShapeBatchSampler(BatchSampler):
    """Gathers images whose network inputs have the same shape.

    In a batch of different shapes, images are padded, and features near their
    borders depend on the other images. In a batch of one shape, an image is
    padded as it is alone, and so its detections are the same.

    The size of an image comes from its annotations, else from the beginning
    of its file. An image of unknown size has a batch of its own. A batch
    comes where its last image would have come, so that the order is near that
    of the sampler. Two orders are kept:

    - The sampler's last image stays last. With several processes it may be
      a repeated image, and MMEngine takes the last results for repeated ones.
    - The images of a concatenation stay in order, since MMDetection's
      evaluator for several data sets takes results by their place. Then
      only neighbours share a batch.

    Args:
        sampler (Sampler): Sampler of a data set, with an attribute
            ``dataset``.
        batch_size (int): Largest number of images of a batch, at least 1.

    Raises:
        InputError: The sampler does not name its data set.

    Example::

        test_dataloader = dict(
            batch_size=4,
            batch_sampler=dict(type='mmdmr.SameShapeBatchSampler'))
    """

    def __init__(self, sampler: Sampler[int], batch_size: int) -> None:
        super().__init__(sampler, batch_size, drop_last=False)
        dataset = getattr(sampler, 'dataset', None)
        if dataset is None:
            raise InputError(
                f'SameShapeBatchSampler: the {type(sampler).__name__} has no '
                "dataset; take sampler=dict(type='DefaultSampler', "
                'shuffle=False)'
            )
        self._dataset = dataset
        self._sizes: dict[int, tuple[int, int] | None] = {}

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches())

    def __len__(self) -> int:
        """Exact number of batches: progress and logs are by batch."""
        return len(self._batches())

    def _batches(self) -> list[list[int]]:
        in_order = hasattr(self._dataset, 'cumulative_sizes')
        batches: list[list[int]] = []
        # Batch by size that still has room; positions of the last images.
        open_batches: dict[tuple[int, int], int] = {}
        ends: list[int] = []
        for position, index in enumerate(self.sampler):
            size = self._size_of(index)
            place = open_batches.get(size) if size else None
            if in_order and place != len(batches) - 1:
                place = None
            if place is None:
                place = len(batches)
                batches.append([])
                ends.append(position)
            batches[place].append(index)
            ends[place] = position
            if size:
                open_batches[size] = place
                if len(batches[place]) == self.batch_size:
                    del open_batches[size]
        return [batches[place] for place in np.argsort(ends)]

    def _size_of(self, index: int) -> tuple[int, int] | None:
        """Width and height of a network input, None if unknown."""
        if index not in self._sizes:
            self._sizes[index] = _input_size(self._dataset, index)
        return self._sizes[index]


def _input_size(dataset: Any, index: int) -> tuple[int, int] | None:
    """Size of an image behind the pipeline's resizing step."""
    info = dataset.get_data_info(index)
    if 'width' in info and 'height' in info:
        size = info['width'], info['height']
    else:
        try:
            size = upright_size(info['img_path'])
        # A broken image is reported by the step that decodes it.
        except (InputError, OSError):
            return None
    return _resized(size, _pipeline_of(dataset, index))


def _pipeline_of(dataset: Any, index: int) -> Compose:
    """Pipeline of the data set that an image of a concatenation is from."""
    if hasattr(dataset, 'cumulative_sizes'):
        part = np.searchsorted(dataset.cumulative_sizes, index, side='right')
        found: BaseDataset = dataset.datasets[part]
        return found.pipeline
    return dataset.pipeline


def _resized(size: tuple[int, int], pipeline: Compose) -> tuple[int, int]:
    """Size behind the first step, if that step resizes to a known scale.

    Sizes behind any other step are not known. But images of equal sizes have
    equal sizes there, too, since test pipelines do not draw at random.
    """
    for step in pipeline.transforms:
        if isinstance(step, Resize) and step.scale is not None:
            if not step.keep_ratio:
                return tuple(step.scale)
            return tuple(rescale_size(size, tuple(step.scale)))
        if not isinstance(step, _LOADING):
            break
    return size
