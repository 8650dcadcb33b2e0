"""The table of the tools agrees with what lies in the folders."""

from pathlib import Path

import pytest

from mmdmr.cli import commands
from mmdmr.cli.main import build_parser
from mmdmr.cli.tools import TOOLS

ROOT = Path(__file__).parents[2]


def test_every_command_has_a_row():
    found = {
        path.stem
        for path in Path(commands.__file__).parent.glob('*.py')
        if path.stem != '__init__'
    }
    ours = {name for name, tool in TOOLS.items() if not tool.upstream}
    assert found == ours


def test_every_tool_has_a_script_that_runs_it():
    scripts = {path.stem: path for path in (ROOT / 'tools').rglob('*.py')}
    assert set(scripts) == set(TOOLS)
    for name, path in scripts.items():
        assert f"run_tool('{name}')" in path.read_text()


def test_groups_stand_together():
    """The help prints a heading each time that the group changes."""
    groups = [tool.group for tool in TOOLS.values()]
    changes = sum(a != b for a, b in zip(groups, groups[1:]))
    assert changes == len(set(groups)) - 1


@pytest.mark.parametrize(
    'name', [name for name, tool in TOOLS.items() if not tool.upstream]
)
def test_every_argument_has_help(name):
    """The page of the tools leaves out what has none."""
    silent = {
        action.dest
        for action in build_parser(name)._actions
        if action.help is None
    }
    # Launchers give this one, not users.
    assert silent <= {'local_rank'}
