"""The plan has every row and seed, and configs that exist."""

import pytest

from mmdmr.ablation import GROUPS, plan_runs
from mmdmr.ablation.plan import DMRNET, ROWS
from mmdmr.ablation.scenes import HARD_ROOT
from mmdmr.config import find_config, load_config
from mmdmr.errors import InputError


def test_plan_covers_every_row_and_seed_with_configs_that_exist():
    runs = plan_runs(list(GROUPS))
    for run in runs:
        assert find_config(run.config)
    assert len({(r.group, r.row, r.seed) for r in runs}) == len(runs)
    faster = [r for r in runs if r.group == 'faster-rcnn']
    assert len(faster) == 3 * len(ROWS)
    # one seed of all rows before the next
    assert {r.seed for r in faster[: len(ROWS)]} == {0}
    assert {r.seed for r in plan_runs(['retinanet'], [5])} == {5}


def test_a_queue_of_no_length_is_no_memory():
    none, short = plan_runs(['queue'])[:2]
    assert none.options == {'model.memory.type': 'mmdmr.BatchMemory'}
    assert short.options == {'model.memory.num_labelled': 64}


def test_rows_can_be_chosen():
    runs = plan_runs(['faster-rcnn', 'scale'], [0, 1], [DMRNET, '4.0'])
    assert [(r.row, r.seed) for r in runs] == [
        (DMRNET, 0),
        (DMRNET, 1),
        ('4.0', 0),
        ('4.0', 1),
    ]
    with pytest.raises(InputError, match="'5' is in none .*'0.01'"):
        plan_runs(['momentum'], rows=['5'])


def test_groups_on_scenes_read_the_scenes():
    configs = {r.config: r.group for r in plan_runs(list(GROUPS), [0])}
    for config, group in configs.items():
        cfg = load_config(config)
        root = cfg.train_dataloader.dataset.data_root.rstrip('/')
        assert (root == HARD_ROOT) == GROUPS[group].scenes
