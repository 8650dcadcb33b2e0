"""Whose checkpoints are in a work dir, and which one a run goes on from.

MMEngine writes absolute paths into its checkpoints and into the file
``last_checkpoint``. In a work dir that was moved, copied or handed on they
lead to other runs, whose files a resumed run would take, or delete as its own
former best. Names alone are believed here.
"""

import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner

_NUMBERED = re.compile(r'(epoch|iter)_(\d+)\.pth')
#: Entries of the message hub that hold the path of a checkpoint.
_PATHS = re.compile(r'(best|last)_ckpt')


def checkpoints_in(folder: Union[str, Path]) -> List[Path]:
    """Checkpoints of a run, those it may go on from.

    Args:
        folder (str | Path): Its work dir; need not be there.

    Returns:
        list[Path]: ``epoch_N.pth`` and ``iter_N.pth``, the one written last
        behind.
    """
    found = [
        (path.stat().st_mtime, int(match[2]), path)
        for path in Path(folder).glob('*.pth')
        if (match := _NUMBERED.fullmatch(path.name))
    ]
    return [path for *_, path in sorted(found)]


def last_checkpoint(folder: Union[str, Path]) -> Optional[Path]:
    """Find the checkpoint that a run in a work dir goes on from.

    Args:
        folder (str | Path): The work dir.

    Returns:
        Path | None: The one that ``last_checkpoint`` names, by its name in
        this folder, else the one written last; None if there is none.
    """
    note = Path(folder) / 'last_checkpoint'
    if note.is_file():
        # of a machine whose paths may be written otherwise
        name = re.split(r'[/\\]', note.read_text(encoding='utf-8').strip())[-1]
        if name and (Path(folder) / name).is_file():
            return Path(folder) / name
    found = checkpoints_in(folder)
    return found[-1] if found else None


def check_own(
    folder: Union[str, Path], resumed: Union[str, Path, None]
) -> None:
    """Check that a training will not write over another run's checkpoints.

    Args:
        folder (str | Path): Where it will write its own.
        resumed (str | Path, optional): The checkpoint it goes on from.

    Raises:
        FileExistsError: There are checkpoints, and it goes on from none of
            them.
    """
    there = checkpoints_in(folder)
    if not there or _is_in(folder, resumed):
        return
    raise FileExistsError(
        f'{folder} holds checkpoints of another run ({there[-1].name} is its '
        'last), which would be overwritten: go on with it by --resume, name '
        'another --work-dir, or give --overwrite if you mean it'
    )


def _is_in(
    folder: Union[str, Path], checkpoint: Union[str, Path, None]
) -> bool:
    """Whether a checkpoint is one of a folder, by whatever path."""
    return (
        checkpoint is not None
        and Path(checkpoint).is_file()
        and any(
            path.samefile(checkpoint) for path in Path(folder).glob('*.pth')
        )
    )


class OwnCheckpointsHook(Hook):
    """Lets a resumed run know the checkpoints in its own work dir alone."""

    priority = 'VERY_LOW'

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Point the paths inside a checkpoint at the files of this run.

        Args:
            runner (Runner): The runner.
            checkpoint (dict): Is changed: an entry whose file is not in this
                run's folder is taken out.
        """
        info: Dict[str, Any] = checkpoint.get('message_hub', {}).get(
            'runtime_info', {}
        )
        folder = _folder(runner)
        if '://' in folder:
            return
        for key in [key for key in info if _PATHS.match(key)]:
            path = Path(folder) / re.split(r'[/\\]', str(info[key]))[-1]
            if path.is_file():
                info[key] = str(path)
            else:
                del info[key]


def _folder(runner: Runner) -> str:
    """Where the run writes its checkpoints."""
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook) and hook.out_dir is not None:
            if hook.out_dir == runner.work_dir:
                break
            # MMEngine puts the name of the work dir behind it.
            return str(Path(hook.out_dir) / Path(runner.work_dir).name)
    return runner.work_dir
