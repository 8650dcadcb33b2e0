"""Hook that stops a training whose loss is not finite."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from mmengine import dist
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from mmengine.structures import BaseDataElement
from torch import Tensor

from mmdmr.engine.resume import unwrapped
from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError
from mmdmr.registry import HOOKS

#: Number of images that a message lists.
_NUM_LISTED = 16
_ADVICE = (
    'Lower the learning rate, train without mixed precision, and look at the '
    'images and their boxes.'
)


class NonFiniteLossError(InputError):
    """A loss or a weight of a training is NaN or infinite."""


class _Noted(NamedTuple):
    """What is noted of an iteration until its losses are read.

    Args:
        when (str): Number of the iteration, for the message.
        losses (list[str]): Names of the n losses.
        are_finite (Tensor): Flag of each loss, (n,) bool, on the device.
        images (list[str]): Files of this rank's images.
    """

    when: str
    losses: list[str]
    are_finite: Tensor
    images: list[str]


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stops a training when a loss becomes NaN or infinite.

    After every iteration the hook notes which losses are finite, and which
    images were in the batch. The flags stay on the device. They are read
    every ``interval`` iterations, before a validation, before a checkpoint
    and after the training, since reading waits for the device. On a CPU every
    iteration is read at once. MMDetection's ``CheckInvalidLossHook`` looks at
    the loss of every 50th iteration alone, and names no image.

    Losses alone are judged: the entries of the model's output with "loss" in
    their names. A gradient that is not finite is left to the optimizer's
    wrapper. Mixed precision with a dynamic scale expects such gradients and
    skips their steps.

    A checkpoint is written only if all its weights are finite, memory and key
    encoder included; a training starts only from such weights. The checkpoint
    before stands if an :class:`~mmdmr.engine.hooks.AtomicCheckpointHook`
    saves. MMEngine's ``CheckpointHook`` deletes the oldest checkpoint before
    any other hook is asked.

    The hook works with any model. In distributed training each rank judges
    its own losses and names its own images. A NaN of any rank reaches the
    weights of rank 0, which writes the checkpoints, through the gradients.

    Args:
        interval (int): Iterations between two readings, >= 1. Defaults to 10.

    Raises:
        InputError: The interval is out of range.
        NonFiniteLossError: A loss is not finite, or a weight before the first
            iteration or in a checkpoint. The message names the iteration, the
            losses, the images, and the checkpoint to go on from.

    Example:
        In a config:

        >>> default_hooks = dict(finite_loss=dict(type='mmdmr.FiniteLossHook'))
    """

    def __init__(self, interval: int = 10) -> None:
        if interval < 1:
            raise InputError(
                f'FiniteLossHook.interval must be at least 1, got {interval}'
            )
        self.interval = interval
        self._noted: list[_Noted] = []
        self._saved: str | None = None

    def before_train(self, runner: Runner) -> None:
        """Check the weights that the training starts from."""
        # A training before may have been interrupted.
        self._noted.clear()
        self._saved = None
        name = _first_non_finite(runner.model.state_dict())
        if name is not None:
            raise NonFiniteLossError(
                f'{name} of the model holds NaN or infinity before the first '
                'iteration: name other weights (load_from, --resume, or '
                'init_cfg of the model)'
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Note which losses are finite; read the notes now and then."""
        losses = _losses(outputs)
        if not losses:
            return
        when = f'iteration {runner.iter + 1}'
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            when += f' (epoch {runner.epoch + 1}, batch {batch_idx + 1})'
        are_finite = _are_finite([*losses.values()])
        images = list(_images(data_batch))
        self._noted.append(_Noted(when, [*losses], are_finite, images))
        if _is_on_host(are_finite) or self.every_n_train_iters(
            runner, self.interval
        ):
            self.read(runner)

    def before_val(self, runner: Runner) -> None:
        """Read the notes, so that no broken network is validated."""
        self.read(runner)

    def after_train(self, runner: Runner) -> None:
        """Read the notes of the last iterations."""
        self.read(runner)

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Refuse a checkpoint with weights that are not finite.

        Args:
            runner (Runner): Runner of the training.
            checkpoint (dict): Checkpoint that is about to be written.

        Raises:
            NonFiniteLossError: A loss is not finite, or else a weight.
        """
        # The loss first: its message names the images.
        self.read(runner)
        name = _first_non_finite(checkpoint['state_dict'])
        if name is not None:
            raise NonFiniteLossError(
                f'iteration {checkpoint["meta"]["iter"]}: {name} of the model '
                'holds NaN or infinity, though the losses were finite: the '
                f'checkpoint is not written. {_standing(runner, self._saved)} '
                f'{_ADVICE}'
            )
        # MMEngine notes the path before it writes the file.
        self._saved = runner.message_hub.get_info('last_ckpt')

    def read(self, runner: Runner) -> None:
        """Read the notes of the iterations since the last reading.

        Args:
            runner (Runner): Runner of the training.

        Raises:
            NonFiniteLossError: A loss is not finite; the first such iteration
                is named.
        """
        noted, self._noted = self._noted, []
        if not noted:
            return
        # One reading for all iterations.
        flags = torch.cat([entry.are_finite for entry in noted]).tolist()
        for entry in noted:
            own = [flags.pop(0) for _ in entry.losses]
            bad = [name for name, ok in zip(entry.losses, own) if not ok]
            if bad:
                raise NonFiniteLossError(
                    f'{entry.when}: {", ".join(bad)} '
                    f'{"is" if len(bad) == 1 else "are"} NaN or infinite. '
                    f'{_named(entry.images)} '
                    f'{_standing(runner, self._saved)} {_ADVICE}'
                )


@contextmanager
def loss_told_first(runner: Runner) -> Iterator[None]:
    """Let a training tell of a bad loss before the errors that follow from it.

    After a loss of NaN the weights are NaN. If the notes on a GPU are not read
    yet, another error may come first, such as "matrix contains invalid numeric
    entries" of a detector that matches boxes and persons.

    Args:
        runner (Runner): Runner of the training.

    Yields:
        None: The training runs in the context.

    Raises:
        NonFiniteLossError: In place of an error that followed a bad loss.

    Example::

        with loss_told_first(runner):
            runner.train()
    """
    try:
        yield
    except InputError:
        raise
    except Exception:
        for hook in runner.hooks:
            if isinstance(hook, FiniteLossHook):
                hook.read(runner)
        raise


def _losses(outputs: Any) -> dict[str, Tensor]:
    """Losses of a training step by name; none of another kind of output."""
    if not isinstance(outputs, Mapping):
        return {}
    return {
        name: torch.as_tensor(value).detach()
        for name, value in outputs.items()
        if 'loss' in name and isinstance(value, (Tensor, float, int))
    }


def _are_finite(losses: list[Tensor]) -> Tensor:
    """Flag of each loss, (n,) bool, without a reading of the device."""
    flags = [loss.isfinite().all() for loss in losses]
    # A loss that is a constant may lie on the CPU, others on a GPU.
    devices = [flag.device for flag in flags if flag.device.type != 'cpu']
    device = devices[0] if devices else flags[0].device
    return torch.stack([flag.to(device, non_blocking=True) for flag in flags])


def _is_on_host(flags: Tensor) -> bool:
    """True if reading the flags waits for no device."""
    return flags.device.type == 'cpu'


def _first_non_finite(state: Mapping[str, Any]) -> str | None:
    """Name of the first tensor with a NaN or an infinity, None if none has."""
    for name, value in state.items():
        if isinstance(value, Tensor) and not value.isfinite().all():
            return unwrapped(name)
    return None


def _images(data: Any) -> Iterator[str]:
    """Files of the images of a batch, wherever its data samples are."""
    if isinstance(data, BaseDataElement):
        if 'img_path' in data:
            yield str(data.get('img_path'))
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _images(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _images(value)


def _named(images: list[str]) -> str:
    """Sentence that names the images of a batch."""
    if not images:
        return 'The batch does not tell its images (img_path).'
    more = len(images) - _NUM_LISTED
    shown = ', '.join(images[:_NUM_LISTED])
    rank = f' of rank {dist.get_rank()}' if dist.get_world_size() > 1 else ''
    rest = f' and {more} more' if more > 0 else ''
    return f'Images{rank}: {shown}{rest}.'


def _standing(runner: Runner, saved: str | None) -> str:
    """Sentence that names the checkpoint to go on from.

    Args:
        runner (Runner): Runner of the training.
        saved (str | None): The checkpoint before the one that MMEngine noted
            last, which may not be written yet.
    """
    resumed = runner._load_from if runner._resume else None
    for path in (runner.message_hub.get_info('last_ckpt'), saved, resumed):
        if path and (is_remote(path) or os.path.isfile(path)):
            return f'The last checkpoint stands: {path}.'
    return 'This run has no checkpoint.'
