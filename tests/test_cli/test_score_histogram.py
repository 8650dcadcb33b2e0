"""``mmdmr score_histogram``: colours alone, on boxes of either kind."""

import json

import numpy as np
import pytest
from tool_runner import tool

from mmdmr.cli.commands import score_histogram
from mmdmr.readers import PRWReader

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_prw-mini.py'
FULL_CONFIG = 'dmrnet_faster-rcnn_r50_fpn_1x_prw.py'


@pytest.fixture
def prw(small_data):
    return small_data / 'PRW'


def run(root, tmp_path, *argv):
    out = tmp_path / 'scores.json'
    argv = [CONFIG, '--data-root', str(root), '--out', str(out), *argv]
    assert tool('score_histogram')(argv) == 0
    return json.loads(out.read_text())


def test_ground_truth_as_detections_scores_the_same(prw, tmp_path):
    """But for their scores and embeddings, which are not looked at."""
    truth = PRWReader(prw, test=True).ground_truth()
    boxes = np.concatenate(truth.boxes)
    arrays = dict(
        img_names=np.array(truth.img_names),
        num_dets=np.array([len(b) for b in truth.boxes]),
        dets=np.column_stack([boxes, np.full(len(boxes), 0.3)]),
        feats=np.zeros((len(boxes), 2)),
    )
    np.savez(tmp_path / 'low.npz', **arrays)
    np.savez(tmp_path / 'said.npz', score_thr=0.2, **arrays)
    said = run(prw, tmp_path, '--detections', str(tmp_path / 'said.npz'))
    assert said['search.all'] == said['search.all+gt']
    low = run(prw, tmp_path, '--detections', str(tmp_path / 'low.npz'))
    assert low['search.all']['mAP'] == 0
    assert run(prw, tmp_path) == {'search.all+gt': said['search.all+gt']}


def test_stripes_and_margin_reach_the_histogram(prw, tmp_path, monkeypatch):
    seen = set()
    embed = score_histogram.colour_histogram

    def spy(img, boxes, **settings):
        seen.add(tuple(settings.items()))
        return embed(img, boxes, **settings)

    monkeypatch.setattr(score_histogram, 'colour_histogram', spy)
    run(prw, tmp_path, '--stripes', '6', '--margin', '0.25')
    assert seen == {(('stripes', 6), ('margin', 0.25))}
    with pytest.raises(SystemExit):
        run(prw, tmp_path, '--stripes', '0')


def test_scores_are_written_over_no_other_file(prw, tmp_path, capsys):
    config = tmp_path / 'c.py'
    config.write_text('a = 1')
    with pytest.raises(SystemExit) as stop:
        run(prw, tmp_path, '--out', str(config))
    assert stop.value.code == 2
    assert 'c.py exists already' in capsys.readouterr().err
    assert config.read_text() == 'a = 1'


def test_histograms_of_flat_images_find_nobody(small_data, tmp_path):
    """Every box has its image's one colour: ranks are by chance."""
    out = tmp_path / 'scores.json'
    assert (
        tool('score_histogram')(
            [
                FULL_CONFIG,
                '--data-root',
                str(small_data / 'PRW'),
                '--out',
                str(out),
            ]
        )
        == 0
    )
    scores = json.loads(out.read_text())
    assert list(scores) == ['search.all+gt', 'search.cross-camera+gt']
    assert 0 < scores['search.all+gt']['mAP'] < 0.3
