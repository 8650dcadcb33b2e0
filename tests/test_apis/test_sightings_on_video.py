"""Sightings in frames of a real video, a second apart."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from mmdmr.apis.sightings import SightingTracker
from mmdmr.inference.description import read_description
from mmdmr.inference.find import find_own_description
from mmdmr.inference.two_step import TwoStepEmbedder
from mmdmr.media.images import read_image
from mmdmr.structures import Detections

SHARED = Path(__file__).parents[3] / 'shared'
WEIGHTS = Path(os.environ.get('MMDMR_WEIGHTS', SHARED / 'weights'))
FRAMES = Path(os.environ.get('MMDMR_PRW', SHARED / 'data/PRW-mini'))
NETWORKS = ('yolox_nano.onnx', 'osnet_x0_25_msmt17.onnx')
#: Every 25th frame of the camera, at 25 frames a second.
NUM_FRAMES, FPS = 100, 25
MAX_GAP = 5


@pytest.fixture
def embedder(tmp_path):
    for name in NETWORKS:
        if not (WEIGHTS / name).is_file():
            pytest.skip(f'no {name} in {WEIGHTS}; set MMDMR_WEIGHTS')
        (tmp_path / name).symlink_to(WEIGHTS / name)
    own = find_own_description('yolox-nano_osnet-x0.25')
    (tmp_path / own.name).write_text(own.read_text())
    return TwoStepEmbedder(read_description(tmp_path / own.name), threads=1)


def read_persons(name):
    """Boxes and identities of a frame; -2 for a person without identity."""
    found = loadmat(FRAMES / 'annotations' / f'{name}.mat')
    (rows,) = (
        value for key, value in found.items() if not key.startswith('__')
    )
    boxes = rows[:, 1:5].astype(np.float64)
    boxes[:, 2:] += boxes[:, :2]
    return boxes, rows[:, 0].astype(int)


def true_sightings(identities, times):
    """Numbers of sightings; -1 for persons without identity."""
    seen, result = {}, []
    for identity, time in zip(identities, times):
        number, last = seen.get(identity, (-1, -np.inf))
        if time - last > MAX_GAP:
            number = len(result)
        seen[identity] = number, time
        result.append(number if identity > 0 else -1)
    return np.array(result)


def test_sightings_are_those_of_the_annotation(embedder):
    """Few persons are split or mixed; a third has left the own box."""
    if not (FRAMES / 'annotations').is_dir():
        pytest.skip(f'no annotations in {FRAMES}; set MMDMR_PRW')
    names = sorted(path.name for path in (FRAMES / 'frames').iterdir())
    tracker = SightingTracker(max_gap=MAX_GAP)
    found, identities, times = [], [], []
    for name in names[:NUM_FRAMES]:
        boxes, persons = read_persons(name)
        image = read_image(FRAMES / 'frames' / name)
        feats = embedder.embed_boxes(image, boxes)
        time = int(re.search(r'_(\d+)', name)[1]) / FPS
        detections = Detections.from_counts(
            boxes, np.ones(len(boxes)), feats, [len(boxes)]
        )
        found += tracker.update(detections, time).tolist()
        identities += persons.tolist()
        times += [time] * len(boxes)
    truth = true_sightings(identities, times)
    known = truth >= 0
    truth, found = truth[known], np.array(found)[known]
    first, second = np.triu_indices(len(truth), 1)
    same = truth[first] == truth[second]
    joined = found[first] == found[second]
    assert same.sum() > 300
    assert (same & joined).sum() >= 0.85 * same.sum()
    assert (same & joined).sum() >= 0.85 * joined.sum()
