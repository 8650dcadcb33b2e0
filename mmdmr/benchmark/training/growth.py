"""Time and memory of the re-ID part of a step, by the size of the memory."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from mmengine.config import Config, ConfigDict
from torch import Tensor

from mmdmr.benchmark.training.batches import NUM_IDS, random_ids
from mmdmr.benchmark.training.parts import PartClock
from mmdmr.benchmark.training.peak import bytes_of
from mmdmr.benchmark.training.step import fill_memory
from mmdmr.benchmark.training.trace import working_bytes
from mmdmr.benchmark.training.variants import variants_of
from mmdmr.errors import InputError
from mmdmr.files import atomic_path
from mmdmr.models import ReIDHead
from mmdmr.registry import MODELS

#: Entries of a memory's config that set its size.
_SIZES = ('num_labelled', 'num_ids')


class Cell(NamedTuple):
    """Cost of a step's re-ID part for one size and one number of persons.

    Args:
        size (int): Labelled slots of a queue, or identities of a table.
        persons (int): Persons in the batch.
        num_keys (int): Keys that the batch is compared with: a queue's slots
            and the batch's own keys.
        seconds (float): Median time of losses, backward and commit.
        loss_seconds (float): Median time until the losses are known: staging,
            bank, similarities.
        backward_seconds (float): Median time of the gradient with respect to
            the embeddings.
        commit_seconds (float): Median time of the commit.
        working (int): Greatest size of the tensors that the computation
            makes, in bytes, beside the memory.
        stored (int): Bytes of the memory.
    """

    size: int
    persons: int
    num_keys: int
    seconds: float
    loss_seconds: float
    backward_seconds: float
    commit_seconds: float
    working: int
    stored: int


def measure_growth(
    cfg: Config,
    sizes: Sequence[int],
    persons: Sequence[int],
    *,
    rounds: int,
    device: torch.device,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Cell]:
    """Measure the re-ID part of a step for all pairs of sizes and persons.

    A round measures all pairs, so that a change of the machine's speed meets
    all of them.

    Args:
        cfg (Config): Config of a network; its losses, its kind of memory and
            the length of its embeddings count.
        sizes (Sequence[int]): Labelled slots of a queue, where 0 stands for
            ``mmdmr.BatchMemory``; or identities of an OIM table, at least 1.
        persons (Sequence[int]): Persons in a batch, at least 1 each.
        rounds (int): Rounds that count, at least 1.
        device (torch.device): Device that computes.
        tell (Callable): Called after each round with the number of rounds
            done. Defaults to nothing.

    Returns:
        list[Cell]: Cost by size, then by persons.

    Raises:
        InputError: The config's memory has no such size.
    """
    parts = {size: _build(cfg, size, device) for size in sizes}
    pairs = [(size, num) for size in sizes for num in persons]
    # The profiles warm up, too.
    working = {
        (size, num): _measure_working(*parts[size], num, device)
        for size, num in pairs
    }
    seconds: dict[tuple[int, int], list[dict[str, float]]] = {
        pair: [] for pair in pairs
    }
    for number in range(rounds):
        for size, num in pairs if number % 2 else pairs[::-1]:
            seconds[size, num].append(_measure(*parts[size], num, device))
        tell(number + 1)
    return [
        _summary(
            (size, num, _count_keys(*parts[size], num, device)),
            seconds[size, num],
            working[size, num],
            bytes_of(parts[size][1]),
        )
        for size, num in pairs
    ]


def _build(
    cfg: Config, size: int, device: torch.device
) -> tuple[ReIDHead, Any]:
    """Head with the config's losses, and a full memory of a size."""
    model = ConfigDict(reid_head=cfg.model.reid_head)
    model.memory = _sized(cfg.model.memory, size)
    losses = {
        key: value
        for key, value in model.reid_head.items()
        if key in ('loss_reid', 'loss_unlabelled')
    }
    dims = model.reid_head.get('out_channels', 2048)
    model.reid_head = dict(out_channels=dims)
    head = ReIDHead(in_channels=1, out_channels=dims, **losses).to(device)
    memory = MODELS.build(
        model.memory, default_args=dict(feat_channels=dims)
    ).to(device)
    fill_memory(memory, model)
    return head, memory


def _sized(memory: ConfigDict, size: int) -> ConfigDict:
    """Config of a memory of another size, without unlabelled keys."""
    key = next((key for key in _SIZES if key in memory), None)
    if key is None or size < (key == 'num_ids'):
        raise InputError(
            f'model.memory of type {memory.type} cannot have the size {size}: '
            'only an mmdmr.MemoryQueue, of 0 slots or more, or an '
            'mmdmr.OIMTable, of 1 identity or more, is measured'
        )
    sized = ConfigDict({**memory, key: size, 'num_unlabelled': 0})
    if size == 0:
        sized.type = 'mmdmr.BatchMemory'
    return sized


def _measure(
    head: ReIDHead, memory: Any, num: int, device: torch.device
) -> dict[str, float]:
    """Seconds by part of the re-ID part of one step."""
    persons, clock = _persons(head, memory, num, device), PartClock(device)
    _step(head, memory, *persons, clock)
    return clock.pop_seconds()


def _measure_working(
    head: ReIDHead, memory: Any, num: int, device: torch.device
) -> int:
    """Bytes of the re-ID part of one step."""
    persons, clock = _persons(head, memory, num, device), PartClock(device)
    return working_bytes(
        lambda: _step(head, memory, *persons, clock), device.type == 'cuda'
    )


def _count_keys(
    head: ReIDHead, memory: Any, num: int, device: torch.device
) -> int:
    """Keys that a batch is compared with."""
    _, ids, keys = _persons(head, memory, num, device)
    memory.stage(keys, ids)
    num_keys = len(memory.bank().ids)
    memory.discard()
    return num_keys


def _persons(
    head: ReIDHead, memory: Any, num: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Random embeddings, identities and keys of a batch's persons."""
    dims = head.out_channels
    embeddings, keys = F.normalize(
        torch.randn(2, num, dims, device=device), dim=2
    )
    table = getattr(memory, 'table', None)
    ids = random_ids(num, NUM_IDS if table is None else len(table))
    return embeddings.requires_grad_(), ids.to(device), keys


def _step(
    head: ReIDHead,
    memory: Any,
    embeddings: Tensor,
    ids: Tensor,
    keys: Tensor,
    clock: PartClock,
) -> None:
    """Do what a training step does with embeddings and keys."""
    with clock.part('loss'):
        losses = head.loss(embeddings, ids, keys, memory)
    with clock.part('backward'):
        torch.stack([*losses.values()]).sum().backward()
    with clock.part('commit'):
        memory.commit()


def _summary(
    case: tuple[int, int, int],
    seconds: Sequence[dict[str, float]],
    working: int,
    stored: int,
) -> Cell:
    loss, backward, commit = (
        median(found[part] for found in seconds)
        for part in ('loss', 'backward', 'commit')
    )
    total = median(sum(found.values()) for found in seconds)
    return Cell(*case, total, loss, backward, commit, working, stored)


def measure_update(
    cfg: Config, *, rounds: int, device: torch.device
) -> tuple[float, int]:
    """Time the key encoder's update, which no size changes.

    Args:
        cfg (Config): Config of a network with a key encoder.
        rounds (int): Number of updates; the median counts.
        device (torch.device): Device that computes.

    Returns:
        tuple[float, int]: Median seconds of an update, and the number of
        trainable parameters that it averages.
    """
    model: Any = MODELS.build(variants_of(cfg)['keys']).to(device)
    encoder, clock = model.key_encoder, PartClock(device)
    encoder.update(model)  # the first update copies
    seconds: list[float] = []
    for _ in range(rounds):
        with clock.part('EMA'):
            encoder.update(model)
        seconds += clock.pop_seconds().values()
    followed = [
        parameter
        for name, _ in encoder.named_children()
        for parameter in getattr(model, name).parameters()
        if parameter.requires_grad
    ]
    return median(seconds), sum(parameter.numel() for parameter in followed)


def write_cells(path: Path, cells: Sequence[Cell]) -> None:
    """Write a table as CSV.

    Args:
        path (Path): The file; each field of :class:`Cell` is a column.
        cells (Sequence[Cell]): The rows.
    """
    with atomic_path(path) as draft, draft.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(Cell._fields)
        writer.writerows(cells)
