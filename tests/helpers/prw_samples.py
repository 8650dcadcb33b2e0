"""A small set in the layout of PRW."""

import numpy as np
from PIL import Image
from scipy.io import savemat


def cells(values):
    array = np.empty((len(values), 1), dtype=object)
    array[:, 0] = values
    return array


FRAMES = {
    'c1s1_000001': (
        'box_new',
        [[7, -3.5, 10.6, 20.9, 30.7], [-2, 5, 5, 8, 20]],
    ),
    'c2s1_000002': ('anno_file', [[932, 1, 2, 30, 60]]),
    'c1s1_000003': (
        'anno_previous',
        [[9, 10, 20, 30, 40], [4, 50, 60, 10, 20], [9, 70, 20, 30, 40]],
    ),
    'c1s2_000004': ('box_new', [[9, 11, 12, 13, 14]]),
    'c2s1_000005': ('box_new', [[9, 1, 1, 10, 10], [4, 30, 1, 10, 10]]),
    'c3s1_000006': ('box_new', [[-2, 1, 1, 9, 9]]),
    'c2s1_000007': ('box_new', [[12, 1, 1, 9, 9]]),
}


QUERIES = [
    '9 -2.5 -0.5 20.9 30.7 c1s1_000003',
    '9 1 1 10 10 c2s1_000005',
    '12 1 1 9 9 c2s1_000007',
]


def write_prw(root):
    """Training frames 1 and 2, test frames 3 to 7 (img_id 0 to 4)."""
    (root / 'frames').mkdir()
    (root / 'annotations').mkdir()
    for name, (variable, rows) in FRAMES.items():
        Image.new('L', (9, 6)).save(root / f'frames/{name}.jpg')
        savemat(
            root / f'annotations/{name}.jpg.mat',
            {variable: np.array(rows, dtype=float)},
        )
    frames = list(FRAMES)
    savemat(root / 'frame_train.mat', dict(img_index_train=cells(frames[:2])))
    savemat(root / 'frame_test.mat', dict(img_index_test=cells(frames[2:])))
    savemat(root / 'ID_train.mat', dict(ID_train=[[4, 7, 932]]))
    savemat(root / 'ID_test.mat', dict(ID_test2=[[9], [12]]))
    write_queries(root, QUERIES)
    return root


def write_queries(root, lines):
    (root / 'query_info.txt').write_bytes('\r\n'.join([*lines, '']).encode())


def read_prw(root, **kwargs):
    # Needs PyTorch, which writing does without.
    from mmdmr.datasets import PRWDataset

    return PRWDataset(data_root=str(root), **kwargs)


def task_of(root, *protocols):
    dataset = read_prw(root, test_mode=True, protocols=protocols)
    return dataset.metainfo['search_task']
