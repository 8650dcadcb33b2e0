"""A search of one query in three images."""

import numpy as np
import pytest
from PIL import Image

from mmdmr.structures import (
    Detections,
    GroundTruth,
    Queries,
    SearchProtocol,
    SearchTask,
)


@pytest.fixture
def scene(tmp_path):
    """A query in image 0; image 1 holds the person, image 2 does not."""
    paths = []
    for i in range(3):
        paths.append(str(tmp_path / f'{i}.png'))
        Image.new('RGB', (100, 100), (i, i, i)).save(paths[-1])
    box = np.array([[10.0, 10.0, 50.0, 90.0]])
    protocol = SearchProtocol(
        'all', np.array([0]), [np.array([1, 2])], [np.array([1])], [box]
    )
    task = SearchTask(
        GroundTruth(
            ('0', '1', '2'),
            [box] * 3,
            [np.array([i]) for i in (0, 0, 1)],
            np.zeros(3, int),
        ),
        Queries(np.array([0]), box, np.array([0])),
        dict(all=protocol),
    )
    detections = Detections(
        np.repeat(box, 3, axis=0),
        np.ones(3),
        np.array([[1.0, 0], [0.8, 0.6], [0.6, 0.8]]),
        np.arange(4),
    )
    return task, detections, paths
