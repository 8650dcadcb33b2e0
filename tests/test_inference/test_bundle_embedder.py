"""A bundle gives the results of its network."""

import subprocess
import sys

import numpy as np
import pytest
from hidden_stack import HIDE

from mmdmr.apis.checkpoint_embedder import CheckpointEmbedder
from mmdmr.errors import InputError
from mmdmr.inference.bundle_embedder import BundleEmbedder


def random_image(height, width, seed=0):
    rng = np.random.default_rng(seed)
    # Blocks of one colour: untrained networks see more than noise.
    cells = rng.integers(0, 256, (height // 8, width // 8, 3))
    return cells.repeat(8, 0).repeat(8, 1).astype(np.uint8)


IMAGES = [
    random_image(96, 128),
    random_image(128, 80, 1),
    random_image(96, 128, 2),
    random_image(96, 128, 3),
]
BOXES = np.array([[0, 0, 60, 90], [-5, 10, 60, 200.0], [20, 30, 24, 40]])


@pytest.fixture(scope='module')
def embedder(tiny_files):
    return BundleEmbedder(tiny_files[2], threads=1)


@pytest.fixture(scope='module')
def reference(tiny_files):
    return CheckpointEmbedder(*map(str, tiny_files[:2]))


def test_same_as_the_checkpoint(embedder, reference):
    assert embedder.model == reference.model
    assert embedder.score_thr == reference.score_thr
    found, expected = embedder.embed(IMAGES), reference.embed(IMAGES)
    assert len(expected) > 4
    np.testing.assert_array_equal(found.offsets, expected.offsets)
    np.testing.assert_allclose(found.boxes, expected.boxes, atol=1e-2)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
    np.testing.assert_allclose(found.feats, expected.feats, atol=1e-4)
    assert found.boxes.dtype == found.feats.dtype == np.float32
    feats = embedder.embed_boxes(IMAGES[0], BOXES)
    expected = reference.embed_boxes(IMAGES[0], BOXES)
    np.testing.assert_allclose(feats, expected, atol=1e-4)


def test_images_do_not_depend_on_each_other(tiny_files, embedder):
    alone = embedder.embed(IMAGES)
    together = BundleEmbedder(tiny_files[2], batch_size=3).embed(IMAGES)
    np.testing.assert_array_equal(together.offsets, alone.offsets)
    np.testing.assert_allclose(together.boxes, alone.boxes, atol=1e-4)
    np.testing.assert_allclose(together.feats, alone.feats, atol=1e-6)
    assert embedder.embed([]).num_images == 0


def test_both_in_one_pass(embedder):
    found, feats = embedder.embed_with_boxes(IMAGES[1], BOXES)
    expected = embedder.embed(IMAGES[1:2])
    np.testing.assert_array_equal(found.feats, expected.feats)
    np.testing.assert_array_equal(
        feats, embedder.embed_boxes(IMAGES[1], BOXES)
    )
    assert embedder.embed_boxes(IMAGES[1], BOXES[:0]).shape == (0, 16)
    found, feats = embedder.embed_with_boxes(IMAGES[1], BOXES[:0])
    assert feats.shape == (0, 16) and len(found) == len(expected)


def test_threshold_is_that_of_the_bundle_or_given(tiny_files, embedder):
    scores = np.sort(embedder.embed(IMAGES[:1]).scores)
    strict = BundleEmbedder(tiny_files[2], score_thr=float(scores[1]))
    assert len(strict.embed(IMAGES[:1])) == len(scores) - 1
    none = BundleEmbedder(tiny_files[2], score_thr=1.0).embed(IMAGES[:2])
    assert none.num_images == 2 and none.feats.shape == (0, 16)


@pytest.mark.parametrize('boxes', [[[0, 0, 0, 9]], [[200, 0, 300, 9]]])
def test_wrong_boxes_and_images(embedder, boxes):
    with pytest.raises(InputError, match='empty, or outside'):
        embedder.embed_boxes(IMAGES[0], np.array(boxes))
    with pytest.raises(InputError, match='must be an'):
        embedder.embed([IMAGES[0][..., 0]])


def test_wrong_options(tiny_files):
    for options, message in (
        (dict(batch_size=0), 'batch_size must be at least 1'),
        (dict(threads=0), 'threads must be at least 1'),
        (dict(providers=['NoProvider']), 'no provider NoProvider'),
    ):
        with pytest.raises(InputError, match=message):
            BundleEmbedder(tiny_files[2], **options)


def test_without_pytorch(tiny_files):
    run = subprocess.run(
        [
            *(sys.executable, '-c'),
            HIDE + 'import numpy as np\n'
            'from mmdmr.apis.models import load_embedder\n'
            f'embedder = load_embedder({str(tiny_files[2])!r}, threads=1)\n'
            'found = embedder.embed([np.full((64, 64, 3), 9, np.uint8)])\n'
            'print(found.num_images, found.feats.shape[1])\n',
        ],
        capture_output=True,
        text=True,
    )
    assert run.stdout.split() == ['1', '16'], run.stderr
