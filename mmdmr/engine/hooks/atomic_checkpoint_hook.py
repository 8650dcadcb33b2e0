"""Hook that saves checkpoints such that a good one always stands."""

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from mmdmr.engine.atomic_backend import ATOMIC
from mmdmr.engine.work_dir import NOTE, is_remote
from mmdmr.files import atomic_path
from mmdmr.registry import HOOKS

#: Entry of the message hub: name of the checkpoint of an interrupted epoch.
_STOPGAP = 'interrupted_ckpt'


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """Saves checkpoints; whenever a run is killed, a good one stands.

    MMEngine's ``CheckpointHook`` deletes the oldest checkpoint, writes the new
    one into its final name, and then notes it in ``last_checkpoint``. A run
    that is killed between may leave no checkpoint, half a checkpoint, or a
    note of a file that does not exist. This hook

    1. writes ``epoch_3.pth.part`` and waits until the disk holds it,
    2. renames it to ``epoch_3.pth``,
    3. notes it in ``last_checkpoint``, also by a rename,
    4. deletes the oldest checkpoint.

    A full disk ends the training before step 2: the checkpoints before stand.
    The best checkpoint is replaced in the same order. An ``out_dir`` in
    another storage, such as ``s3://``, keeps the order, and the storage
    decides how it writes.

    Args:
        **kwargs: Arguments of :class:`mmengine.hooks.CheckpointHook`.

    Raises:
        OSError: A checkpoint cannot be written. The message names the file.

    Example:
        In a config:

        >>> default_hooks = dict(checkpoint=dict(
        ...     type='mmdmr.AtomicCheckpointHook', interval=1,
        ...     max_keep_ckpts=3))
    """

    file_backend: Any
    backend_args: dict[str, Any] | None

    def before_train(self, runner: Runner) -> None:
        """Choose the file backend; delete drafts of a killed run."""
        folder = self.out_dir or runner.work_dir
        if not (self.backend_args or self.file_client_args) and not is_remote(
            folder
        ):
            self.backend_args = dict(backend=ATOMIC)
        super().before_train(runner)
        if is_main_process() and not is_remote(self.out_dir):
            for draft in Path(self.out_dir).glob('*.pth.part'):
                draft.unlink(missing_ok=True)

    def save_now(self, runner: Runner, epoch: int, iteration: int) -> str:
        """Save a checkpoint outside of the hook's intervals.

        With a hook that counts epochs, the checkpoint is ``iter_N.pth``. The
        next checkpoint replaces it, in a run that is resumed from it.

        Args:
            runner (Runner): Runner of the training.
            epoch (int): Number of finished epochs.
            iteration (int): Number of finished iterations.

        Returns:
            str: Path of the checkpoint.
        """
        meta = dict(epoch=epoch, iter=iteration)
        if self.by_epoch:
            name = f'iter_{iteration}.pth'
            runner.message_hub.update_info(_STOPGAP, name)
            self._write(runner, name, meta)
        else:
            self._save_checkpoint_with_step(runner, iteration, meta)
        return str(self.last_ckpt)

    def _save_checkpoint_with_step(
        self, runner: Runner, step: int, meta: dict[str, int]
    ) -> None:
        """Write a checkpoint, and then delete the oldest.

        ``keep_ckpt_ids`` in the message hub, and so in the checkpoint, still
        holds the steps to be deleted: a run that is killed before it deletes
        them does so when it is resumed, in MMEngine's ``before_train``.
        """
        outdated: list[str] = []
        if self.max_keep_ckpts > 0:
            steps = list(self.keep_ckpt_ids)
            steps += [] if step in steps else [step]
            runner.message_hub.update_info('keep_ckpt_ids', steps)
            # A deque of limited length drops the oldest steps.
            self.keep_ckpt_ids.extend(steps[len(self.keep_ckpt_ids) :])
            outdated += [
                self.filename_tmpl.format(old)
                for old in steps[: -self.max_keep_ckpts]
            ]
        stopgap = runner.message_hub.pop_info(_STOPGAP, None)
        outdated += [] if stopgap is None else [stopgap]
        name = self.filename_tmpl.format(step)
        self._write(runner, name, meta)
        for old in outdated:
            if old != name:
                self._delete(self.file_backend.join_path(self.out_dir, old))

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        """Replace the best checkpoint; MMEngine would delete it first."""
        backend = self.file_backend
        self.file_backend = later = _LaterDeletion(backend)
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            self.file_backend = backend
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        kept = {getattr(self, 'best_ckpt_path', None), *best}
        for path in later.paths:
            if path not in kept:
                self._delete(path)

    def _write(self, runner: Runner, name: str, meta: dict[str, int]) -> None:
        """Write a checkpoint and note it as the last one."""
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            with atomic_path(Path(runner.work_dir, NOTE)) as draft:
                draft.write_text(str(self.last_ckpt), 'utf-8')

    def _delete(self, path: str) -> None:
        if not is_main_process():
            return
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):
            # DeepSpeed saves a checkpoint as a folder.
            self.file_backend.rmtree(path)


class _LaterDeletion:
    """A file backend that notes what is to be deleted.

    Args:
        backend: The file backend, which answers all other calls.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.paths: list[str] = []

    def remove(self, path: str) -> None:
        self.paths.append(path)

    rmtree = remove

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)
