import csv
import itertools

import pytest
import torch
from mmengine.config import ConfigDict

from mmdmr.benchmark.training import growth
from mmdmr.benchmark.training.growth import (
    Cell,
    measure_growth,
    measure_update,
    write_cells,
)
from mmdmr.errors import InputError

CPU = torch.device('cpu')


def test_all_pairs_are_measured(cfg):
    told = []
    cells = measure_growth(
        cfg, [0, 6], [1, 3], rounds=2, device=CPU, tell=told.append
    )
    pairs = [(cell.size, cell.persons) for cell in cells]
    assert pairs == [*itertools.product([0, 6], [1, 3])]
    assert told == [1, 2]
    # A batch is compared with its own keys, too.
    assert [cell.num_keys for cell in cells] == [1, 3, 6 + 1, 6 + 3]
    for cell in cells:
        parts = (cell.loss_seconds, cell.backward_seconds, cell.commit_seconds)
        assert 0 < max(parts) <= cell.seconds * 1.5
    # Keys of 16 numbers, identity, time; two counters a ring, one of commits.
    assert [cell.stored for cell in cells] == [0, 0, *[6 * 80 + 40] * 2]


def test_the_config_decides_losses_and_memory(cfg, monkeypatch):
    cfg.model.reid_head.loss_reid = dict(type='mmdmr.OIMLoss')
    cfg.model.memory = ConfigDict(
        type='mmdmr.OIMTable', num_ids=5, num_unlabelled=5
    )
    built = []
    build = growth._build

    def keep(*args):
        built.append(build(*args))
        return built[-1]

    monkeypatch.setattr(growth, '_build', keep)
    (cell,) = measure_growth(cfg, [7], [2], rounds=1, device=CPU)
    ((head, memory),) = built
    assert [type(loss).__name__ for loss in head.losses.values()] == [
        'OIMLoss'
    ]
    assert len(memory.table) == 7 and memory.unlabelled.size == 0
    # The table, its counters and the ring's.
    assert cell.stored == 7 * 4 * head.out_channels + 4 * 8


@pytest.mark.parametrize(
    'memory, size',
    [
        (dict(type='mmdmr.OIMTable', num_ids=3), 0),
        (dict(type='BankOfMine', slots=3), 5),
    ],
)
def test_sizes_that_a_memory_cannot_have(cfg, memory, size):
    cfg.model.memory = ConfigDict(memory)
    with pytest.raises(InputError, match=f'{memory["type"]} cannot have the'):
        measure_growth(cfg, [size], [1], rounds=1, device=CPU)


def test_working_memory_grows_with_both(cfg):
    """Similarities have a number for each pair, at least."""
    cfg.model.reid_head.out_channels = 2
    sizes, persons = [100, 400], [50, 200]
    cells = measure_growth(cfg, sizes, persons, rounds=1, device=CPU)
    for cell in cells:
        assert cell.working > 4 * cell.size * cell.persons
    least, *_, most = (cell.working for cell in cells)
    assert most > 10 * least


def test_the_update_averages_the_trainable_weights(cfg):
    seconds, num = measure_update(cfg, rounds=2, device=CPU)
    assert seconds > 0
    # A quarter of ResNet-18's channels, FPN of 64 channels, the branch.
    backbone, branch = 702_096, 49 * 64 * 16 + 16
    neck = (16 + 32 + 64 + 128) * 64 + 4 * 64 + 4 * (64 * 64 * 9 + 64)
    assert num == backbone + neck + branch


def test_a_table_as_csv(tmp_path):
    cells = [
        Cell(4, 2, 6, 0.5, 0.25, 0.125, 0.125, 100, 336),
        Cell(8, 2, 10, 0.75, 0.5, 0.125, 0.125, 0, 672),
    ]
    write_cells(tmp_path / 'tables' / 'growth.csv', cells)
    with (tmp_path / 'tables' / 'growth.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['size'] for row in rows] == ['4', '8']
    assert [row['working'] for row in rows] == ['100', '0']
    assert float(rows[1]['loss_seconds']) == 0.5
