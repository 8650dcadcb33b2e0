"""Bundles on disk, right and wrong."""

import json
import shutil

import pytest
from tiny_bundle import edit_description

from mmdmr.errors import InputError
from mmdmr.inference.bundle import (
    EMBEDDING,
    FEATURES,
    FILES,
    MANIFEST,
    ROIS,
    is_bundle,
    read_bundle,
)
from mmdmr.inference.bundle_description import TwoStageDetector
from mmdmr.inference.bundle_embedder import BundleEmbedder


@pytest.fixture
def bundle(tiny_files, tmp_path):
    """A copy that may be edited."""
    return shutil.copytree(tiny_files[2], tmp_path / 'copy.bundle')


def test_what_a_bundle_says(bundle):
    described = read_bundle(bundle)
    assert is_bundle(bundle) and not is_bundle(bundle.parent)
    assert described.format == 1 and described.precision == 'fp32'
    assert set(described.files) == set(FILES)
    assert isinstance(described.detector, TwoStageDetector)
    assert described.maps == ('map0', 'map1', 'map2', 'map3')
    assert described.embedding.maps == ('map1', 'map2', 'map3')
    assert described.verified['images'] == 4


def test_no_folder_and_no_bundle(tmp_path):
    with pytest.raises(FileNotFoundError, match='none does not exist'):
        read_bundle(tmp_path / 'none')
    with pytest.raises(InputError, match='is no bundle .* no bundle.json'):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    'content',
    ['', '{"format": 1, "mm', '\x80', '[' * 10**5, 'x' * (10**6 + 1)],
)
def test_a_description_cut_short_or_no_json(bundle, content):
    (bundle / MANIFEST).write_text(content, encoding='latin-1')
    with pytest.raises(
        InputError, match=r'bundle.json: cut short, or no JSON'
    ):
        read_bundle(bundle)


@pytest.mark.parametrize('content', [[], {}, dict(format='1'), dict(format=0)])
def test_a_description_of_another_kind(bundle, content):
    (bundle / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(InputError, match='not written by "mmdmr export_onnx"'):
        read_bundle(bundle)


def test_a_newer_version(bundle):
    edit_description(bundle, lambda x: x.update(format=2, mmdmr='9.0', new=1))
    with pytest.raises(
        InputError, match='has format 2, of mmdmr 9.0, .* reads format 1: upda'
    ):
        read_bundle(bundle)


@pytest.mark.parametrize(
    'change, message',
    [
        (
            lambda x: x['detector'].update(kind='transformer'),
            'kind must be one of two-stage, one-stage, .* Update mmdmr',
        ),
        (
            lambda x: x['detector']['proposals']['coder'].update(kind='cells'),
            'proposals, coder: kind must be one of deltas, distances',
        ),
        (lambda x: x.pop('input'), 'the key input is missing'),
        (lambda x: x.update(score_thr=2), r'score_thr must be a number in'),
        (lambda x: x.update(extra=1), 'unknown key extra'),
        (
            lambda x: x['detector']['proposals']['scores'].pop(),
            'must have 5 names each',
        ),
        (lambda x: x['files'].pop(ROIS), 'files must be features.onnx'),
        (
            lambda x: x['files'].update({'../../secret.onnx': {}}),
            'files must be features.onnx, rois.onnx, embedding.onnx, not',
        ),
    ],
)
def test_another_architecture_or_an_edited_description(
    bundle, change, message
):
    edit_description(bundle, change)
    with pytest.raises(InputError, match=message):
        read_bundle(bundle)


def test_a_missing_file(bundle):
    (bundle / ROIS).unlink()
    with pytest.raises(FileNotFoundError, match='rois.onnx is missing; copy'):
        read_bundle(bundle)


def test_a_file_cut_short(bundle):
    path = bundle / FEATURES
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(
        InputError, match=r'features.onnx: the file has \d+ bytes .* cut short'
    ):
        read_bundle(bundle)


def test_an_edited_file(bundle):
    path = bundle / EMBEDDING
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match='embedding.onnx: .* edited'):
        BundleEmbedder(bundle)


def test_a_graph_of_another_network(bundle):
    """The hash agrees, as of somebody who edited both."""
    shutil.copyfile(bundle / EMBEDDING, bundle / ROIS)
    edit_description(
        bundle, lambda x: x['files'].update({ROIS: x['files'][EMBEDDING]})
    )
    with pytest.raises(InputError, match='rois.onnx: the inputs are map1, '):
        BundleEmbedder(bundle)
