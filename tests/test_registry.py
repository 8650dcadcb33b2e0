"""Registries find what configs name, without custom_imports."""

import subprocess
import sys

import pytest
from mmengine.registry import HOOKS as ROOT_HOOKS

from mmdmr import registry

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
