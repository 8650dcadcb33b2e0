"""Registries find what configs name, without custom_imports."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.registry import HOOKS as ROOT_HOOKS

import mmdmr
from mmdmr import registry

#: Classes that this package names in a config itself, and imports there.
NAMED_HERE = {'EmbedderDetector', 'ResourceHook'}
NAMES = [name for name in vars(registry) if name.isupper()]


@pytest.mark.parametrize('name', NAMES)
def test_children_of_the_root_have_our_scope(name):
    child = getattr(registry, name)
    assert child.scope == 'mmdmr'
    assert child.parent.scope == 'mmengine'


def test_a_plain_runner_finds_our_hooks():
    assert ROOT_HOOKS.get('mmdmr.MemoryQueueHook').__name__ == (
        'MemoryQueueHook'
    )


def test_no_import_is_needed_before_a_name_is_used():
    code = (
        'from mmengine.registry import MODELS; '
        "print(MODELS.get('mmdmr.DMRHead').__module__)"
    )
    run = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True
    )
    assert run.stdout.strip().endswith('mmdmr.models.reid_heads.dmr_head')


def registered():
    """Registries and classes, by the decorators of the package."""
    for path in Path(mmdmr.__file__).parent.rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text('utf-8'))):
            for decorator in getattr(node, 'decorator_list', ()):
                text = ast.unparse(decorator)
                if text.endswith('.register_module()'):
                    yield text.partition('.')[0], node.name


def test_every_registered_class_is_found_without_an_import():
    """A package's ``__init__`` may have forgotten a new module."""
    names = [found for found in registered() if found[1] not in NAMED_HERE]
    assert ('MODELS', 'DMRATSS') in names
    code = (
        'import json, sys; from mmdmr import registry; print(json.dumps(['
        '(kind, name) for kind, name in json.loads(sys.argv[1]) '
        "if not getattr(registry, kind).get('mmdmr.' + name)]))"
    )
    run = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code, json.dumps(names)],
        capture_output=True,
        text=True,
    )
    assert json.loads(run.stdout.splitlines()[-1]) == [], run.stderr
