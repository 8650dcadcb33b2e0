"""Which trainings make up the comparison and the sweeps."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Run(NamedTuple):
    """One training.

    Args:
        group (str): Table or curve it belongs to.
        row (str): Row of the table, or value of the sweep.
        config (str): Base name of the config.
        seed (int): Of the weights and of the order of the images.
        options (dict[str, Any]): What is changed in the config, by dotted
            keys.
    """

    group: str
    row: str
    config: str
    seed: int
    options: dict[str, Any]


class Group(NamedTuple):
    """A table or a curve.

    Args:
        title (str): What it shows.
        config (str): Base name of DMRNet's config.
        seeds (tuple[int]): Seeds of each row.
        key (str, optional): Entry of the config that is swept; None for a
            table of the comparison's rows.
        values (tuple): Values of the sweep.
        epochs (int, optional): In place of the config's.
    """

    title: str
    config: str
    seeds: tuple[int, ...]
    key: str | None = None
    values: tuple[Any, ...] = ()
    epochs: int | None = None


#: Rows of the comparison from the weakest to the strongest, and the name of
#: each one's config: what stands before "NAME" in ``dmrnet_NAME.py``, and
#: behind it.
ROWS: dict[str, tuple[str, str]] = {
    'coupled + OIM': ('', '_coupled-oim'),
    'decoupled + OIM': ('', '_oim'),
    'decoupled + pair loss, no memory': ('', '_pair'),
    '+ memory, no EMA': ('', '_pair-memory'),
    '+ EMA = DMRNet': ('dmrnet_', ''),
    '+ unlabelled persons, after DMRNet++': ('', '_dmrnet-pp'),
}
#: The row of DMRNet itself, and one beside it that learns nothing: colour
#: histograms, searched among DMRNet's detections.
DMRNET = '+ EMA = DMRNet'
HISTOGRAM = 'colour histogram, learns nothing'
_FASTER_RCNN = 'faster-rcnn_r18_fpn_synthetic-hard'
GROUPS: dict[str, Group] = {
    'faster-rcnn': Group('Faster R-CNN', _FASTER_RCNN, (0, 1, 2)),
    'retinanet': Group(
        'RetinaNet', 'retinanet_r18_fpn-gn_synthetic-hard', (0,)
    ),
    'prw-mini': Group(
        'Faster R-CNN on real frames (part of PRW)',
        'faster-rcnn_r18_fpn_prw-mini',
        (0,),
        epochs=4,
    ),
    'queue': Group(
        'Length of the queue of labelled keys',
        _FASTER_RCNN,
        (0,),
        'model.memory.num_labelled',
        (0, 64, 256, 1024, 4096),
    ),
    'momentum': Group(
        'Momentum of the key encoder',
        _FASTER_RCNN,
        (0,),
        'model.key_encoder.momentum',
        (0.1, 0.01, 0.001, 0.0001),
    ),
    'scale': Group(
        'Scale of the pair loss',
        _FASTER_RCNN,
        (0,),
        'model.reid_head.loss_reid.scale',
        (4.0, 8.0, 16.0, 32.0, 64.0),
    ),
}


def plan_runs(
    groups: Sequence[str], seeds: Sequence[int] | None = None
) -> list[Run]:
    """List trainings, one seed of all rows before the next seed.

    Args:
        groups (Sequence[str]): Names in ``GROUPS``.
        seeds (Sequence[int], optional): In place of a group's own.

    Returns:
        list[Run]: In the order in which they are to be run.
    """
    return [
        Run(name, row, config, seed, options)
        for name in groups
        for seed in (GROUPS[name].seeds if seeds is None else seeds)
        for row, config, options in _rows(GROUPS[name])
    ]


def _rows(group: Group) -> list[tuple[str, str, dict[str, Any]]]:
    """Row, config and options of each of a group's trainings."""
    if group.key is None:
        return [
            (row, f'{before}{group.config}{behind}.py', {})
            for row, (before, behind) in ROWS.items()
        ]
    return [
        (str(value), f'dmrnet_{group.config}.py', _option(group.key, value))
        for value in group.values
    ]


def _option(key: str, value: Any) -> dict[str, Any]:
    """A queue of no length is no queue: pairs inside the batch."""
    if value == 0:
        return {'model.memory.type': 'mmdmr.BatchMemory'}
    return {key: value}
