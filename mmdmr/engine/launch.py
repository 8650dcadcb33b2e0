"""Build the runner, also for several processes without GPUs."""

import os

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from mmdmr.errors import InputError


def build_runner(cfg: Config, local_rank: int = 0) -> Runner:
    """Build the runner of a config.

    Args:
        cfg (Config): As :func:`mmdmr.config.load_run_config` returns it.
        local_rank (int): Rank on this machine, used if the launcher set no
            ``LOCAL_RANK``. Defaults to 0.

    Returns:
        Runner: Not yet started.
    """
    os.environ.setdefault('LOCAL_RANK', str(local_rank))
    if cfg.launcher != 'none' and not torch.cuda.is_available():
        _open_cpu_group(cfg)
    if 'runner_type' in cfg:
        return RUNNERS.build(cfg)
    return Runner.from_cfg(cfg)


def _open_cpu_group(cfg: Config) -> None:
    """Open a gloo group before MMEngine would select a GPU.

    MMEngine's own start calls ``torch.cuda.set_device`` and gives the model
    wrapper a device index; both fail without GPUs.

    Args:
        cfg (Config): Is changed: gets a ``model_wrapper_cfg``.

    Raises:
        InputError: If the launcher is not ``pytorch``, or started no process.
    """
    if cfg.launcher != 'pytorch':
        raise InputError(
            f'--launcher {cfg.launcher} needs GPUs; without '
            'any, use --launcher pytorch.'
        )
    if 'RANK' not in os.environ:
        raise InputError(
            '--launcher pytorch: start me with torchrun, e.g. '
            'torchrun --nproc_per_node 2 tools/train.py ...'
        )
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel',
        device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False),
    )
