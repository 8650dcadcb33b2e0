"""Arguments of ``mmdmr score_search`` for the golden predictions."""

import numpy as np

SETS = {
    'cuhk': ['--dataset', 'cuhk-sysu', '--gallery-sizes', '50', '100'],
    'prw': ['--dataset', 'prw', '--cross-camera'],
}
FOLDERS = {'cuhk': 'CUHK-SYSU', 'prw': 'PRW'}


def arguments(folder, name, *more, file=None):
    return [
        *SETS[name],
        '--data-root',
        str(folder / FOLDERS[name]),
        '--detections',
        str(file or folder / f'{name}.npz'),
        *more,
    ]


def changed(folder, name, tmp_path, **changes):
    arrays = dict(np.load(folder / f'{name}.npz'))
    for key, change in changes.items():
        arrays[key] = change(arrays[key])
    np.savez(tmp_path / 'changed.npz', **arrays)
    return tmp_path / 'changed.npz'
