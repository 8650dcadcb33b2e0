"""Half precision in a test."""

import torch
from mmengine.device import get_device
from mmengine.runner import BaseLoop

from mmdmr.errors import InputError

#: Types of half precision by name.
HALF_TYPES = dict(bfloat16=torch.bfloat16, float16=torch.float16)


def use_half_precision(loop: BaseLoop, name: str) -> None:
    """Let a test run the network under autocast.

    Convolutions and matrix products compute in half precision. Scores, boxes
    and embeddings stay float32, see :mod:`mmdmr.models.precision`.

    Args:
        loop (BaseLoop): Test loop of MMEngine, or of a subclass.
        name (str): ``bfloat16`` or ``float16``.

    Raises:
        InputError: The device has no autocast with this type, or the loop is
            of another kind.

    Example::

        use_half_precision(runner.test_loop, 'bfloat16')
        runner.test()
    """
    device = get_device()
    dtype = HALF_TYPES[name]
    if device == 'cuda':
        if dtype == torch.bfloat16 and not torch.cuda.is_bf16_supported():
            raise InputError('this GPU has no bfloat16: take float16')
        # The type that MMEngine's autocast takes on a GPU.
        torch.set_autocast_dtype('cuda', dtype)
    elif device != 'cpu':
        raise InputError(
            f'half precision needs a CPU or a CUDA GPU, not {device}'
        )
    elif dtype != torch.bfloat16:
        raise InputError(f'a CPU has no {name} for networks: take bfloat16')
    if not hasattr(loop, 'fp16'):
        raise InputError(
            f'half precision needs the TestLoop of MMEngine, not a '
            f'{type(loop).__name__}'
        )
    loop.fp16 = True
