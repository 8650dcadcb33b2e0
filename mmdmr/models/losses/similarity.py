"""Similarities in full precision, whatever the rest runs in."""

import torch
from torch import Tensor


def similarities(query: Tensor, keys: Tensor) -> Tensor:
    """Inner products, in float32 where ``query`` is of half precision.

    Mixed precision (autocast) is switched off inside: exponentials of scaled
    similarities need more than eleven bits.

    Args:
        query (Tensor): (a, d).
        keys (Tensor): (k, d), of any precision.

    Returns:
        Tensor: (a, k).
    """
    if query.dtype in (torch.float16, torch.bfloat16):
        query = query.float()
    with torch.autocast(query.device.type, enabled=False):
        return query @ keys.to(query.dtype).T
