"""The work dirs that a report is about, and the files in them."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mmdmr.errors import InputError

#: File of scalars in a start's folder ``TIME`` of the work dir.
_SCALARS = 'vis_data/scalars.json'


class WorkDir(NamedTuple):
    """The folder of one run.

    Args:
        name (str): Name of the run, '' if the user gave none.
        path (Path): The folder.
    """

    name: str
    path: Path


def find_work_dirs(named: Iterable[str]) -> list[WorkDir]:
    """Find the runs that the user names.

    A folder without a run of its own stands for the runs in its folders: the
    work dir of ``mmdmr ablate``, or ``work_dirs``.

    Args:
        named (Iterable[str]): Folders, each ``DIR`` or ``NAME=DIR``.

    Returns:
        list[WorkDir]: The runs; those of one folder by name of their folders.

    Raises:
        FileNotFoundError: A folder is missing.
        InputError: A folder holds no run, a name stands for several runs, or
            two runs are one.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for run in 'ab':
        ...     (folder / run).mkdir()
        ...     _ = (folder / run / 'config.py').write_text('')
        >>> [run.path.name for run in find_work_dirs([str(folder)])]
        ['a', 'b']
    """
    found: list[WorkDir] = []
    for text in named:
        found += _runs_of(*split_name(text))
    paths = [run.path.resolve() for run in found]
    for i, path_i in enumerate(paths):
        if path_i in paths[:i]:
            raise InputError(f'{found[i].path}: named twice; name it once')
    names = [run.name for run in found if run.name]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f'several runs are called {name}; give each a name of its own'
            )
    return found


def split_name(text: str) -> WorkDir:
    """Split ``NAME=DIR``.

    Args:
        text (str): A folder, with a name or without.

    Returns:
        WorkDir: Name and folder. A folder that exists may hold "=" itself.

    Example:
        >>> name, path = split_name('lr=0.1=runs/a')
        >>> name, path.as_posix()
        ('lr=0.1', 'runs/a')
    """
    if Path(text).is_dir():
        return WorkDir('', Path(text))
    name, _, path = text.rpartition('=')
    return WorkDir(name, Path(path))


def _runs_of(name: str, path: Path) -> list[WorkDir]:
    """The run of a folder, or the runs in its folders."""
    if not path.is_dir():
        raise FileNotFoundError(f'{path} is no folder; name a work dir')
    if _is_run(path):
        return [WorkDir(name, path)]
    inner = [run for run in sorted(path.iterdir()) if _is_run(run)]
    if not inner:
        raise InputError(
            f'{path}: neither a work dir nor a folder of work dirs; name '
            'the --work-dir of a training'
        )
    if name and len(inner) > 1:
        raise InputError(
            f'{name}={path}: the folder holds {len(inner)} runs; name each '
            'run, or leave the name out'
        )
    return [WorkDir(name, run) for run in inner]


def _is_run(path: Path) -> bool:
    return path.is_dir() and (
        bool(scalar_files(path) or log_files(path))
        or (path / 'config.py').is_file()
    )


def scalar_files(work_dir: Path) -> list[Path]:
    """Files of scalars, one for each start of the training.

    Args:
        work_dir (Path): Folder of the run.

    Returns:
        list[Path]: Files, oldest first: MMEngine names their folders by time.
    """
    return sorted(work_dir.glob(f'*/{_SCALARS}'))


def log_files(work_dir: Path) -> list[Path]:
    """Logs, one for each start of the training.

    Args:
        work_dir (Path): Folder of the run.

    Returns:
        list[Path]: Files ``TIME/TIME.log``, oldest first.
    """
    return sorted(
        path
        for path in work_dir.glob('*/*.log')
        if path.stem == path.parent.name
    )


def config_file(work_dir: Path) -> Path | None:
    """The config of a run, with all that it inherits.

    Args:
        work_dir (Path): Folder of the run.

    Returns:
        Path | None: ``config.py``, which this package writes, else that of
        the last start; None if there is none.
    """
    own = work_dir / 'config.py'
    if own.is_file():
        return own
    return max(work_dir.glob('*/vis_data/config.py'), default=None)
