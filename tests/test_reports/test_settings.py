"""Settings are read, never run, and compared key by key."""

import pytest
from mmengine.config import Config

from mmdmr.config import find_config, read_config
from mmdmr.errors import InputError
from mmdmr.reports.settings import (
    NotPlain,
    differences,
    flatten,
    read_base,
    read_settings,
)

CONFIG = 'dmrnet_faster-rcnn_r50_fpn_1x_prw'


def test_what_mmengine_writes_is_what_is_read(tmp_path):
    cfg = read_config(find_config(CONFIG))
    path = tmp_path / 'config.py'
    cfg.dump(path)
    assert read_settings(path) == Config.fromfile(path).to_dict()
    assert flatten(read_settings(path)) == flatten(cfg.to_dict())


@pytest.mark.parametrize(
    'text',
    [
        "open('stolen', 'w')",
        "a = open('stolen', 'w')",
        'import os',
        'a = b',
        'a = dict(**{})',
        "a = dict([('b', 1)])",
        'a = {**{}}',
        'a, b = 1, 2',
        'a.b = 1',
        "a = f'{1}'",
    ],
)
def test_a_program_is_not_run(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'config.py'
    path.write_text(text)
    with pytest.raises(NotPlain, match='line 1'):
        read_settings(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    'damage', [b'a = (', b'\xff', b'a = 1\0', b'a = {[]: 1}']
)
def test_a_damaged_config_is_named(tmp_path, damage):
    path = tmp_path / 'config.py'
    path.write_bytes(damage)
    with pytest.raises(InputError, match='config.py: no config'):
        read_settings(path)


def test_only_what_differs_is_listed():
    rows = differences(
        [
            flatten(dict(a=1, b=dict(c=(1, 2), d='x'), work_dir='here')),
            flatten(dict(a=2, b=dict(c=[1, 2], e=None), work_dir='there')),
        ]
    )
    assert rows == [
        ('a', ['1', '2']),
        ('b.d', ["'x'", '(not set)']),
        ('b.e', ['(not set)', 'None']),
    ]


def test_a_part_that_is_switched_off_is_one_row():
    rows = differences(
        [
            flatten(dict(val=dict(type='A', deep=dict(size=1)), valid=1)),
            flatten(dict(val=None, valid=2)),
        ]
    )
    assert rows == [
        ('val', ["type='A', deep.size=1", 'None']),
        ('valid', ['1', '2']),
    ]


def test_a_folder_is_the_same_with_a_slash_at_its_end():
    one, other = (
        flatten(dict(data=[dict(data_root=root)])) for root in ('x/', 'x')
    )
    assert not differences([one, other])


def test_the_base_has_the_guards_of_a_training():
    base = read_base(CONFIG)
    assert base['default_hooks']['checkpoint']['type'] == (
        'mmdmr.AtomicCheckpointHook'
    )
    with pytest.raises(FileNotFoundError):
        read_base('no_such_config')
