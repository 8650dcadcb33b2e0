"""Filling a memory, in functions that other processes can import."""

import torch
import torch.nn.functional as F
from torch import distributed as torch_dist

from mmdmr.models import MemoryQueue


def keys_of(*values):
    """One key per value, which fills all its channels."""
    return torch.tensor(values, dtype=torch.float32)[:, None].expand(-1, 4)


def unit(*shape, seed=0, dtype=torch.float64):
    """Random embeddings of unit length."""
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(
        torch.randn(*shape, generator=generator, dtype=dtype), dim=-1
    )


def put(memory, values, ids):
    memory.stage(keys_of(*values), torch.tensor(ids, dtype=torch.long))
    return memory.commit()


def stored(ring):
    return list(zip(ring.keys[:, 0].int().tolist(), ring.ids.tolist()))


def drawn_bank():
    """Bank of the two ranks and five keys that ``Staged`` draws.

    Keys x and y are 8 and 9, keys a to e are 1 to 5, empty slots are 0.
    """
    memory = MemoryQueue(3, 1, feat_channels=4)
    if torch_dist.get_rank() == 0:
        put(memory, [8, 9], [5, 6])
        memory.stage(keys_of(1, 2, float('nan')), torch.tensor([7, -1, 8]))
    else:
        put(memory, [], [])
        memory.stage(keys_of(4, 5), torch.tensor([9, -1]))
    bank = memory.bank()
    values = bank.keys[:, 0].int().tolist()
    return values, bank.ids.tolist(), bank.own_rows.tolist()


def fill_on_rank():
    """What a rank finds in the memory, and the bank of the drawing."""
    memory = MemoryQueue(4, 2, feat_channels=4)
    first = torch_dist.get_rank() == 0
    put(memory, *(([1, 2, 3], [0, -1, 1]) if first else ([4], [5])))
    put(memory, [], [])
    return stored(memory.labelled), stored(memory.unlabelled), drawn_bank()
