"""The machine that trains: its settings and its description."""

from typing import Any

import torch
from mmengine.config import Config

from mmdmr.benchmark.gallery import describe_machine
from mmdmr.cpu import cpu_name
from mmdmr.engine.allocator import keep_memory
from mmdmr.errors import InputError


def prepare(cfg: Config, device: str, threads: int | None) -> torch.device:
    """Set the process up as a training of a config does.

    Args:
        cfg (Config): Config, of which ``env_cfg.cudnn_benchmark`` counts.
        device (str): Name of the device, ``cpu`` or ``cuda``.
        threads (int | None): Threads of PyTorch; None leaves the number.

    Returns:
        torch.device: The device.

    Raises:
        InputError: There is no such device.
    """
    if device == 'cuda' and not torch.cuda.is_available():
        raise InputError(
            '--device cuda: PyTorch finds no GPU; use --device cpu, or '
            'install a build of PyTorch for this GPU'
        )
    # As in a training, before the first large tensor.
    keep_memory()
    if threads:
        torch.set_num_threads(threads)
    env_cfg = cfg.get('env_cfg') or {}
    torch.backends.cudnn.benchmark = env_cfg.get('cudnn_benchmark', False)
    return torch.device(device)


def describe(device: torch.device) -> dict[str, Any]:
    """Tell what trained, without which times say little.

    Args:
        device (torch.device): Device that trained.

    Returns:
        dict[str, Any]: ``device``, its name; ``processors`` and ``load`` of
        the last minute; ``threads`` of PyTorch and its version, ``torch``.
    """
    on_gpu = device.type == 'cuda'
    return dict(
        describe_machine(),
        device=torch.cuda.get_device_name(device) if on_gpu else cpu_name(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
    )
