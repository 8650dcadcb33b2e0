"""Images to inputs against MMDetection's pipeline and preprocessor."""

import numpy as np
import pytest
import torch
from mmdet.datasets.transforms import PackDetInputs, Resize
from mmdet.models.data_preprocessors import DetDataPreprocessor

from mmdmr.inference.bundle_description import BundleInput
from mmdmr.inference.bundle_preprocessing import plan_resize, prepare

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


@pytest.mark.parametrize('shape', [(96, 128), (301, 97), (100, 141), (7, 333)])
@pytest.mark.parametrize('keep_ratio', [True, False])
@pytest.mark.parametrize('colours', ['rgb', 'bgr'])
def test_same_as_mmdetection(shape, keep_ratio, colours):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
    results = Resize(scale=(150, 90), keep_ratio=keep_ratio)(
        dict(img=image, img_shape=shape, ori_shape=shape)
    )
    packed = PackDetInputs()(dict(results, img_id=0, img_path=''))
    preprocessor = DetDataPreprocessor(
        MEAN,
        STD,
        pad_size_divisor=32,
        pad_value=1.5,
        bgr_to_rgb=colours == 'rgb',
    )
    data = preprocessor(
        dict(inputs=[packed['inputs']], data_samples=[packed['data_samples']])
    )
    expected, sample = data['inputs'][0].numpy(), data['data_samples'][0]

    settings = BundleInput((150, 90), keep_ratio, colours, MEAN, STD, 32, 1.5)
    resized = plan_resize(shape[1], shape[0], settings)
    assert resized.size[::-1] == sample.img_shape
    assert resized.padded[::-1] == expected.shape[1:]
    assert tuple(resized.scale) == sample.scale_factor
    np.testing.assert_array_equal(prepare(image, resized, settings), expected)
    assert torch.is_tensor(data['inputs'])


def test_a_thin_image_keeps_a_pixel():
    """MMCV fails on an image that vanishes along one side."""
    settings = BundleInput((150, 90), True, 'bgr', MEAN, STD, 32, 0.0)
    image = np.zeros((1, 900, 3), np.uint8)
    resized = plan_resize(900, 1, settings)
    assert resized.size == (150, 1) and resized.padded == (160, 32)
    assert prepare(image, resized, settings).shape == (3, 32, 160)
