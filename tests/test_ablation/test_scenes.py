"""The scenes are drawn once, and are those of the ablation."""

import json
import subprocess
from pathlib import Path

import pytest

from mmdmr.ablation.scenes import HARD_ROOT, HARD_SCENES, make_scenes
from mmdmr.errors import InputError


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Commands that are run, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    commands = []
    monkeypatch.setattr(subprocess, 'check_call', commands.append)
    return commands


def write(content):
    path = Path(HARD_ROOT, 'synthetic.json')
    path.parent.mkdir(parents=True)
    path.write_text(content)


def test_missing_scenes_are_drawn(commands):
    make_scenes()
    (command,) = commands
    assert command[2:6] == ['mmdmr', 'make_synthetic', '--out', HARD_ROOT]
    options = dict(zip(command[6::2], command[7::2]))
    assert options == {k: str(v) for k, v in HARD_SCENES.items()}


def test_scenes_are_drawn_once(commands):
    settings = {
        key[2:].replace('-', '_'): value for key, value in HARD_SCENES.items()
    }
    write(json.dumps(settings))
    make_scenes()
    assert not commands


@pytest.mark.parametrize(
    'content, message',
    [
        ('{"difficulty": "easy"}', "'--difficulty': 'hard'"),
        ('{', 'synthetic.json: not what'),
        ('[1]', 'synthetic.json: not what'),
    ],
)
def test_other_scenes_are_refused(commands, content, message):
    write(content)
    with pytest.raises(InputError, match=message):
        make_scenes()
    assert not commands
