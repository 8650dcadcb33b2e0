"""Do the pipelines hand on what identification needs?"""

import random
from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np
import torch
from mmdet.datasets.samplers import AspectRatioBatchSampler
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.checks.data_sets import person_search_sets
from mmdmr.engine.submodule import network_of
from mmdmr.models.detectors import PersonSearchMixin


def check_samples(runner: Runner) -> None:
    """Pass an image of each data set through its pipeline.

    Args:
        runner (Runner): With its loops built.

    Raises:
        ValueError: The training pipeline loses identities, or that of the
            validation loses queries.
    """
    if not isinstance(network_of(runner.model), PersonSearchMixin):
        return
    with _random_state_kept():
        _check_training_pipeline(runner.train_dataloader)
        if runner.val_loop is not None:
            for dataset in person_search_sets(runner.val_dataloader.dataset):
                _check_test_pipeline(dataset)


def _check_training_pipeline(loader: DataLoader) -> None:
    # The whole of it: wrappers may have a pipeline of their own.
    dataset: Any = loader.dataset
    ours = list(person_search_sets(dataset))
    if not ours:
        return
    if isinstance(loader.batch_sampler, AspectRatioBatchSampler):
        for one in ours:
            _check_sizes(one)
    sample = dataset[0].get('data_samples')
    if 'person_ids' not in getattr(sample, 'gt_instances', ()):
        raise ValueError(
            'the pipeline of train_dataloader loses the identities '
            '(gt_instances.person_ids): it needs '
            "dict(type='mmdmr.LoadPersonSearchAnnotations') and, at its end, "
            "dict(type='mmdmr.PackPersonSearchInputs')"
        )


def _check_sizes(dataset: PersonSearchDataset) -> None:
    """Sizes of images in another storage stand in the annotations alone."""
    if not dataset.is_remote:
        return
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        if 'width' not in info:
            raise ValueError(
                f'{info["img_path"]}: the sizes of images in another storage '
                'are not known, by which train_dataloader.batch_sampler makes '
                'batches: give width and height of every image in the '
                'annotations, or set batch_sampler to None'
            )


def _check_test_pipeline(dataset: PersonSearchDataset) -> None:
    if not dataset.test_mode:
        return
    with_query = int(dataset.search_task.queries.img_ids[0])
    if with_query >= len(dataset):
        return
    sample = dataset[with_query].get('data_samples')
    if 'bboxes' not in getattr(sample, 'query_instances', ()):
        raise ValueError(
            'the pipeline of val_dataloader loses the queries '
            '(query_instances.bboxes): it needs '
            "dict(type='mmdmr.LoadPersonSearchAnnotations') after resizing "
            "and, at its end, dict(type='mmdmr.PackPersonSearchInputs')"
        )


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """A look at a sample must not change what is trained afterwards."""
    legacy = np.random.get_state()  # noqa: NPY002
    states = random.getstate(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(legacy)  # noqa: NPY002
        torch.set_rng_state(states[1])
