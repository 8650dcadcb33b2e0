"""Drawn scenes to compare a bundle with its network on."""

from collections.abc import Iterator

import numpy as np

from mmdmr.synthetic.appearance import sample_identities
from mmdmr.synthetic.backgrounds import PAINTERS
from mmdmr.synthetic.cameras import make_camera
from mmdmr.synthetic.scenes import compose_scene

#: Width and height of the scenes in pixels: landscape, portrait, square.
_SIZES = ((384, 256), (288, 400), (640, 352), (333, 333))
_PERSONS = 3


def drawn_scenes() -> Iterator[np.ndarray]:
    """Draw scenes with persons, in several sizes.

    Yields:
        np.ndarray: (h, w, 3) uint8 scene, BGR; the same each time.

    Example:
        >>> [scene.shape for scene in drawn_scenes()][:2]
        [(256, 384, 3), (400, 288, 3)]
    """
    rng = np.random.default_rng(0)
    people = sample_identities(rng, _PERSONS)
    for kind, (width, height) in zip(PAINTERS, _SIZES):
        camera = make_camera(kind, rng, width, height)
        scene = compose_scene(
            camera, people, range(_PERSONS), rng, width, height
        )
        yield np.ascontiguousarray(scene.image[..., ::-1])
