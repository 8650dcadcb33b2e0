"""Data roots of a config."""

import re

import pytest
from mmengine.config import Config

from mmdmr.config import replace_data_root, resolve_data_roots


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
        ('data/synthetic-hard', 'mmdmr ablate'),
        ('data/PRW', 'Link the data there'),
    ],
)
def test_data_that_is_nowhere_says_what_to_do(
    root, advice, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=advice) as error:
        resolve_data_roots(data_config(root), ['train_dataloader'], tmp_path)
    assert re.search(f'data_root {root} does not exist', str(error.value))
