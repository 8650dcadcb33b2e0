"""What is imported is declared in setup.cfg, and the other way round."""

import ast
import configparser
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Modules that no extra brings, and why.
NOT_DECLARED = {
    'torch': 'pip cannot know the build for a GPU: docs/installation.md',
    'torchvision': 'of PyTorch; only for a comparison with SeqNet',
    'defaults': 'of SeqNet, from the folder that the user names',
    'models': 'of SeqNet, from the folder that the user names',
    'eval_func': 'of SeqNet, from the folder that the user names',
}
#: The same for tests alone.
IN_TESTS = {
    'tomli': 'comes with pytest on Python 3.10, which lacks tomllib',
    'yapf': 'of MMEngine, whose layout of configs the tests skip',
}
#: Distributions that nothing imports, and why they are declared.
NOT_IMPORTED = {
    'furo': 'the theme, named in docs/conf.py',
    'httpx2': "for Starlette's test client",
    'import-linter': 'a program, run by test_walls.py',
    'mypy': 'a program: make lint',
    'myst-parser': 'read by Sphinx, named in docs/conf.py',
    'pytest-xdist': 'a plugin of pytest: make test',
    'ruff': 'a program: make lint',
    'sphinx-copybutton': 'read by Sphinx, named in docs/conf.py',
    'seaborn': "for MMDetection's analyze_logs, which a test runs",
}


def normal(name):
    """Name of a distribution in the one spelling that pip compares."""
    return re.sub(r'[-_.]+', '-', name).lower()


def declared():
    """Normalised distributions by the extra that declares them."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    extras = dict(setup['options.extras_require'])
    extras[''] = setup['options']['install_requires']
    return {
        extra: {
            normal(re.match(r'[\w.-]+', line).group())
            for line in lines.split('\n')
            if line.strip() and not line.startswith('#')
        }
        for extra, lines in extras.items()
    }


def imported_by(tree):
    """Modules that a program imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and node.args:
            function = node.func
            name = getattr(function, 'id', getattr(function, 'attr', ''))
            first = node.args[0]
            if name in ('import_module', '__import__', 'importorskip') and (
                isinstance(first, ast.Constant)
            ):
                yield str(first.value)


@cache
def imports_of(*folders):
    """Top-level modules of others, each with a file that imports it."""
    ours = {'mmdmr'}
    for folder in {'docs', 'tests'} & set(folders):
        ours |= {path.stem for path in (ROOT / folder).rglob('*.py')}
    found = {}
    for path in (p for f in folders for p in (ROOT / f).rglob('*.py')):
        tree = ast.parse(path.read_text(encoding='utf-8'))
        for name in imported_by(tree):
            top = name.partition('.')[0]
            if top not in sys.stdlib_module_names and top not in ours:
                found.setdefault(top, path.relative_to(ROOT))
    return found


@pytest.fixture(scope='module')
def distributions():
    """Normalised distributions by module: the installed, and both families."""
    found = {
        module: {normal(name) for name in names}
        for module, names in packages_distributions().items()
    }
    for module, names in {
        'mmcv': {'mmcv', 'onedl-mmcv'},
        'mmdet': {'mmdet', 'onedl-mmdetection'},
        'mmengine': {'mmengine', 'onedl-mmengine'},
        'cv2': {'opencv-python-headless'},
    }.items():
        found[module] = found.get(module, set()) | names
    return found


def undeclared(found, distributions, known, exceptions):
    return {
        module: str(path)
        for module, path in found.items()
        if module not in exceptions
        and not distributions.get(module, set()) & known
    }


def test_what_the_library_imports_is_declared(distributions):
    extras = declared()
    known = set().union(
        *(extras[e] for e in extras if e not in ('docs', 'tests', 'lint'))
    )
    found = imports_of('mmdmr', 'tools', 'configs')
    assert {'numpy', 'torch', 'cv2', 'ray', 'httpx'} <= set(found)
    assert not undeclared(found, distributions, known, NOT_DECLARED)


def test_what_the_tests_import_is_declared(distributions):
    known = set().union(*declared().values())
    exceptions = {**NOT_DECLARED, **IN_TESTS}
    found = imports_of('tests')
    assert not undeclared(found, distributions, known, exceptions)


def test_what_the_site_imports_is_declared(distributions):
    known = set().union(*declared().values())
    found = imports_of('docs')
    assert {'sphinx', 'docutils'} <= set(found)
    assert not undeclared(found, distributions, known, NOT_DECLARED)


def test_what_is_declared_is_imported(distributions):
    found = imports_of('mmdmr', 'tools', 'configs', 'tests', 'docs')
    used = set().union(*(distributions.get(m, {m}) for m in found))
    known = set().union(*declared().values())
    assert not known - used - set(NOT_IMPORTED)


def test_exceptions_are_exceptions(distributions):
    """None of them is left from long ago."""
    known = set().union(*declared().values())
    found = imports_of('mmdmr', 'tools', 'configs')
    assert set(NOT_DECLARED) <= set(found)
    assert set(IN_TESTS) <= set(imports_of('tests'))
    assert set(NOT_IMPORTED) <= known


@pytest.mark.parametrize(
    'program',
    [
        'import odd.part as p',
        'from odd.part import name',
        'def f():\n    if x:\n        import odd',
        'try:\n    import odd\nexcept ImportError:\n    pass',
        'import_module("odd.part")',
        'importlib.import_module("odd")',
        '__import__("odd")',
        'pytest.importorskip("odd")',
    ],
)
def test_every_way_to_import_is_seen(program):
    (name,) = imported_by(ast.parse(program))
    assert name.partition('.')[0] == 'odd'


@pytest.mark.parametrize(
    'program', ['from .odd import name', 'from . import odd', 'odd("x")']
)
def test_what_is_no_import_of_others(program):
    assert not list(imported_by(ast.parse(program)))


@pytest.mark.parametrize(
    'extra',
    ['app', 'docs', 'export', 'lint', 'qdrant', 'ray', 'search', 'tests', ''],
)
def test_requirements_are_those_of_setup_cfg(extra):
    """Versions included: a bound that is raised is raised in both files."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    lines = (
        setup['options.extras_require'][extra]
        if extra
        else setup['options']['install_requires']
    )
    path = ROOT / f'requirements/{extra or "runtime"}.txt'
    listed = [
        line.partition('#')[0].strip()
        for line in path.read_text().splitlines()
    ]
    assert sorted(filter(None, listed)) == sorted(lines.split())
