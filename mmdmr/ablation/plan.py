"""Trainings of the comparison and of the sweeps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from mmdmr.errors import InputError


class Run(NamedTuple):
    """One training.

    Args:
        group (str): Name of the table or curve in ``GROUPS``.
        row (str): Row of the table, or value of the sweep.
        config (str): Base name of the config.
        seed (int): Seed of the weights and of the order of the images.
        options (dict[str, Any]): Changes to the config, by dotted keys.
    """

    group: str
    row: str
    config: str
    seed: int
    options: dict[str, Any]


class Group(NamedTuple):
    """A table or a curve.

    Args:
        title (str): Heading of the table or curve.
        config (str): Base name of DMRNet's config, without ``dmrnet_`` and
            ``.py``.
        seeds (tuple[int, ...]): Seeds of each row.
        key (str | None): Entry of the config that is swept. Defaults to None:
            a table of the comparison's rows.
        values (tuple): Values of the sweep. Defaults to none.
        epochs (int | None): Number of epochs. Defaults to None: the config's.
        scenes (bool): True to train on the hard synthetic scenes of
            :mod:`mmdmr.ablation.scenes`. Defaults to True.
    """

    title: str
    config: str
    seeds: tuple[int, ...]
    key: str | None = None
    values: tuple[Any, ...] = ()
    epochs: int | None = None
    scenes: bool = True


#: Rows of the comparison, from the weakest to the strongest method. The two
#: words stand before and behind ``Group.config`` in the name of the config.
ROWS: dict[str, tuple[str, str]] = {
    'coupled + OIM': ('', '_coupled-oim'),
    'decoupled + OIM': ('', '_oim'),
    'decoupled + pair loss, no memory': ('', '_pair'),
    '+ memory, no EMA': ('', '_pair-memory'),
    '+ EMA = DMRNet': ('dmrnet_', ''),
    '+ unlabelled persons, after DMRNet++': ('', '_dmrnet-pp'),
}
#: Row of DMRNet itself.
DMRNET = '+ EMA = DMRNet'
#: Row of colour histograms, searched among DMRNet's detections.
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
        scenes=False,
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
    groups: Sequence[str],
    seeds: Sequence[int] | None = None,
    rows: Sequence[str] | None = None,
) -> list[Run]:
    """List trainings: all rows with one seed, then with the next seed.

    Args:
        groups (Sequence[str]): Names in ``GROUPS``.
        seeds (Sequence[int] | None): Seeds of every group. Defaults to None:
            each group's own.
        rows (Sequence[str] | None): Rows and values of sweeps to keep.
            Defaults to None: all.

    Returns:
        list[Run]: Trainings in the order in which they are to be run.

    Raises:
        InputError: A row is in none of the groups.

    Example:
        >>> [run.row for run in plan_runs(['momentum'], rows=['0.01'])]
        ['0.01']
    """
    runs = [
        Run(name, row, config, seed, options)
        for name in groups
        for seed in (GROUPS[name].seeds if seeds is None else seeds)
        for row, config, options in _rows(GROUPS[name])
    ]
    if rows is None:
        return runs
    known = {run.row for run in runs}
    for row in rows:
        if row not in known:
            raise InputError(
                f'--rows: {row!r} is in none of the groups; their rows are '
                f'{sorted(known)}'
            )
    return [run for run in runs if run.row in rows]


def _rows(group: Group) -> list[tuple[str, str, dict[str, Any]]]:
    """Row, config and options of each training of a group."""
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
    """Change to the config for one value of a sweep.

    A queue of length 0 is replaced by a memory of the batch alone.
    """
    if value == 0:
        return {'model.memory.type': 'mmdmr.BatchMemory'}
    return {key: value}
