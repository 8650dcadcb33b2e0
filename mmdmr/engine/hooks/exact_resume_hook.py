"""Hook that makes a resumed run go on as if it had never stopped."""

from typing import Any

import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmdmr.datasets import SeededBatchSampler
from mmdmr.datasets.seeding import ITERATION, seed_everything
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Gives every iteration the random numbers and the data that are its own.

    The random states are set before each iteration, from the seed, the rank
    and the number of the iteration. So a checkpoint needs no random states
    beside the seed, which MMEngine saves. A validation in between, or the
    number of data-loading processes, changes nothing.

    A run that is resumed within an epoch leaves out the batches of the epoch
    that it was trained on; MMEngine would start the epoch anew and train too
    many iterations. Samples have their own random numbers, from a
    :class:`~mmdmr.datasets.SeededBatchSampler`; without it the hook warns.

    Example:
        In a config:

        >>> default_hooks = dict(
        ...     exact_resume=dict(type='mmdmr.ExactResumeHook'))
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Leave out the batches that an interrupted epoch has seen."""
        loader = runner.train_dataloader
        sampler = getattr(loader, 'batch_sampler', None)
        if not isinstance(sampler, SeededBatchSampler):
            runner.logger.warning(
                'augmentation depends on the number of workers, and a resumed '
                'run augments otherwise than an uninterrupted one: set '
                "train_dataloader.batch_sampler=dict(type='mmdmr."
                "SeededBatchSampler', batch_sampler=...)"
            )
        # MMEngine's loop by iterations advances its data by itself.
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        done = runner.iter - runner.epoch * len(loader)
        if done == 0:
            return
        if isinstance(sampler, SeededBatchSampler) and 0 < done <= len(loader):
            sampler.skip = done
        else:
            runner.logger.warning(
                f'{runner.iter} iterations are not the {runner.epoch} epochs '
                'of the checkpoint and a part of the next: the epoch starts '
                'anew. Was the run resumed with another batch size, number of '
                'processes or data set?'
            )

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Set the random states of the iteration."""
        seed_everything(runner.seed, ITERATION, get_rank(), runner.iter)
        if torch.cuda.is_available():
            # A number that the seeded state of the CPU gives.
            torch.cuda.manual_seed(int(torch.randint(2**62, ())))
