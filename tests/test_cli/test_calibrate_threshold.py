"""``mmdmr calibrate_threshold`` with two tiny networks on drawn scenes."""

import json

import cv2
import numpy as np
import pytest
from tool_runner import tool
from two_networks import save_two_networks

from mmdmr.apis.calibration import load_calibration, read_calibration
from mmdmr.apis.models import load_embedder

#: Boxes x, y, w, h that the constant detector finds in 64 x 64 pixels.
BOXES = [[16, 16, 16, 32], [32, 0, 32, 32]]


@pytest.fixture
def scenes(tmp_path):
    """Coloured persons, two an image, and the files of the networks."""
    rng = np.random.default_rng(0)
    colours = rng.uniform(20, 235, (12, 3))
    (tmp_path / 'data/images').mkdir(parents=True)
    (tmp_path / 'data/annotations').mkdir()
    images, annotations = [], []
    for i in range(100):
        image = np.full((64, 64, 3), 120, np.uint8)
        pair = rng.permutation(12)[:2]
        for person, (x, y, w, h) in zip(pair, BOXES):
            noise = rng.normal(0, 6, (h, w, 3))
            image[y : y + h, x : x + w] = colours[person] + noise
            annotations.append(
                dict(
                    id=len(annotations),
                    image_id=i,
                    bbox=[x, y, w, h],
                    person_id=int(person),
                )
            )
        cv2.imwrite(str(tmp_path / f'data/images/{i}.png'), image)
        images.append(dict(id=i, file_name=f'{i}.png', width=64, height=64))
    content = dict(images=images, annotations=annotations)
    (tmp_path / 'data/annotations/test.json').write_text(json.dumps(content))
    return save_two_networks(tmp_path), tmp_path / 'data'


def arguments(model, root, *more):
    return [
        str(model),
        *('--dataset', 'coco', '--data-root', str(root)),
        *('--threads', '1'),
        *more,
    ]


def test_the_model_is_run_and_its_calibration_stored_beside_it(scenes, capsys):
    model, root = scenes
    before = model.read_bytes()
    assert tool('calibrate_threshold')(arguments(model, root)) == 0
    printed = capsys.readouterr().out
    out = model.with_name('two.calibration.json')
    assert f'stored in {out}' in printed
    assert '200 detections of 12 persons, score 0.5' in printed
    assert 'trained on nothing; measured on coco' in printed
    info = load_embedder(model).model
    found, _ = load_calibration(model, info)
    assert found == read_calibration(out) and found.model == info
    assert found.measured.num_impostor > 10_000
    unsure, likely = (found.threshold(rate) for rate in (0.01, 0.001))
    assert unsure < likely
    assert f'{likely:.4f}' in printed
    assert model.read_bytes() == before


def test_stored_predictions_give_the_same(scenes, tmp_path, capsys):
    model, root = scenes
    file, out = tmp_path / 'p.npz', tmp_path / 'new' / 'c.json'
    assert tool('predict')(arguments(model, root, '--out', str(file))) == 0
    argv = arguments(model, root, '--detections', str(file))
    assert tool('calibrate_threshold')([*argv, '--out', str(out)]) == 0
    assert tool('calibrate_threshold')(arguments(model, root)) == 0
    beside = read_calibration(model.with_name('two.calibration.json'))
    assert read_calibration(out) == beside
    argv += ['--out', str(out), '--score-thr', '0.7']
    assert tool('calibrate_threshold')(argv) == 0
    # The detection of score 0.6 is left out of each image.
    assert read_calibration(out).measured.num_boxes == 100
    assert read_calibration(out).score_thr == 0.7


def test_wrong_use_ends_with_one_message(scenes, tmp_path, capsys):
    model, root = scenes
    mine = tmp_path / 'mine.json'
    mine.write_text('{}')
    for more, message in (
        (['--out', str(mine)], 'mine.json exists already and is no calib'),
        (['--out', str(model)], 'is no .json file'),
        (['--detections', 'none.npz'], 'none.npz'),
        (['--score-thr', '2'], '--score-thr must be in [0, 1]'),
        (['--score-thr', '0.95'], 'too few to measure a rate of 0.01'),
    ):
        with pytest.raises(SystemExit) as stop:
            tool('calibrate_threshold')(arguments(model, root, *more))
        assert stop.value.code == 2
        err = capsys.readouterr().err
        assert message in err and 'Traceback' not in err
    assert mine.read_text() == '{}'


def test_predictions_of_another_model_are_refused(scenes, tmp_path, capsys):
    model, root = scenes
    file = tmp_path / 'p.npz'
    assert tool('predict')(arguments(model, root, '--out', str(file))) == 0
    text = model.read_text()
    assert 'colours: rgb' in text
    model.write_text(text.replace('colours: rgb', 'colours: bgr'))
    with pytest.raises(SystemExit):
        tool('calibrate_threshold')(
            arguments(model, root, '--detections', str(file))
        )
    assert 'p.npz was made by another model' in capsys.readouterr().err
    assert not model.with_name('two.calibration.json').exists()
