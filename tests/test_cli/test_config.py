"""Config lookup, and what the command line changes in a config."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from mmengine.config import Config

from mmdmr.cli.config import (
    add_config_options,
    add_run_options,
    check_options,
    find_config,
    load_run_config,
    own_bases,
    project_root,
)
from mmdmr.cli.data_root import replace_data_root, resolve_data_roots

SYNTHETIC = 'dmrnet_faster-rcnn_r18_fpn_synthetic'
LOADERS = ('train_dataloader', 'val_dataloader')


def load(*argv):
    parser = ArgumentParser()
    add_config_options(parser)
    add_run_options(parser)
    return load_run_config(parser.parse_args(argv), LOADERS)


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


@pytest.mark.parametrize('name', [SYNTHETIC, f'{SYNTHETIC}.py'])
def test_own_configs_are_found_by_name_from_anywhere(
    name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == (
        project_root() / 'configs/dmrnet' / f'{SYNTHETIC}.py'
    )


def test_path_goes_before_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(f'{SYNTHETIC}.py').touch()
    assert find_config(f'{SYNTHETIC}.py') == Path(f'{SYNTHETIC}.py')


def test_unknown_config_names_the_nearest():
    with pytest.raises(FileNotFoundError, match=f'mean {SYNTHETIC}.py'):
        find_config('dmrnet_faster-rcnn_r18_fpn_synthetc.py')


def test_config_of_another_type_is_refused(tmp_path):
    checkpoint = tmp_path / 'epoch_1.pth'
    checkpoint.touch()
    with pytest.raises(ValueError, match='epoch_1.pth is not a config'):
        find_config(str(checkpoint))


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


def test_data_root_replaces_nested_data_sets(tmp_path):
    cfg = Config(
        dict(
            train_dataloader=dict(
                dataset=dict(
                    type='RepeatDataset',
                    dataset=dict(
                        type='ConcatDataset',
                        datasets=[
                            dict(type='A', data_root='a'),
                            dict(type='B'),
                        ],
                    ),
                )
            ),
            val_dataloader=None,
            test_dataloader=dict(dataset=dict(type='A', data_root='a')),
        )
    )
    replace_data_root(cfg, 'there')
    repeat = cfg.train_dataloader.dataset
    assert 'data_root' not in repeat and 'data_root' not in repeat.dataset
    assert [d.data_root for d in repeat.dataset.datasets] == ['there'] * 2
    assert cfg.test_dataloader.dataset.data_root == 'there'


def test_one_folder_cannot_replace_several():
    cfg = Config(
        dict(
            train_dataloader=dict(dataset=dict(data_root='data/a/')),
            test_dataloader=dict(dataset=dict(data_root='data/b')),
        )
    )
    with pytest.raises(ValueError, match='data/a, data/b'):
        replace_data_root(cfg, 'there')


def data_config(root):
    return Config(dict(train_dataloader=dict(dataset=dict(data_root=root))))


def test_data_beside_the_project_is_used_if_there_is_none_here(
    tmp_path, monkeypatch, capsys
):
    project, here = tmp_path / 'project', tmp_path / 'here'
    (project / 'data/x').mkdir(parents=True)
    here.mkdir()
    monkeypatch.chdir(here)
    cfg = data_config('data/x')
    resolve_data_roots(cfg, ['train_dataloader'], project)
    assert cfg.train_dataloader.dataset.data_root == str(project / 'data/x')
    assert str(project / 'data/x') in capsys.readouterr().out

    (here / 'data/x').mkdir(parents=True)
    cfg = data_config('data/x')
    resolve_data_roots(cfg, ['train_dataloader'], project)
    assert cfg.train_dataloader.dataset.data_root == 'data/x'


@pytest.mark.parametrize(
    'root, advice',
    [
        ('data/synthetic/', 'mmdmr make_synthetic --out'),
        ('data/PRW', 'Link the data set there'),
    ],
)
def test_data_that_is_nowhere_says_what_to_do(
    root, advice, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=advice) as error:
        resolve_data_roots(data_config(root), ['train_dataloader'], tmp_path)
    assert re.search(f'data_root {root} does not exist', str(error.value))


@pytest.mark.parametrize(
    'base', [f'./{SYNTHETIC}.py', f'{SYNTHETIC}.py', f'up/{SYNTHETIC}.py']
)
def test_a_config_anywhere_inherits_from_ours_by_name(base, tmp_path):
    (tmp_path / 'mine.py').write_text(
        f"_base_ = '{base}'\nmodel = dict(memory=dict(num_labelled=7))\n"
    )
    with own_bases():
        cfg = Config.fromfile(tmp_path / 'mine.py')
    assert cfg.model.memory.num_labelled == 7
    assert cfg.model.type == 'mmdmr.DMRFasterRCNN'


def test_a_base_that_is_there_goes_before_the_name(tmp_path):
    (tmp_path / f'{SYNTHETIC}.py').write_text('x = 1\n')
    (tmp_path / 'mine.py').write_text(f"_base_ = './{SYNTHETIC}.py'\n")
    with own_bases():
        assert Config.fromfile(tmp_path / 'mine.py').x == 1


def test_unknown_base_names_the_nearest(tmp_path):
    (tmp_path / 'mine.py').write_text(f"_base_ = './{SYNTHETIC}s.py'\n")
    with (
        own_bases(),
        pytest.raises(
            FileNotFoundError, match=f'mine.py.*Did you mean {SYNTHETIC}.py'
        ),
    ):
        Config.fromfile(tmp_path / 'mine.py')


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


def test_config_names_are_unique_for_mim():
    """mim looks for a base name anywhere below the folder of the project."""
    root = project_root()
    names = [
        path.name
        for folder in ('configs', 'mmdmr', 'tests', 'tools')
        for path in (root / folder).rglob('*.py')
    ]
    for config in (root / 'configs').rglob('*.py'):
        if '_base_' not in config.parts:
            assert names.count(config.name) == 1, config.name
