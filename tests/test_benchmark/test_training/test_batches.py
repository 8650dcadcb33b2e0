import itertools

import pytest
import torch

from mmdmr.benchmark.training.batches import (
    data_batches,
    random_batches,
    random_ids,
)


def test_random_persons_are_inside_their_images():
    found = list(
        random_batches(
            2, shape=(400, 100), batch_size=3, num_persons=50, num_ids=7
        )
    )
    assert len(found) == 2
    for batch in found:
        assert len(batch['inputs']) == len(batch['data_samples']) == 3
        for image, sample in zip(batch['inputs'], batch['data_samples']):
            assert image.shape == (3, 400, 100) and image.dtype == torch.uint8
            assert sample.img_shape == (400, 100)
            boxes = sample.gt_instances.bboxes
            assert boxes.shape == (50, 4) and (boxes >= 0).all()
            assert (boxes <= torch.tensor([100, 400, 100, 400])).all()
            sides = boxes[:, 2:] - boxes[:, :2]
            assert sides.min() > 10 and (sides[:, 0] < sides[:, 1]).all()
            assert len(sample.ignored_instances) == 0
            assert sample.gt_instances.person_ids.max() < 7
    first, second = (batch['inputs'][0] for batch in found)
    assert not torch.equal(first, second)


def test_the_seed_decides():
    options = dict(shape=(64, 64), batch_size=1, num_persons=3)
    images = [
        next(random_batches(1, **options, seed=seed))['inputs'][0]
        for seed in (1, 1, 2)
    ]
    assert torch.equal(images[0], images[1])
    assert not torch.equal(images[0], images[2])


def test_a_fifth_of_the_persons_has_no_identity():
    ids = random_ids(5000, 9, torch.Generator().manual_seed(0))
    assert sorted(set(ids.tolist())) == [-1, *range(9)]
    assert (ids < 0).float().mean() == pytest.approx(0.2, abs=0.02)


def test_training_data_without_end(cfg, small_data):
    cfg.train_dataloader.update(
        batch_size=3, num_workers=2, persistent_workers=True, prefetch_factor=2
    )
    cfg.train_dataloader.dataset.data_root = str(small_data / 'CUHK-SYSU')
    num = len([*itertools.islice(data_batches(cfg), 9)])
    assert num == 9  # the data set has fewer images
    batch = next(data_batches(cfg))
    assert 'person_ids' in batch['data_samples'][0].gt_instances
