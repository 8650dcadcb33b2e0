"""A program's beginning that hides PyTorch and MMDetection."""

#: Packages that reading, scoring and drawing do without.
STACK = ('torch', 'mmcv', 'mmdet', 'mmengine')

HIDE = f"""
import importlib.util
import sys

HIDDEN = {STACK}
find_spec = importlib.util.find_spec


class Hidden:
    def find_spec(name, path=None, target=None):
        if name.split('.')[0] in HIDDEN:
            raise ModuleNotFoundError('hidden: ' + name, name=name)


importlib.util.find_spec = (
    lambda name, *args: None if name in HIDDEN else find_spec(name, *args)
)
sys.meta_path.insert(0, Hidden)
"""
