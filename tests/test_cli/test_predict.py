"""``mmdmr predict``: two networks and checkpoints over a test split."""

import json
import re

import cv2
import numpy as np
import pytest
from colour_embedder import COLOURS, draw_scene
from public_networks import frames_of_streets, save_public_description
from tiny_checkpoint import save_tiny_checkpoint
from tool_runner import tool
from two_networks import BOXES, save_two_networks

from mmdmr.apis.models import load_embedder
from mmdmr.evaluation.loading import load_predictions


@pytest.fixture
def data(tmp_path):
    """Four scenes of a person, one colour in two scenes each."""
    root = tmp_path / 'data'
    (root / 'images').mkdir(parents=True)
    (root / 'annotations').mkdir()
    images, annotations = [], []
    # The box that the tiny detector is surest of, in 160 x 120 pixels.
    x1, y1, x2, y2 = np.multiply(BOXES[1], [160, 120, 160, 120]).astype(int)
    for i, colour in enumerate(['red', 'blue', 'red', 'blue']):
        scene = draw_scene([(colour, (x1, y1, x2, y2))])
        cv2.imwrite(str(root / f'images/{i}.png'), scene)
        images.append(dict(id=i, file_name=f'{i}.png', width=160, height=120))
        annotations.append(
            dict(
                id=i,
                image_id=i,
                category_id=1,
                bbox=[int(x1), int(y1), int(x2 - x1), int(y2 - y1)],
                person_id=list(COLOURS).index(colour),
            )
        )
    content = dict(
        images=images,
        annotations=annotations,
        categories=[dict(id=1, name='person')],
    )
    (root / 'annotations/test.json').write_text(json.dumps(content))
    return root


@pytest.fixture
def argv(data, tmp_path):
    return [
        *('--dataset', 'coco', '--data-root', str(data)),
        *('--out', str(tmp_path / 'new/p.npz'), '--threads', '1'),
    ]


def load(data, tmp_path, gt=True):
    return load_predictions(
        tmp_path / 'new/p.npz', 'coco', data, ['all'], gt=gt
    )


def test_two_networks(data, argv, tmp_path, capsys):
    model = save_two_networks(tmp_path)
    assert tool('predict')([str(model), *argv, '--gt']) == 0
    out = capsys.readouterr().out
    assert re.search(r'8 detections in 4 images and 2 queries, [\d.]+ im', out)
    assert 'model: two, trained on nothing' in out
    assert '4/4 images' in out
    found = load(data, tmp_path)
    embedder = load_embedder(model)
    truth = found.task.ground_truth
    images = [cv2.imread(str(data / 'images' / n)) for n in truth.img_names]
    expected = embedder.embed(images)
    # The detector's surest box is the person's, so all embeddings agree.
    np.testing.assert_allclose(
        found.detections.feats, expected.feats, atol=1e-6
    )
    np.testing.assert_allclose(found.gt_feats, expected.feats[::2], atol=1e-6)
    np.testing.assert_allclose(
        found.query_feats, found.gt_feats[found.task.queries.img_ids]
    )
    assert found.score_thr == 0.5 and found.contexts == 'suppressed'


def test_the_file_is_scored(data, argv, tmp_path):
    model = str(save_two_networks(tmp_path))
    assert tool('predict')([model, *argv, '--gt', '--score-thr', '0.7']) == 0
    out = tmp_path / 'scores.json'
    assert (
        tool('score_search')(
            [
                *('--dataset', 'coco', '--data-root', str(data), '--gt'),
                *('--detections', str(tmp_path / 'new/p.npz')),
                *('--out', str(out)),
            ]
        )
        == 0
    )
    scores = json.loads(out.read_text())
    assert scores['search.all']['mAP'] == 1
    assert scores['search.all+gt']['top1'] == 1
    assert 'detection@0.7' in scores


def test_a_checkpoint(data, argv, tmp_path, capsys):
    config, checkpoint = save_tiny_checkpoint(tmp_path)
    assert tool('predict')([str(config), str(checkpoint), *argv]) == 0
    assert 'trained on synthetic' in capsys.readouterr().out
    found = load(data, tmp_path, gt=False)
    image = cv2.imread(str(data / 'images/0.png'))
    expected = load_embedder(config, checkpoint).embed([image])
    np.testing.assert_array_equal(
        found.detections.feats[found.detections.slice_of(0)], expected.feats
    )


def test_interrupted_runs_write_nothing(argv, tmp_path, monkeypatch):
    model = save_two_networks(tmp_path)

    def interrupted(self, images):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        'mmdmr.inference.two_step.TwoStepEmbedder.embed', interrupted
    )
    with pytest.raises(SystemExit, match='130'):
        tool('predict')([str(model), *argv])
    assert not list((tmp_path / 'new').iterdir())


def test_wrong_input_is_named(data, argv, tmp_path, capsys):
    model = str(save_two_networks(tmp_path))
    (tmp_path / 'notes.txt').touch()
    config, _ = save_tiny_checkpoint(tmp_path)
    (data / 'images/2.png').write_bytes(b'no image')
    for arguments, message in (
        (['none.yaml', *argv], 'none.yaml is neither a file'),
        ([model, 'a.pth', *argv], 'takes no checkpoint'),
        ([str(config), *argv], 'needs a checkpoint'),
        ([model, *argv, '--out', str(tmp_path / 'notes.txt')], 'notes.txt'),
        ([model, *argv, '--out', str(tmp_path)], 'is a folder'),
        ([model, *argv, '--img-dir', 'none'], '4 of 4 images are missing'),
        ([model, *argv, '--data-root', 'none'], '--data-root none'),
        ([model, *argv, '--dataset', 'prw', '--test-ann', 'x'], '--test-ann'),
        ([model, *argv, '--threads', '0'], '--threads: must be a whole'),
        ([model, *argv, '--score-thr', '2'], '--score-thr must be in'),
        ([model, *argv], 'images/2.png'),
    ):
        with pytest.raises(SystemExit) as stop:
            tool('predict')(arguments)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / 'new/p.npz').exists()


@pytest.mark.slow
def test_public_networks_search_streets(tmp_path):
    data = frames_of_streets()
    model = save_public_description(tmp_path)
    named = ['--dataset', 'prw', '--data-root', str(data)]
    file, out = str(tmp_path / 'p.npz'), tmp_path / 'scores.json'
    assert tool('predict')([str(model), *named, '--out', file]) == 0
    scored = [*named, '--detections', file, '--out', str(out)]
    assert tool('score_search')(scored) == 0
    scores = json.loads(out.read_text())['search.all']
    assert scores['mAP'] >= 0.75 and scores['top1'] >= 0.9
