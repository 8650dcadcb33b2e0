"""Find and replace the data roots of a config."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmengine.config import Config, ConfigDict

from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError

#: Keys of the data loaders of a config.
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
#: Command that makes the data of a config of this package, by folder name.
_COMMANDS = {
    'synthetic': 'mmdmr make_synthetic --out {root}',
    'synthetic-hard': 'mmdmr ablate',
}


def datasets_of(cfg: Config, loader: str) -> Iterator[ConfigDict]:
    """Find the data sets of a loader, without the wrappers around them.

    Args:
        cfg (Config): The config.
        loader (str): Key of the loader.

    Yields:
        ConfigDict: Entry of each data set, in no particular order.

    Example:
        >>> inner = dict(type='mmdmr.PRWDataset', data_root='data/PRW')
        >>> outer = dict(type='RepeatDataset', times=2, dataset=inner)
        >>> cfg = Config(dict(train_dataloader=dict(dataset=outer)))
        >>> [d.data_root for d in datasets_of(cfg, 'train_dataloader')]
        ['data/PRW']
    """
    pending = [(cfg.get(loader) or {}).get('dataset')]
    while pending:
        dataset = pending.pop()
        if dataset is None:
            continue
        inner = [dataset.get('dataset'), *dataset.get('datasets', ())]
        if any(inner):
            pending.extend(inner)
        else:
            yield dataset


def replace_data_root(cfg: Config, data_root: str) -> None:
    """Make every data set of a config read another folder.

    Args:
        cfg (Config): Config to change: ``data_root`` of all training,
            validation and test data sets is set, also inside wrappers.
        data_root (str): The folder.

    Raises:
        InputError: The config reads data sets from several folders.

    Example:
        >>> data = dict(type='mmdmr.PRWDataset', data_root='data/PRW')
        >>> cfg = Config(dict(test_dataloader=dict(dataset=data)))
        >>> replace_data_root(cfg, '/mnt/PRW')
        >>> cfg.test_dataloader.dataset.data_root
        '/mnt/PRW'
    """
    datasets = [d for loader in LOADERS for d in datasets_of(cfg, loader)]
    roots = {
        os.path.normpath(d.data_root) for d in datasets if d.get('data_root')
    }
    if len(roots) > 1:
        raise InputError(
            f'--data-root names one folder, but this config reads '
            f'{len(roots)}: {", ".join(sorted(roots))}. Link each data set '
            'into one folder, or write a config that inherits from this '
            'config and gives each data set its data_root.'
        )
    for dataset in datasets:
        dataset.data_root = data_root


def resolve_data_roots(
    cfg: Config, loaders: Sequence[str], project: Path
) -> None:
    """Look for relative data roots in the current folder, then the project.

    The configs of this package thus work from any folder. A message names
    each data root that is taken from the project.

    Args:
        cfg (Config): Config to change: a ``data_root`` that exists only in
            the project becomes absolute.
        loaders (Sequence[str]): Keys of the data loaders to look at.
        project (Path): Folder that holds ``configs/``.

    Raises:
        FileNotFoundError: A data root exists in neither folder.
    """
    reported = set()
    for loader in loaders:
        for dataset in datasets_of(cfg, loader):
            root = dataset.get('data_root')
            if not root or is_remote(root) or Path(root).is_dir():
                continue
            # For an absolute root, this is the root itself.
            in_project = project / root
            if not in_project.is_dir():
                raise FileNotFoundError(_missing(root, loader, project))
            dataset.data_root = str(in_project)
            if root not in reported:
                print(
                    f'data_root {root} does not exist here, using {in_project}'
                )
                reported.add(root)


def _missing(root: str, loader: str, project: Path) -> str:
    """Message about a data root that does not exist."""
    # The current folder may be the project, which is then named once.
    folders = dict.fromkeys(map(str, (Path.cwd(), project)))
    where = '' if Path(root).is_absolute() else f' in {" or ".join(folders)}'
    command = _COMMANDS.get(Path(root).name, '').format(root=root)
    advice = f'Make it with "{command}"' if command else 'Link the data there'
    return (
        f'{loader}: data_root {root} does not exist{where}. {advice}, or '
        'give its folder with --data-root.'
    )
