"""Options of the commands that read a config, for MMEngine's configs."""

from argparse import ArgumentParser, Namespace
from typing import Any

from mmengine.config import DictAction


class _Options(DictAction):
    """MMEngine's ``key=value`` pairs; any other text is refused."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        for value in values:
            if '=' not in value or value.startswith('='):
                parser.error(f'{option_string}: {value!r} is not key=value')
        try:
            super().__call__(parser, namespace, values, option_string)
        except (AssertionError, ValueError) as error:
            parser.error(f'{option_string}: {error}')


def add_config_options(parser: ArgumentParser) -> None:
    """Add the config and the options that change it.

    Args:
        parser (ArgumentParser): Parser to extend.
    """
    parser.add_argument(
        'config', help='config file, or name of a config of mmdmr'
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


def config_arguments(args: Namespace) -> dict[str, Any]:
    """Turn parsed options into keyword arguments.

    Args:
        args (Namespace): Result of a parser of :func:`add_config_options`.

    Returns:
        dict[str, Any]: Arguments of :func:`mmdmr.config.load_config`.
    """
    return dict(
        name=args.config, data_root=args.data_root, options=args.cfg_options
    )


def add_run_options(parser: ArgumentParser, subfolder: str = '') -> None:
    """Add the options of commands that start a runner.

    Args:
        parser (ArgumentParser): Parser to extend.
        subfolder (str): Text behind the default work dir. Defaults to ''.
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
    # torch.distributed.launch passes either spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def run_arguments(args: Namespace) -> dict[str, Any]:
    """Turn parsed options into keyword arguments.

    Args:
        args (Namespace): Result of a parser of :func:`add_config_options` and
            :func:`add_run_options`.

    Returns:
        dict[str, Any]: Arguments of :func:`mmdmr.config.load_run_config`.
    """
    return dict(
        config_arguments(args), work_dir=args.work_dir, launcher=args.launcher
    )
