"""A ring of keys in a module's buffers."""

import torch
from torch import Tensor, nn


class Ring(nn.Module):
    """First-in first-out ring of keys with identity and time of writing.

    Args:
        size (int): Number of slots, >= 0.
        feat_channels (int): Length of a key.

    Example:
        Three slots hold two keys; two more keys are to come. The first new
        key takes the empty slot 2, the second overwrites the oldest key, in
        slot 0. Slot 1 is kept:

        >>> import torch
        >>> ring = Ring(size=3, feat_channels=1)
        >>> time = torch.tensor(1)
        >>> ring.write(torch.tensor([[1.0], [2]]), torch.tensor([5, 6]), time)
        >>> ring.slots(2).tolist(), ring.kept(2).tolist()
        ([2, 0], [False, True, False])
        >>> ring.write(torch.tensor([[3.0], [4]]), torch.tensor([7, 8]), time)
        >>> ring.ids.tolist(), int(ring.pointer), int(ring.fill)
        ([8, 6, 7], 1, 3)
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
        """Last ``size`` entries of ``items``, which fit into the ring.

        Args:
            items (Tensor): Keys, identities or rows in the order of writing,
                (m, ...).

        Returns:
            Tensor: At most ``size`` entries.
        """
        return items[max(len(items) - self.size, 0) :]

    def slots(self, num: int) -> Tensor:
        """Slots that the newest of the next ``num`` keys will take.

        Args:
            num (int): Number of keys to come; of more than ``size`` keys, the
                later keys overwrite the earlier keys.

        Returns:
            Tensor: At most ``size`` slots, int64, in the order of the keys.
        """
        steps = torch.arange(
            max(num - self.size, 0), num, device=self.keys.device
        )
        return (self.pointer + steps) % max(self.size, 1)

    def kept(self, num_incoming: int) -> Tensor:
        """Slots that are filled and stay so when the next keys are written.

        Args:
            num_incoming (int): Number of keys to come.

        Returns:
            Tensor: Mask of the slots, (size,) bool.
        """
        mask = torch.arange(self.size, device=self.keys.device) < self.fill
        mask[self.slots(num_incoming)] = False
        return mask

    def write(self, keys: Tensor, ids: Tensor, time: Tensor) -> None:
        """Write keys over the oldest.

        Args:
            keys (Tensor): Keys, (m, feat_channels).
            ids (Tensor): Identities, (m,) int64.
            time (Tensor): Number of the commit that writes the keys, a scalar.
        """
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
