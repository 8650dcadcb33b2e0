"""mim finds the package by name, from any folder."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from narrow_backbone import NARROW_OPTIONS

MIM = Path(sys.executable).with_name('mim')
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
SMALL = [
    *NARROW_OPTIONS,
    'train_dataloader.dataset.pipeline.2.scale=(96,96)',
    'train_dataloader.dataset.indices=8',
    'val_dataloader.dataset.pipeline.1.scale=(96,96)',
    'test_dataloader.dataset.pipeline.1.scale=(96,96)',
    'val_dataloader.dataset.protocols=[G50]',
    'test_dataloader.dataset.protocols=[G50]',
    'train_cfg.max_epochs=1',
    'train_cfg.val_begin=9',
    'model.reid_head.out_channels=8',
    *(
        f'{loader}_dataloader.{option}'
        for loader in ('train', 'val', 'test')
        for option in ('num_workers=0', 'persistent_workers=False')
    ),
]

pytestmark = pytest.mark.skipif(
    not MIM.exists(), reason='mim is not installed here'
)


def mim(cwd, *argv):
    result = subprocess.run(
        [MIM, *argv], cwd=cwd, capture_output=True, text=True
    )
    assert result.returncode == 0, (
        result.stdout[-2000:] + result.stderr[-2000:]
    )
    return result.stdout


@pytest.fixture
def data(small_data):
    return ['--data-root', str(small_data / 'CUHK-SYSU')]


def test_run(tmp_path):
    out = mim(tmp_path, 'run', 'mmdmr', 'print_config', CONFIG)
    assert "type='mmdmr.DMRFasterRCNN'" in out


def test_train_in_two_processes_and_test(tmp_path, data):
    mim(
        tmp_path,
        'train',
        'mmdmr',
        CONFIG,
        *('--launcher', 'pytorch', '--gpus', '2'),
        *data,
        '--work-dir',
        'w',
        '--cfg-options',
        *SMALL,
    )
    state = torch.load(tmp_path / 'w/epoch_1.pth', weights_only=False)
    # Eight images, four in a batch of each process.
    assert state['state_dict']['memory.commits'] == 1
    # What lies in a work dir must not be taken for a config of ours.
    out = mim(
        tmp_path,
        'test',
        'mmdmr',
        CONFIG,
        '--checkpoint',
        'w/epoch_1.pth',
        *data,
        '--work-dir',
        'w',
        '--cfg-options',
        *SMALL,
    )
    assert 'search/mAP' in out


def test_gridsearch(tmp_path, data):
    """One run for each momentum; each leaves a checkpoint of its own."""
    mim(
        tmp_path,
        'gridsearch',
        'mmdmr',
        CONFIG,
        '--work-dir',
        'grid',
        '--search-args',
        '--model.key_encoder.momentum 0.1 0.5 '
        '--model.memory.num_labelled 64 --model.reid_head.loss_reid.scale 4.0',
        *data,
        '--cfg-options',
        *SMALL,
    )
    states = [
        torch.load(path, weights_only=False)['state_dict']
        for path in sorted(tmp_path.glob('grid_search_*/epoch_1.pth'))
    ]
    assert len(states) == 2
    name = 'key_encoder.reid_head.fc.weight'
    assert not torch.equal(*(state[name] for state in states))
    assert {len(state['memory.labelled.keys']) for state in states} == {64}
    scales = [
        Config.fromfile(path).model.reid_head.loss_reid.scale
        for path in tmp_path.glob('grid_search_*/config.py')
    ]
    assert scales == [4, 4]
