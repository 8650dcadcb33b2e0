"""``mmdmr test``: its config, and models in place of a checkpoint."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from tiny_prw import save_tiny_prw
from torch import nn
from two_networks import save_two_networks

from mmdmr.cli.main import main
from mmdmr.config import load_config
from mmdmr.registry import MODELS

ROOT = Path(__file__).parents[2]
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'


def test_out_and_dump_go_to_the_metric(config_of, data, checkpoint):
    cfg = config_of(
        'test',
        CONFIG,
        str(checkpoint),
        '--data-root',
        data,
        '--out',
        'scores.json',
    )
    assert cfg.load_from == str(checkpoint)
    assert cfg.test_evaluator.out_file == 'scores.json'
    assert 'dump_file' not in cfg.test_evaluator


def test_several_test_sets_get_a_file_each(config_of, checkpoint, tmp_path):
    metric = dict(type='mmdmr.PersonSearchMetric')
    Config(
        dict(
            test_evaluator=dict(
                type='MultiDatasetsEvaluator',
                dataset_prefixes=['a', 'b'],
                metrics=[metric, dict(metric)],
            )
        )
    ).dump(tmp_path / 'c.py')
    cfg = config_of(
        'test',
        str(tmp_path / 'c.py'),
        str(checkpoint),
        '--out',
        'o/scores.json',
    )
    assert [m.out_file for m in cfg.test_evaluator.metrics] == [
        'o/scores_a.json',
        'o/scores_b.json',
    ]


def test_test_writes_beside_the_checkpoints(config_of, data, checkpoint):
    argv = CONFIG, str(checkpoint), '--data-root', data
    name = f'work_dirs/{CONFIG[:-3]}'
    assert config_of('test', *argv).work_dir == f'{name}/test'
    assert config_of('test', *argv, '--work-dir', 'a').work_dir == 'a'
    assert config_of('train', argv[0], *argv[2:]).work_dir == name


def test_weights_of_another_network_are_refused(
    config_of, data, checkpoint, capsys
):
    torch.save(dict(state_dict=nn.Linear(3, 2).state_dict()), checkpoint)
    with pytest.raises(SystemExit):
        config_of('test', CONFIG, str(checkpoint), '--data-root', data)
    assert 'epoch_1.pth is not of this network' in capsys.readouterr().err


def test_missing_checkpoint(fails, data):
    err = fails('test', CONFIG, 'x.pth', '--data-root', data)
    assert err == 'mmdmr test: error: checkpoint x.pth does not exist.\n'


def test_scores_are_written_over_no_other_file(
    fails, data, checkpoint, tmp_path
):
    """As where two arguments are swapped."""
    config = tmp_path / 'c.py'
    config.write_text('a = 1')
    for option in ('--out', '--dump'):
        argv = [CONFIG, str(checkpoint), '--data-root', data]
        err = fails('test', *argv, option, str(config))
        assert 'c.py exists already' in err
    assert config.read_text() == 'a = 1'


def scores_of(tmp_path, data, model, config=CONFIG):
    """Metrics and predictions of a test in this process."""
    out, dump = tmp_path / 'out.json', tmp_path / 'dump.npz'
    named = ['--out', str(out), '--dump', str(dump)]
    # The loaders of the tiny network's config have several roots.
    roots = [
        f'{loader}_dataloader.dataset.data_root={data}'
        for loader in ('train', 'val', 'test')
    ]
    argv = ['test', config, model, *named, '--cfg-options', *roots]
    assert main([*argv, '--work-dir', str(tmp_path / 'work')]) == 0
    with np.load(dump) as stored:
        return json.loads(out.read_text()), dict(stored)


def test_two_networks_in_place_of_the_network(data, tmp_path):
    """The predictions are those of ``mmdmr predict``."""
    model = str(save_two_networks(tmp_path))
    scores, dumped = scores_of(tmp_path, data, model)
    assert 'search.full+gt' in scores and 'detection@0.5' in scores
    file = tmp_path / 'p.npz'
    named = ['--dataset', 'cuhk-sysu', '--data-root', data, '--out', str(file)]
    assert main(['predict', model, *named, '--gt']) == 0
    with np.load(file) as predicted:
        assert set(predicted) - set(dumped) == {'model_fingerprint'}
        for key in dumped:
            np.testing.assert_array_equal(dumped[key], predicted[key])
    # The written config stands alone.
    cfg = load_config(str(tmp_path / 'work/config.py'))
    assert MODELS.build(cfg.model).embedder.score_thr == 0.5


def test_the_metric_says_which_detections_count(config_of, data, tmp_path):
    model = str(save_two_networks(tmp_path))
    argv = 'test', CONFIG, model, '--data-root', data
    for options, expected in (
        (['score_thr=0.7'], 0.7),
        (['score_thr=0.7', 'keep_thr=0.2'], 0.2),
        (['type=CocoMetric'], 0),
    ):
        named = [f'test_evaluator.{option}' for option in options]
        cfg = config_of(*argv, '--cfg-options', *named)
        assert cfg.model.score_thr == expected
        assert cfg.load_from is None and cfg.model.embed_gt_boxes


def test_half_precision_is_for_networks_of_pytorch(
    fails, data, checkpoint, tmp_path
):
    argv = ['--data-root', data, '--work-dir', str(tmp_path / 'work')]
    model = str(save_two_networks(tmp_path))
    err = fails('test', CONFIG, model, *argv, '--amp', 'bfloat16')
    assert 'has its own precision' in err
    if not torch.cuda.is_available():
        err = fails('test', CONFIG, 'untrained', *argv, '--amp', 'float16')
        assert 'take bfloat16' in err


def test_half_precision_and_dropped_detections(tmp_path, monkeypatch):
    """An untrained network is sure of no detection.

    The training's data is not there; no test needs it.
    """
    monkeypatch.chdir(tmp_path)
    config, checkpoint = save_tiny_prw(tmp_path)
    runs = {}
    for name, *options in (
        ('full',),
        ('half', '--amp', 'bfloat16'),
        ('few', '--cfg-options', 'test_evaluator.score_thr=0.99'),
    ):
        dump = tmp_path / f'{name}.npz'
        argv = ['test', str(config), str(checkpoint), *options]
        named = ['--dump', str(dump), '--work-dir', str(tmp_path / 'work')]
        assert main([*argv, *named]) == 0
        with np.load(dump) as stored:
            runs[name] = dict(stored)
    full, half, few = runs.values()
    assert half['query_feats'].dtype == np.float32
    cosines = (full['query_feats'] * half['query_feats']).sum(axis=1)
    assert 0.98 < cosines.min() < 0.999999
    assert len(full['dets']) and not len(few['dets'])
    np.testing.assert_allclose(
        few['query_feats'], full['query_feats'], atol=1e-5
    )


def test_wrong_models_are_named(fails, data, tmp_path):
    model = str(save_two_networks(tmp_path))
    more = ['--data-root', data, '--work-dir', str(tmp_path / 'work')]
    options = ['--cfg-options', 'model.reid_head.out_channels=16']
    err = fails('test', CONFIG, model, *more, *options)
    assert 'out_channels: ' in err and 'would have no effect' in err
    assert 'none.yaml is neither' in fails('test', CONFIG, 'none.yaml', *more)
    (tmp_path / 'reid.onnx').write_bytes(b'cut short')
    assert 'reid.onnx: not a network' in fails('test', CONFIG, model, *more)


@pytest.mark.slow
def test_two_networks_on_two_ranks(data, tmp_path):
    model = str(save_two_networks(tmp_path))
    alone, _ = scores_of(tmp_path, data, model)
    out = tmp_path / 'ranks.json'
    subprocess.run(
        [
            *(sys.executable, '-m', 'torch.distributed.run'),
            *('--nproc_per_node', '2', str(ROOT / 'tools/test.py')),
            *(CONFIG, model, '--data-root', data, '--out', str(out)),
            *('--launcher', 'pytorch', '--work-dir', str(tmp_path / 'w')),
        ],
        check=True,
    )
    assert json.loads(out.read_text()) == alone


def test_a_bundle_in_place_of_its_checkpoint(data, tmp_path, tiny_files):
    config, checkpoint, bundle = tiny_files
    runs = {}
    for model in (checkpoint, bundle):
        runs[model] = scores_of(tmp_path, data, str(model), str(config))
    (scores, dumped), (expected, network) = runs[bundle], runs[checkpoint]
    assert set(scores) == set(expected)
    # Box by box: an untrained network has near ties, which change places.
    np.testing.assert_array_equal(dumped['num_dets'], network['num_dets'])
    for feats in ('query_feats', 'gt_feats'):
        assert (dumped[feats] * network[feats]).sum(axis=1).min() > 0.999
    near = np.abs(dumped['dets'] - network['dets']).max(axis=1) < 0.1
    assert near.mean() > 0.99
