"""Do the pipelines hand on what identification needs?"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmdet.datasets.samplers import AspectRatioBatchSampler
from mmengine.model import BaseDataPreprocessor
from mmengine.runner import BaseLoop, Runner
from torch.utils.data import DataLoader

from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.checks.data_sets import person_search_sets
from mmdmr.engine.submodule import network_of
from mmdmr.errors import InputError
from mmdmr.evaluation.metrics import PersonSearchMetric
from mmdmr.models.detectors import PersonSearchMixin

#: Training images whose pipeline is tried.
_LOOKED_AT = 16


def check_samples(runner: Runner) -> None:
    """Pass some images of each data set through its pipeline.

    Args:
        runner (Runner): With its loops built.

    Raises:
        InputError: The training pipeline loses identities, that of the
            validation loses queries or sees a part of the images, or nothing
            makes batches.
    """
    if not isinstance(network_of(runner.model), PersonSearchMixin):
        return
    with _random_state_kept():
        _check_preprocessor(runner)
        _check_training_pipeline(runner.train_dataloader)
        if runner.val_loop is not None:
            check_complete(runner.val_loop)
            dataset = runner.val_dataloader.dataset
            ours = list(person_search_sets(dataset))
            for one in ours:
                _check_test_pipeline(one)
            if not ours:
                _first_of(dataset)  # fails where it cannot be read


def check_complete(loop: BaseLoop) -> None:
    """Check that a search will see all images of its galleries.

    Args:
        loop (BaseLoop): Of a validation or a test.

    Raises:
        InputError: A data set is cut, and what is searched is scored.
    """
    metrics = getattr(getattr(loop, 'evaluator', None), 'metrics', ())
    if not any(isinstance(m, PersonSearchMetric) for m in metrics):
        return
    for dataset in person_search_sets(loop.dataloader.dataset):
        if not dataset.test_mode:
            continue
        all_images = len(dataset.search_task.ground_truth.img_names)
        if len(dataset) < all_images:
            raise InputError(
                f'{dataset.annotation_source}: the data set is cut to '
                f'{len(dataset)} of {all_images} images, as by "indices", but '
                'a search needs all images of its galleries; write a smaller '
                'annotation file instead'
            )


def _check_preprocessor(runner: Runner) -> None:
    preprocessor = network_of(runner.model).data_preprocessor
    if type(preprocessor) is BaseDataPreprocessor:
        raise InputError(
            'model.data_preprocessor is missing, which makes batches of '
            "images: take dict(type='DetDataPreprocessor', ...) of the base "
            'config'
        )
    if not getattr(preprocessor, '_enable_normalize', True):
        runner.logger.warning(
            'model.data_preprocessor has no mean and std: the network gets '
            'pixels from 0 to 255, which trained weights seldom expect'
        )


def _first_of(dataset: Any) -> Any:
    """First sample, None of a data set that cannot be asked for one."""
    return dataset[0] if hasattr(dataset, '__getitem__') else None


def _check_training_pipeline(loader: DataLoader) -> None:
    # The whole of it: wrappers may have a pipeline of their own.
    dataset: Any = loader.dataset
    ours = list(person_search_sets(dataset))
    if isinstance(loader.batch_sampler, AspectRatioBatchSampler):
        for one in ours:
            _check_sizes(one)
    first = _first_of(dataset)
    if first is None:
        return
    sample = first.get('data_samples')
    if 'person_ids' not in getattr(sample, 'gt_instances', ()):
        raise InputError(
            'train_dataloader loses the identities (gt_instances.person_ids): '
            'its data set must be one with identities, as '
            'mmdmr.CocoPersonSearchDataset, and its pipeline needs '
            "dict(type='mmdmr.LoadPersonSearchAnnotations') and, at its end, "
            "dict(type='mmdmr.PackPersonSearchInputs')"
        )
    # A transform that loses persons may do so now and then.
    places = np.linspace(0, len(dataset) - 1, _LOOKED_AT).astype(int)
    for index in np.unique(places)[1:]:
        dataset[int(index)]


def _check_sizes(dataset: PersonSearchDataset) -> None:
    """Sizes of images in another storage stand in the annotations alone."""
    if not dataset.is_remote:
        return
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        if 'width' not in info:
            raise InputError(
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
        raise InputError(
            'the pipeline of val_dataloader loses the queries '
            '(query_instances.bboxes): it needs '
            "dict(type='mmdmr.LoadPersonSearchAnnotations') after resizing "
            "and, at its end, dict(type='mmdmr.PackPersonSearchInputs')"
        )
    if 'scale_factor' not in sample:
        raise InputError(
            'the pipeline of val_dataloader does not tell its scale '
            '(scale_factor), by which boxes are put back into the original '
            "image: it needs dict(type='Resize', ...), and the meta_keys of "
            'mmdmr.PackPersonSearchInputs scale_factor'
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
