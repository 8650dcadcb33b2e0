"""Which embedder a config makes."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from galleries import MODEL
from public_networks import DESCRIPTION
from tiny_checkpoint import save_tiny_checkpoint
from tiny_onnx import save_constant_detector, save_pooling_reid
from two_networks import save_two_networks

from mmdmr.apis import PersonSearcher
from mmdmr.apis.models import check_origin, load_embedder
from mmdmr.config import own_configs
from mmdmr.errors import InputError
from mmdmr.gallery import Gallery
from mmdmr.stack import force_weights_only


def test_two_networks(tmp_path):
    path = save_two_networks(tmp_path)
    embedder = load_embedder(path, threads=1)
    assert embedder.model.name == 'two'
    assert embedder.score_thr == 0.5
    image = np.full((20, 30, 3), 99, np.uint8)
    assert len(embedder.embed([image])) == 2
    embedder = load_embedder(str(path), score_thr=0.7)
    assert embedder.score_thr == 0.7
    assert len(embedder.embed([image])) == 1
    yml = path.rename(tmp_path / 'two.yml')
    cpu = ['CPUExecutionProvider']
    assert load_embedder(yml, providers=cpu).model.dim == 12


def test_own_description_by_name_with_networks_in_the_working_folder(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    name = DESCRIPTION.stem
    with pytest.raises(
        FileNotFoundError, match='yolox_nano.onnx does.*x0.25.yaml says where'
    ):
        load_embedder(name)
    rows = np.zeros((1, 3549, 85))
    save_constant_detector(
        tmp_path / 'yolox_nano.onnx', dict(output=rows), (416, 416)
    )
    save_pooling_reid(tmp_path / 'osnet_x0_25_msmt17.onnx', (128, 256))
    for given in (name, f'{name}.yaml'):
        assert load_embedder(given).model.trained_on == 'MSMT17'
    # a file goes before a name
    shutil.copy(DESCRIPTION, tmp_path / f'{name}.yaml')
    assert load_embedder(f'{name}.yaml').model.dim == 12


def test_checkpoint(tmp_path):
    config, checkpoint = save_tiny_checkpoint(tmp_path)
    embedder = load_embedder(config, checkpoint, threads=1)
    assert embedder.model.name == 'tiny, tiny.pth'
    assert embedder.model.dim == 16
    assert load_embedder(config, checkpoint, score_thr=0.9).score_thr == 0.9


def test_a_bundle(tiny_files):
    embedder = load_embedder(tiny_files[2], threads=1, batch_size=4)
    assert embedder.model.name == 'tiny, tiny.pth'
    assert load_embedder(tiny_files[2], score_thr=0.9).score_thr == 0.9


def test_folders_and_options_that_are_no_bundle(tmp_path, tiny_files):
    config, checkpoint, bundle = tiny_files
    for arguments, options, message in (
        ((bundle, checkpoint), {}, 'is a bundle, which takes no checkpoint'),
        ((bundle,), dict(device='cuda'), 'takes no device: leave out cuda'),
        ((bundle,), dict(providers=['X']), 'no provider X'),
        ((bundle / 'features.onnx',), {}, 'part of a bundle: name its folder'),
        (('yolox-nano-osnet',), {}, 'Did you mean yolox-nano_osnet-x0.25'),
        ((tmp_path,), {}, 'is a folder, but no bundle .* no bundle.json'),
        ((config, checkpoint), dict(batch_size=2), 'takes no batch_size'),
    ):
        with pytest.raises(InputError, match=message):
            load_embedder(*arguments, **options)


@pytest.mark.parametrize(
    'name, message',
    [
        ('none.yaml', 'none.yaml is neither a file'),
        ('yolox-nano_osnet.yaml', 'Did you mean yolox-nano_osnet-x0.25?'),
    ],
)
def test_missing_descriptions(name, message):
    with pytest.raises(FileNotFoundError, match=message):
        load_embedder(name)


def test_options_that_do_not_go_together(tmp_path):
    path = save_two_networks(tmp_path)
    config, checkpoint = save_tiny_checkpoint(tmp_path)
    for arguments, options, message in (
        ((path, checkpoint), {}, 'two ONNX networks, .* takes no checkpoint'),
        ((path,), dict(device='cuda'), 'takes no device'),
        ((config,), {}, 'needs a checkpoint beside it'),
        ((config, checkpoint), dict(providers=['X']), 'takes no providers'),
        ((config, checkpoint), dict(device='toaster'), 'device toaster'),
        ((tmp_path / 'reid.onnx',), {}, 'a network alone: describe it'),
        ((path,), dict(score_thr=2), 'score_thr must be in'),
        ((path,), dict(threads=0), 'threads must be at least 1'),
    ):
        with pytest.raises(InputError, match=message):
            load_embedder(*arguments, **options)


def test_configs_of_mmengine_may_be_yaml(tmp_path):
    config, checkpoint = save_tiny_checkpoint(tmp_path)
    (tmp_path / 'tiny.yaml').write_text('_base_: tiny.py\nmodel: {}\n')
    with pytest.raises(InputError, match='needs a checkpoint'):
        load_embedder(tmp_path / 'tiny.yaml')
    assert load_embedder(tmp_path / 'tiny.yaml', checkpoint).model.dim == 16


def test_two_networks_load_no_pytorch(tmp_path):
    path = save_two_networks(tmp_path)
    run = subprocess.run(
        [
            sys.executable,
            '-c',
            'import sys\n'
            'from mmdmr.apis.models import load_embedder\n'
            f'load_embedder({str(path)!r})\n'
            "assert not {'torch', 'mmengine'} & set(sys.modules)\n",
        ],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_a_gallery_runs_no_config(tmp_path, monkeypatch):
    """Its config is a program; bundles, YAML and own configs are none."""
    monkeypatch.chdir(tmp_path)
    marker = tmp_path / 'marker'
    Path('evil.py').write_text(f'import os\nos.mkdir({str(marker)!r})\n')
    Path('evil.yaml').write_text('model: {type: os.mkdir}\n')
    Gallery.create('g', MODEL).close()
    for origin, message in (
        (dict(config='evil.py', checkpoint='a.pth'), 'a config is a program'),
        (dict(config='evil.yaml', checkpoint='a.pth'), 'is a program'),
        (dict(config='two.yaml', providers='x'), 'not say how'),
        (dict(config=['two.yaml']), 'a value is of a wrong kind'),
        (dict(checkpoint='two.yaml'), 'not say how'),
    ):
        with Gallery.open('g', write=True) as gallery:
            gallery.set_origin(origin)
        with pytest.raises(InputError, match=f'^g[ /].*{message}'):
            PersonSearcher.of_gallery('g')
    assert not marker.exists()
    force_weights_only(trust=True)
    check_origin(dict(config='evil.py'), 'g')
    force_weights_only()
    check_origin(dict(config='dmrnet_faster-rcnn_r50_fpn_1x_prw'), 'g')
    # Of an installed package, the configs are inside it.
    own = own_configs()['dmrnet_faster-rcnn_r50_fpn_1x_prw.py']
    check_origin(dict(config=str(own)), 'g')
