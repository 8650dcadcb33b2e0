"""An embedder over a test split, against a plain loop."""

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder, draw_scene

from mmdmr.apis.predict import predict
from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth, Queries, SearchTask

SCENES = [
    [('red', (10, 10, 30, 60)), ('green', (60, 10, 90, 90))],
    [],
    [('red', (100, 20, 120, 70))],
    [('blue', (5, 5, 25, 60)), ('red', (60, 5, 80, 60))],
    [('green', (60, 5, 80, 60))],
]
#: Image and person of each query, not in the order of the images.
QUERIES = [(3, 1), (0, 0), (0, 1), (4, 0)]


@pytest.fixture
def paths(tmp_path):
    made = []
    for i, persons in enumerate(SCENES):
        made.append(tmp_path / f'{i}.png')
        cv2.imwrite(str(made[-1]), draw_scene(persons))
    return made


@pytest.fixture
def task():
    boxes = [
        np.array([box for _, box in persons], float).reshape(-1, 4)
        for persons in SCENES
    ]
    truth = GroundTruth(
        tuple(f'{i}.png' for i in range(len(SCENES))),
        boxes,
        [np.zeros(len(b), int) for b in boxes],
        np.full(len(SCENES), -1),
    )
    queries = Queries(
        np.array([image for image, _ in QUERIES]),
        np.array([boxes[image][row] for image, row in QUERIES]),
        np.zeros(len(QUERIES), int),
    )
    return SearchTask(truth, queries, {})


class OnePass(ColourEmbedder):
    """Like a network that embeds detections and boxes in one pass."""

    def embed_with_boxes(self, image, boxes):
        return self.embed([image]), self.embed_boxes(image, boxes)


@pytest.mark.parametrize('batch_size', [1, 2, 100])
@pytest.mark.parametrize('gt', [False, True])
@pytest.mark.parametrize('kind', [ColourEmbedder, OnePass])
def test_against_a_plain_loop(paths, task, batch_size, gt, kind):
    embedder = kind()
    found = predict(embedder, task, paths, gt, batch_size)
    images = [cv2.imread(str(path)) for path in paths]
    for i, image in enumerate(images):
        alone = embedder.embed([image])
        rows = found.detections.slice_of(i)
        for field in ('boxes', 'scores', 'feats'):
            np.testing.assert_array_equal(
                getattr(found.detections, field)[rows], getattr(alone, field)
            )
    assert found.detections.num_per_image.tolist() == [2, 0, 1, 2, 1]
    for i, (img_id, row) in enumerate(QUERIES):
        box = task.ground_truth.boxes[img_id][row : row + 1]
        (feat,) = embedder.embed_boxes(images[img_id], box)
        np.testing.assert_array_equal(found.query_feats[i], feat)
    if not gt:
        assert found.gt_feats is None
        return
    expected = [
        embedder.embed_boxes(image, boxes)
        for image, boxes in zip(images, task.ground_truth.boxes)
    ]
    np.testing.assert_array_equal(found.gt_feats, np.concatenate(expected))


def test_each_image_is_read_once(paths, task, monkeypatch):
    from mmdmr.media.images import read_image

    read = []
    monkeypatch.setattr(
        'mmdmr.apis.predict.read_image',
        lambda path: read.append(path) or read_image(path),
    )
    seen = []

    def progress(items, total):
        assert total == len(paths)
        for item in items:
            seen.append(item)
            yield item

    predict(ColourEmbedder(), task, paths, True, 2, progress)
    assert sorted(read) == paths and len(seen) == len(paths)


def test_bad_images_are_named(paths, task):
    whole = paths[2].read_bytes()
    paths[2].write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match='2.png'):
        predict(ColourEmbedder(), task, paths)
    paths[2].unlink()
    with pytest.raises((InputError, OSError), match='2.png'):
        predict(ColourEmbedder(), task, paths)


def test_errors_of_the_embedder_name_the_images(paths, task):
    class Failing(ColourEmbedder):
        def __init__(self, method):
            super().__init__()
            setattr(self, method, self.fail)

        def fail(self, *args):
            raise InputError('the network fails')

    with pytest.raises(InputError, match='0.png: the network fails'):
        predict(Failing('embed_boxes'), task, paths)
    with pytest.raises(InputError, match='0.png to .*1.png: the network'):
        predict(Failing('embed'), task, paths, batch_size=2)
