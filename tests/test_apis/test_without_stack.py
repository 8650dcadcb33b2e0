"""From pictures to ranked hits where PyTorch cannot be imported."""

import subprocess
import sys

import cv2
import numpy as np
from hidden_stack import HIDE
from two_networks import save_two_networks

CODE = """
from mmdmr.cli.main import main

assert main(['index_gallery', 'photos', '--gallery', 'g',
             '--model', 'two.yaml']) == 0
assert main(['search_person', '--query', 'photos/0.png', '--gallery', 'g',
             '--out', 'found']) == 0
assert main(['gallery_info', 'g']) == 0
from mmdmr.apis import PersonSearcher, to_supervision
to_supervision(PersonSearcher('two.yaml').embed('photos/0.png'))
hidden = [name for name in sys.modules if name.split('.')[0] in HIDDEN]
assert not hidden, hidden
"""


def test_search_does_without_pytorch(tmp_path):
    save_two_networks(tmp_path)
    (tmp_path / 'photos').mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        image = rng.integers(0, 256, (90, 60, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'photos/{i}.png'), image)
    run = subprocess.run(
        [sys.executable, '-c', HIDE + CODE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert '6 persons added from 3 pictures' in run.stdout
    assert (tmp_path / 'found/hits.png').is_file()
    assert 'Warning' not in run.stderr
