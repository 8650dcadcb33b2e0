"""Train, resume, test and draw, as a user would type it."""

import json
import subprocess
import sys

import torch

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
SMALL = [
    '--cfg-options',
    'train_dataloader.batch_size=4',
    'train_dataloader.dataset.pipeline.2.scale=(160,160)',
    'val_dataloader.dataset.pipeline.1.scale=(160,160)',
    'test_dataloader.dataset.pipeline.1.scale=(160,160)',
    'val_dataloader.dataset.protocols=[G50]',
    'model.reid_head.out_channels=16',
]


def mmdmr(cwd, *argv):
    result = subprocess.run(
        [sys.executable, '-m', 'mmdmr', *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, (
        result.stdout[-3000:] + result.stderr[-3000:]
    )
    return result.stdout


def load(path):
    return torch.load(path, weights_only=False)['state_dict']


def test_train_resume_test_and_draw(small_data, tmp_path):
    data = ['--data-root', str(small_data / 'CUHK-SYSU')]
    work_dir = ['--work-dir', 'run']
    mmdmr(
        tmp_path,
        'train',
        CONFIG,
        *data,
        *work_dir,
        *SMALL,
        'train_cfg.max_epochs=1',
        'train_cfg.val_interval=2',
    )
    first = load(tmp_path / 'run/epoch_1.pth')
    mmdmr(
        tmp_path,
        'train',
        CONFIG,
        *data,
        *work_dir,
        '--resume',
        *SMALL,
        'train_cfg.max_epochs=2',
        'train_cfg.val_interval=2',
    )
    second = load(tmp_path / 'run/epoch_2.pth')
    assert first['memory.commits'] == first['key_encoder.updates'] == 10
    assert second['memory.commits'] == second['key_encoder.updates'] == 20
    assert list((tmp_path / 'run').glob('best_search_mAP_*.pth'))

    out = mmdmr(
        tmp_path,
        'test',
        CONFIG,
        *data,
        'run/epoch_2.pth',
        *work_dir,
        '--out',
        'scores.json',
        '--dump',
        'results.npz',
        *SMALL,
    )
    assert 'search/mAP' in out
    scores = json.loads((tmp_path / 'scores.json').read_text())
    assert set(scores) == {
        'search.full',
        'search.full+gt',
        'detection@0.5',
        'detection-labelled@0.5',
    }
    mmdmr(tmp_path, 'plot_ranking', CONFIG, 'results.npz', *data)
    assert (tmp_path / 'ranking.png').is_file()
