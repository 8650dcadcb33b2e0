"""Writing bundles: completely, where allowed, and only good ones."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from tiny_checkpoint import save_tiny_checkpoint

from mmdmr.apis import PersonSearcher
from mmdmr.apis.calibration import (
    Calibration,
    calibration_path,
    write_calibration,
)
from mmdmr.apis.checkpoint_embedder import CheckpointEmbedder
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import FalseAlarms
from mmdmr.export import bundle as module
from mmdmr.export import export_bundle
from mmdmr.export.bundle import check_bundle_target
from mmdmr.export.scenes import drawn_scenes
from mmdmr.inference.bundle import CALIBRATION, FILES, MANIFEST, read_bundle


@pytest.fixture
def quick(monkeypatch):
    """Compare on one scene."""
    scene = next(drawn_scenes())
    monkeypatch.setattr(module, 'drawn_scenes', lambda: [scene])


def test_what_is_written(tiny_files):
    config, checkpoint, bundle = tiny_files
    assert {path.name for path in bundle.iterdir()} == {*FILES, MANIFEST}
    # Nothing is left beside it.
    assert not [p for p in bundle.parent.iterdir() if '.part' in p.name]
    model = CheckpointEmbedder(str(config), checkpoint).model
    described = read_bundle(bundle)
    assert described.fingerprint == model.fingerprint
    assert (described.name, described.dim) == (model.name, 16)
    assert described.verified['unmatched'] == 0
    assert described.verified['max_box_difference'] < 0.01
    assert described.verified['min_cosine'] > 0.9999


def test_drawn_scenes_are_the_same_each_time():
    scenes = list(drawn_scenes())
    assert len({scene.shape for scene in scenes}) == len(scenes) == 4
    np.testing.assert_array_equal(next(drawn_scenes()), scenes[0])


def test_targets(tmp_path, tiny_files):
    check_bundle_target(tmp_path / 'new', False)
    other = tmp_path / 'other'
    other.mkdir()
    for overwrite in (False, True):
        with pytest.raises(FileExistsError, match='other exists already and'):
            check_bundle_target(other, overwrite)
    with pytest.raises(FileExistsError, match='is a bundle already; remove'):
        export_bundle(*map(str, tiny_files[:2]), tiny_files[2])
    check_bundle_target(tiny_files[2], True)


def test_nothing_of_the_user_is_deleted(tmp_path, tiny_files):
    bundle = shutil.copytree(tiny_files[2], tmp_path / 'my.bundle')
    for note in (bundle / 'note.txt', tmp_path / 'new.part/note.txt'):
        note.parent.mkdir(exist_ok=True)
        note.write_text('mine')
        out = bundle if note.parent == bundle else tmp_path / 'new'
        with pytest.raises(FileExistsError, match='note.txt is no part of a'):
            export_bundle(*map(str, tiny_files[:2]), out, overwrite=True)
        assert note.read_text() == 'mine'


def test_leftovers_of_a_killed_export_are_replaced(
    tmp_path, tiny_files, quick
):
    for name in ('new.part', 'new.old'):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text('{}')
    export_bundle(*map(str, tiny_files[:2]), tmp_path / 'new')
    assert [path.name for path in tmp_path.iterdir()] == ['new']


def test_overwriting_keeps_the_calibration(tmp_path, tiny_files, quick):
    config, checkpoint, bundle = tiny_files
    out = shutil.copytree(bundle, tmp_path / 'old.bundle')
    (out / CALIBRATION).write_text('{}')
    (out / 'features.onnx').write_bytes(b'damaged')
    report = export_bundle(
        str(config), checkpoint, out, score_thr=0.7, overwrite=True
    )
    assert (out / CALIBRATION).read_text() == '{}'
    assert read_bundle(out).score_thr == 0.7
    assert report.sizes['features.onnx'] > 1000
    assert list(tmp_path.iterdir()) == [out]


def test_a_calibrated_checkpoint_gives_a_calibrated_bundle(tmp_path, quick):
    config, checkpoint = map(str, save_tiny_checkpoint(tmp_path))
    source = calibration_path(config, checkpoint)
    model = CheckpointEmbedder(config, checkpoint).model
    calibration = Calibration(model, 'own', 0.5, FalseAlarms((), 9, 8, 7, 6))
    write_calibration(source, calibration)
    out = tmp_path / 'calibrated.bundle'
    export_bundle(config, checkpoint, out)
    assert calibration_path(out) == out / CALIBRATION
    # The bundle has the fingerprint of the checkpoint: the rates hold.
    assert PersonSearcher(out).calibration == calibration


def test_a_bundle_that_differs_is_not_left(tmp_path, tiny_files, monkeypatch):
    """As if an operator were exported wrongly."""
    write = module.write_embedding

    def wrong(path, head, pooling):
        head.fc.bias.data += 1.0
        write(path, head, pooling)
        head.fc.bias.data -= 1.0

    monkeypatch.setattr(module, 'write_embedding', wrong)
    out = tmp_path / 'wrong.bundle'
    with pytest.raises(InputError, match='differs from the network .*cosine'):
        export_bundle(*map(str, tiny_files[:2]), out)
    assert not list(tmp_path.iterdir())


def test_pictures_without_persons(tmp_path, tiny_files, monkeypatch):
    nothing = SimpleNamespace(detections=0)
    monkeypatch.setattr(module, 'verify', lambda *args: nothing)
    with pytest.raises(InputError, match='detects nothing .*--images'):
        export_bundle(*map(str, tiny_files[:2]), tmp_path / 'new.bundle')
    assert not list(tmp_path.iterdir())
