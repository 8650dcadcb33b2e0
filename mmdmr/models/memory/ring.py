"""A ring of keys in a module's buffers."""

import torch
from torch import Tensor, nn


class Ring(nn.Module):
    """First-in first-out ring of keys with identity and time of writing.

    Args:
        size (int): Number of slots, may be 0.
        feat_channels (int): Length of a key.
    """

    keys: Tensor
    ids: Tensor
    written: Tensor
    pointer: Tensor
    fill: Tensor

    def __init__(self, size: int, feat_channels: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer('keys', torch.zeros(size, feat_channels))
        self.register_buffer('ids', torch.full((size,), -1))
        self.register_buffer('written', torch.zeros(size, dtype=torch.long))
        self.register_buffer('pointer', torch.zeros((), dtype=torch.long))
        self.register_buffer('fill', torch.zeros((), dtype=torch.long))

    def newest(self, items: Tensor) -> Tensor:
        """The last ``size`` of ``items``: those that fit."""
        return items[max(len(items) - self.size, 0) :]

    def slots(self, num: int) -> Tensor:
        """Slots that the newest of the next ``num`` keys will take."""
        steps = torch.arange(
            max(num - self.size, 0), num, device=self.keys.device
        )
        return (self.pointer + steps) % max(self.size, 1)

    def kept(self, num_incoming: int) -> Tensor:
        """Mask, (size,): filled and not overwritten by the next keys."""
        mask = torch.arange(self.size, device=self.keys.device) < self.fill
        mask[self.slots(num_incoming)] = False
        return mask

    def write(self, keys: Tensor, ids: Tensor, time: Tensor) -> None:
        """Write keys over the oldest; ``time`` says when."""
        if not self.size:
            return
        slots = self.slots(len(keys))
        self.keys[slots] = self.newest(keys).to(self.keys.dtype)
        self.ids[slots] = self.newest(ids)
        self.written[slots] = time
        self.pointer.add_(len(keys)).remainder_(self.size)
        self.fill.add_(len(keys)).clamp_(max=self.size)

    def reset(self) -> None:
        """Empty all slots."""
        self.keys.zero_()
        self.ids.fill_(-1)
        for buffer in (self.written, self.pointer, self.fill):
            buffer.zero_()
