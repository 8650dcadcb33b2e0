"""The benchmark runs and its peers agree; nothing is timed here."""

import numpy as np
import pytest
from tool_runner import tool

from mmdmr.benchmark.simulation import Scale

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


@pytest.fixture(autouse=True)
def small_scale(monkeypatch):
    monkeypatch.setattr(
        'mmdmr.cli.commands.benchmark_search_eval.PRW_TEST', Scale(60, 240, 20)
    )


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


def test_something_else_than_a_peer_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--peer', str(tmp_path)])
    assert stop.value.code == 2
    assert 'no eval_func.py' in capsys.readouterr().err
