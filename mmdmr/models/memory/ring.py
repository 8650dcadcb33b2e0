"""A ring of keys in a module's buffers."""

import torch
from torch import Tensor, nn


class Ring(nn.Module):
    """First-in first-out ring of keys with identity and time of writing.

    The keys to write are rows of a longer batch, told by a mask. How many they
    are stays on the device: no method reads a tensor.

    Args:
        size (int): Number of slots, >= 0.
        feat_channels (int): Length of a key.

    Example:
        Three slots hold two keys; two more keys are to come, and a third row
        belongs elsewhere. The first new key takes the empty slot 2, the second
        overwrites the oldest key, in slot 0. Slot 1 is kept:

        >>> import torch
        >>> ring, time = Ring(size=3, feat_channels=1), torch.tensor(1)
        >>> keys, ids = torch.tensor([[1.0], [2]]), torch.tensor([5, 6])
        >>> ring.write(keys, ids, torch.tensor([True, True]), time)
        >>> belongs = torch.tensor([True, False, True])
        >>> ring.fits(belongs).tolist(), ring.kept(belongs).tolist()
        ([True, False, True], [False, True, False])
        >>> ids = torch.tensor([7, 0, 8])
        >>> keys = ids[:, None].float()
        >>> ring.write(keys, ids, belongs, time)
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

    def fits(self, belongs: Tensor) -> Tensor:
        """Rows whose keys will be in the ring after they are written.

        Args:
            belongs (Tensor): Mask of the rows to write, (m,) bool. Of more
                than ``size`` rows, the later rows overwrite the earlier rows.

        Returns:
            Tensor: Mask of the newest ``size`` rows, (m,) bool.
        """
        # The first row to write is number 1, the last is the number of all.
        number = belongs.cumsum(0)
        return belongs & (number > belongs.sum() - self.size)

    def kept(self, belongs: Tensor) -> Tensor:
        """Slots that are filled and stay so when the next rows are written.

        Args:
            belongs (Tensor): Mask of the rows to write, (m,) bool.

        Returns:
            Tensor: Mask of the slots, (size,) bool.
        """
        slots = torch.arange(self.size, device=self.ids.device)
        # The pointer's slot is the next to be written: it is 0 steps ahead.
        steps_ahead = (slots - self.pointer) % max(self.size, 1)
        return (slots < self.fill) & (steps_ahead >= belongs.sum())

    def write(
        self, keys: Tensor, ids: Tensor, belongs: Tensor, time: Tensor
    ) -> None:
        """Write rows over the oldest keys.

        Args:
            keys (Tensor): Keys, (m, feat_channels).
            ids (Tensor): Identities, (m,) int64.
            belongs (Tensor): Mask of the rows to write, (m,) bool.
            time (Tensor): Number of the commit that writes the keys, a scalar.
        """
        width = min(len(keys), self.size)
        if not width:
            return
        num = belongs.sum()
        # Rows to write first, in their order: 0, 2, 1 in the class's example.
        order = belongs.logical_not().byte().argsort(stable=True)
        # Places in this order. Of more rows than slots, the newest are taken.
        places = (num - width).clamp(min=0) + torch.arange(
            width, device=num.device
        )
        rows, slots = order[places], (self.pointer + places) % self.size
        # The slots differ from each other. Those beyond the last row to write
        # are written with what they hold.
        is_new = places < num
        for buffer, values in (
            (self.keys, keys[rows].to(self.keys.dtype)),
            (self.ids, ids[rows]),
            (self.written, time.expand(width)),
        ):
            mask = is_new.reshape(-1, *[1] * (values.dim() - 1))
            buffer.index_copy_(
                0, slots, torch.where(mask, values, buffer[slots])
            )
        self.pointer.add_(num).remainder_(self.size)
        self.fill.add_(num).clamp_(max=self.size)

    def reset(self) -> None:
        """Empty all slots."""
        self.keys.zero_()
        self.ids.fill_(-1)
        for buffer in (self.written, self.pointer, self.fill):
            buffer.zero_()
