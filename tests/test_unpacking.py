"""Zip bombs are refused before they fill the memory."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from planted import MIB, save_gzip, save_mat, save_xz, save_zip

from mmdmr.errors import InputError
from mmdmr.unpacking import check_zip, most_unpacked

GIB = 1024 * MIB
#: Loads each file in a process that may take 1 GiB more than it has.
CODE = """
import json, os, resource, sys
from pathlib import Path
import cv2, scipy.io, torch
from mmengine.runner import CheckpointLoader
from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.engine.safe_loading import load_safely
from mmdmr.evaluation.functional import load_score_thr
from mmdmr.readers.coco_json import load_json
from mmdmr.readers.mat import load_mat

# Importing changes nothing.
assert 'TORCH_FORCE_WEIGHTS_ONLY_LOAD' not in os.environ
assert not hasattr(CheckpointLoader._schemes[''], '__wrapped__')
load_safely()
assert hasattr(CheckpointLoader._schemes[''], '__wrapped__')
ways = {
    'a.pth': [read_checkpoint, CheckpointLoader.load_checkpoint],
    'wide.pth': [read_checkpoint, CheckpointLoader.load_checkpoint],
    'sparse.pth': [read_checkpoint],
    'a.npz': [load_score_thr],
    'a.mat': [lambda path: load_mat(path, 'box')],
    'a.json.gz': [lambda path: load_json(Path(path))],
    'a.json.xz': [lambda path: load_json(Path(path))],
}
pages = int(Path('/proc/self/statm').read_text().split()[0])
most = pages * resource.getpagesize() + 2**30
resource.setrlimit(resource.RLIMIT_AS, (most, most))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
said = []
for name, calls in ways.items():
    for call in calls:
        try:
            said.append([name, repr(call(f'{sys.argv[1]}/{name}'))[:99]])
        except Exception as error:
            said.append([name, f'{type(error).__name__}: {error}'])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([said, (after - before) / 1024]))
"""


@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
def test_bombs_are_refused_before_they_fill_the_memory(tmp_path):
    save_zip(tmp_path / 'a.pth', 'archive/data.pkl', 3 * GIB)
    save_zip(tmp_path / 'a.npz', 'score_thr.npy', 3 * GIB)
    save_mat(tmp_path / 'a.mat', 3 * GIB)
    save_gzip(tmp_path / 'a.json.gz', 3 * GIB)
    save_xz(tmp_path / 'a.json.xz', 3 * GIB)
    wide = torch.ones(1).expand(GIB)
    torch.save(dict(state_dict=dict(a=wide)), tmp_path / 'wide.pth')
    sparse = torch.sparse_coo_tensor([[0], [1]], [1.0], (2**16, 2**16))
    torch.save(dict(state_dict=dict(a=sparse)), tmp_path / 'sparse.pth')
    assert all(path.stat().st_size < 5 * MIB for path in tmp_path.iterdir())
    run = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', CODE, str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    said, grown = json.loads(run.stdout.splitlines()[-1])
    for name, text in said:
        assert text.startswith(f'InputError: {tmp_path / name} is not '), text
        assert 'would become' in text, text
    assert len(said) == 9
    # What the text of an .xz or .gz file may take, see most_unpacked.
    assert grown < 700


def test_honest_files_are_left_alone(tmp_path):
    """A thousand times smaller than its content, but harmless."""
    path = tmp_path / 'a.npz'
    np.savez_compressed(path, a=np.zeros(16 * MIB, np.uint8))
    assert path.stat().st_size < 20_000
    check_zip(path)
    path.write_bytes(b'PK\3\4no zip')
    check_zip(path)


def test_the_limit_grows_with_the_file(tmp_path):
    path = tmp_path / 'a'
    with path.open('wb') as file:
        file.truncate(10 * MIB)
    assert most_unpacked(path) == 1000 * MIB
    save_zip(path, 'a', 192 * MIB)
    check_zip(path)
    save_zip(path, 'a', 320 * MIB)
    with pytest.raises(InputError, match='MB would become 0.3 GB'):
        check_zip(path)
