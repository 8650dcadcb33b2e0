"""Plan, results file and tables of the ablation."""

import math

import numpy as np
import pytest
from mmengine.config import Config
from scipy import stats

from mmdmr.ablation import (
    GROUPS,
    Result,
    plan_runs,
    read_results,
    write_report,
)
from mmdmr.ablation.plan import ROWS
from mmdmr.ablation.plots import draw_sweep
from mmdmr.ablation.report import pooled_deviation, resolvable, verdict
from mmdmr.ablation.results import append_result, config_hash
from mmdmr.config import find_config


def result(row='+ EMA = DMRNet', seed=0, gt_mAP=0.5, group='faster-rcnn'):  # noqa: N803
    return Result(
        group=group,
        row=row,
        config='c.py',
        config_hash='0123456789ab',
        seed=seed,
        mAP=gt_mAP - 0.1,
        top1=0.25,
        gt_mAP=gt_mAP,
        gt_top1=0.5,
        recall=0.75,
        ap=0.7,
        seconds=600.0,
        device='2 cores',
    )


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


def test_hash_is_of_settings_not_of_places():
    def digest(a, root, **others):
        loader = dict(dataset=dict(data_root=root, pipeline=[1, 2]))
        return config_hash(
            Config(dict(model=dict(a=a), train_dataloader=loader, **others))
        )

    assert digest(1, 'x') == digest(1, 'y', unused=5)
    assert digest(1, 'x') != digest(2, 'x')
    assert digest(1, 'x') == digest(1, 'x', randomness=dict(seed=1))
    assert digest(1, 'x') != digest(1, 'x', custom_hooks=[1])
    assert len(digest(1, 'x')) == 12


def test_results_come_back_as_written(tmp_path):
    path = tmp_path / 'sub' / 'a.csv'
    assert read_results(path) == []
    results = [result(seed=s, gt_mAP=0.1 + s / 7) for s in range(3)]
    for r in results:
        append_result(path, r)
    assert read_results(path) == results


@pytest.mark.parametrize(
    'text, message',
    [
        ('a,b\n1,2\n', 'columns'),
        (','.join(Result._fields) + '\n' + ',' * 12 + '\n', 'line 2'),
    ],
)
def test_a_broken_file_is_named(tmp_path, text, message):
    path = tmp_path / 'a.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match=f'a.csv.*{message}'):
        read_results(path)


@pytest.mark.parametrize('num, other', [(3, 3), (3, 2)])
def test_resolvable_is_the_margin_of_a_pooled_t_test(num, other):
    """Where two rows differ by just that, the p value is 0.05."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=num), rng.normal(size=other)
    least = resolvable(*pooled_deviation([a, b]), num, other)
    b = b - b.mean() + a.mean() + least
    assert stats.ttest_ind(a, b).pvalue == pytest.approx(0.05)


def test_one_seed_resolves_nothing():
    deviation, dof = pooled_deviation([[1.0], [2.0, 4.0]])
    assert (deviation, dof) == (pytest.approx(2**0.5), 1)
    assert math.isinf(resolvable(deviation, dof, 1, 2))
    assert pooled_deviation([[1.0], [2.0]]) == (0, 0)


@pytest.mark.parametrize(
    'difference, least, said',
    [
        (0.02, 0.03, 'no difference seen'),
        (0.04, 0.03, 'better'),
        (-0.04, 0.03, 'worse'),
        (0.04, math.inf, 'one seed'),
    ],
)
def test_verdict(difference, least, said):
    assert verdict(difference, least) == said


def test_report_compares_rows_and_keeps_other_text(tmp_path):
    path = tmp_path / 'a.md'
    results = [
        result('decoupled + OIM', seed, 0.40 + shift)
        for seed, shift in enumerate((-0.01, 0, 0.01))
    ] + [
        result('+ EMA = DMRNet', seed, 0.60 + shift)
        for seed, shift in enumerate((-0.01, 0, 0.01))
    ]
    path.write_text('# Title\n\nBefore.\n')
    write_report(path, results)
    first = path.read_text()
    assert first.startswith('# Title\n\nBefore.\n')
    assert '| decoupled + OIM | 3 | 40.0 ± 1.0 | 50.0 ± 0.0 |' in first
    assert '+20.0: better |' in first
    # t(0.975, 4) * 1.0 * sqrt(2 / 3)
    assert 'below 2.3 points' in first and 'is 1.0 points' in first
    path.write_text(first + '\nAfter.\n')
    write_report(path, results[:1])
    second = path.read_text()
    assert second.endswith('\nAfter.\n') and 'better' not in second
    assert second.count('<!-- begin') == 1


def test_a_row_trained_again_counts_once(tmp_path):
    path = tmp_path / 'a.md'
    write_report(path, [result(gt_mAP=0.3), result(gt_mAP=0.5)])
    assert '| + EMA = DMRNet | 1 | 50.0 |' in path.read_text()


def test_sweep_has_a_table_and_a_picture(tmp_path):
    results = [
        result(row, group='momentum', gt_mAP=v)
        for row, v in (('0.01', 0.5), ('0.1', 0.4))
    ]
    write_report(tmp_path / 'a.md', results)
    text = (tmp_path / 'a.md').read_text()
    assert text.index('| 0.1 | 40.0') < text.index('| 0.01 | 50.0')
    assert '(figures/sweep_momentum.png)' in text
    draw_sweep(GROUPS['momentum'], results, tmp_path / 'f/p.png')
    assert (tmp_path / 'f/p.png').stat().st_size > 1000
