"""Filling a memory; here, so that processes of their own can import it."""

import torch
from torch import distributed as torch_dist

from mmdmr.models import MemoryQueue


def keys_of(*values):
    """One key per value, which fills all its channels."""
    return torch.tensor(values, dtype=torch.float32)[:, None].expand(-1, 4)


def put(memory, values, ids):
    memory.stage(keys_of(*values), torch.tensor(ids, dtype=torch.long))
    return memory.commit()


def stored(ring):
    return list(zip(ring.keys[:, 0].int().tolist(), ring.ids.tolist()))


def fill_on_rank(rank, init_file, out):
    torch_dist.init_process_group(
        'gloo', init_method=f'file://{init_file}', rank=rank, world_size=2
    )
    memory = MemoryQueue(4, 2, feat_channels=4)
    own = ([1, 2, 3], [0, -1, 1]) if rank == 0 else ([4], [5])
    put(memory, *own)
    put(memory, [], [])
    torch.save(
        (stored(memory.labelled), stored(memory.unlabelled)),
        f'{out}/{rank}.pt',
    )
    torch_dist.destroy_process_group()
