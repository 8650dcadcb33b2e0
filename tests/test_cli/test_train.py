"""``mmdmr train`` up to where the runner starts."""

import pytest
from mmengine.config import Config

from mmdmr.cli.commands import train
from mmdmr.cli.main import main

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'


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


def test_epochs_reach_the_config(config_of, data):
    cfg = config_of('train', CONFIG, '--data-root', data, '--epochs', '1')
    assert cfg.train_cfg.max_epochs == 1


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


def test_auto_scale_lr_needs_a_base(fails, tmp_path):
    config = tmp_path / 'c.py'
    Config(dict(optim_wrapper=dict())).dump(config)
    err = fails('train', str(config), '--auto-scale-lr')
    assert 'auto_scale_lr.base_batch_size' in err


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    monkeypatch.setattr(train, 'get_device', lambda: 'cpu')


def test_amp_needs_a_gpu_or_instructions(fails, data, monkeypatch, no_gpu):
    monkeypatch.setattr(train, 'has_fast_bfloat16', lambda: False)
    err = fails('train', CONFIG, '--data-root', data, '--amp')
    assert err.startswith('mmdmr train: error: --amp needs a GPU')
    option = 'optim_wrapper.type=AmpOptimWrapper'
    argv = [CONFIG, '--data-root', data, '--cfg-options', option]
    assert f'error: {option} needs a GPU' in fails('train', *argv)


def test_amp_is_bfloat16_on_a_cpu(config_of, data, monkeypatch, no_gpu):
    monkeypatch.setattr(train, 'has_fast_bfloat16', lambda: True)
    argv = [CONFIG, '--data-root', data, '--amp', '--cfg-options']
    # as in configs of mixed precision on GPUs
    argv += ['optim_wrapper.type=AmpOptimWrapper']
    argv += ['optim_wrapper.loss_scale=dynamic']
    wrapper = config_of('train', *argv).optim_wrapper
    assert wrapper.type == 'mmdmr.Bfloat16OptimWrapper'
    assert 'loss_scale' not in wrapper


def test_broken_data_ends_before_training(fails, tmp_path):
    err = fails(
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
        hooks = ()

        def register_hook(self, hook):
            pass

        def train(self):
            raise ValueError('a fault of ours')

    monkeypatch.setattr(train, 'build_runner', lambda cfg, rank: Runner())
    monkeypatch.setattr(train, 'check_training', lambda r: None)
    with pytest.raises(ValueError, match='a fault of ours'):
        main(['train', CONFIG, '--data-root', data])
