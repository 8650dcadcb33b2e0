"""Descriptions of models: YAML of two networks, bundles, networks."""

import json

import cv2
import numpy as np
from photo_folder import picture
from search_hits import make_hit, make_result
from two_networks import save_two_networks

from mmdmr.apis.models import load_embedder, needs_checkpoint
from mmdmr.inference.bundle import digest, read_bundle
from mmdmr.inference.description import read_description
from mmdmr.visualization.search_folder import check_search_folder
from mmdmr.visualization.search_json import encode_search

from .cases import SEEDS, Case, claim


def _make_two(folder):
    save_two_networks(folder)


def _read(folder, out):
    described = read_description(folder / 'two.yaml')
    claim(described.name, 'a model without a name')
    needs_checkpoint(folder / 'two.yaml')


def _embed(folder, out):
    path = folder / 'two.yaml'
    if needs_checkpoint(path):
        return  # a config of PyTorch
    embedder = load_embedder(path, threads=1)
    found = embedder.embed([picture('red', 'blue')])
    claim(found.num_images == 1, 'another number of images')
    dim = embedder.model.dim
    claim(found.feats.shape == (len(found), dim), 'other embeddings')
    for array in (found.boxes, found.scores, found.feats):
        claim(np.isfinite(array).all(), 'a result is not finite')


def _make_bundle(folder):
    bundle = folder / 'b'
    bundle.mkdir()
    content = json.loads((SEEDS / 'bundle.json').read_text())
    for name in content['files']:
        (bundle / name).write_bytes(name.encode())
        content['files'][name] = digest(bundle / name)
    (bundle / 'bundle.json').write_text(json.dumps(content))


def _bundle(folder, out):
    described = read_bundle(folder / 'b')
    claim(described.maps, 'no maps')
    claim(described.head.outputs, 'no outputs')


def _make_search(folder):
    text = encode_search(
        [make_result([make_hit()])], ['01_query.jpg'], [['01_001_b.jpg']]
    )
    scenes = folder / 'found/scenes'
    scenes.mkdir(parents=True)
    (folder / 'found/hits.json').write_text(text)
    cv2.imwrite(str(folder / 'found/hits.png'), picture('red'))
    cv2.imwrite(str(scenes / '01_query.jpg'), picture('red'))


def _search(folder, out):
    check_search_folder(folder / 'found')


def targets():
    """Cases of the target ``descriptions``."""
    return {
        'yaml': Case(_make_two, _read, weight=4, often={'two.yaml': 20}),
        'embed': Case(
            _make_two,
            _embed,
            weight=2,
            often={'two.yaml': 12, 'detector.onnx': 2, 'reid.onnx': 2},
        ),
        'bundle': Case(
            _make_bundle, _bundle, weight=4, often={'b/bundle.json': 20}
        ),
        'search': Case(_make_search, _search, often={'found/hits.json': 10}),
    }
