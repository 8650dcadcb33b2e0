"""Load a config and change entries of it."""

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mmengine.config import Config
from mmengine.config.utils import ConfigParsingError
from mmengine.registry import DATASETS, init_default_scope

from mmdmr.datasets import PersonSearchDataset
from mmdmr.errors import InputError

from .bases import resolve_bases
from .data_root import replace_data_root, resolve_data_roots
from .find import find_config, project_root


def read_config(path: Path) -> Config:
    """Read a config file.

    Args:
        path (Path): A Python, JSON or YAML file. Its ``_base_`` may be the
            base name of a config of this package.

    Returns:
        Config: The config, with everything that it inherits.

    Raises:
        FileNotFoundError: A base does not exist.
        InputError: The file cannot be parsed, raises an error when it is
            run, or imports a package that is not installed.
    """
    try:
        with TemporaryDirectory() as folder:
            return Config.fromfile(resolve_bases(path, Path(folder)))
    except ConfigParsingError as error:
        raise InputError(f'{path}: {error}') from error
    except ImportError as error:
        raise InputError(
            f'{path}: an import fails: {_first_cause(error)}. '
            'Install the package of the imported module'
        ) from error
    except FileNotFoundError:
        raise
    except Exception as error:  # a config is a program: any error may come
        raise InputError(
            f'{path}: cannot be run: {type(error).__name__}: {error}'
        ) from error


def _first_cause(error: BaseException) -> BaseException:
    """First error of a chain in which each error caused the next."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def load_config(
    name: str,
    *,
    data_root: str | None = None,
    options: Mapping[str, Any] | None = None,
    loaders: Sequence[str] = (),
) -> Config:
    """Load a config, change entries of it, and find its data.

    Args:
        name (str): Path of a config, or base name of a config of this
            package.
        data_root (str | None): Folder that replaces the ``data_root`` of all
            data sets. Defaults to None.
        options (Mapping[str, Any] | None): Values by dotted keys, such as
            ``{'model.memory.momentum': 0.1}``. Defaults to None.
        loaders (Sequence[str]): Keys of the data loaders that will be used;
            their data must exist. Defaults to none.

    Returns:
        Config: The merged config.

    Raises:
        FileNotFoundError: The config or its data does not exist.
        InputError: The config cannot be read, or an option looks like a
            misspelt entry of it.

    Example:
        >>> cfg = load_config(
        ...     'dmrnet_faster-rcnn_r50_fpn_1x_prw',
        ...     options={'train_dataloader.batch_size': 2})
        >>> cfg.train_dataloader.batch_size
        2
    """
    cfg = read_config(find_config(name))
    if data_root is not None:
        replace_data_root(cfg, data_root)
    if options:
        check_options(cfg, options)
        cfg.merge_from_dict(dict(options))
    resolve_data_roots(cfg, loaders, project_root())
    return cfg


def check_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Refuse options that look like misspelt entries of a config.

    Args:
        cfg (Config): The config.
        options (Mapping[str, Any]): Values by dotted keys.

    Raises:
        InputError: A part of a key does not exist in the config, but a
            similar part does.

    Example:
        >>> cfg = Config(dict(model=dict(memory=dict(num_labelled=16))))
        >>> check_options(cfg, {'model.memory.num_labelled': 8})
        >>> check_options(cfg, {'model.embed_gt_boxes': True})  # a new entry
    """
    for key in options:
        entry: Any = cfg
        for part in key.split('.'):
            # MMEngine checks an index into a list, or an entry below a
            # value.
            if not isinstance(entry, (Config, dict)):
                break
            if part not in entry:
                near = get_close_matches(part, list(entry), n=1, cutoff=0.85)
                if near:
                    raise InputError(
                        f'--cfg-options {key}: there is no {part}; did you '
                        f'mean {near[0]}?'
                    )
                break
            entry = entry[part]


def load_run_config(
    name: str,
    *,
    work_dir: str | None = None,
    launcher: str = 'none',
    subfolder: str = '',
    data_root: str | None = None,
    options: Mapping[str, Any] | None = None,
    loaders: Sequence[str] = (),
) -> Config:
    """Load a config for a runner.

    The runner writes the config into the work dir as ``config.py``. Under its
    own name, mim would find the config twice.

    Args:
        name (str): Path of a config, or base name of a config of this
            package.
        work_dir (str | None): Folder for logs and checkpoints. Defaults to
            None: the ``work_dir`` of the config, or ``work_dirs/NAME``.
        launcher (str): Job launcher. Defaults to 'none'.
        subfolder (str): Text appended to a default ``work_dir``, such as
            ``/test``. Defaults to ''.
        data_root (str | None): Folder that replaces the ``data_root`` of all
            data sets. Defaults to None.
        options (Mapping[str, Any] | None): Values by dotted keys. Defaults to
            None.
        loaders (Sequence[str]): Keys of the data loaders that will be used;
            their data must exist. Defaults to none.

    Returns:
        Config: The merged config with ``work_dir``, ``launcher`` and
        ``experiment_name``; its ``filename`` is ``config.py``.

    Raises:
        FileNotFoundError: The config or its data does not exist.
        InputError: The config cannot be read, or an option looks like a
            misspelt entry of it.
    """
    cfg = load_config(
        name, data_root=data_root, options=options, loaders=loaders
    )
    stem = find_config(name).stem
    cfg.launcher = launcher
    cfg.work_dir = work_dir or (
        (cfg.get('work_dir') or os.path.join('work_dirs', stem)) + subfolder
    )
    cfg.experiment_name = cfg.get('experiment_name') or stem
    return Config(
        cfg.to_dict(),
        cfg_text=cfg.text,
        filename='config.py',
        env_variables=cfg.env_variables,
    )


def load_test_set(
    name: str,
    *,
    data_root: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> PersonSearchDataset:
    """Read the test set of a config.

    Args:
        name (str): Path of a config, or base name of a config of this
            package.
        data_root (str | None): Folder that replaces the ``data_root`` of all
            data sets. Defaults to None.
        options (Mapping[str, Any] | None): Values by dotted keys. Defaults to
            None.

    Returns:
        PersonSearchDataset: The data set in test mode.

    Raises:
        FileNotFoundError: The config or a file of the data set does not
            exist.
        InputError: The config cannot be read, an option looks like a misspelt
            entry of it, a file of the data set is wrong, or the config tests
            on several data sets or another kind of data set.
    """
    cfg = load_config(
        name,
        data_root=data_root,
        options=options,
        loaders=('test_dataloader',),
    )
    init_default_scope(cfg.default_scope)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    if not isinstance(dataset, PersonSearchDataset):
        raise InputError(
            f'{name} tests on a {type(dataset).__name__}; give a config '
            'with a single person-search data set'
        )
    return dataset
