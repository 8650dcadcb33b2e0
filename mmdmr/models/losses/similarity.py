"""Similarities in full precision, also under mixed precision."""

import torch
from torch import Tensor

from mmdmr.models.precision import at_least_float32


def similarities(query: Tensor, keys: Tensor) -> Tensor:
    """Inner products, in float32 where ``query`` is of half precision.

    Mixed precision (autocast) is switched off inside: exponentials of scaled
    similarities need more than eleven bits.

    Args:
        query (Tensor): Embeddings, (a, d).
        keys (Tensor): Keys of any precision, (k, d).

    Returns:
        Tensor: Inner products, (a, k); cosine similarities for embeddings of
        unit length.

    Example:
        >>> import torch
        >>> keys = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
        >>> found = similarities(keys[:1].half(), keys)
        >>> found.dtype, [round(s, 2) for s in found[0].tolist()]
        (torch.float32, [1.0, 0.6])
    """
    query = at_least_float32(query)
    with torch.autocast(query.device.type, enabled=False):
        return query @ keys.to(query.dtype).T
