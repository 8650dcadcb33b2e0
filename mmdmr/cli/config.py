"""Find and load a config, with what the command line changes in it."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from unittest import mock

from mmengine.config import Config, DictAction
from mmengine.config.utils import ConfigParsingError
from mmengine.registry import DATASETS, init_default_scope

import mmdmr
from mmdmr.cli.data_root import replace_data_root, resolve_data_roots
from mmdmr.datasets import PersonSearchDataset


class _Options(DictAction):
    """MMEngine's ``key=value`` pairs, refusing anything else."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        for value in values:
            if '=' not in value:
                parser.error(f'{option_string}: {value!r} is not key=value')
        super().__call__(parser, namespace, values, option_string)


def add_config_options(parser: ArgumentParser) -> None:
    """Add what all tools with a config share: it, and what changes it.

    Args:
        parser (ArgumentParser): Is changed.
    """
    parser.add_argument(
        'config', help='config file, or the name of one of our own'
    )
    parser.add_argument(
        '--data-root',
        help="folder of the data set, in place of the config's data_root",
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_Options,
        metavar='KEY=VALUE',
        help='change entries of the config, e.g. '
        'train_dataloader.batch_size=2; lists as key="[a,b]"',
    )


def add_run_options(parser: ArgumentParser, subfolder: str = '') -> None:
    """Add the options of tools that start a runner.

    Args:
        parser (ArgumentParser): Is changed.
        subfolder (str): What is put behind the default work dir.
    """
    parser.add_argument(
        '--work-dir',
        help='folder for logs and checkpoints (default: '
        f'work_dirs/<name of the config>{subfolder})',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher (default: none)',
    )
    # torch.distributed.launch passes one or the other spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def project_root() -> Path:
    """Folder that holds ``configs/``: the source tree, or ``mmdmr/.mim``."""
    package = Path(mmdmr.__file__).resolve().parent
    mim = package / '.mim'
    return mim if mim.is_dir() else package.parent


def find_config(name: str) -> Path:
    """Find a config by its path or, among our own, by its base name.

    Args:
        name (str): A path; or a base name, with or without ``.py``.

    Returns:
        Path: An existing file.

    Raises:
        FileNotFoundError: If there is none; names the nearest of our own.
        ValueError: If the path is not a Python, JSON or YAML file.
    """
    path = Path(name)
    if path.is_file():
        if path.suffix not in ('.py', '.json', '.yaml', '.yml'):
            raise ValueError(f'{name} is not a config: give a .py file.')
        return path
    base_name = name if name.endswith('.py') else f'{name}.py'
    own = own_configs()
    if base_name in own:
        return own[base_name]
    raise FileNotFoundError(
        f'config {name} is neither a file nor the name of one in '
        f'{project_root() / "configs"}.{_nearest(base_name, own)}'
    )


def _nearest(name: str, own: dict[str, Path]) -> str:
    """A question about the config that was meant; '' if none is near."""
    near = get_close_matches(Path(name).name, own, n=1)
    return f' Did you mean {near[0]}?' if near else ''


def own_configs() -> dict[str, Path]:
    """Our own configs.

    Returns:
        dict[str, Path]: By base name.
    """
    return {
        path.name: path
        for path in (project_root() / 'configs').rglob('*.py')
        if '_base_' not in path.parts
    }


@contextmanager
def own_bases() -> Iterator[None]:
    """Let a config anywhere inherit from one of ours by its base name.

    A ``_base_`` that is not where it says, but has the name of one of our
    configs, is taken for that.
    """
    find = Config._get_cfg_path

    def find_own(cfg_path: str, filename: str) -> tuple[str, str | None]:
        path, scope = find(cfg_path, filename)
        if scope is None and not os.path.isfile(path):
            name = Path(cfg_path).name
            own = own_configs()
            if name not in own:
                raise FileNotFoundError(
                    f'{filename}: its _base_ {cfg_path} is neither there nor '
                    f'the name of one of our configs.{_nearest(name, own)}'
                )
            path = str(own[name])
        return path, scope

    with mock.patch.object(Config, '_get_cfg_path', staticmethod(find_own)):
        yield


def check_options(cfg: Config, options: dict[str, Any]) -> None:
    """Refuse options that look like misspelt entries of the config.

    Args:
        cfg (Config): The config.
        options (dict[str, Any]): Values by dotted keys.

    Raises:
        ValueError: A part of a key is not there, but a similar one is.
    """
    for key in options:
        there: Any = cfg
        for part in key.split('.'):
            if not isinstance(there, (Config, dict)):
                break
            if part not in there:
                near = get_close_matches(part, list(there), n=1, cutoff=0.85)
                if near:
                    raise ValueError(
                        f'--cfg-options {key}: there is no {part}; did you '
                        f'mean {near[0]}?'
                    )
                break
            there = there[part]


def load_config(args: Namespace, loaders: Sequence[str]) -> Config:
    """Load a config and apply the options of :func:`add_config_options`.

    Args:
        args (Namespace): Parsed arguments.
        loaders (Sequence[str]): Keys of the data loaders that will be used;
            their data must exist.

    Returns:
        Config: The merged config.

    Raises:
        FileNotFoundError: If the config or its data does not exist.
        ValueError: If the config cannot be parsed, imports what is not
            installed, or an option looks like a misspelt entry of it.
    """
    path = find_config(args.config)
    try:
        with own_bases():
            cfg = Config.fromfile(path)
    except ConfigParsingError as error:
        raise ValueError(f'{path}: {error}') from error
    except ImportError as error:
        raise ValueError(
            f'{path}: what it imports cannot be: {_first_cause(error)}. '
            'Install the package that has it'
        ) from error
    except FileNotFoundError:
        raise
    except Exception as error:  # a config is a program
        raise ValueError(
            f'{path}: cannot be run: {type(error).__name__}: {error}'
        ) from error
    if args.data_root is not None:
        replace_data_root(cfg, args.data_root)
    if args.cfg_options is not None:
        check_options(cfg, args.cfg_options)
        cfg.merge_from_dict(args.cfg_options)
    resolve_data_roots(cfg, loaders, project_root())
    return cfg


def _first_cause(error: BaseException) -> BaseException:
    """The error that others were raised for."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def load_run_config(
    args: Namespace, loaders: Sequence[str], subfolder: str = ''
) -> Config:
    """Load a config and apply also the options of :func:`add_run_options`.

    The merged config is to be dumped as ``config.py``: under its own name
    mim would find it twice.

    Args:
        args (Namespace): Parsed arguments.
        loaders (Sequence[str]): As in :func:`load_config`.
        subfolder (str): As in :func:`add_run_options`.

    Returns:
        Config: With ``work_dir``, ``launcher`` and ``experiment_name`` set.

    Raises:
        FileNotFoundError, ValueError: As in :func:`load_config`.
    """
    cfg = load_config(args, loaders)
    name = find_config(args.config).stem
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or (
        (cfg.get('work_dir') or os.path.join('work_dirs', name)) + subfolder
    )
    cfg.experiment_name = cfg.get('experiment_name') or name
    # Config takes assigned attributes for entries of the config.
    object.__setattr__(cfg, '_filename', 'config.py')
    return cfg


def load_test_set(args: Namespace) -> PersonSearchDataset:
    """Read the test set of a config.

    Args:
        args (Namespace): Parsed arguments.

    Returns:
        PersonSearchDataset: In test mode.

    Raises:
        FileNotFoundError, ValueError: As in :func:`load_config`, or what the
            reader complains of.
    """
    cfg = load_config(args, ('test_dataloader',))
    init_default_scope(cfg.default_scope)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    if not isinstance(dataset, PersonSearchDataset):
        raise ValueError(
            f'{args.config} tests on a {type(dataset).__name__}; give a '
            'config with one person-search data set'
        )
    return dataset
