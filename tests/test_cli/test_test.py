"""``mmdmr test`` up to where the runner starts."""

import pytest
import torch
from mmengine.config import Config
from torch import nn

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
