"""The checkpoints of a work dir, and the choice of the last one.

MMEngine writes absolute paths into its checkpoints and into the file
``last_checkpoint``. They are wrong once the work dir is moved or copied::

    /a/run/epoch_1.pth        best_ckpt = /a/run/best_mAP_epoch_1.pth
    /a/run/last_checkpoint    /a/run/epoch_1.pth

    $ cp -r /a/run /b/run
    $ mmdmr train CONFIG --work-dir /b/run --resume

    /b/run/last_checkpoint    /a/run/epoch_1.pth: the other run is resumed
    /b/run/epoch_1.pth        best_ckpt = /a/run/best_mAP_epoch_1.pth: the
                              next best checkpoint deletes that of the other
                              run

This module uses the file names alone, and looks the files up in the folder of
the run itself: ``/b/run/epoch_1.pth`` and ``/b/run/best_mAP_epoch_1.pth``. A
path is dropped if this folder has no file of its name.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import master_only
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner

AnyPath = str | Path
_NUMBERED = re.compile(r'(epoch|iter)_(\d+)\.pth')
_NUMBERED_OR_BEST = re.compile(f'(?:best_.+_)?{_NUMBERED.pattern}')
#: Keys of the message hub with the path of a checkpoint as their value.
_PATHS = re.compile(r'(best|last)_ckpt')
#: File of the work dir with the path of MMEngine's last checkpoint.
NOTE = 'last_checkpoint'


def checkpoint_folder(cfg: Config) -> str:
    """Return the folder in which a run writes its checkpoints.

    Args:
        cfg (Config): Config with ``work_dir``. ``out_dir`` of the checkpoint
            hook is a folder for checkpoints outside of the work dir.

    Returns:
        str: A folder, or an address of another storage.

    Example:
        >>> hooks = dict(checkpoint=dict(out_dir='s3://bucket/kept'))
        >>> checkpoint_folder(Config(dict(work_dir='work_dirs/mine')))
        'work_dirs/mine'
        >>> checkpoint_folder(
        ...     Config(dict(work_dir='work_dirs/mine', default_hooks=hooks)))
        's3://bucket/kept/mine'
    """
    hook = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    return _folder(hook.get('out_dir'), cfg.work_dir)


def is_remote(path: AnyPath) -> bool:
    """Return True if a path is an address of another storage.

    Args:
        path (str | Path): File or folder.

    Returns:
        bool: True if MMEngine's file client is needed to read it.

    Example:
        >>> is_remote('s3://bucket/runs'), is_remote('work_dirs/mine')
        (True, False)
    """
    return '://' in str(path)


def _folder(out_dir: str | None, work_dir: str) -> str:
    """Folder of the checkpoints of a checkpoint hook."""
    if out_dir is None or out_dir == work_dir:
        return work_dir
    # MMEngine appends the name of the work dir, so that runs may share an
    # out_dir.
    return f'{out_dir.rstrip("/")}/{Path(work_dir).absolute().name}'


def checkpoints_in(folder: AnyPath) -> list[Path]:
    """List the checkpoints that a run may be resumed from.

    Args:
        folder (str | Path): Folder of the checkpoints; need not exist.

    Returns:
        list[Path]: Files ``epoch_N.pth`` and ``iter_N.pth``, oldest first.
    """
    found = [
        (path.stat().st_mtime, int(match[2]), path)
        for path in Path(folder).glob('*.pth')
        if (match := _NUMBERED.fullmatch(path.name)) and path.is_file()
    ]
    return [path for *_, path in sorted(found)]


def last_checkpoint(
    work_dir: AnyPath, folder: AnyPath | None = None
) -> Path | None:
    """Find the checkpoint from which a work dir is resumed.

    Args:
        work_dir (str | Path): The work dir.
        folder (str | Path | None): Folder of its checkpoints. Defaults to
            None: the work dir.

    Returns:
        Path | None: The file in ``folder`` with the name that the file
        ``last_checkpoint`` gives, otherwise the newest checkpoint; None if
        there is no checkpoint.

    Example:
        >>> import tempfile
        >>> run = Path(tempfile.mkdtemp())
        >>> (run / 'epoch_1.pth').touch()
        >>> _ = (run / 'last_checkpoint').write_text('/moved/epoch_1.pth')
        >>> last_checkpoint(run) == run / 'epoch_1.pth'
        True
    """
    folder = Path(work_dir if folder is None else folder)
    named = _noted(work_dir, folder)
    if named is not None:
        return named
    found = checkpoints_in(folder)
    return found[-1] if found else None


def _own_name(path: str) -> str:
    """File name of a path that may come from a machine of another system."""
    return re.split(r'[/\\]', path)[-1]


def _noted(work_dir: AnyPath, folder: Path) -> Path | None:
    """Checkpoint that ``last_checkpoint`` names, if it is in the folder."""
    note = Path(work_dir) / NOTE
    if not note.is_file():
        return None
    name = _own_name(note.read_text(encoding='utf-8').strip())
    return folder / name if name and (folder / name).is_file() else None


def check_own(
    work_dir: AnyPath,
    resumed: AnyPath | None,
    folder: AnyPath | None = None,
) -> None:
    """Check that a training will not overwrite checkpoints of another run.

    Args:
        work_dir (str | Path): The work dir.
        resumed (str | Path | None): The checkpoint that the training is
            resumed from; None if it starts anew.
        folder (str | Path | None): Folder of its checkpoints. Defaults to
            None: the work dir.

    Raises:
        FileExistsError: The folder holds checkpoints, and the training is
            resumed from another checkpoint or from none.
    """
    folder = Path(work_dir if folder is None else folder)
    present = [*folder.glob('best_*.pth'), *checkpoints_in(folder)]
    # A checkpoint hook may give its files any name (filename_tmpl).
    noted = _noted(work_dir, folder)
    present += [] if noted is None else [noted]
    if not present or _is_in(folder, resumed):
        return
    raise FileExistsError(
        f'{folder} holds checkpoints of another run, such as '
        f'{present[-1].name}, which would be overwritten: resume that run '
        'with --resume, name another --work-dir, or confirm with --overwrite'
    )


def _is_in(folder: Path, checkpoint: AnyPath | None) -> bool:
    """True if a checkpoint lies in a folder, also if its path is a link."""
    return (
        checkpoint is not None
        and Path(checkpoint).is_file()
        and any(
            path.is_file() and path.samefile(checkpoint)
            for path in folder.iterdir()
        )
    )


class OwnCheckpointsHook(Hook):
    """Keep a resumed run from using or changing files of other runs."""

    # Before the checkpoint hook, which appends the name of the work dir to its
    # out_dir when a training starts.
    priority = 'LOW'

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Replace the paths in a checkpoint by the files of this run.

        Args:
            runner (Runner): Runner of the resumed run.
            checkpoint (dict): Checkpoint to change. An entry is removed if
                this run's folder has no file of its name.
        """
        info: dict[str, Any] = checkpoint.get('message_hub', {}).get(
            'runtime_info', {}
        )
        folder = _folder_of(runner)
        if is_remote(folder):
            return
        for key in [key for key in info if _PATHS.match(key)]:
            path = Path(folder) / _own_name(str(info[key]))
            if path.is_file():
                info[key] = str(path)
            else:
                del info[key]

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Replace links to files of other runs by copies.

        A work dir may be a copy made of hard or symbolic links (``cp -l``,
        ``cp -s``): writing ``epoch_3.pth`` would change the file of the other
        run, too. Only the files that this training will write are replaced.

        Args:
            runner (Runner): Runner, resumed if it is to be.
        """
        folder = _folder_of(runner)
        if is_remote(folder):
            return
        done = dict(epoch=runner.epoch, iter=runner.iter)
        later = [
            path
            for path in Path(folder).glob('*.pth')
            if (match := _NUMBERED_OR_BEST.fullmatch(path.name))
            and int(match[2]) > done[match[1]]
        ]
        for path in (Path(runner.work_dir) / NOTE, *later):
            _cut(path)


def _cut(path: Path) -> None:
    """Replace a link by a copy of its target; remove a broken link."""
    if not path.is_file():
        if path.is_symlink():
            path.unlink()
    elif path.is_symlink() or path.stat().st_nlink > 1:
        own = path.with_name(f'{path.name}.own')
        shutil.copyfile(path, own)
        os.replace(own, path)


def _folder_of(runner: Runner) -> str:
    """Folder in which a runner writes its checkpoints."""
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook):
            return _folder(hook.out_dir, runner.work_dir)
    return runner.work_dir
