"""Composing an image."""

import numpy as np

from mmdmr.synthetic.appearance import (
    sample_identities,
)
from mmdmr.synthetic.cameras import make_camera
from mmdmr.synthetic.scenes import compose_scene


def test_labelled_persons_stay_visible_and_boxes_are_tight():
    rng = np.random.default_rng(0)
    camera = make_camera('park', rng, 384, 256)
    people = sample_identities(rng, 4)
    for _ in range(6):
        scene = compose_scene(camera, people, range(4), rng, 384, 256)
        assert (scene.visible > 0.5).all()
        assert scene.person_ids.tolist() == [0, 1, 2, 3]
