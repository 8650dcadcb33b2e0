"""The benchmark runs and its peers agree; nothing is timed here."""

import numpy as np
import pytest
from tool_runner import tool

from mmdmr.benchmark.scoring_alone import Alone

main = tool('benchmark_search_eval')

SMALL = ['--queries', '12', '--dims', '16', '--every', '3', '--repeat', '1']

PEER = """
import numpy as np

def eval_search_prw(gallery, queries, dets, feats, query_feats, query_dets,
                    query_context, k1, k2, cbgm):
    assert len(gallery) == len(dets) == len(feats) == len(gallery.annotations)
    assert len(queries) == len(query_feats) and (k1, k2) == (30, 4)
    if cbgm:
        for anno, boxes in zip(queries.annotations, query_dets):
            assert np.array_equal(anno['boxes'], boxes[0, :4])
    return dict(mAP=0.5, accs=np.array([0.5, 0.5, 0.5]))
"""


def test_plain_loop_agrees(capsys):
    """Its figures are those of the scoring, or the exit code is 1."""
    assert main([*SMALL, '--detections', '300', '--memory']) == 0
    out = capsys.readouterr().out
    assert 'compared with a plain loop instead' in out
    assert out.count('times as fast') == 2
    assert 'peak memory' in out


def test_a_peer_that_disagrees_is_told(tmp_path, capsys):
    (tmp_path / 'eval_func.py').write_text(PEER)
    argv = [*SMALL, '--detections', '300', '--peer', str(tmp_path)]
    assert main(argv) == 1
    out = capsys.readouterr().out
    gaps = [float(x.split(' at most')[0]) for x in out.split('differ by ')[1:]]
    assert len(gaps) == 2 and np.min(gaps) > 1e-9


def measure(simulation, repeat):
    """In place of a process: a millisecond a query, 100 MB."""
    num, dims = simulation.detections, simulation.dims
    seconds = 1e-3 * simulation.queries
    metrics = dict(mAP=0.5, top1=0.25)
    return Alone(9, num, 4 * num * dims, seconds, 0.1, 10**8, metrics)


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr(
        'mmdmr.cli.commands.benchmark_search_eval.measure_alone', measure
    )


def test_a_scoring_alone_has_no_peer(measured, capsys):
    argv = ['--alone', '--detections', '50000', '--dtype', 'float32']
    assert main([*argv, '--queries', '200']) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == (
        'scoring takes 2.0 times as long as the bare matrix product, and 1.95 '
        'times the memory of the features'
    )
    assert out[2:] == [
        'scored in 0.20 s (1.00 ms a query); product 0.10 s',
        'peak memory 0.10 GB, features 0.05 GB',
        'mAP 0.5000, top-1 0.2500',
    ]


def test_growth_is_a_table_with_two_formulas(measured, capsys):
    assert main(['--growth', '--detections', '10000']) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ['detections', 'queries', 'dims']
    assert rows[0].split() == [
        *('1000', '500', '256', '0.500', '1.000', '5.0', '100'),
    ]
    assert len(rows) == 8 + 4
    assert rows[8].startswith('seconds = 1 ms a query')


def test_something_else_than_a_peer_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--peer', str(tmp_path)])
    assert stop.value.code == 2
    assert 'no eval_func.py' in capsys.readouterr().err
