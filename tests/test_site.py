"""The documentation site: what can be checked without building it.

``make docs`` builds it, and fails on each link that leads nowhere.
"""

import doctest
import re
import runpy
import shutil
import sys
from argparse import SUPPRESS
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import mmdmr
from mmdmr.cli.main import build_parser
from mmdmr.cli.tools import TOOLS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / 'docs'
EXTENSIONS = sorted(path.stem for path in (DOCS / '_ext').glob('*.py'))
LIBRARIES = sorted(path.stem for path in (DOCS / 'inventories').glob('*.txt'))
MADE = ('_build', 'code')
FORMULA = re.compile(r'\$\$(.+?)\$\$|\$([^$\n]+)\$', re.S)


@pytest.fixture(autouse=True)
def extensions_path(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / '_ext'))


def extension(name):
    """Module of ``docs/_ext``."""
    return import_module(name)


def pages():
    """Sources of the site by the name that a toctree gives."""
    return {
        path.relative_to(DOCS).with_suffix('').as_posix(): path
        for path in sorted(DOCS.rglob('*.*'))
        if path.suffix in ('.md', '.rst')
        and not set(MADE) & set(path.relative_to(DOCS).parts)
    }


def toctree_entries():
    """Names of the pages that the toctrees list."""
    for name, path in pages().items():
        blocks = re.findall(
            r'```\{toctree\}\n(.*?)```', path.read_text(), re.S
        )
        for line in '\n'.join(blocks).splitlines():
            if line and not line.startswith(':'):
                entry = re.sub(r'.*<(.*)>', r'\1', line)
                yield (Path(name).parent / entry).as_posix()


@pytest.mark.parametrize('name', EXTENSIONS)
def test_examples_of_the_extensions_run(name):
    assert doctest.testmod(import_module(name)).failed == 0


def test_conf_loads(tmp_path):
    copy = tmp_path / 'docs'
    shutil.copytree(DOCS, copy, ignore=shutil.ignore_patterns(*MADE))
    conf = runpy.run_path(str(copy / 'conf.py'))
    assert conf['release'] == mmdmr.__version__
    assert all(
        Path(path).is_file()
        for _, path in conf['intersphinx_mapping'].values()
    )


def test_every_page_is_in_a_toctree():
    # An included file is shown by the page that includes it.
    links = extension('repository_links')
    shown = {path.removeprefix('docs/') for path in links.PAGES}
    names = {n for n, path in pages().items() if path.name not in shown}
    listed = list(toctree_entries())
    assert sorted(listed) == sorted(names - {'index'})


def test_pages_of_included_files_include_them():
    links = extension('repository_links')
    for file, page in links.PAGES.items():
        text = (DOCS / f'{page}.md').read_text()
        included = re.match(r'```\{include\} (\S+)\n```\n$', text)
        if page != 'index':
            folder = (DOCS / page).parent
            assert (folder / included[1]).resolve() == ROOT / file


def public_objects():
    """Exported objects by package."""
    for module in walk_packages(mmdmr.__path__, 'mmdmr.'):
        if module.ispkg and '.cli' not in module.name:
            package = import_module(module.name)
            for name in getattr(package, '__all__', ()):
                yield module.name, name, getattr(package, name)


def documented_objects():
    """Objects that the API pages name."""
    for path in (DOCS / 'api').glob('*.rst'):
        package = None
        for kind, name in re.findall(
            r'^\.\. (\w+):: (\S+)', path.read_text(), re.M
        ):
            if kind == 'module':
                package = import_module(name)
            elif kind.startswith('auto') or kind == 'data':
                yield getattr(package, name)


def test_every_public_object_has_a_place_in_the_api():
    # By identity: a package may export what another package documents.
    documented = {id(value) for value in documented_objects()}
    assert len(documented) > 150
    missing = {
        f'{package}.{name}'
        for package, name, value in public_objects()
        if id(value) not in documented
    }
    assert not missing


@pytest.mark.parametrize('tool', TOOLS)
def test_the_page_of_tools_shows_every_option(tool):
    shown = extension('tool_pages').describe_tool(tool)
    assert shown.startswith(f'### {tool}\n')
    entries = ' '.join(re.findall(r'^`` (.*) ``$', shown, re.M))
    if not TOOLS[tool].upstream:
        assert {
            name
            for action in build_parser(tool)._actions
            for name in action.option_strings
            if action.help not in (None, SUPPRESS) and name.startswith('--')
        } - {'--help'} <= set(re.findall(r'--[\w-]+', entries))


def test_help_is_not_read_as_markdown():
    tool_pages = extension('tool_pages')
    assert tool_pages._prose('a_b of --c-d_e <f>') == (
        r'a\_b of `--c-d_e` \<f\>'
    )


@pytest.mark.parametrize(
    'text, shown',
    [
        ('[a](b.md#c)', '[a](/b.md#c)'),
        ('![a](figures/b.png)', '![a](/figures/b.png)'),
        ('[a](../README.md)', '[a](/index.md)'),
        ('[a](search.md#b)', '[a](/search_guide.md#b)'),
        ('[a](../mmdmr/b.py)', '[a](CODE/mmdmr/b.py)'),
        ('[a](https://b.org)', '[a](https://b.org)'),
        ('[a](#b)', '[a](#b)'),
        ('[![a](b.png)](c.md)', '[![a](/b.png)](/c.md)'),
        ('[a [b] c](d.md)', '[a [b] c](/d.md)'),
        ('```python\nx[0](b)\n```', '```python\nx[0](b)\n```'),
    ],
)
def test_links_are_rewritten(text, shown):
    links = extension('repository_links')
    found = links.rewrite_links(
        text, 'docs/page.md', links.PAGES, 'CODE/{}'.format
    )
    assert found == shown


def test_links_of_an_included_file_start_from_its_folder():
    links = extension('repository_links')
    text = '[a](../../docs/b.md) [c](../comparison/README.md)'
    found = links.rewrite_links(
        text, 'configs/dmrnet/README.md', links.PAGES, str
    )
    assert found == '[a](/b.md) [c](/configs/comparison.md)'


@pytest.mark.parametrize('library', LIBRARIES)
def test_inventories_name_what_exists(library):
    inventories = extension('inventories')
    names = extension('public_names')
    lines = inventories.read_lines(DOCS / f'inventories/{library}.txt')
    for name, line in lines.items():
        assert re.fullmatch(r'\S+ py:\w+ 1 \S+\.html#\$ -', line)
        found = names.find_object(name, sys)
        assert name == 'None' or found is not names.MISSING, name


def test_inventories_are_refreshed(tmp_path):
    inventories = extension('inventories')
    text = tmp_path / 'lib.txt'
    text.write_text(
        'lib.A py:class 1 old.html#$ -\nlib.B py:class 1 b.html#$ -\n'
    )
    present = {'lib.A': 'lib.A py:class 1 new.html#$ -', 'lib.C': '...'}
    assert inventories.refresh(text, present) == ['lib.B']
    assert list(inventories.read_lines(text).values()) == [
        'lib.A py:class 1 new.html#$ -',
        'lib.B py:class 1 b.html#$ -',
    ]


@pytest.mark.parametrize(
    'html, parts',
    [
        ('<script src="_static/a.js"></script>', []),
        ('<script async src="https://a.org/b.js"></script>', 1),
        ('<link rel="stylesheet" href="//a.org/b.css">', 1),
        ('<link rel="canonical" href="https://a.org/">', []),
        ('<img alt="a" src="http://a.org/b.png">', 1),
        ('@import "https://a.org/b.css";', 1),
        ('src: url(https://a.org/b.woff2)', 1),
        ('src: url(data:font/woff2;base64,AA)', []),
        ('<a href="https://a.org">a</a>', []),
    ],
)
def test_foreign_parts_are_found(html, parts):
    found = extension('self_contained').foreign_parts(html)
    assert len(found) == parts if parts else found == []


def formulas():
    for path in pages().values():
        text = re.sub(r'```.*?```|`[^`\n]*`', '', path.read_text(), flags=re.S)
        yield from (a or b for a, b in FORMULA.findall(text))


def test_every_formula_becomes_mathml():
    to_mathml = extension('mathml').to_mathml
    found = list(formulas())
    assert len(found) > 20
    for formula in found:
        mathml, _ = to_mathml(formula)
        # A command that is not known would be shown with its backslash.
        assert mathml.startswith('<math') and '\\' not in mathml, formula
