"""Packaging; everything declarative stands in setup.cfg."""

import shutil
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
MIM_FILES = ('configs', 'tools', 'model-index.yml')


class BuildWithMim(build_py):
    """Adds what mim looks for to a wheel, as ``mmdmr/.mim``.

    An editable installation gets no such folder: mim then searches the whole
    source tree and would find every config twice.
    """

    def run(self):
        super().run()
        if self.editable_mode:
            return
        mim = Path(self.build_lib) / 'mmdmr' / '.mim'
        for name in MIM_FILES:
            source, target = ROOT / name, mim / name
            if source.is_dir():
                shutil.copytree(
                    source,
                    target,
                    dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns('__pycache__'),
                )
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


if __name__ == '__main__':
    # A build/ folder in the source tree would hold the configs again.
    with tempfile.TemporaryDirectory() as build_base:
        setup(
            cmdclass=dict(build_py=BuildWithMim),
            options=dict(build=dict(build_base=build_base)),
        )
