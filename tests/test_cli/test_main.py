"""The dispatcher."""

import gc
import os
import subprocess
import sys

import pytest

import mmdmr
from mmdmr.cli import main as dispatcher
from mmdmr.cli.main import main
from mmdmr.cli.tools import TOOLS
from mmdmr.stack import StackError


def test_help_lists_every_tool_with_its_summary(capsys):
    assert main(['--help']) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, tool in TOOLS.items():
        assert (
            f'  {name} '
            in ' '.join(line for line in lines if line.endswith(tool.summary))
            + ' '
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


def test_no_garbage_is_looked_for_while_a_tool_is_imported(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    seen = 'import gc\nseen = gc.isenabled()\n'
    (tmp_path / 'mmdmr_probe.py').write_text(seen)
    (tmp_path / 'mmdmr_broken.py').write_text('1 / 0')
    assert dispatcher._import('mmdmr_probe').seen is False
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        dispatcher._import('mmdmr_broken')
    assert gc.isenabled()


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


@pytest.mark.parametrize('option', ['--out', '--per-query'])
@pytest.mark.parametrize('name', ['file/scores', 'x' * 300, 'link'])
def test_a_path_that_cannot_be_written_is_one_line(
    small_data, tmp_path, option, name
):
    """A file stands where a folder has to be, a link leads nowhere."""
    (tmp_path / 'file').touch()
    (tmp_path / 'link').symlink_to(tmp_path / 'none/scores')
    argv = ['--dataset', 'prw', '--data-root', str(small_data / 'PRW')]
    argv += ['--detections', str(small_data / 'prw.npz')]
    run = subprocess.run(
        [sys.executable, '-m', 'mmdmr', 'score_search', *argv]
        + [option, str(tmp_path / name)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith('mmdmr score_search: error: ')
    assert str(tmp_path / name[:4]) in last and 'Traceback' not in run.stderr


def test_names_that_a_terminal_cannot_show(tmp_path):
    """Of another alphabet, where the locale is plain."""
    root = tmp_path / '\u0444\u043e\u0442\u043e'
    root.mkdir()
    run = subprocess.run(
        [sys.executable, '-m', 'mmdmr', 'verify_dataset']
        + ['--dataset', 'coco', '--data-root', str(root)],
        capture_output=True,
        env={**os.environ, 'PYTHONIOENCODING': 'ascii:strict'},
    )
    assert run.returncode in (1, 2)
    shown = run.stdout + run.stderr
    assert rb'\u0444\u043e' in shown and b'Traceback' not in shown


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_missing_config(fails, tool):
    rest = ['x.pth'] if tool == 'test' else []
    err = fails(tool, 'nowhere.py', *rest)
    assert err.startswith(f'mmdmr {tool}: error: config nowhere.py')
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_help_leaves_gpus_to_mim(capsys, tool):
    """mim adds the option to scripts whose help mentions it."""
    with pytest.raises(SystemExit) as stop:
        main([tool, '--help'])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert '--gpus' not in out
    assert '--local_rank' in out and '--local-rank' in out
