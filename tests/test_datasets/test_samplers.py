"""Batches of test images of one shape."""

import numpy as np
import pytest
from mmengine.dataset import Compose, DefaultSampler
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from PIL import Image
from prw_samples import write_prw
from torch.utils.data import Sampler

from mmdmr.datasets import SameShapeBatchSampler

WIDE, TALL = (40, 20), (20, 40)


class Images:
    """Images of some sizes; None for an unknown size."""

    def __init__(self, sizes, steps=()):
        self.sizes = sizes
        init_default_scope('mmdet')
        self.pipeline = Compose(list(steps))

    def __len__(self):
        return len(self.sizes)

    def get_data_info(self, index):
        size = self.sizes[index]
        if size is None:
            return dict(img_path='nowhere.jpg')
        return dict(width=size[0], height=size[1])


class Joined(Images):
    """As a concatenation of two data sets, the first of two images."""

    cumulative_sizes = property(lambda self: [2, len(self.sizes)])

    @property
    def datasets(self):
        return [self, self]


class Listed(Sampler):
    """Gives listed images."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __iter__(self):
        return iter(self.indices)

    def __len__(self):
        return len(self.indices)


def batches_of(dataset, batch_size, indices=None):
    sampler = (
        DefaultSampler(dataset, shuffle=False)
        if indices is None
        else Listed(dataset, indices)
    )
    batches = SameShapeBatchSampler(sampler, batch_size)
    found = list(batches)
    assert len(batches) == len(found)
    assert found == list(batches)
    return found


def test_a_batch_comes_where_its_last_image_would():
    dataset = Images([WIDE, TALL, WIDE, WIDE, TALL, WIDE, TALL])
    assert batches_of(dataset, 2) == [[0, 2], [1, 4], [3, 5], [6]]
    assert batches_of(dataset, 8) == [[0, 2, 3, 5], [1, 4, 6]]
    singles = [[i] for i in range(7)]
    assert batches_of(dataset, 1) == singles


def test_images_of_unknown_size_stay_alone():
    dataset = Images([None, WIDE, None, WIDE])
    assert batches_of(dataset, 4) == [[0], [2], [1, 3]]


@pytest.mark.parametrize(
    'steps, expected',
    [
        # 2:1 and 4:2 become the same; the size before it does not matter.
        (
            [
                dict(type='LoadImageFromFile'),
                dict(type='Resize', scale=(80, 80), keep_ratio=True),
            ],
            [[0, 1], [2]],
        ),
        ([dict(type='Resize', scale=(8, 8))], [[0, 1, 2]]),
        # Behind a step that may change sizes, nothing is known.
        (
            [
                dict(type='RandomFlip', prob=0.0),
                dict(type='Resize', scale=(8, 8)),
            ],
            [[0], [1], [2]],
        ),
        ([dict(type='Resize', scale_factor=2.0)], [[0], [1], [2]]),
    ],
)
def test_shapes_behind_the_pipeline_count(steps, expected):
    dataset = Images([(40, 20), (20, 10), (20, 40)], steps)
    assert batches_of(dataset, 3) == expected


def test_a_concatenation_stays_in_order():
    """MMDetection's evaluator takes results of a set by their place."""
    dataset = Joined([WIDE, TALL, TALL, TALL, WIDE, WIDE])
    assert batches_of(dataset, 2) == [[0], [1, 2], [3], [4, 5]]


def test_no_rank_loses_an_image():
    """MMEngine takes the last results for those of repeated images."""
    rng = np.random.default_rng(0)
    for num in range(1, 12):
        sizes = [(WIDE, TALL, None)[k] for k in rng.integers(3, size=num)]
        dataset = Images(sizes)
        for world in (1, 2, 3):
            # As DefaultSampler: ranks get images in turn, padded by the first.
            total = -(-num // world) * world
            padded = (list(range(num)) * world)[:total]
            parts = [
                sum(batches_of(dataset, 2, padded[rank::world]), [])
                for rank in range(world)
            ]
            # As collect_results: images of the ranks in turn, cut.
            joined = [i for images in zip(*parts) for i in images][:num]
            assert sorted(joined) == list(range(num))


def test_a_loader_reads_sizes_that_annotations_lack(tmp_path):
    """The frames are wide, but for one that lies on its side by EXIF."""
    root = write_prw(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('L', (9, 6)).save(root / 'frames/c1s2_000004.jpg', exif=exif)
    (root / 'frames/c3s1_000006.jpg').write_bytes(b'no image')
    init_default_scope('mmdet')
    loader = Runner.build_dataloader(
        dict(
            batch_size=4,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            batch_sampler=dict(type='mmdmr.SameShapeBatchSampler'),
            dataset=dict(
                type='mmdmr.PRWDataset',
                data_root=str(root),
                test_mode=True,
                protocols=['all'],
                pipeline=[dict(type='LoadImageFromFile')],
            ),
        )
    )
    assert list(loader.batch_sampler) == [[1], [3], [0, 2, 4]]
    assert len(loader) == 3


def test_a_sampler_must_name_its_data_set():
    with pytest.raises(ValueError, match='the list has no dataset'):
        SameShapeBatchSampler([0, 1], 2)
