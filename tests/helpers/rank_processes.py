"""Ranks of a distributed run as processes of this machine."""

import multiprocessing
import os

import torch
from processes import free_port
from torch import distributed
from torch.multiprocessing import start_processes

#: What the ranks need. A server imports this once, and forks the ranks.
_NEEDED = [
    *('mmdmr.cli.commands.train', 'mmdmr.cli.commands.test'),
    *('torch._dynamo', 'yapf.yapflib.yapf_api'),
]


def on_processes(num_ranks, folder, function, *args):
    """Run a function on several ranks, in a process group of Gloo.

    The variables of torchrun are set. A single rank has no process group.

    Args:
        num_ranks (int): Number of processes.
        folder (Path): Empty folder for the results.
        function (Callable): Function of a module in ``tests/helpers``.
        *args: Arguments of the function, the same for each rank.

    Returns:
        list: Results of the ranks.
    """
    multiprocessing.set_forkserver_preload(_NEEDED)
    start_processes(
        _run,
        (num_ranks, free_port(), folder, function, args),
        nprocs=num_ranks,
        start_method='forkserver',
    )
    return [torch.load(folder / str(rank)) for rank in range(num_ranks)]


def _run(rank, num_ranks, port, folder, function, args):
    os.environ.update(
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE=str(num_ranks),
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(port),
    )
    torch.set_num_threads(1)
    if num_ranks > 1:
        distributed.init_process_group('gloo')
    torch.save(function(*args), folder / str(rank))
    if num_ranks > 1:
        # No rank leaves while another still needs the group.
        distributed.barrier()
        distributed.destroy_process_group()
