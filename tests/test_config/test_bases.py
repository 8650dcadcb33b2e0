"""Inheriting from a config of the package by its base name.

These tests read real files through MMEngine: they fail if an upstream change
breaks the inheritance.
"""

import pytest

from mmdmr.config import read_config
from mmdmr.config.bases import resolve_bases

SYNTHETIC = 'dmrnet_faster-rcnn_r18_fpn_synthetic'


@pytest.mark.parametrize(
    'base', [f'./{SYNTHETIC}.py', f'{SYNTHETIC}.py', f'up/{SYNTHETIC}.py']
)
def test_a_config_anywhere_inherits_from_ours_by_name(base, tmp_path):
    (tmp_path / 'mine.py').write_text(
        f"_base_ = '{base}'\nmodel = dict(memory=dict(num_labelled=7))\n"
    )
    cfg = read_config(tmp_path / 'mine.py')
    assert cfg.model.memory.num_labelled == 7
    assert cfg.model.type == 'mmdmr.DMRFasterRCNN'


def test_a_base_that_is_there_goes_before_the_name(tmp_path):
    (tmp_path / f'{SYNTHETIC}.py').write_text('x = 1\n')
    (tmp_path / 'mine.py').write_text(f"_base_ = './{SYNTHETIC}.py'\n")
    assert read_config(tmp_path / 'mine.py').x == 1


def test_unknown_base_names_the_nearest(tmp_path):
    (tmp_path / 'mine.py').write_text(f"_base_ = './{SYNTHETIC}s.py'\n")
    with pytest.raises(
        FileNotFoundError, match=f'mine.py.*Did you mean {SYNTHETIC}.py'
    ):
        read_config(tmp_path / 'mine.py')


def test_a_chain_of_own_configs_ends_in_a_name(tmp_path):
    """The middle of a chain names a config of the package."""
    (tmp_path / 'below').mkdir()
    (tmp_path / 'mine.py').write_text(
        "_base_ = ['below/mine.py', 'other.json']\n"
        'steps = _base_.steps + 1\n'
        "name = '{{ fileBasenameNoExtension }} in {{ fileDirname }}'\n"
        'slots = {{_base_.model.memory.num_labelled}}\n'
        "seed = '{{$MMDMR_NO_SUCH_VARIABLE:7}}'\n"
    )
    (tmp_path / 'below/mine.py').write_text(
        f"x = 0\n_base_ = [\n    '{SYNTHETIC}.py',\n]\nsteps = 3\n"
        "where = '{{fileDirname}}'\n"
    )
    (tmp_path / 'other.json').write_text('{"other": 1}')
    cfg = read_config(tmp_path / 'mine.py')
    assert (cfg.steps, cfg.x, cfg.other) == (4, 0, 1)
    assert cfg.where == str(tmp_path / 'below')
    assert cfg.name == f'mine in {tmp_path}'
    assert cfg.slots == cfg.model.memory.num_labelled
    assert cfg.seed == '7'
    assert cfg.model.type == 'mmdmr.DMRFasterRCNN'


@pytest.mark.parametrize('suffix', ['json', 'yaml'])
def test_other_formats_inherit_by_name(suffix, tmp_path):
    path = tmp_path / f'mine.{suffix}'
    where = '{{ fileDirname }}'
    path.write_text(
        f'{{"_base_": "{SYNTHETIC}.py", "x": 1, "where": "{where}"}}'
    )
    cfg = read_config(path)
    assert (cfg.x, cfg.model.type) == (1, 'mmdmr.DMRFasterRCNN')
    assert cfg.where == str(tmp_path)


@pytest.mark.parametrize(
    'text',
    ['x = 1\n', "_base_ = ['there.py']\n", "_base_ = 'mmdet::a/b.py'\n"],
)
def test_what_mmengine_finds_itself_is_read_in_place(text, tmp_path):
    (tmp_path / 'there.py').touch()
    (tmp_path / 'mine.py').write_text(text)
    (tmp_path / 'empty').mkdir()
    path = resolve_bases(tmp_path / 'mine.py', tmp_path / 'empty')
    assert path == tmp_path / 'mine.py'
    assert not list((tmp_path / 'empty').iterdir())


def test_lines_of_messages_stay_those_of_the_file(tmp_path):
    (tmp_path / 'mine.py').write_text(
        f"_base_ = [\n    '{SYNTHETIC}.py',\n]\n\nx = 1 / 0\n"
    )
    (tmp_path / 'copies').mkdir()
    copy = resolve_bases(tmp_path / 'mine.py', tmp_path / 'copies')
    assert copy.read_text().splitlines()[4] == 'x = 1 / 0'
    with pytest.raises(ValueError, match='mine.py: .*ZeroDivisionError'):
        read_config(tmp_path / 'mine.py')


def test_no_folder_of_the_user_is_touched(tmp_path):
    (tmp_path / 'mine.py').write_text(f"_base_ = '{SYNTHETIC}.py'\n")
    before = sorted(tmp_path.rglob('*'))
    read_config(tmp_path / 'mine.py')
    assert sorted(tmp_path.rglob('*')) == before
