"""Check the libraries that pip does not install with mmdmr."""

import subprocess
import sys
import warnings
from importlib.metadata import PackageNotFoundError

import pytest

from mmdmr import stack

ONEDL = {
    'onedl-mmcv': '2.3.6',
    'onedl-mmengine': '0.10.12',
    'onedl-mmdetection': '3.5.1',
}
UPSTREAM = {'mmcv': '2.1.0', 'mmengine': '0.10.7', 'mmdet': '3.3.0'}


@pytest.fixture
def installed(monkeypatch):
    """Pretend that these distributions are installed, and no others."""

    def installed(**versions):
        versions = {k.replace('_', '-'): v for k, v in versions.items()}
        modules = {
            name.replace('onedl-', '').replace('mmdetection', 'mmdet')
            for name in versions
        }

        def version(name):
            if name not in versions:
                raise PackageNotFoundError(name)
            return versions[name]

        monkeypatch.setattr(
            stack,
            'find_spec',
            lambda name: object() if name in modules else None,
        )
        monkeypatch.setattr(stack.metadata, 'version', version)
        stack._problems.cache_clear()

    yield installed
    stack._problems.cache_clear()


def test_this_stack_passes():
    stack._problems.cache_clear()
    stack.require_stack()
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        stack.check_stack()


# 2.10 is newer than 2.4, although not as text; builds carry a suffix.
@pytest.mark.parametrize('torch', ['2.4.0', '2.10.0', '2.13.0+cu130'])
@pytest.mark.parametrize('family', [ONEDL, UPSTREAM])
def test_good_stacks_pass(installed, torch, family):
    installed(torch=torch, **family)
    stack.check_stack()
    stack.require_stack()


def test_what_is_missing_comes_with_the_command(installed):
    installed(torch='2.5.0', mmcv='2.1.0', mmengine='0.10.7')
    command = "mmdet. Run: pip install --no-build-isolation 'mmdet>=3.3.0,<4'"
    with pytest.raises(stack.StackError) as error:
        stack.require_stack()
    assert str(error.value).endswith(command)
    with pytest.warns(stack.StackWarning, match='not train: .*mmdet'):
        stack.check_stack()


def test_an_empty_environment_gets_all_commands(installed):
    installed()
    with pytest.raises(stack.StackError) as error:
        stack.require_stack()
    text = str(error.value)
    assert 'not installed: torch, mmcv, mmengine, mmdet. Run: ' in text
    assert "pip install 'torch>=2.4' && pip install 'setuptools<82'" in text
    assert "'onedl-mmcv>=2.3.6,<2.4' 'onedl-mmengine" in text


@pytest.mark.parametrize('versions', [{}, {'torch': '2.13.0'}])
def test_who_only_searches_or_scores_is_not_warned(installed, versions):
    installed(**versions)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        stack.check_stack()


@pytest.mark.parametrize(
    'family, name, version, command',
    [
        (ONEDL, 'torch', '2.3.9', "pip install 'torch>=2.4'"),
        (ONEDL, 'onedl-mmengine', '0.10.7', "'onedl-mmengine>=0.10.12,<0.11'"),
        (UPSTREAM, 'mmdet', '3.2.0', "'mmdet>=3.3.0,<4'"),
        (UPSTREAM, 'mmcv', '2.0.1', 'setuptools<82'),
    ],
)
def test_too_old_is_an_error_on_import(
    installed, family, name, version, command
):
    installed(**{'torch': '2.13.0', **family, name: version})
    with pytest.raises(stack.StackError, match=f'too old: .* {version}') as e:
        stack.check_stack()
    assert command in str(e.value)


@pytest.mark.parametrize(
    'version, good',
    [((3, 9), False), ((3, 10), True), ((3, 13), True), ((3, 14), False)],
)
def test_python(monkeypatch, version, good):

    class Info(tuple):
        pass

    monkeypatch.setattr(stack.sys, 'version_info', Info((*version, 0)))
    if good:
        stack.check_stack()
    else:
        with pytest.raises(
            stack.StackError, match='Python 3.10 to 3.13.*venv'
        ):
            stack.check_stack()


@pytest.mark.parametrize(
    'module',
    [
        'mmdmr.models',
        'mmdmr.datasets',
        'mmdmr.engine.hooks',
        'mmdmr.registry',
        'mmdmr.evaluation.metrics',
        'mmdmr.engine.checks',
        'mmdmr.config',
        'mmdmr.visualization.person_search_visualizer',
    ],
)
def test_parts_that_need_the_stack_say_so(module, tmp_path):
    """With torch out of sight, the message comes before any other error."""
    code = (
        'import importlib.util as u, warnings\n'
        'find = u.find_spec\n'
        'u.find_spec = lambda n, *a: None if n == "torch" else find(n, *a)'
        '\nwarnings.simplefilter("ignore")\n'
        'import mmdmr.evaluation.functional, mmdmr.readers\n'
        f'import {module}'
    )
    result = subprocess.run(
        [sys.executable, '-c', code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(
        'mmdmr.stack.StackError: mmdmr cannot work here: not installed: torch'
    )
