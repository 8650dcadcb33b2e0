"""The tests and folders that the pages name as evidence are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    *sorted((ROOT / 'docs').glob('*.md')),
    *sorted((ROOT / 'configs').rglob('*.md')),
]
TESTS = {
    node.name
    for path in (ROOT / 'tests').rglob('*.py')
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.FunctionDef) and node.name.startswith('test_')
}


def named(page, pattern):
    return sorted(set(re.findall(pattern, page.read_text())))


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_named_tests_exist(page):
    functions = named(page, r'(?:`|::)(test_\w+)[`\[]')
    assert set(functions) <= TESTS, set(functions) - TESTS


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_named_files_of_tests_exist(page):
    # A path in capitals stands for any name.
    paths = named(page, r'\b(tests/[a-z_/]+(?:\.py|\.toml|/|\b))')
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert not missing


def test_every_package_has_a_row():
    text = (ROOT / 'CONTRIBUTING.md').read_text()
    packages = {path.parent.name for path in ROOT.glob('mmdmr/*/__init__.py')}
    assert packages == {
        name for name in packages if f'| `mmdmr/{name}/`' in text
    }
