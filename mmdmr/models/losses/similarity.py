"""Similarities in full precision, whatever the rest runs in."""

import torch
from torch import Tensor

from mmdmr.models.precision import at_least_float32


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
    query = at_least_float32(query)
    with torch.autocast(query.device.type, enabled=False):
        return query @ keys.to(query.dtype).T
