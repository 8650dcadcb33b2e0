"""Configs by path and by name."""

from pathlib import Path

import pytest

from mmdmr.config import find_config, project_root

SYNTHETIC = 'dmrnet_faster-rcnn_r18_fpn_synthetic'


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
