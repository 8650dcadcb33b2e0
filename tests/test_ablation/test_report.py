"""Tables of finished trainings, and what their spread allows to say."""

import math

import numpy as np
import pytest
from ablation_results import made_up_result
from scipy import stats

from mmdmr.ablation import write_report
from mmdmr.ablation.report import (
    by_group,
    pooled_deviation,
    resolvable,
    verdict,
)


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
        made_up_result('decoupled + OIM', seed, 0.40 + shift)
        for seed, shift in enumerate((-0.01, 0, 0.01))
    ] + [
        made_up_result('+ EMA = DMRNet', seed, 0.60 + shift)
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
    write_report(
        path, [made_up_result(gt_mAP=0.3), made_up_result(gt_mAP=0.5)]
    )
    assert '| + EMA = DMRNet | 1 | 50.0 |' in path.read_text()


def test_a_sweep_has_a_table_and_a_link_to_its_picture(tmp_path):
    results = [
        made_up_result(row, group='momentum', gt_mAP=v)
        for row, v in (('0.01', 0.5), ('0.1', 0.4))
    ]
    write_report(tmp_path / 'a.md', results)
    text = (tmp_path / 'a.md').read_text()
    assert text.index('| 0.1 | 40.0') < text.index('| 0.01 | 50.0')
    assert '(figures/sweep_momentum.png)' in text


def test_results_by_group_are_in_the_order_of_the_groups():
    scale = made_up_result('8.0', group='scale')
    first, again = made_up_result(), made_up_result(gt_mAP=0.7)
    found = by_group([scale, first, again])
    assert list(found) == ['faster-rcnn', 'scale']
    assert found['faster-rcnn'] == [again]
