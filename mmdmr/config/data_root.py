"""Where the data of a config lies."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmengine.config import Config, ConfigDict

from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def datasets_of(cfg: Config, loader: str) -> Iterator[ConfigDict]:
    """Find the data set entries of a loader, without the wrappers around.

    Args:
        cfg (Config): The config.
        loader (str): Key of the loader.

    Yields:
        ConfigDict: One entry each.
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
        cfg (Config): Is changed: ``data_root`` of the training, validation
            and test data sets, also of those inside wrappers.
        data_root (str): The folder.

    Raises:
        InputError: The config reads data sets of several folders.
    """
    datasets = [d for loader in LOADERS for d in datasets_of(cfg, loader)]
    roots = {
        os.path.normpath(d.data_root) for d in datasets if d.get('data_root')
    }
    if len(roots) > 1:
        raise InputError(
            f'--data-root names one folder, but this config reads '
            f'{len(roots)}: {", ".join(sorted(roots))}. Link each there, or '
            'write a config that inherits from it and names yours.'
        )
    for dataset in datasets:
        dataset.data_root = data_root


def resolve_data_roots(
    cfg: Config, loaders: Sequence[str], project: Path
) -> None:
    """Find relative data roots beside the project's configs, if need be.

    A relative ``data_root`` means the current folder. One that does not exist
    there but does in the project is used from the project, so that our own
    configs work from any folder.

    Args:
        cfg (Config): Is changed: such a ``data_root`` becomes absolute.
        loaders (Sequence[str]): Keys of the data loaders to look at.
        project (Path): Folder that holds ``configs/``.

    Raises:
        FileNotFoundError: If a data root exists nowhere.
    """
    told = set()
    for loader in loaders:
        for dataset in datasets_of(cfg, loader):
            root = dataset.get('data_root')
            if not root or is_remote(root) or Path(root).is_dir():
                continue
            # For an absolute root this is the root itself.
            in_project = project / root
            if not in_project.is_dir():
                raise FileNotFoundError(_missing(root, loader, project))
            dataset.data_root = str(in_project)
            if root not in told:
                print(
                    f'data_root {root} does not exist here, using {in_project}'
                )
                told.add(root)


def _missing(root: str, loader: str, project: Path) -> str:
    places = dict.fromkeys(map(str, (Path.cwd(), project)))
    where = '' if Path(root).is_absolute() else f' in {" or ".join(places)}'
    if Path(root).name == 'synthetic-hard':
        advice = '"mmdmr ablate" makes it'
    elif Path(root).name == 'synthetic':
        advice = f'Make it with "mmdmr make_synthetic --out {root}"'
    else:
        advice = 'Link the data set there'
    return (
        f'{loader}: data_root {root} does not exist{where}. {advice}, or '
        'give its folder with --data-root.'
    )
