"""Persons found by one network and embedded by another."""

import cv2
import numpy as np
import pytest
import yaml
from public_networks import frames_of_streets, save_public_description
from tiny_onnx import save_constant_detector, save_network, save_pooling_reid
from two_networks import BOXES, SCORES, description, save_two_networks

from mmdmr.errors import InputError
from mmdmr.inference.description import read_description
from mmdmr.inference.two_step import TwoStepEmbedder
from mmdmr.readers import PRWReader
from mmdmr.structures import iou


def load(path, **options):
    return TwoStepEmbedder(read_description(path), **options)


def random_image(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def plain_embedding(image, box):
    """Mean RGB of the quarters of a crop of 8 x 16 pixels, unit length."""
    x1, y1, x2, y2 = np.round(box).astype(int)
    part = cv2.resize(image[y1:y2, x1:x2], (8, 16))[..., ::-1] / 255
    feat = [
        part[4 * quarter : 4 * quarter + 4, :, channel].mean()
        for channel in range(3)
        for quarter in range(4)
    ]
    return feat / np.linalg.norm(feat)


@pytest.fixture
def embedder(tmp_path):
    return load(save_two_networks(tmp_path))


def test_boxes_scores_and_embeddings(embedder):
    images = [random_image(100, 200), random_image(60, 40, 1)]
    found = embedder.embed(images)
    assert found.num_per_image.tolist() == [2, 2]
    best = np.argsort(SCORES)[::-1]
    for i, image in enumerate(images):
        height, width = image.shape[:2]
        rows = found.slice_of(i)
        boxes = np.array(BOXES)[best] * [width, height, width, height]
        np.testing.assert_allclose(found.boxes[rows], boxes, atol=1e-4)
        np.testing.assert_allclose(
            found.scores[rows], np.array(SCORES)[best], atol=1e-6
        )
        feats = [plain_embedding(image, box) for box in boxes]
        np.testing.assert_allclose(found.feats[rows], feats, atol=1e-5)
    assert found.feats.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found.feats, axis=1), 1)


def test_given_boxes_are_embedded_alike(embedder):
    image = random_image(100, 200)
    found = embedder.embed([image])
    feats = embedder.embed_boxes(image, found.boxes)
    np.testing.assert_array_equal(feats, found.feats)
    assert embedder.embed_boxes(image, np.empty((0, 4))).shape == (0, 12)
    beyond = np.array([[-50.0, -50, 100, 50], [0, 0, 100, 50]])
    first, second = embedder.embed_boxes(image, beyond)
    np.testing.assert_array_equal(first, second)


def test_no_images_and_no_persons(tmp_path):
    embedder = load(save_two_networks(tmp_path, scores=[0.1, 0.2]))
    assert embedder.embed([]).num_images == 0
    found = embedder.embed([random_image(30, 30)] * 3)
    assert found.num_per_image.tolist() == [0, 0, 0]
    assert found.feats.shape == (0, 12)


def test_boxes_are_clipped_and_those_beside_the_image_dropped(tmp_path):
    content = description()
    content['detector']['input']['resize'] = 'letterbox'
    boxes = [[-0.5, -0.5, 0.25, 0.25], [0.0, 0.6, 1.0, 1.0]]
    embedder = load(save_two_networks(tmp_path, content, boxes, [0.9, 0.9]))
    # The image fills the upper half of the input.
    found = embedder.embed([random_image(50, 100)])
    np.testing.assert_allclose(found.boxes, [[0, 0, 25, 25]], atol=1e-4)


def test_batches_do_not_change_results(tmp_path):
    """Crops one by one, and all together."""
    path = save_two_networks(tmp_path)
    images = [random_image(90, 70, seed) for seed in range(5)]
    found = [load(path).embed(images)]
    content = description(batch=3)
    content['reid']['batch'] = 1
    found.append(load(save_two_networks(tmp_path, content)).embed(images))
    save_pooling_reid(tmp_path / 'reid.onnx', batch=4)
    found.append(load(path).embed(images))
    for other in found[1:]:
        np.testing.assert_array_equal(other.offsets, found[0].offsets)
        np.testing.assert_allclose(other.feats, found[0].feats, atol=1e-6)


def test_a_colour_driven_detector_finds_the_rectangle(tmp_path):
    """Score is the mean red of the left half: the image decides."""
    save_network(
        tmp_path / 'detector.onnx',
        [
            ('Slice', ['images', 'start', 'end'], ['half']),
            ('ReduceMean', ['half'], ['mean'], dict(axes=[1, 2, 3])),
            ('Reshape', ['mean', 'shape'], ['scores']),
            ('Mul', ['scores', 'zero'], ['nothing']),
            ('Unsqueeze', ['nothing', 'axis'], ['nothings']),
            ('Add', ['nothings', 'box'], ['boxes']),
        ],
        dict(images=['n', 3, 64, 64]),
        dict(boxes=['n', 1, 4], scores=['n', 1]),
        dict(
            start=[0, 2, 0, 0],
            end=[9999, 3, 64, 32],
            shape=[-1, 1],
            zero=np.float32(0),
            axis=[2],
            box=np.array([[[0, 0, 32, 64]]], np.float32),
        ),
    )
    save_pooling_reid(tmp_path / 'reid.onnx')
    content = description()
    content['detector']['output'] = dict(kind='boxes_scores')
    content['detector']['input']['divide_by'] = 255
    path = tmp_path / 'two.yaml'
    path.write_text(yaml.safe_dump(content))
    blue, red = np.zeros((2, 80, 40, 3), np.uint8)
    blue[..., 0], red[..., 2] = 255, 255
    found = load(path).embed([blue, red, blue, red])
    assert found.num_per_image.tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(found.boxes, [[0, 0, 20, 80]] * 2)
    np.testing.assert_allclose(found.feats[0, :4], 0.5, atol=1e-6)


def test_fingerprint_covers_what_changes_results(tmp_path):
    def fingerprint(change=None, boxes=BOXES):
        content = description()
        if change:
            change(content)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return load(save_two_networks(folder, content, boxes)).model

    first = fingerprint()
    assert first == fingerprint()
    assert (first.name, first.dim, first.trained_on) == ('two', 12, 'nothing')
    same = [
        lambda c: c.update(name='other'),
        lambda c: c['reid'].update(trained_on='else', batch=3),
        lambda c: c['detector'].update(batch=1),
        lambda c: c['detector'].update(score_thr=0.4),
    ]
    for change in same:
        assert fingerprint(change).fingerprint == first.fingerprint
    others = [
        lambda c: c['detector'].update(nms_thr=0.4),
        lambda c: c['reid']['input'].update(colours='bgr'),
        lambda c: c['reid']['input'].update(interpolation='area'),
        lambda c: c['detector']['output'].update(person_class=1),
    ]
    prints = {fingerprint(change).fingerprint for change in others}
    prints.add(fingerprint(boxes=np.array(BOXES) * 0.9).fingerprint)
    assert len(prints - {first.fingerprint}) == len(others) + 1


def test_wrong_images_and_boxes_are_refused(embedder):
    image = random_image(50, 100)
    with pytest.raises(InputError, match='uint8 array, BGR, not'):
        embedder.embed([image, image[..., 0]])
    with pytest.raises(InputError, match='uint8 array, BGR, not NoneType'):
        embedder.embed_boxes(None, np.array([[0, 0, 9, 9]]))
    with pytest.raises(InputError, match='outside of the image of 100 x 50'):
        embedder.embed_boxes(image, np.array([[200, 0, 300, 9]]))


def test_zero_embeddings_are_refused(embedder):
    black = np.zeros((50, 100, 3), np.uint8)
    with pytest.raises(InputError, match='reid.onnx.*zero or not finite'):
        embedder.embed([black])


@pytest.mark.parametrize('factor', [np.nan, np.inf])
def test_broken_weights_show_when_the_networks_are_opened(tmp_path, factor):
    path = save_two_networks(tmp_path)
    save_network(
        tmp_path / 'reid.onnx',
        [('Mul', ['crops', 'bad'], ['feats'])],
        dict(crops=['n', 3, 16, 8]),
        dict(feats=['n', 3, 16, 8]),
        dict(bad=np.float32(factor)),
    )
    with pytest.raises(InputError, match='reid.onnx.*zero or not finite'):
        load(path)


def test_descriptions_of_other_outputs_show_when_opened(tmp_path):
    content = description()
    content['detector']['output'] = dict(kind='yolox')
    with pytest.raises(InputError, match=r'\(1, 2, 4\).*description says'):
        load(save_two_networks(tmp_path, content))
    content = description()
    content['reid']['output'] = 'embedding'
    with pytest.raises(InputError, match='no output embedding.*feats'):
        load(save_two_networks(tmp_path, content))


def test_ssd_and_yolox_end_to_end(tmp_path):
    """The same box by every kind of output."""
    save_pooling_reid(tmp_path / 'reid.onnx')
    grid = np.zeros((1, 64 + 16 + 4, 6), np.float32)
    # Cell (2, 3) of stride 8: centre (20, 28), sides 16 and 8.
    grid[0, 3 * 8 + 2] = [0.5, 0.5, np.log(2), 0, 0.9, 1]
    decoded = np.zeros((1, 3, 6), np.float32)
    decoded[0, 1] = [20, 28, 16, 8, 0.9, 1]
    box = np.array([[12, 24, 28, 32]]) / 64
    for output, arrays in (
        (dict(kind='yolox'), dict(out=grid)),
        (dict(kind='yolox', decoded=True), dict(out=decoded)),
        (dict(kind='ssd'), dict(out=[[[[0, 1, 0.9, *box[0]]]]])),
        (
            dict(kind='boxes_scores', box_format='xywh'),
            dict(boxes=[[[12, 24, 16, 8]]], scores=[[0.9]]),
        ),
        (
            dict(kind='boxes_scores', columns='score'),
            dict(dets=[[12, 24, 28, 32, 0.9]]),
        ),
    ):
        save_constant_detector(tmp_path / 'detector.onnx', arrays)
        content = description()
        content['detector']['output'] = output
        path = tmp_path / 'two.yaml'
        path.write_text(yaml.safe_dump(content))
        found = load(path).embed([random_image(128, 64)])
        np.testing.assert_allclose(
            found.boxes, box * [64, 128, 64, 128], rtol=1e-5
        )
        np.testing.assert_allclose(found.scores, [0.9])


def test_public_networks_find_the_people_of_a_photograph(tmp_path):
    """Boxes of real persons, against annotations, and embeddings of them."""
    data = frames_of_streets()
    path = save_public_description(tmp_path)
    truth = PRWReader(data, test=True).ground_truth()
    embedder = load(path, threads=1)
    assert embedder.model.dim == 512 and embedder.model.trained_on == 'MSMT17'
    names = truth.img_names[:4]
    images = [cv2.imread(str(data / 'frames' / name)) for name in names]
    found = embedder.embed(images)
    total = hits = 0
    for i in range(len(images)):
        overlaps = iou(
            truth.boxes[i][:, None], found.boxes[found.slice_of(i)][None]
        )
        total += len(overlaps)
        hits += (overlaps.max(axis=1, initial=0) > 0.5).sum()
    assert hits >= 0.8 * total > 0
