"""What stands in a wheel, and what pip is told to install."""

import configparser
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mmdmr
from mmdmr import stack
from mmdmr.stack import FAMILIES

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """A wheel built from a copy of the source tree, and that tree."""
    source = tmp_path_factory.mktemp('source') / 'mmdmr'
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(
            '.*', 'data', 'work_dirs', 'shared', 'tests', '__pycache__'
        ),
    )
    out = source.parent / 'wheel'
    subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'wheel',
            '--no-deps',
            '--no-index',
            '--no-build-isolation',
            '--wheel-dir',
            out,
            source,
        ],
        check=True,
        capture_output=True,
    )
    (path,) = out.glob('*.whl')
    return path, source


def test_wheel_holds_the_templates_of_pages(wheel):
    path, source = wheel
    names = zipfile.ZipFile(path).namelist()
    files = list((source / 'mmdmr').glob('**/templates/*'))
    assert files
    for file in files:
        assert str(file.relative_to(source)) in names


def test_wheel_holds_what_mim_looks_for(wheel):
    path, source = wheel
    names = zipfile.ZipFile(path).namelist()
    for folder in ('configs', 'tools'):
        for file in (source / folder).rglob('*.py'):
            assert f'mmdmr/.mim/{file.relative_to(source)}' in names
    descriptions = list((source / 'configs/search').glob('*.yaml'))
    assert descriptions
    for file in descriptions:
        assert f'mmdmr/.mim/configs/search/{file.name}' in names
    assert 'mmdmr/.mim/model-index.yml' in names
    assert 'mmdmr/cli/main.py' in names
    top = {name.split('/')[0] for name in names}
    assert top == {'mmdmr', f'mmdmr-{mmdmr.__version__}.dist-info'}


def test_building_leaves_no_second_config_in_the_source(wheel):
    """mim would find it twice."""
    _, source = wheel
    assert not (source / 'build').exists()
    assert not (source / 'mmdmr/.mim').exists()


def setup_cfg():
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    return setup


def test_only_numpy_and_scipy_are_required():
    assert setup_cfg()['options']['install_requires'].split() == [
        'numpy',
        'scipy',
    ]


@pytest.mark.parametrize('family', FAMILIES)
def test_extras_are_what_the_import_check_asks_for(family):
    extra = setup_cfg()['options.extras_require'][family].split()
    assert sorted(extra) == sorted(FAMILIES[family].values())


@pytest.mark.parametrize('family', FAMILIES)
def test_tested_versions_satisfy_the_extra(family):
    lines = (ROOT / f'requirements/{family}.txt').read_text().splitlines()
    pins = dict(line.split('==') for line in lines if '==' in line)
    for line in FAMILIES[family].values():
        requirement = Requirement(line)
        assert requirement.specifier.contains(pins[requirement.name])


def lines_of(path):
    """Requirements of a file, without comments."""
    lines = (line.partition('#')[0] for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line.strip()]


@pytest.mark.parametrize('family', FAMILIES)
def test_locked_versions_satisfy_all_requirements(family):
    """The lock is of an environment that setup.cfg describes."""
    folder = ROOT / 'requirements'
    pins = {
        canonicalize_name(line.name): next(iter(line.specifier)).version
        for line in lines_of(folder / f'locks/{family}.txt')
    }
    others = {'onedl', 'openmmlab', 'mminstall'} - {family}
    for path in folder.glob('*.txt'):
        for line in [] if path.stem in others else lines_of(path):
            version = pins[canonicalize_name(line.name)]
            assert line.specifier.contains(version), (path.name, str(line))


def dry_run(requirement):
    """What pip would install, without asking any index."""
    return subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'install',
            '--dry-run',
            '--no-index',
            '--find-links=',
            '--quiet',
            '--report',
            '-',
            requirement,
        ],
        capture_output=True,
        text=True,
    )


def test_pip_changes_nothing_of_the_stack(wheel):
    """Alone and with the extra of the family that is installed."""
    path, _ = wheel
    for extra in ('', f'[{stack._installed_family()}]'):
        result = dry_run(f'{path}{extra}')
        assert result.returncode == 0, result.stderr
        changed = json.loads(result.stdout)['install']
        assert {item['metadata']['name'] for item in changed} <= {'mmdmr'}


def test_pip_would_install_the_other_family(wheel):
    """That is, the test above can fail."""
    path, _ = wheel
    (other,) = set(FAMILIES) - {stack._installed_family()}
    result = dry_run(f'{path}[{other}]')
    assert result.returncode != 0
    assert any(
        Requirement(line).name in result.stderr
        for line in FAMILIES[other].values()
    )


def test_model_index_names_files_that_exist():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    for name in index['Import']:
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize('name', ['comparison', 'dmrnet'])
def test_metafile_lists_every_config(name):
    folder = ROOT / 'configs' / name
    models = yaml.safe_load((folder / 'metafile.yml').read_text())['Models']
    assert {model['Config'] for model in models} == {
        f'configs/{name}/{path.name}' for path in folder.glob('*.py')
    }
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    assert f'configs/{name}/metafile.yml' in index['Import']


def test_readme_names_every_config():
    folder = ROOT / 'configs/dmrnet'
    text = (folder / 'README.md').read_text()
    for path in folder.glob('*.py'):
        assert f'`{path.name}`' in text


def test_comparison_names_every_row_and_detector():
    """Configs are DETECTOR_DATA_ROW.py; the README has a table of each."""
    folder = ROOT / 'configs/comparison'
    text = (folder / 'README.md').read_text()
    for path in folder.glob('*.py'):
        name, row = path.stem.rsplit('_', 1)
        assert f'`{row}`' in text and f'`{name}`' in text
