"""Work dirs as a training leaves them, written by hand."""

import json
import shutil

LOG = """\
2026/01/31 10:00:00 - mmengine - INFO -
------------------------------------------------------------
System environment:
    sys.platform: linux
    Python: 3.11.7 (main, May  9 2026) [GCC 12.2.0]
    CUDA available: True
    GPU 0,1: NVIDIA H100
    PyTorch: 2.13.0
    MMEngine: 0.10.12

Runtime environment:
    seed: 7
    GPU number: 2
------------------------------------------------------------

2026/01/31 10:00:01 - mmengine - INFO - Run:
    Command: mmdmr train mine.py
    mmdmr: 0.1.0
    MMDetection: 3.5.1
    MMCV: 2.3.6
2026/01/31 10:00:09 - mmengine - INFO - Epoch(train) [1][10/20]
    Command: no fact any more
2026/01/31 10:07:00 - mmengine - INFO - done
"""
CONFIG = 'dmrnet_faster-rcnn_r50_fpn_1x_prw'


def losses(epochs=2, iters=20, every=5, offset=0.0):
    """Records of a training, with a validation after each epoch."""
    records = []
    for epoch in range(1, epochs + 1):
        for i in range((epoch - 1) * iters + every, epoch * iters + 1, every):
            records.append(
                dict(
                    lr=0.01 / i,
                    loss=10 / i + offset,
                    loss_reid=5 / i + offset,
                    ema_distance=0.1 / i,
                    memory_fill=min(4.0 * i, 100.0),
                    memory_positives=1 + i / 10,
                    time=0.5,
                    epoch=epoch,
                    iter=i,
                    step=i,
                )
            )
        validation = {'search/mAP': 0.2 * epoch, 'search/top1': 0.25 * epoch}
        records.append({**validation, 'time': 0.1, 'step': epoch})
    return records


def write_start(work_dir, time, records, log=LOG):
    """Write the folder of one start of a training."""
    vis_data = work_dir / time / 'vis_data'
    vis_data.mkdir(parents=True)
    lines = ''.join(json.dumps(record) + '\n' for record in records)
    (vis_data / 'scalars.json').write_text(lines)
    (work_dir / time / f'{time}.log').write_text(log)


def write_settings(work_dir, data_root, momentum=0.001, name=CONFIG):
    """Write the config of a run, in the form of MMEngine."""
    (work_dir / 'config.py').write_text(
        f"experiment_name = '{name}'\n"
        'model = dict(\n'
        f'    key_encoder=dict(momentum={momentum}),\n'
        '    memory=dict(num_labelled=100),\n'
        "    reid_head=dict(type='mmdmr.DMRHead'))\n"
        'randomness = dict(seed=7)\n'
        'test_dataloader = dict(\n'
        f'    dataset=dict(data_root={str(data_root)!r},\n'
        "        protocols=['all'], type='mmdmr.PRWDataset'))\n"
        'train_cfg = dict(max_epochs=2)\n'
        f'work_dir = {str(work_dir)!r}\n'
    )


def write_work_dir(work_dir, small_data, momentum=0.001, offset=0.0):
    """Write the work dir of a training on PRW, tested, with all parts."""
    write_start(work_dir, '20260131_100000', losses(offset=offset))
    write_settings(work_dir, small_data / 'PRW', momentum)
    scores = {
        'search.all': dict(mAP=0.354, top1=0.5),
        'search.all+gt': dict(mAP=0.6, top1=0.75),
        'detection@0.5': dict(recall=0.9, ap=0.8),
    }
    (work_dir / 'scores.json').write_text(json.dumps(scores))
    baseline = {'search.all+gt': dict(mAP=0.125, top1=0.25)}
    for name in ('untrained.json', 'histogram.json'):
        (work_dir / name).write_text(json.dumps(baseline))
        baseline = {'search.all+gt': dict(mAP=0.3125, top1=0.375)}
    shutil.copy(small_data / 'prw.npz', work_dir / 'results.npz')
    return work_dir
