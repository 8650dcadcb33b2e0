"""Build the runner of a config, also for several processes on CPUs."""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger, print_log
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from mmdmr.engine.allocator import keep_memory
from mmdmr.engine.checks.wrappers import check_wrappers
from mmdmr.engine.description import describe_run
from mmdmr.engine.hooks import SameStatisticsHook, TrimMemoryHook
from mmdmr.errors import InputError

#: Seconds between two looks whether a name is free.
_PAUSE = 0.05


def build_runner(cfg: Config, local_rank: int = 0) -> Runner:
    """Build the runner of a config.

    Before, the memory allocator of the process is set for large tensors, see
    :func:`~mmdmr.engine.allocator.keep_memory`. The log says what was set. It
    also tells the command and the versions, see
    :func:`~mmdmr.engine.description.describe_run`. The runner gets a
    :class:`~mmdmr.engine.hooks.TrimMemoryHook`, and in a run of several
    processes a :class:`~mmdmr.engine.hooks.SameStatisticsHook`.

    The run has a log of its own, also if other runs of the same process start
    in the same second.

    Args:
        cfg (Config): Config from :func:`mmdmr.config.load_run_config`.
        local_rank (int): Rank of the process on this machine, used if the
            launcher does not set ``LOCAL_RANK``. Defaults to 0.

    Returns:
        Runner: Runner before its start.

    Raises:
        InputError: Without GPUs, the launcher is not ``pytorch``, or the
            process was not started by torchrun. A wrapper or a strategy of
            the config cuts the network into pieces, as FSDP and DeepSpeed do.
    """
    check_wrappers(cfg)
    allocator = keep_memory()
    os.environ.setdefault('LOCAL_RANK', str(local_rank))
    if cfg.launcher != 'none' and not torch.cuda.is_available():
        _open_cpu_group(cfg)
    _await_free_name(cfg)
    if 'runner_type' in cfg:
        runner = RUNNERS.build(cfg)
    else:
        runner = Runner.from_cfg(cfg)
    # The runner has opened the log by now.
    print_log(allocator, logger='current')
    print_log(describe_run(sys.argv), logger='current')
    runner.register_hook(TrimMemoryHook())
    if cfg.launcher != 'none':
        runner.register_hook(SameStatisticsHook())
    return runner


def _await_free_name(cfg: Config) -> None:
    """Wait until no earlier run of this process has the name of this one.

    MMEngine names a run by its config and the second of its start. It gives
    two runs of one name the same log, which lies in the folder of the first.

    Args:
        cfg (Config): Config of the run.
    """
    name = cfg.get('experiment_name') or Path(cfg.filename or '').stem
    prefix = f'{name}_' if name else ''
    while MMLogger.check_instance_created(
        prefix + time.strftime('%Y%m%d_%H%M%S')
    ):
        time.sleep(_PAUSE)


def _open_cpu_group(cfg: Config) -> None:
    """Open a gloo process group in place of MMEngine, which needs GPUs.

    MMEngine calls ``torch.cuda.set_device`` and gives the model wrapper the
    index of a GPU. MMEngine does neither if a process group is open already
    and the config has a ``model_wrapper_cfg``.

    Args:
        cfg (Config): Config to change: ``model_wrapper_cfg`` is set.

    Raises:
        InputError: The launcher is not ``pytorch``, or the process was not
            started by torchrun.
    """
    if cfg.launcher != 'pytorch':
        raise InputError(
            f'--launcher {cfg.launcher} needs GPUs; without GPUs, use '
            '--launcher pytorch.'
        )
    if 'RANK' not in os.environ:
        raise InputError(
            '--launcher pytorch: start the program with torchrun, e.g. '
            'torchrun --nproc_per_node 2 tools/train.py ...'
        )
    if not torch.distributed.is_initialized():
        # As MMEngine reads the entry on GPUs.
        dist_cfg = cfg.get('env_cfg', {}).get('dist_cfg', {})
        seconds = dist_cfg.get('timeout')
        torch.distributed.init_process_group(
            'gloo', timeout=seconds and timedelta(seconds=seconds)
        )
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel',
        device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False),
    )
