"""The same source gives the same bytes."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Builds both archives by the hooks that pip calls. What is listed comes in
#: the reverse order if the first argument says so.
BUILD = """
import os
import sys

from setuptools import build_meta


class Backwards:
    def __init__(self, *args):
        with scandir(*args) as entries:
            self.entries = iter(list(entries)[::-1])

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass

    def close(self):
        pass


scandir, listdir = os.scandir, os.listdir
if sys.argv[1] == 'backwards':
    os.scandir = Backwards
    os.listdir = lambda *args: listdir(*args)[::-1]
out, sys.argv = sys.argv[2], sys.argv[:1]
build_meta.build_wheel(out)
build_meta.build_sdist(out)
"""


def build(folder, order, mask, variables, since=None):
    """Copy the source tree and build its wheel and its source archive."""
    source, out = folder / 'source', folder / 'out'
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(
            '.*', 'data', 'work_dirs', 'shared', 'tests', '__pycache__', 'docs'
        ),
    )
    for path in source.rglob('*'):
        path.chmod(path.stat().st_mode & ~mask)
        if since is not None:
            os.utime(path, (since, since))
    out.mkdir()
    environment = {**os.environ, **variables}
    environment.pop('SOURCE_DATE_EPOCH', None)
    environment.pop('PYTHONPATH', None)
    subprocess.run(
        [sys.executable, '-c', BUILD, order, out],
        cwd=source,
        env=environment,
        umask=mask,
        check=True,
        capture_output=True,
    )
    return {path.suffix: path for path in out.iterdir()}


@pytest.fixture(scope='module')
def builds(tmp_path_factory):
    """Archives built twice, as differently as machines differ."""
    first = build(
        tmp_path_factory.mktemp('a'), 'forwards', 0o022, {'TZ': 'UTC'}
    )
    second = build(
        tmp_path_factory.mktemp('in_another_folder'),
        *('backwards', 0o077),
        {'TZ': 'Asia/Tokyo', 'PYTHONHASHSEED': '7', 'LC_ALL': 'C'},
        since=time.time() - 10**8,
    )
    return first, second


@pytest.mark.parametrize('suffix', ['.whl', '.gz'])
def test_same_bytes_twice(builds, suffix):
    names, digests = set(), set()
    for archives in builds:
        names.add(archives[suffix].name)
        content = archives[suffix].read_bytes()
        digests.add(hashlib.sha256(content).hexdigest())
    assert len(names) == len(digests) == 1


def test_scripts_can_be_run(builds):
    wheel = zipfile.ZipFile(builds[1]['.whl'])
    modes = {
        info.filename: info.external_attr >> 16 & 0o777
        for info in wheel.infolist()
    }
    assert modes['mmdmr/.mim/tools/dist_train.sh'] == 0o755
    assert modes['mmdmr/version.py'] == 0o644
    with tarfile.open(builds[1]['.gz']) as archive:
        found = {
            member.name.partition('/')[2]: member
            for member in archive.getmembers()
        }
    assert found['tools/dist_train.sh'].mode == 0o755
    assert found['setup.py'].mode == 0o644
    assert {member.uname for member in found.values()} == {''}
    assert 'PKG-INFO' in found and 'mmdmr/version.py' in found
