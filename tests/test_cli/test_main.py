"""The dispatcher."""

import subprocess
import sys

import pytest

import mmdmr
from mmdmr.cli import main as dispatcher
from mmdmr.cli.main import TOOLS, main
from mmdmr.stack import StackError


def test_help_lists_every_tool_with_its_summary(capsys):
    assert main(['--help']) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, summary in TOOLS.items():
        assert (
            f'  {name} '
            in ' '.join(line for line in lines if line.endswith(summary)) + ' '
        )


def test_version(capsys):
    assert main(['--version']) == 0
    assert capsys.readouterr().out == f'mmdmr {mmdmr.__version__}\n'


def test_unknown_tool_names_the_nearest(capsys):
    assert main(['trian']) == 2
    err = capsys.readouterr().err
    assert "'trian'" in err and "did you mean 'train'?" in err
    assert len(err.splitlines()) == 1


def test_no_tool_is_wrong_input(capsys):
    assert main([]) == 2
    assert 'usage: mmdmr TOOL' in capsys.readouterr().err


def test_help_imports_no_torch():
    code = (
        'import sys; from mmdmr.cli.main import main; main(["--help"]); '
        'sys.exit("torch" in sys.modules or "mmengine" in sys.modules)'
    )
    subprocess.run([sys.executable, '-c', code], check=True)


def test_missing_stack_is_one_message(monkeypatch, capsys):

    def missing():
        raise StackError('mmdmr needs mmdet >= 3.3')

    monkeypatch.setattr(dispatcher, 'require_stack', missing)
    with pytest.raises(SystemExit) as stop:
        main(['train', 'any.py'])
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        'mmdmr train: error: mmdmr needs mmdet >= 3.3\n'
    )
