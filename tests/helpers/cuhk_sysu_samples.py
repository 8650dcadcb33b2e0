"""A small set in the layout of CUHK-SYSU."""

import numpy as np
from PIL import Image
from scipy.io import savemat

TEST_DIR = 'annotation/test/train_test'


def struct(**fields):
    """A MATLAB struct."""
    record = np.empty(1, dtype=[(name, object) for name in fields])
    for name, value in fields.items():
        record[name][0] = value
    return record


def cell(values):
    array = np.empty((len(values), 1), dtype=object)
    array[:, 0] = values
    return array


def narrow(box):
    """A box in the narrowest integers, as MATLAB stores it."""
    return np.array([box], dtype=np.min_scalar_type(max(box)))


def listing(name, box=None):
    box = np.empty((1, 0)) if box is None else narrow(box)
    return struct(imname=name, idlocate=box, ishard=0)


def write_mat(path, name, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {name: value})


def images_struct(images):
    return np.concatenate(
        [
            struct(
                imname=name,
                nAppear=len(boxes),
                box=np.concatenate(
                    [
                        struct(idlocate=np.array([box], dtype=dtype), ishard=0)
                        for box in boxes
                    ]
                )
                if boxes
                else np.empty((1, 0)),
            )
            for name, (boxes, dtype) in images.items()
        ]
    )


def searches_struct(searches):
    return np.concatenate(
        [
            struct(
                Query=struct(
                    imname=name, idlocate=narrow(box), ishard=0, idname=person
                ),
                Gallery=np.concatenate([listing(*item) for item in gallery]),
            )
            for person, (name, box), gallery in searches
        ]
    )


A, B, C = [200, 100, 90, 200], [10, 20, 30, 40], [300, 400, 50, 60]


SEARCHES = [
    # s5 is listed twice, with another box the second time.
    ('p7', ('s1.jpg', A), [('s5.jpg', B), ('s3.jpg',), ('s5.jpg', C)]),
    # The query's own image is listed.
    ('p3', ('s3.jpg', B), [('s5.jpg', A), ('s3.jpg', B)]),
    # Nothing to be found.
    ('p9', ('s5.jpg', [1, 2, 3, 4]), [('s1.jpg',), ('s3.jpg',)]),
]


def write_cuhk_sysu(root):
    """Test images s1 s3 s5 s6, training images s2 s4 s7."""
    (root / 'Image/SSM').mkdir(parents=True)
    images = {
        's1.jpg': ([A, [0, 0, 0, 5]], np.uint8),
        's2.jpg': ([B, C, A], np.uint16),
        's3.jpg': ([B], np.uint8),
        's4.jpg': ([[1, 1, 5, 0]], np.uint8),
        's5.jpg': ([A, B, C], np.uint16),
        's6.jpg': ([B], np.uint8),
        's7.jpg': ([B], np.uint8),
    }
    for name in images:
        Image.new('L', (9, 6)).save(root / 'Image/SSM' / name)
    write_mat(root / 'annotation/Images.mat', 'Img', images_struct(images))
    write_mat(
        root / 'annotation/pool.mat',
        'pool',
        cell(['s5.jpg', 's1.jpg', 's6.jpg', 's3.jpg']),
    )
    train = [
        struct(idname='p20', nAppear=1, scene=listing('s2.jpg', C)),
        struct(
            idname='p4',
            nAppear=2,
            scene=np.concatenate([listing('s2.jpg', A), listing('s7.jpg', B)]),
        ),
    ]
    write_mat(root / TEST_DIR / 'Train.mat', 'Train', cell(train))
    write_mat(
        root / TEST_DIR / 'TestG50.mat',
        'TestG50',
        searches_struct(SEARCHES),
    )
    return root


def write_subset(root, file, variable, searches):
    write_mat(
        root / f'annotation/test/subset/{file}.mat',
        variable,
        searches_struct(searches),
    )


def read_cuhk_sysu(root, **kwargs):
    # Needs PyTorch, which writing does without.
    from mmdmr.datasets import CUHKSYSUDataset

    return CUHKSYSUDataset(data_root=str(root), **kwargs)
