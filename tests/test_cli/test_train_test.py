"""``mmdmr train`` and ``mmdmr test`` up to where the runner starts."""

import importlib

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from torch import nn

from mmdmr.cli.main import main

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
# By name: the tool called test is no module of tests.
TOOLS = {
    name: importlib.import_module(f'mmdmr.cli.commands.{name}')
    for name in ('train', 'test')
}


@pytest.fixture
def data(small_data):
    return str(small_data / 'CUHK-SYSU')


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    torch.save(dict(state_dict=nn.Linear(1, 2).state_dict()), path)
    return path


@pytest.fixture
def config_of(monkeypatch, tmp_path):
    """The config that a tool gives to the runner."""

    hub = MessageHub('config_of')

    class Runner:
        train_loop = val_loop = test_loop = None
        model = nn.Linear(1, 2)
        message_hub = hub

        def train(self):
            pass

        def register_hook(self, hook):
            pass

        test = train

    def run(tool, *argv):
        seen = []
        monkeypatch.setattr(
            TOOLS[tool],
            'build_runner',
            lambda cfg, rank: seen.append(cfg) or Runner(),
        )
        monkeypatch.setattr(TOOLS['train'], 'check_training', lambda r: None)
        monkeypatch.chdir(tmp_path)
        assert main([tool, *argv]) == 0
        return seen[0]

    run.hub = hub
    return run


def fails(capsys, tool, *argv):
    with pytest.raises(SystemExit) as stop:
        main([tool, *argv])
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_train_options_reach_the_config(config_of, data, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    cfg = config_of('train', CONFIG, '--data-root', data, '--amp')
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert not cfg.resume and cfg.load_from is None
    assert cfg.train_dataloader.dataset.data_root == data


def test_resume_names_a_checkpoint(config_of, data, checkpoint):
    cfg = config_of(
        'train', CONFIG, '--data-root', data, '--resume', str(checkpoint)
    )
    assert cfg.resume is True and cfg.load_from == str(checkpoint)


@pytest.mark.parametrize('option', [True, False])
def test_resume_finds_the_last_checkpoint(
    config_of, data, checkpoint, tmp_path, capsys, option
):
    """By --resume, or by the config's own ``resume``."""
    argv = [CONFIG, '--data-root', data, '--work-dir', 'run']
    argv += ['--resume'] if option else ['--cfg-options', 'resume=True']
    cfg = config_of('train', *argv)
    assert cfg.resume is False and cfg.load_from is None
    assert 'no checkpoint in run, the training starts anew' in (
        capsys.readouterr().err
    )
    (tmp_path / 'run').mkdir()
    checkpoint.rename(tmp_path / 'run/epoch_1.pth')
    (tmp_path / 'run/last_checkpoint').write_text('/gone/run/epoch_1.pth')
    cfg = config_of('train', *argv)
    assert cfg.resume is True and cfg.load_from == 'run/epoch_1.pth'


def test_resume_in_an_empty_folder_still_starts_from_weights(
    config_of, data, checkpoint
):
    weights = f'load_from={checkpoint}'
    argv = [CONFIG, '--data-root', data, '--resume', '--cfg-options', weights]
    cfg = config_of('train', *argv)
    assert cfg.resume is False and cfg.load_from == str(checkpoint)


def test_checkpoints_of_another_run_are_spared(
    config_of, data, checkpoint, tmp_path, capsys
):
    argv = [CONFIG, '--data-root', data, '--work-dir', str(tmp_path)]
    other = tmp_path / 'other'
    other.mkdir()
    (other / 'epoch_9.pth').write_bytes(checkpoint.read_bytes())
    for more in ([], ['--resume', str(other / 'epoch_9.pth')]):
        with pytest.raises(SystemExit):
            config_of('train', *argv, *more)
        assert 'holds checkpoints of another run, such as epoch_1.pth' in (
            capsys.readouterr().err
        )
    for more in (['--overwrite'], ['--resume'], ['--resume', str(checkpoint)]):
        config_of('train', *argv, *more)


def test_checkpoints_kept_apart_are_resumed_and_spared(
    config_of, data, checkpoint, tmp_path, capsys
):
    argv = [CONFIG, '--data-root', data, '--work-dir', 'runs/a']
    argv += ['--cfg-options', 'default_hooks.checkpoint.out_dir=kept']
    assert config_of('train', *argv, '--resume').load_from is None
    assert 'no checkpoint in kept/a' in capsys.readouterr().err
    kept = tmp_path / 'kept/a'
    kept.mkdir(parents=True)
    (kept / 'epoch_1.pth').write_bytes(checkpoint.read_bytes())
    with pytest.raises(SystemExit):
        config_of('train', *argv)
    assert 'kept/a holds checkpoints' in capsys.readouterr().err
    assert config_of('train', *argv, '--resume').load_from == (
        'kept/a/epoch_1.pth'
    )


@pytest.mark.parametrize('resume', [[], ['--resume']])
def test_checkpoints_of_another_storage_are_left_to_mmengine(
    config_of, data, resume
):
    argv = [CONFIG, '--data-root', data, *resume, '--work-dir', 'a']
    argv += ['--cfg-options', 'default_hooks.checkpoint.out_dir=s3://b/kept']
    cfg = config_of('train', *argv)
    assert cfg.get('resume', False) == bool(resume) and cfg.load_from is None


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


def test_epochs_reach_the_config(config_of, data):
    cfg = config_of('train', CONFIG, '--data-root', data, '--epochs', '1')
    assert cfg.train_cfg.max_epochs == 1


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


@pytest.mark.parametrize('which', ['best', 'last'])
def test_training_ends_with_what_to_type_next(
    config_of, data, capsys, tmp_path, which
):
    config_of.hub.update_info(f'{which}_ckpt', 'a/epoch_1.pth')
    config_of('train', CONFIG, '--data-root', data)
    assert 'epoch_1.pth' not in capsys.readouterr().out  # is not there
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a/epoch_1.pth').touch()
    config_of('train', CONFIG, '--data-root', data)
    out = capsys.readouterr().out
    assert f'The {which} checkpoint: a/epoch_1.pth' in out
    assert f'Test it: mmdmr test {CONFIG} a/epoch_1.pth' in out


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_missing_config(capsys, tool):
    rest = ['x.pth'] if tool == 'test' else []
    err = fails(capsys, tool, 'nowhere.py', *rest)
    assert err.startswith(f'mmdmr {tool}: error: config nowhere.py')
    assert len(err.splitlines()) == 1


def test_missing_checkpoint(capsys, data):
    err = fails(capsys, 'test', CONFIG, 'x.pth', '--data-root', data)
    assert err == 'mmdmr test: error: checkpoint x.pth does not exist.\n'


def test_auto_scale_lr_needs_a_base(capsys, tmp_path):
    config = tmp_path / 'c.py'
    Config(dict(optim_wrapper=dict())).dump(config)
    err = fails(capsys, 'train', str(config), '--auto-scale-lr')
    assert 'auto_scale_lr.base_batch_size' in err


def test_amp_needs_a_gpu(capsys, data, monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    err = fails(capsys, 'train', CONFIG, '--data-root', data, '--amp')
    assert err.startswith('mmdmr train: error: --amp needs a GPU')
    option = 'optim_wrapper.type=AmpOptimWrapper'
    argv = [CONFIG, '--data-root', data, '--cfg-options', option]
    assert f'error: {option} needs a GPU' in fails(capsys, 'train', *argv)


def test_scores_are_written_over_no_other_file(
    capsys, data, checkpoint, tmp_path
):
    """As where two arguments are swapped."""
    config = tmp_path / 'c.py'
    config.write_text('a = 1')
    for option in ('--out', '--dump'):
        argv = [CONFIG, str(checkpoint), '--data-root', data]
        err = fails(capsys, 'test', *argv, option, str(config))
        assert 'c.py is there already' in err
    assert config.read_text() == 'a = 1'


def test_broken_data_ends_before_training(capsys, tmp_path):
    err = fails(
        capsys,
        'train',
        CONFIG,
        '--data-root',
        str(tmp_path),
        '--work-dir',
        str(tmp_path / 'work'),
    )
    assert 'mmdmr train: error: ' in err and 'Images.mat' in err
    assert 'Traceback' not in err


def test_errors_inside_training_are_not_swallowed(monkeypatch, data):

    class Runner:
        model = train_loop = val_loop = None

        def register_hook(self, hook):
            pass

        def train(self):
            raise ValueError('a fault of ours')

    monkeypatch.setattr(
        TOOLS['train'], 'build_runner', lambda cfg, rank: Runner()
    )
    monkeypatch.setattr(TOOLS['train'], 'check_training', lambda r: None)
    with pytest.raises(ValueError, match='a fault of ours'):
        main(['train', CONFIG, '--data-root', data])


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_help_leaves_gpus_to_mim(capsys, tool):
    """mim adds the option to scripts whose help mentions it."""
    with pytest.raises(SystemExit) as stop:
        main([tool, '--help'])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert '--gpus' not in out
    assert '--local_rank' in out and '--local-rank' in out
