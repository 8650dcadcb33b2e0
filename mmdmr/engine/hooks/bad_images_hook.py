"""Hook that counts and reports images that training skipped."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mmengine import dist
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement

from mmdmr.engine.checks.data_sets import person_search_sets
from mmdmr.errors import InputError
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class BadImagesHook(Hook):
    """Reports images that cannot be read and were left out of the training.

    The hook does nothing unless a training data set has
    ``on_bad_image='skip'``, see
    :class:`~mmdmr.datasets.bad_images.SkippingDataset`. A warning names each
    bad image, with what is wrong with it, when it is met first. A warning at
    the end of the training tells how many images were bad, how often they
    were drawn, and names some of them. In distributed training the ranks
    tell each other after every epoch, and rank 0 reports for all. A run that
    is resumed counts anew.

    Args:
        num_named (int): Largest number of images that the last warning names,
            those drawn most often first. Defaults to 20.

    Raises:
        InputError: More than half of the training images are bad.

    Example:
        In a config; the configs of this package have the entry:

        >>> default_hooks = dict(bad_images=dict(type='mmdmr.BadImagesHook'))
    """

    priority = 'NORMAL'
    #: For the checks before a training.
    reports_bad_images = True

    def __init__(self, num_named: int = 20) -> None:
        self.num_named = num_named
        #: Number of draws by path, of this rank.
        self._draws: Counter[str] = Counter()
        #: What is wrong, by path, of all bad images that were told of.
        self._reasons: dict[str, str] = {}
        self._total = 0

    def before_train(self, runner: Runner) -> None:
        """Find out whether a data set skips bad images."""
        sets = list(person_search_sets(runner.train_dataloader.dataset))
        skips = any(dataset.skips for dataset in sets)
        self._total = sum(map(len, sets)) if skips else 0
        self._draws.clear()
        self._reasons.clear()

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Count the images that the samples of a batch stand for."""
        if not self._total:
            return
        for sample in _data_samples(data_batch):
            for path, reason in sample.get('skipped_images', ()):
                self._draws[path] += 1
                self._tell(runner, path, reason)
        self._check_share()

    def after_train_epoch(self, runner: Runner) -> None:
        """Gather the bad images of all ranks, and warn of new ones."""
        if self._total:
            self._gather(runner)
            self._check_share()

    def after_train(self, runner: Runner) -> None:
        """Report all bad images."""
        if not self._total:
            return
        draws = self._gather(runner)
        if not draws:
            return
        named = [
            f'{path}: {self._reasons[path]} (drawn {count} times)'
            for path, count in draws.most_common(self.num_named)
        ]
        if len(draws) > len(named):
            named.append(f'... and {len(draws) - len(named)} more')
        runner.logger.warning(
            f'{len(draws)} of {self._total} training images could not be '
            f'read; they were drawn {draws.total()} times, and other images '
            'took their place:\n' + '\n'.join(named)
        )

    def _tell(self, runner: Runner, path: str, reason: str) -> None:
        """Warn of a bad image that is met for the first time."""
        if path not in self._reasons:
            self._reasons[path] = reason
            runner.logger.warning(
                f'bad image {path}: {reason}; another image takes its place'
            )

    def _gather(self, runner: Runner) -> Counter[str]:
        """Number of draws by path, of all ranks."""
        own = (dict(self._draws), self._reasons)
        draws: Counter[str] = Counter()
        for counts, reasons in dist.all_gather_object(own):
            draws.update(counts)
            for path, reason in reasons.items():
                self._tell(runner, path, reason)
        return draws

    def _check_share(self) -> None:
        """Stop a training that has lost most of its images."""
        if 2 * len(self._reasons) > self._total:
            path, reason = next(iter(self._reasons.items()))
            raise InputError(
                f'{len(self._reasons)} of {self._total} training images '
                f'cannot be read, {path} first: {reason}; "mmdmr '
                'verify_dataset" names them all'
            )


def _data_samples(batch: Any) -> Iterator[BaseDataElement]:
    """Data samples of a batch, however they are nested."""
    if isinstance(batch, BaseDataElement):
        yield batch
    elif isinstance(batch, dict):
        yield from _data_samples(list(batch.values()))
    elif isinstance(batch, (list, tuple)):
        for part in batch:
            yield from _data_samples(part)
