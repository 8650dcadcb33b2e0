"""Check that pipelines return the identities, queries and scales needed."""

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

#: Number of training images that are passed through the pipeline.
_NUM_TRIED = 16


def check_samples(runner: Runner) -> None:
    """Pass a few images of each data set through its pipeline.

    The random state stays as it was. A data preprocessor that does not
    normalise pixels makes a warning.

    Args:
        runner (Runner): Runner with its loops built. Models for anything but
            person search pass.

    Raises:
        InputError: The training pipeline loses identities, the validation
            pipeline loses queries or the scale, the validation set is cut, the
            model has no data preprocessor, or bad images would be skipped
            without a report.
    """
    if not isinstance(network_of(runner.model), PersonSearchMixin):
        return
    with _random_state_kept():
        _check_preprocessor(runner)
        _check_reported(runner)
        _check_training_pipeline(runner.train_dataloader)
        if runner.val_loop is not None:
            check_complete(runner.val_loop)
            _check_test_pipelines(runner.val_dataloader)


def check_complete(loop: BaseLoop) -> None:
    """Check that a search will see all images of its galleries.

    Args:
        loop (BaseLoop): Loop of a validation or a test. Without a
            :class:`~mmdmr.evaluation.metrics.PersonSearchMetric` the loop
            passes.

    Raises:
        InputError: A data set is cut, as by ``indices``.
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
                'a search needs all images of its galleries: write a smaller '
                'annotation file instead'
            )


def _check_preprocessor(runner: Runner) -> None:
    """Check that images are collated into batches, and normalised."""
    preprocessor = network_of(runner.model).data_preprocessor
    # MMEngine's fallback for a model without this entry.
    if type(preprocessor) is BaseDataPreprocessor:
        raise InputError(
            'model.data_preprocessor is missing, so that images make no '
            "batches: take dict(type='DetDataPreprocessor', ...) from the "
            'base config'
        )
    if not getattr(preprocessor, '_enable_normalize', True):
        runner.logger.warning(
            'model.data_preprocessor has no mean and std: the network gets '
            'pixels from 0 to 255, which trained weights seldom expect'
        )


def _check_reported(runner: Runner) -> None:
    """Check that no training image is skipped silently."""
    sets = person_search_sets(runner.train_dataloader.dataset)
    if any(dataset.skips for dataset in sets) and not any(
        getattr(hook, 'reports_bad_images', False) for hook in runner.hooks
    ):
        raise InputError(
            "on_bad_image='skip' of a training data set needs a hook that "
            'reports the images that are skipped: add '
            "default_hooks.bad_images=dict(type='mmdmr.BadImagesHook')"
        )


def _first_of(dataset: Any) -> Any:
    """First sample; None for a data set without ``__getitem__``."""
    return dataset[0] if hasattr(dataset, '__getitem__') else None


def _check_training_pipeline(loader: DataLoader) -> None:
    """Check that training samples carry ``gt_instances.person_ids``."""
    # Ask the outermost data set: a wrapper may have a pipeline of its own.
    dataset: Any = loader.dataset
    batches = loader.batch_sampler
    # A SeededBatchSampler holds the sampler that makes the batches.
    batches = getattr(batches, 'batches', batches)
    if isinstance(batches, AspectRatioBatchSampler):
        for inner in person_search_sets(dataset):
            _check_sizes(inner)
    first = _first_of(dataset)
    if first is None:
        return
    sample = first.get('data_samples')
    if 'person_ids' not in getattr(sample, 'gt_instances', ()):
        raise InputError(
            'train_dataloader loses the identities (gt_instances.person_ids): '
            'its data set must have identities, as '
            'mmdmr.CocoPersonSearchDataset has, and its pipeline needs '
            "dict(type='mmdmr.LoadPersonSearchAnnotations') and, at its end, "
            "dict(type='mmdmr.PackPersonSearchInputs')"
        )
    # A transform may drop persons in a few images only, for which packing
    # raises an error: try images from all over the set.
    tried = np.linspace(0, len(dataset) - 1, _NUM_TRIED).astype(int)
    for index in np.unique(tried)[1:]:
        dataset[int(index)]


def _check_sizes(dataset: PersonSearchDataset) -> None:
    """Check that annotations give the sizes of images in another storage.

    The sizes of local images are read from the files.
    """
    if not dataset.is_remote:
        return
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        if 'width' not in info:
            raise InputError(
                f'{info["img_path"]}: the size is unknown, since the image '
                'lies in another storage. train_dataloader.batch_sampler '
                'makes batches by the sizes: give width and height of every '
                'image in the annotations, or set batch_sampler to None'
            )


def _check_test_pipelines(loader: DataLoader) -> None:
    """Check the pipelines of all data sets of a validation."""
    inner = list(person_search_sets(loader.dataset))
    for dataset in inner:
        _check_test_pipeline(dataset)
    if not inner:
        # Of any other data set, only reading a sample is checked.
        _first_of(loader.dataset)


def _check_test_pipeline(dataset: PersonSearchDataset) -> None:
    """Check that an image with a query keeps ``query_instances`` and scale."""
    if not dataset.test_mode:
        return
    with_query = int(dataset.search_task.queries.img_ids[0])
    if with_query >= len(dataset):  # cut, and no search: check_complete
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
            'the pipeline of val_dataloader loses the scale (scale_factor), '
            'by which boxes are put back into the original image: it needs '
            "dict(type='Resize', ...), and scale_factor among the meta_keys "
            'of mmdmr.PackPersonSearchInputs'
        )


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Restore the random state: a check must not change the training."""
    legacy = np.random.get_state()  # noqa: NPY002
    states = random.getstate(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(legacy)  # noqa: NPY002
        torch.set_rng_state(states[1])
