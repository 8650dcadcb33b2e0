"""Whose checkpoints are in a work dir, and which one a run goes on from.

MMEngine writes absolute paths into its checkpoints and into the file
``last_checkpoint``. In a work dir that was moved, copied or handed on they
lead to other runs, whose files a resumed run would take, or delete as its own
former best. Names alone are believed here.
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
#: Entries of the message hub that hold the path of a checkpoint.
_PATHS = re.compile(r'(best|last)_ckpt')
#: File of the work dir in which MMEngine notes its last checkpoint.
NOTE = 'last_checkpoint'


def checkpoint_folder(cfg: Config) -> str:
    """Where a run writes its checkpoints.

    Args:
        cfg (Config): With ``work_dir``, and ``out_dir`` of the checkpoint
            hook if they are kept elsewhere.

    Returns:
        str: A folder, or an address of another storage.
    """
    hook = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    return _folder(hook.get('out_dir'), cfg.work_dir)


def is_remote(path: AnyPath) -> bool:
    """Whether a file or folder is an address of another storage.

    Args:
        path (str | Path): The file or folder.

    Returns:
        bool: True for ``s3://bucket/runs``.
    """
    return '://' in str(path)


def _folder(out_dir: str | None, work_dir: str) -> str:
    if out_dir is None or out_dir == work_dir:
        return work_dir
    # As MMEngine does: the name of the work dir behind it.
    return f'{out_dir.rstrip("/")}/{Path(work_dir).absolute().name}'


def checkpoints_in(folder: AnyPath) -> list[Path]:
    """Checkpoints of a run, those it may go on from.

    Args:
        folder (str | Path): Where it writes them; need not be there.

    Returns:
        list[Path]: ``epoch_N.pth`` and ``iter_N.pth``, the one written last
        behind.
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
    """Find the checkpoint that a run in a work dir goes on from.

    Args:
        work_dir (str | Path): The work dir.
        folder (str | Path, optional): Where its checkpoints are. Defaults to
            None: in the work dir.

    Returns:
        Path | None: The one that ``last_checkpoint`` names, by its name in
        this folder, else the one written last; None if there is none.
    """
    folder = Path(work_dir if folder is None else folder)
    named = _noted(work_dir, folder)
    if named is not None:
        return named
    found = checkpoints_in(folder)
    return found[-1] if found else None


def _noted(work_dir: AnyPath, folder: Path) -> Path | None:
    """The checkpoint that a work dir notes, if it is in the folder."""
    note = Path(work_dir) / NOTE
    if not note.is_file():
        return None
    # of a machine whose paths may be written otherwise
    name = re.split(r'[/\\]', note.read_text(encoding='utf-8').strip())[-1]
    return folder / name if name and (folder / name).is_file() else None


def check_own(
    work_dir: AnyPath,
    resumed: AnyPath | None,
    folder: AnyPath | None = None,
) -> None:
    """Check that a training will not write over another run's checkpoints.

    Args:
        work_dir (str | Path): The work dir.
        resumed (str | Path, optional): The checkpoint it goes on from.
        folder (str | Path, optional): Where it will write its own. Defaults
            to None: into the work dir.

    Raises:
        FileExistsError: There are checkpoints, and it goes on from none of
            them.
    """
    folder = Path(work_dir if folder is None else folder)
    there = [*folder.glob('best_*.pth'), *checkpoints_in(folder)]
    noted = _noted(work_dir, folder)
    there += [] if noted is None else [noted]
    if not there or _is_in(folder, resumed):
        return
    raise FileExistsError(
        f'{folder} holds checkpoints of another run, such as {there[-1].name},'
        ' which would be overwritten: go on with it by --resume, name another '
        '--work-dir, or give --overwrite if you mean it'
    )


def _is_in(folder: Path, checkpoint: AnyPath | None) -> bool:
    """Whether a checkpoint is one of a folder, by whatever path."""
    return (
        checkpoint is not None
        and Path(checkpoint).is_file()
        and any(
            path.is_file() and path.samefile(checkpoint)
            for path in folder.iterdir()
        )
    )


class OwnCheckpointsHook(Hook):
    """Lets a resumed run know and touch the files in its own folders alone."""

    priority = 'VERY_LOW'

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Point the paths inside a checkpoint at the files of this run.

        Args:
            runner (Runner): The runner.
            checkpoint (dict): Is changed: an entry whose file is not in this
                run's folder is taken out.
        """
        info: dict[str, Any] = checkpoint.get('message_hub', {}).get(
            'runtime_info', {}
        )
        folder = _folder_of(runner)
        if is_remote(folder):
            return
        for key in [key for key in info if _PATHS.match(key)]:
            path = Path(folder) / re.split(r'[/\\]', str(info[key]))[-1]
            if path.is_file():
                info[key] = str(path)
            else:
                del info[key]

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Cut links to files of other runs that would be written through.

        A work dir may be a copy made of links, hard or soft ones.
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
    """Make what may be a link a file of its own."""
    if not path.is_file():
        if path.is_symlink():
            path.unlink()
    elif path.is_symlink() or path.stat().st_nlink > 1:
        own = path.with_name(f'{path.name}.own')
        shutil.copyfile(path, own)
        os.replace(own, path)


def _folder_of(runner: Runner) -> str:
    """Where a runner writes its checkpoints."""
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook):
            return _folder(hook.out_dir, runner.work_dir)
    return runner.work_dir
