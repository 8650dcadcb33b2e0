"""Load a config and change entries of it."""

from argparse import ArgumentParser

import pytest
from mmengine.config import Config

from mmdmr.cli.config_options import (
    add_config_options,
    add_run_options,
    run_arguments,
)
from mmdmr.config import load_run_config
from mmdmr.config.load import check_options

LOADERS = ('train_dataloader', 'val_dataloader')


def load(*argv):
    parser = ArgumentParser()
    add_config_options(parser)
    add_run_options(parser)
    args = run_arguments(parser.parse_args(argv))
    return load_run_config(**args, loaders=LOADERS)


@pytest.fixture
def config_file(tmp_path):
    """A config with data in the folder ``data``."""
    (tmp_path / 'data').mkdir()
    path = tmp_path / 'mine.py'
    path.write_text(
        "train_dataloader = dict(dataset=dict(type='A', data_root='data'))\n"
        'val_dataloader = train_dataloader\n'
    )
    return path


def test_defaults_come_from_the_config_name(config_file, monkeypatch):
    monkeypatch.chdir(config_file.parent)
    cfg = load(str(config_file))
    assert cfg.work_dir == 'work_dirs/mine'
    assert cfg.experiment_name == 'mine'
    assert cfg.launcher == 'none'
    assert cfg.filename == 'config.py'


def test_options_override_entries(config_file, monkeypatch):
    monkeypatch.chdir(config_file.parent)
    cfg = load(
        str(config_file),
        '--work-dir',
        'w',
        '--cfg-options',
        'seed=3',
        'train_dataloader.dataset.type=B',
    )
    assert (cfg.work_dir, cfg.seed) == ('w', 3)
    assert cfg.train_dataloader.dataset.type == 'B'


def test_option_without_value_is_wrong_input(config_file, capsys):
    with pytest.raises(SystemExit) as stop:
        load(str(config_file), '--cfg-options', 'seed')
    assert stop.value.code == 2
    assert "'seed' is not key=value" in capsys.readouterr().err


def test_broken_config_names_its_file(tmp_path):
    path = tmp_path / 'broken.py'
    path.write_text("_base_ = ['nowhere.py']\n")
    with pytest.raises((FileNotFoundError, ValueError), match='nowhere.py'):
        load(str(path))


def test_missing_import_is_named(tmp_path):
    path = tmp_path / 'a.py'
    path.write_text(
        "custom_imports = dict(imports=['no_such_package.models'], "
        'allow_failed_imports=False)'
    )
    with pytest.raises(ValueError, match="a.py: .*'no_such_package'. Install"):
        load(str(path))


@pytest.mark.parametrize(
    'key, near',
    [
        ('train_dataloder.batch_size', 'train_dataloader'),
        ('model.memory.num_labeled', 'num_labelled'),
    ],
)
def test_misspelt_options_are_refused(key, near):
    cfg = Config(
        dict(
            train_dataloader=dict(batch_size=1),
            model=dict(memory=dict(num_labelled=3)),
        )
    )
    with pytest.raises(ValueError, match=f'did you mean {near}'):
        check_options(cfg, {key: 1})


def test_new_options_are_taken():
    cfg = Config(dict(model=dict(memory=dict(num_labelled=3)), steps=[1]))
    options = {'load_from': 'x', 'model.memory.num_labelled': 4}
    check_options(cfg, {**options, 'steps.0': 2, 'model.embed_gt_boxes': 1})
