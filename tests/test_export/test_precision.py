"""Bundles in fewer bits, against the bundle in fp32."""

import shutil
from collections import Counter

import numpy as np
import onnx
import pytest
from narrow_backbone import WHOLE
from tiny_bundle import save_tiny_bundle
from tool_runner import tool

from mmdmr.apis.calibration import calibration_path
from mmdmr.errors import InputError
from mmdmr.export import export_bundle
from mmdmr.export.bundle import write_description
from mmdmr.export.precision import convert_graphs
from mmdmr.export.scenes import drawn_scenes
from mmdmr.inference.bundle import CALIBRATION, FEATURES, FILES, read_bundle
from mmdmr.inference.bundle_embedder import BundleEmbedder


def convert(bundle, folder, precision, images):
    """Convert a copy of a bundle."""
    shutil.copytree(bundle, folder)
    about = convert_graphs(folder, read_bundle(folder), precision, images)
    write_description(folder, about)
    return folder


@pytest.fixture(scope='module')
def tiny_files(tmp_path_factory):
    """With all channels: a file's size is that of its weights."""
    return save_tiny_bundle(
        tmp_path_factory.mktemp('whole'),
        change=lambda cfg: cfg.merge_from_dict(WHOLE),
    )


@pytest.fixture(scope='module')
def scene():
    return next(drawn_scenes())


@pytest.fixture(scope='module', params=['fp16', 'int8'])
def converted(request, tmp_path_factory, tiny_files, scene):
    """Precision, and the tiny bundle in it; do not edit."""
    folder = tmp_path_factory.mktemp('converted') / request.param
    return request.param, convert(
        tiny_files[2], folder, request.param, lambda: [scene]
    )


def kinds(path):
    """Operators of a graph, and types of its weights."""
    graph = onnx.load(path).graph
    large = [w for w in graph.initializer if np.prod(w.dims) > 1000]
    return (
        Counter(node.op_type for node in graph.node),
        {onnx.TensorProto.DataType.Name(w.data_type) for w in large},
    )


def test_results_are_near(converted, tiny_files, scene):
    precision, folder = converted
    share, cosine = dict(fp16=(0.52, 0.999), int8=(0.28, 0.95))[precision]
    for name in FILES:
        size, whole = (
            (place / name).stat().st_size for place in (folder, tiny_files[2])
        )
        assert size < share * whole
    plain, other = BundleEmbedder(tiny_files[2]), BundleEmbedder(folder)
    boxes = np.array([[50, 40, 120, 200], [10, 10, 300, 250]])
    expected = plain.embed_boxes(scene, boxes)
    feats = other.embed_boxes(scene, boxes)
    assert np.linalg.norm(feats, axis=1) == pytest.approx(1, abs=1e-3)
    assert (expected * feats).sum(axis=1).min() > cosine
    # What it says about itself.
    about = read_bundle(folder)
    assert about.precision == precision
    assert about.name == f'{plain.model.name}, {precision}'
    assert len(about.fingerprint) == 64
    assert about.fingerprint != plain.model.fingerprint


def test_what_is_stored(converted):
    precision, folder = converted
    for name in FILES:
        operators, types = kinds(folder / name)
        assert types == {dict(fp16='FLOAT16', int8='INT8')[precision]}
        # Ranges of the first graph are fixed, those of regions are not.
        static = precision == 'int8' and name == FEATURES
        dynamic = precision == 'int8' and name != FEATURES
        assert bool(operators['QuantizeLinear']) == static
        assert bool(operators['DynamicQuantizeLinear']) == dynamic
        # Inputs and outputs are as before.
        graph = onnx.load(folder / name).graph
        ends = {i.type.tensor_type.elem_type for i in graph.output}
        assert ends == {onnx.TensorProto.FLOAT}


def test_ranges_come_from_the_images(converted, tiny_files, tmp_path):
    """The fingerprint is that of the weights and the ranges."""
    precision, folder = converted
    dark = [np.zeros((64, 64, 3), np.uint8)]
    other = convert(tiny_files[2], tmp_path / 'a', precision, lambda: dark)
    same = read_bundle(folder).fingerprint == read_bundle(other).fingerprint
    assert same == (precision == 'fp16')


def test_int8_needs_images(tiny_files, tmp_path, capsys):
    with pytest.raises(InputError, match='int8 needs images'):
        convert(tiny_files[2], tmp_path / 'a', 'int8', lambda: [])
    config, checkpoint = map(str, tiny_files[:2])
    argv = [config, checkpoint, str(tmp_path / 'new'), '--precision', 'int8']
    with pytest.raises(SystemExit):
        tool('export_onnx')(argv)
    assert 'int8 needs images like those' in capsys.readouterr().err
    assert not (tmp_path / 'new').exists()


@pytest.mark.slow
def test_an_export_in_fp16(tmp_path, scene):
    """A calibration belongs to other embeddings, and stays behind."""
    config, checkpoint, _ = save_tiny_bundle(tmp_path)
    calibration_path(str(config), checkpoint).write_text('{}')
    report = export_bundle(
        *(str(config), checkpoint, tmp_path / 'half'),
        images=lambda: [scene],
        precision='fp16',
    )
    assert report.verification.min_cosine > 0.999
    assert not (report.folder / CALIBRATION).exists()
    about = read_bundle(report.folder)
    assert about.precision == 'fp16'
    assert about.verified['min_cosine'] == report.verification.min_cosine
