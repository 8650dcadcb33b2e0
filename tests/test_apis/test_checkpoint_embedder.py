"""Persons found and embedded by a network of a checkpoint."""

import numpy as np
import pytest
import torch
from mmdet.apis import inference_detector, init_detector
from tiny_checkpoint import save_tiny_checkpoint

from mmdmr.apis.checkpoint_embedder import CheckpointEmbedder
from mmdmr.errors import InputError


def random_image(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tiny')
    return [str(path) for path in save_tiny_checkpoint(folder)]


@pytest.fixture(scope='module')
def embedder(files):
    return CheckpointEmbedder(*files)


def test_same_as_mmdetection(files, embedder):
    images = [random_image(96, 128), random_image(128, 80, 1)]
    found = embedder.embed(images)
    model = init_detector(*files, device='cpu')
    assert len(found) > 0
    for i, image in enumerate(images):
        expected = inference_detector(model, image).pred_instances
        rows = found.slice_of(i)
        np.testing.assert_allclose(found.boxes[rows], expected.bboxes)
        np.testing.assert_allclose(found.scores[rows], expected.scores)
        np.testing.assert_allclose(found.feats[rows], expected.reid_feats)
    np.testing.assert_allclose(
        np.linalg.norm(found.feats, axis=1), 1, rtol=1e-5
    )


def test_images_do_not_depend_on_each_other(embedder):
    images = [random_image(96, 128), random_image(128, 80, 1)]
    found = embedder.embed(images)
    alone = embedder.embed(images[1:])
    np.testing.assert_array_equal(found.feats[found.slice_of(1)], alone.feats)
    assert embedder.embed([]).num_images == 0


def test_given_boxes_are_embedded_alike(embedder):
    image = random_image(96, 128)
    found = embedder.embed([image])
    feats = embedder.embed_boxes(image, found.boxes)
    np.testing.assert_allclose(feats, found.feats, atol=1e-5)
    assert embedder.embed_boxes(image, np.empty((0, 4))).shape == (0, 16)


def test_both_in_one_pass(embedder, monkeypatch):
    image = random_image(96, 128)
    boxes = np.array([[0, 0, 60, 90], [-5, 10, 60, 200.0]])
    expected = embedder.embed([image]), embedder.embed_boxes(image, boxes)
    passes = []
    step = embedder.network.test_step
    monkeypatch.setattr(
        embedder.network, 'test_step', lambda x: passes.append(x) or step(x)
    )
    found, feats = embedder.embed_with_boxes(image, boxes)
    assert len(passes) == 1
    np.testing.assert_array_equal(found.boxes, expected[0].boxes)
    np.testing.assert_allclose(found.feats, expected[0].feats, atol=1e-6)
    np.testing.assert_allclose(feats, expected[1], atol=1e-6)
    found, feats = embedder.embed_with_boxes(image, np.empty((0, 4)))
    np.testing.assert_array_equal(found.boxes, expected[0].boxes)
    assert feats.shape == (0, 16)


def test_threshold_is_that_of_the_config_or_given(tmp_path, files):
    image = random_image(96, 128)
    everything = CheckpointEmbedder(*files).embed([image])
    thr = float(np.median(everything.scores))
    some = CheckpointEmbedder(*files, score_thr=thr).embed([image])
    assert len(some) == (everything.scores >= thr).sum() < len(everything)
    paths = save_tiny_checkpoint(tmp_path, score_thr=0.25)
    assert CheckpointEmbedder(*map(str, paths)).score_thr == 0.25
    paths = save_tiny_checkpoint(
        tmp_path, change=lambda cfg: cfg.test_evaluator.pop('score_thr')
    )
    assert CheckpointEmbedder(*map(str, paths)).score_thr == 0.5


def test_training_data_and_fingerprint(tmp_path, files):
    first = CheckpointEmbedder(*files).model
    assert first == CheckpointEmbedder(*files).model
    assert first.trained_on == 'synthetic'  # of the config
    stored = torch.load(files[1])
    text = "train_dataloader = dict(dataset=dict(data_root='x/PRW'))"
    stored['meta'] = dict(cfg=text)
    torch.save(stored, tmp_path / 'other.pth')
    other = CheckpointEmbedder(files[0], tmp_path / 'other.pth').model
    assert other.trained_on == 'PRW'
    assert other.fingerprint == first.fingerprint
    changed = CheckpointEmbedder(*files, score_thr=0.1).model
    assert changed.fingerprint == first.fingerprint


def test_published_weights_give_the_same_model(tmp_path, files):
    """Without memory and key encoder, as ``publish_model`` writes them."""
    stored = torch.load(files[1])
    stored['state_dict'] = {
        name: value
        for name, value in stored['state_dict'].items()
        if not name.startswith(('memory.', 'key_encoder.'))
    }
    torch.save(stored, tmp_path / 'published.pth')
    published = CheckpointEmbedder(files[0], tmp_path / 'published.pth')
    first = CheckpointEmbedder(*files)
    assert published.model.fingerprint == first.model.fingerprint


def test_wrong_input(tmp_path, files, embedder):
    image = random_image(50, 100)
    with pytest.raises(InputError, match='uint8 array'):
        embedder.embed([image[..., 0]])
    with pytest.raises(InputError, match='outside of the image of 100 x 50'):
        embedder.embed_boxes(image, np.array([[200, 0, 300, 9]]))
    with pytest.raises(FileNotFoundError, match='none.pth does not exist'):
        CheckpointEmbedder(files[0], tmp_path / 'none.pth')
    with pytest.raises(FileNotFoundError, match='config none'):
        CheckpointEmbedder('none', files[1])
    with pytest.raises(InputError, match='download the checkpoint'):
        CheckpointEmbedder(files[0], 'https://example.com/a.pth')
    (tmp_path / 'a.pth').write_text('<html>')
    with pytest.raises(InputError, match='a.pth is no checkpoint'):
        CheckpointEmbedder(files[0], tmp_path / 'a.pth')
    torch.save(dict(state_dict=dict(a=torch.zeros(1))), tmp_path / 'b.pth')
    with pytest.raises(InputError, match='b.pth is not of this network'):
        CheckpointEmbedder(files[0], tmp_path / 'b.pth')


def test_other_configs_are_refused(tmp_path, files):
    def without_loading(cfg):
        del cfg.test_dataloader.dataset.pipeline[0]

    config, checkpoint = save_tiny_checkpoint(tmp_path, change=without_loading)
    with pytest.raises(InputError, match='begin with LoadImageFromFile'):
        CheckpointEmbedder(str(config), checkpoint)
    (tmp_path / 'empty.py').write_text('a = 1\n')
    with pytest.raises(InputError, match='entries model and test_dataloader'):
        CheckpointEmbedder(str(tmp_path / 'empty.py'), checkpoint)
    detector = tmp_path / 'detector.py'
    detector.write_text(
        "_base_ = 'mmdet::retinanet/retinanet_r18_fpn_1x_coco.py'\n"
    )
    with pytest.raises(InputError, match='a RetinaNet, which embeds no'):
        CheckpointEmbedder(str(detector), checkpoint)


def test_weights_that_are_not_finite_are_refused(tmp_path, files):
    stored = torch.load(files[1])
    for name, value in stored['state_dict'].items():
        if name.startswith('reid_head') and name.endswith('weight'):
            value.fill_(float('nan'))
    torch.save(stored, tmp_path / 'nan.pth')
    with pytest.raises(InputError, match='not finite'):
        CheckpointEmbedder(files[0], tmp_path / 'nan.pth')
