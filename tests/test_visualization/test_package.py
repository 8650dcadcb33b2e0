"""Pictures need neither PyTorch nor the OpenMMLab libraries."""

import json
import pkgutil
import subprocess
import sys

import pytest

import mmdmr.visualization

CODE = """
import json, sys
from importlib import import_module
import_module('mmdmr.visualization.{name}')
print(json.dumps([m for m in sys.modules if m.split('.')[0] in
                  ('torch', 'mmengine', 'mmcv', 'mmdet')]))
"""
MODULES = [m.name for m in pkgutil.iter_modules(mmdmr.visualization.__path__)]


@pytest.mark.parametrize(
    'name', [n for n in MODULES if n != 'person_search_visualizer']
)
def test_modules_import_without_pytorch(name):
    output = subprocess.run(
        [sys.executable, '-c', CODE.format(name=name)],
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(output.stdout) == []


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="no attribute 'draw_nothing'"):
        mmdmr.visualization.draw_nothing
