"""Packaging; everything declarative stands in setup.cfg.

The same source gives the same bytes, whatever the time, the folder, the umask
and the order of files on the disk.
"""

import gzip
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

ROOT = Path(__file__).resolve().parent
MIM_FILES = ('configs', 'tools', 'model-index.yml')
#: Date of all files in an archive: the first that a zip file can have.
EPOCH = 315_532_800


def plain_mode(mode):
    """Mode of a file whatever the umask was when the file was made."""
    return 0o755 if mode & 0o100 else 0o644


def set_plain_modes(folder):
    """Give all files of a folder modes that do not depend on the umask."""
    for path in Path(folder).rglob('*'):
        if path.is_file():
            path.chmod(plain_mode(path.stat().st_mode))


class BuildWithMim(build_py):
    """Adds what mim looks for to a wheel, as ``mmdmr/.mim``.

    An editable installation gets no such folder: mim then searches the whole
    source tree and would find every config twice.
    """

    def run(self):
        super().run()
        if self.editable_mode:
            return
        package = Path(self.build_lib) / 'mmdmr'
        for name in MIM_FILES:
            source, target = ROOT / name, package / '.mim' / name
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
        set_plain_modes(package)


class ReproducibleWheel(bdist_wheel):
    """Gives the licence, copied from the source, a mode like all others."""

    def write_wheelfile(self, wheelfile_base, *args, **kwargs):
        super().write_wheelfile(wheelfile_base, *args, **kwargs)
        set_plain_modes(wheelfile_base)


class ReproducibleSdist(sdist):
    """Writes a source distribution without dates, owners and umask.

    setuptools leaves the archive to ``shutil.make_archive``, which keeps them.
    """

    def make_archive(self, base_name, format, base_dir=None, **kwargs):
        path = Path(f'{base_name}.tar.gz')
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            path.open('wb') as file,
            gzip.GzipFile('', 'wb', fileobj=file, mtime=EPOCH) as packed,
            tarfile.open(fileobj=packed, mode='w') as archive,
        ):
            for member in sorted(Path(base_dir).rglob('*')):
                archive.add(member, recursive=False, filter=anonymous)
        return str(path)


def anonymous(member):
    """Entry of an archive without what differs between machines."""
    member.mtime = EPOCH
    member.uid = member.gid = 0
    member.uname = member.gname = ''
    member.mode = 0o755 if member.isdir() else plain_mode(member.mode)
    return member


if __name__ == '__main__':
    # Read by setuptools, for the dates in a wheel.
    os.environ.setdefault('SOURCE_DATE_EPOCH', str(EPOCH))
    # For the files that setuptools writes itself.
    os.umask(0o022)
    # A build/ folder in the source tree would hold the configs again.
    with tempfile.TemporaryDirectory() as build_base:
        setup(
            cmdclass=dict(
                build_py=BuildWithMim,
                bdist_wheel=ReproducibleWheel,
                sdist=ReproducibleSdist,
            ),
            options=dict(build=dict(build_base=build_base)),
        )
