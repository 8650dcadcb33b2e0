"""Checkpoints of others run no code, whichever tool and way loads them."""

import pickle
import shutil
from functools import partial
from importlib import import_module

import cv2
import mmengine
import numpy as np
import pytest
import torch
from mmengine.runner import CheckpointLoader
from planted import Custom, save_planted
from unguarded import unguarded

from mmdmr.cli.main import build_parser, main
from mmdmr.cli.tools import TOOLS
from mmdmr.engine.launch import build_runner
from mmdmr.errors import InputError

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
DATA = '--dataset cuhk-sysu --data-root ROOT'
MODEL = f'--model {CONFIG} --checkpoint evil.pth'
#: Arguments of each tool that loads a checkpoint, by each of its ways.
WAYS = [
    'train CONFIG --resume evil.pth',
    'train CONFIG --resume --work-dir planted',
    'train CONFIG --work-dir planted --cfg-options resume=True',
    'train CONFIG --cfg-options load_from=evil.pth',
    'train backbone.py',
    'train prefix.py',
    'train whole.py',
    'test CONFIG evil.pth',
    f'benchmark_test {CONFIG} evil.pth --data-root ROOT',
    'publish_model evil.pth out.pth',
    'convert_dmrnet evil.pth out.pth',
    f'convert_backbone evil.pth {CONFIG} out.pth',
    f'export_onnx {CONFIG} evil.pth out.bundle',
    f'predict {CONFIG} evil.pth {DATA} --out out.npz',
    f'calibrate_threshold {CONFIG} evil.pth {DATA} --out out.json',
    f'index_gallery photos --gallery g {MODEL}',
    f'search_person --query a.png --gallery g --out found {MODEL}',
    f'demo_app --gallery g --port 0 {MODEL}',
    f'search_video a.mp4 --query a.png --out found {MODEL}',
]
#: The forms in which a config names the weights that a part starts from.
INITS = {
    'backbone': 'model = dict(backbone=dict(init_cfg=dict(_delete_=True, '
    "type='Pretrained', checkpoint='evil.pth')))",
    'prefix': 'model = dict(backbone=dict(init_cfg=dict(_delete_=True, '
    "type='Pretrained', prefix='backbone.', checkpoint='evil.pth')))",
    'whole': "model = dict(init_cfg=dict(type='Pretrained', "
    "checkpoint='evil.pth'))",
}


@pytest.fixture
def argv(small_data, tmp_path, monkeypatch):
    """Function that makes the arguments of a way, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    data = str(small_data / 'CUHK-SYSU')

    def make(way):
        words = {
            'CONFIG': [CONFIG, '--data-root', data],
            'ROOT': [data],
            **{
                f'{name}.py': [f'{name}.py', '--data-root', data]
                for name in INITS
            },
        }
        return [part for w in way.split() for part in words.get(w, [w])]

    for name, text in INITS.items():
        path = tmp_path / f'{name}.py'
        path.write_text(f"_base_ = './{CONFIG}'\n{text}\n")
    (tmp_path / 'photos').mkdir()
    image = np.full((32, 32, 3), 99, np.uint8)
    for path in ('a.png', 'photos/a.png'):
        cv2.imwrite(str(tmp_path / path), image)
    (tmp_path / 'a.mp4').touch()
    return make


@pytest.fixture
def marker(tmp_path):
    """Folder that stays away."""
    return tmp_path / 'marker'


@pytest.mark.parametrize('way', WAYS)
def test_no_way_runs_code(argv, tmp_path, marker, capsys, way):
    save_planted(tmp_path / 'evil.pth', marker)
    (tmp_path / 'planted').mkdir()
    shutil.copy(tmp_path / 'evil.pth', tmp_path / 'planted/epoch_1.pth')
    (tmp_path / 'planted/last_checkpoint').write_text('epoch_1.pth')
    with pytest.raises(SystemExit) as stop:
        main(argv(way))
    assert stop.value.code == 2
    assert not marker.exists()
    said = capsys.readouterr()
    message = said.err.splitlines()[-1]
    name = 'planted/epoch_1.pth' if 'planted' in way else 'evil.pth'
    assert message == (
        f'mmdmr {way.split()[0]}: error: {name} holds an object of the class '
        'posix.mkdir, which is not loaded, since loading may run code: save '
        'the weights alone, torch.save(dict(state_dict=model.state_dict()), '
        "'FILE.pth'); or, if you made the file yourself, load all of it with "
        '--trust-checkpoint (in Python, load_safely(trust=True))'
    )
    assert 'weights_only' not in said.err + said.out


@pytest.mark.parametrize('tool', ['publish_model', 'print_config'])
def test_each_tool_guards_its_process(tool, tmp_path, marker):
    """Before it does anything, and whatever it is asked to load."""
    checkpoint = save_planted(tmp_path / 'a.pth', marker)
    data = save_planted(tmp_path / 'a.pkl', marker, 'pickle2')
    with unguarded():
        with pytest.raises(SystemExit):
            main([tool, 'none', 'none'])
        for load, path in (
            (CheckpointLoader.load_checkpoint, checkpoint),
            (mmengine.load, data),
            (partial(torch.load, weights_only=False), checkpoint),
        ):
            with pytest.raises((InputError, pickle.UnpicklingError)):
                load(str(path))
            assert not marker.exists()


def test_each_tool_that_loads_is_tried():
    """All but the one that starts processes of its own, and a timing."""
    tried = {way.split()[0] for way in WAYS}
    loading = {name for name, tool in TOOLS.items() if tool.loads}
    assert loading - tried == {'benchmark_bundle', 'benchmark_train'}
    assert tried <= loading


@pytest.mark.parametrize(
    'name', [name for name, tool in TOOLS.items() if tool.loads]
)
def test_each_tool_that_loads_can_trust(name):
    assert '--trust-checkpoint' in build_parser(name).format_help()


def test_what_is_trusted_is_loaded(argv, tmp_path, capsys):
    path = tmp_path / 'mine.pth'
    weights = dict(a=torch.ones(1))
    torch.save(dict(state_dict=weights, extra=Custom()), path)
    with pytest.raises(SystemExit):
        main(['publish_model', 'mine.pth', 'out.pth'])
    assert 'class planted.Custom' in capsys.readouterr().err
    argv = ['publish_model', 'mine.pth', 'a.pth', '--trust-checkpoint']
    assert main(argv) == 0
    assert 'warning: --trust-checkpoint: ' in capsys.readouterr().err
    (out,) = tmp_path.glob('a-*.pth')
    assert torch.load(out, weights_only=True)['state_dict'] == weights
    # The next tool of the process does not trust.
    with pytest.raises(SystemExit):
        main(['publish_model', 'mine.pth', 'out.pth'])


def test_a_trusted_file_to_start_from(argv, tmp_path, monkeypatch):
    """MMEngine loads it, long after the options were read."""
    built = []

    def build_only(cfg, rank):
        runner = build_runner(cfg, rank)
        runner.train = runner.model.init_weights
        built.append(runner)
        return runner

    train = import_module('mmdmr.cli.commands.train')
    monkeypatch.setattr(train, 'build_runner', build_only)
    weights = {'conv1.weight': torch.full((64, 3, 7, 7), 0.5)}
    content = dict(state_dict=weights, extra=Custom())
    torch.save(content, tmp_path / 'evil.pth')
    assert main([*argv('train backbone.py'), '--trust-checkpoint']) == 0
    assert (built[0].model.backbone.conv1.weight == 0.5).all()
