"""From pictures to ranked hits where PyTorch cannot be imported."""

import shutil
import subprocess
import sys

import cv2
import numpy as np
from hidden_stack import HIDE
from two_networks import save_two_networks

from mmdmr.apis import PersonSearcher

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
    run = search_hidden(tmp_path, CODE)
    assert '6 persons added from 3 pictures' in run.stdout


def test_a_bundle_does_without_pytorch(tmp_path, tiny_files):
    """The ranking is that of the network."""
    config, checkpoint, bundle = tiny_files
    shutil.copytree(bundle, tmp_path / 'my.bundle')
    run = search_hidden(tmp_path, CODE.replace('two.yaml', 'my.bundle'))
    # An untrained network has five detections in each picture.
    assert '15 persons added from 3 pictures' in run.stdout
    network = PersonSearcher(str(config), checkpoint)
    network.index(tmp_path / 'photos', tmp_path / 'other')
    found, expected = (
        searcher.search(
            tmp_path / 'photos/0.png', tmp_path / gallery, box='full'
        )
        for gallery, searcher in (
            ('g', PersonSearcher.of_gallery(tmp_path / 'g')),
            ('other', network),
        )
    )
    assert len(found[0].hits) == 10
    for hit, other in zip(found[0].hits, expected[0].hits, strict=True):
        assert hit.path == other.path
        assert abs(hit.similarity - other.similarity) < 1e-3
        np.testing.assert_allclose(hit.box, other.box, atol=0.1)


def search_hidden(tmp_path, code):
    """Run a program on three pictures where PyTorch is hidden."""
    (tmp_path / 'photos').mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        image = rng.integers(0, 256, (90, 60, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'photos/{i}.png'), image)
    run = subprocess.run(
        [sys.executable, '-c', HIDE + code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert (tmp_path / 'found/hits.png').is_file()
    assert 'Warning' not in run.stderr
    return run
