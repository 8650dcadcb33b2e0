"""What README and docs show can be typed as it stands."""

import ast
import json
import re
import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from two_networks import save_networks_of_public_names

from mmdmr.cli.main import build_parser
from mmdmr.cli.tools import TOOLS
from mmdmr.config import find_config, project_root

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    *sorted((ROOT / 'docs').glob('**/*.md')),
    *sorted((ROOT / 'configs').rglob('*.md')),
]
BLOCKS = [
    pytest.param(language, code, id=f'{page.relative_to(ROOT)}-{i}')
    for page in PAGES
    for i, (language, code) in enumerate(
        re.findall(r'^ *```(\w+)\n(.*?)^ *```', page.read_text(), re.M | re.S)
    )
]


def blocks(*languages):
    return [b for b in BLOCKS if b.values[0] in languages]


def commands():
    """Commands of all shell blocks, without comments."""
    for block in blocks('shell'):
        text = block.values[1].replace('\\\n', ' ')
        for line in text.splitlines():
            words = shlex.split(line.rstrip(' &'), comments=True)
            if words:
                yield pytest.param(words, id=f'{block.id}-{words[:2]}')


def programs():
    """Python blocks; those that start Ray take long."""
    for block in blocks('python'):
        marks = [pytest.mark.slow] if 'ray=' in block.values[1] else []
        yield pytest.param(*block.values, id=block.id, marks=marks)


@pytest.mark.parametrize('language, code', programs())
def test_python_runs(language, code, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    if "'my.bundle'" in code:
        shutil.copytree(request.getfixturevalue('tiny_files')[2], 'my.bundle')
    if 'mmdmr.apis' in code:
        make_search_folder(tmp_path)
    if '_base_' in code:
        path = tmp_path / 'shown.py'
        folder = project_root() / 'configs/dmrnet'
        path.write_text(code.replace("'./", f"'{folder}/"))
        cfg = Config.fromfile(path)
        cfg.model.backbone.init_cfg = None
        init_default_scope(cfg.default_scope)
        assert MODELS.build(cfg.model).reid_head
    else:
        exec(compile(code, 'shown', 'exec'), {'__name__': 'shown'})


def make_search_folder(folder):
    """Pictures, and small networks under the names of the public ones."""
    rng = np.random.default_rng(0)
    for name in ('photos/1.jpg', 'photos/2.jpg', 'anna.jpg'):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (60, 80, 3), np.uint8))
    save_networks_of_public_names(folder)


@pytest.mark.parametrize('language, code', blocks('yaml'))
def test_yaml_parses(language, code):
    assert yaml.safe_load(code)


def test_the_shown_description_is_the_shipped_one():
    shown = (ROOT / 'docs/search_models.md').read_text()
    code = re.search(r'```yaml\n(.*?)```', shown, re.S).group(1)
    shipped = ROOT / 'configs/search/yolox-nano_osnet-x0.25.yaml'
    assert yaml.safe_load(code) == yaml.safe_load(shipped.read_text())


@pytest.mark.parametrize('language, code', blocks('json'))
def test_json_parses(language, code):
    assert json.loads(code)


def test_blocks_are_of_a_language_that_is_checked():
    languages = {'python', 'json', 'shell', 'yaml', 'text'}
    assert {b.values[0] for b in BLOCKS} <= languages


@pytest.mark.parametrize('words', commands())
def test_command_exists(words, capsys):
    program, *rest = words
    if program == 'mmdmr':
        check_tool(*rest)
    elif program == 'mim' and rest[:2] in (
        ['train', 'mmdmr'],
        ['test', 'mmdmr'],
        ['gridsearch', 'mmdmr'],
    ):
        cfg = Config.fromfile(find_config(rest[2]))
        if '--search-args' in rest:
            check_search(rest[rest.index('--search-args') + 1], cfg)
    elif program == 'make':
        target = rest[0] if rest else 'help'
        assert re.search(rf'^{target}:', (ROOT / 'Makefile').read_text(), re.M)
    elif program.startswith('tools/'):
        assert (ROOT / program).is_file()
        assert find_config(next(w for w in rest if w.endswith('.py')))
    else:
        assert program in ('git', 'pip', 'mim', 'cd', '.', 'export', 'ray')


def check_search(argument, cfg):
    """mim wants values of the type that the config has."""
    key, *values = argument.split()
    there = cfg
    for part in key.removeprefix('--').split('.'):
        there = there[part]
    assert {type(ast.literal_eval(v)) for v in values} == {type(there)}


def check_tool(name, *argv):
    assert name in TOOLS
    for word in argv:
        if word.startswith('dmrnet_'):
            assert find_config(word)
    if not TOOLS[name].upstream:
        # What is parsed without complaint has arguments that exist.
        build_parser(name).parse_args(list(argv))


def anchors_of(page):
    """Anchors that a code host gives the headings of a page."""
    text = re.sub(r'^ *```.*?^ *```', '', page.read_text(), flags=re.M | re.S)
    for heading in re.findall(r'^#+ (.+)$', text, re.M):
        yield re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r'\]\(([^)]+)\)', page.read_text()):
            if '://' not in target:
                file, _, anchor = target.partition('#')
                found = page.parent / file if file else page
                assert found.exists(), f'{page}: {target}'
                assert not anchor or anchor in anchors_of(found), (
                    f'{page}: {target}'
                )


def test_commands_in_tables_exist():
    for name in ('README.md', 'docs/training.md'):
        text = (ROOT / name).read_text()
        named = set(re.findall(r'`mmdmr (\w+)', text))
        assert named and named <= set(TOOLS), name
