"""Similarities in full precision, also under mixed precision."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmdmr.models.precision import at_least_float32


def similarities(query: Tensor, keys: Tensor | Sequence[Tensor]) -> Tensor:
    """Inner products, in float32 where ``query`` is of half precision.

    Mixed precision (autocast) is switched off inside: exponentials of scaled
    similarities need more than eleven bits.

    Args:
        query (Tensor): Embeddings, (a, d).
        keys (Tensor | Sequence[Tensor]): Keys of any precision, (k, d), or the
            blocks of a :class:`~mmdmr.models.memory.Bank`, (k1, d), (k2, d)
            and so on, which get no gradient.

    Returns:
        Tensor: Inner products, (a, k); cosine similarities for embeddings of
        unit length.

    Raises:
        RuntimeError: In the backward pass, a block was written to more than
            once since the forward pass.

    Example:
        >>> import torch
        >>> keys = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
        >>> found = similarities(keys[:1].half(), keys)
        >>> found.dtype, [round(s, 2) for s in found[0].tolist()]
        (torch.float32, [1.0, 0.6])
        >>> in_blocks = similarities(keys[:1].half(), (keys[:1], keys[1:]))
        >>> in_blocks.equal(found)
        True
    """
    query = at_least_float32(query)
    with torch.autocast(query.device.type, enabled=False):
        if isinstance(keys, Tensor):
            return query @ keys.to(query.dtype).T
        return _BlockProducts.apply(query, *keys)


class _BlockProducts(torch.autograd.Function):
    """Inner products with the blocks of a bank, which are not copied.

    Autograd would refuse blocks that were written to before the backward pass.
    One commit may come before it: a commit writes to rows that take no part,
    whose gradient is zero.
    """

    @staticmethod
    def forward(ctx: Any, query: Tensor, *blocks: Tensor) -> Tensor:
        # Not save_for_backward(), which refuses any change of a block.
        ctx.blocks = blocks
        ctx.versions = [block._version for block in blocks]
        return torch.cat([query @ b.to(query.dtype).T for b in blocks], dim=1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grads
        for block, version in zip(ctx.blocks, ctx.versions):
            # A version counts the changes of a tensor in place.
            if block._version > version + 1:
                raise RuntimeError(
                    'the memory was written more than once since the loss was '
                    'computed: call backward() before the second commit()'
                )
        parts = grad.split([len(block) for block in ctx.blocks], dim=1)
        with torch.autocast(grad.device.type, enabled=False):
            grad_query = sum(
                part @ block.to(part.dtype)
                for part, block in zip(parts, ctx.blocks)
            )
        return grad_query, *[None] * len(ctx.blocks)
