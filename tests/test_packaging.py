"""What stands in a wheel, and what pip is told to install."""
import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import mmdmr

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """A wheel built from a copy of the source tree, and that tree."""
    source = tmp_path_factory.mktemp('source') / 'mmdmr'
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns('.*', 'data', 'work_dirs', 'shared',
                                      'tests', '__pycache__'))
    out = source.parent / 'wheel'
    subprocess.run([
        sys.executable, '-m', 'pip', 'wheel', '--no-deps', '--no-index',
        '--no-build-isolation', '--wheel-dir', out, source
    ], check=True, capture_output=True)
    path, = out.glob('*.whl')
    return path, source


def test_wheel_holds_what_mim_looks_for(wheel):
    path, source = wheel
    names = zipfile.ZipFile(path).namelist()
    for folder in ('configs', 'tools'):
        for file in (source / folder).rglob('*.py'):
            assert f'mmdmr/.mim/{file.relative_to(source)}' in names
    assert 'mmdmr/.mim/model-index.yml' in names
    assert 'mmdmr/cli/main.py' in names
    top = {name.split('/')[0] for name in names}
    assert top == {'mmdmr', f'mmdmr-{mmdmr.__version__}.dist-info'}


def test_building_leaves_no_second_config_in_the_source(wheel):
    """mim would find it twice."""
    _, source = wheel
    assert not (source / 'build').exists()
    assert not (source / 'mmdmr/.mim').exists()


def test_pip_never_touches_the_users_stack():
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    assert setup['options']['install_requires'].split() == ['numpy', 'scipy']
    for family in ('onedl', 'openmmlab'):
        assert 'mmdet' in setup['options.extras_require'][family].replace(
            'mmdetection', 'mmdet')


def test_tested_stack_is_pinned_within_the_extra():
    packaging = pytest.importorskip('packaging.requirements')
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    lines = (ROOT / 'requirements/onedl.txt').read_text().splitlines()
    pins = dict(line.split('==') for line in lines if '==' in line)
    for line in setup['options.extras_require']['onedl'].split():
        requirement = packaging.Requirement(line)
        assert requirement.specifier.contains(pins[requirement.name])


def test_model_index_names_files_that_exist():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    for name in index['Import']:
        assert (ROOT / name).is_file(), name
