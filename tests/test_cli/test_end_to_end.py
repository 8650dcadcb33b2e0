"""Train, resume, test and draw, as a user would type it."""

import json
import shutil
import subprocess
import sys

import torch
from narrow_backbone import NARROW_OPTIONS

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
SMALL = [
    '--cfg-options',
    *NARROW_OPTIONS,
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
    """The work dir is moved before it is resumed, and another run takes its
    place: none of the other's files is taken, touched or removed.
    """
    data = ['--data-root', str(small_data / 'CUHK-SYSU')]

    def train(work_dir, epochs, *options):
        epochs = [f'train_cfg.max_epochs={epochs}', 'train_cfg.val_interval=1']
        work = ['--work-dir', work_dir]
        argv = ['train', CONFIG, *data, *work, *options, *SMALL, *epochs]
        return mmdmr(tmp_path, *argv)

    train('run', 1)
    first = load(tmp_path / 'run/epoch_1.pth')
    (tmp_path / 'run').rename(tmp_path / 'moved')
    shutil.copytree(tmp_path / 'moved', tmp_path / 'run')
    other = {p: p.stat().st_mtime_ns for p in (tmp_path / 'run').rglob('*')}
    (best,) = (tmp_path / 'moved').glob('best_search_mAP_*.pth')
    out = train('moved', 2, '--resume')
    second = load(tmp_path / 'moved/epoch_2.pth')
    assert first['memory.commits'] == first['key_encoder.updates'] == 10
    assert second['memory.commits'] == second['key_encoder.updates'] == 20
    assert other == {
        p: p.stat().st_mtime_ns for p in (tmp_path / 'run').rglob('*')
    }
    now = list((tmp_path / 'moved').glob('best_search_mAP_*.pth'))
    assert len(now) == 1
    assert f'checkpoint: {now[0]}' in out

    out = mmdmr(
        tmp_path,
        'test',
        CONFIG,
        *data,
        'moved/epoch_2.pth',
        '--work-dir',
        'moved/test',
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
    mmdmr(tmp_path, 'report', 'moved')
    page = (tmp_path / 'moved/report.html').read_text()
    assert f'mmdmr train {CONFIG} --data-root ' in page
    for name in ('memory_age', 'ema_distance', 'search/mAP (%)'):
        assert f'<b>{name}</b>' in page
