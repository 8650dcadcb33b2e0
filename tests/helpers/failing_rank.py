"""A hook by which one rank of a training ends, or falls silent."""

import os
import signal
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS


@HOOKS.register_module(force=True)
class FailingRank(Hook):
    """Lets rank 1 fail in the third iteration.

    Args:
        how (str): 'KILL' or 'STOP', a signal to the process itself, or
            'raise', an error of the program.
        file (str): File to write just before.
    """

    def __init__(self, how, file):
        self.how, self.file = how, Path(file)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter != 2 or runner.rank != 1:
            return
        self.file.touch()
        if self.how == 'raise':
            raise ValueError('a fault of ours')
        os.kill(os.getpid(), getattr(signal, f'SIG{self.how}'))
