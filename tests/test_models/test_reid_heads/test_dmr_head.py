"""The re-ID head that pools from the feature maps."""

import pytest
import torch

from mmdmr.models import DMRHead


def head(**kwargs):
    return DMRHead(in_channels=4, out_channels=8, **kwargs)


def test_levels_are_chosen_by_stride():
    maps = [
        torch.randn(1, 4, 256 // s, 256 // s, generator=torch.manual_seed(s))
        for s in (4, 8, 16, 32, 64)
    ]
    from_4 = head()
    from_8 = head(in_strides=(8, 16, 32, 64, 128))
    from_8.load_state_dict(from_4.state_dict())
    rois = torch.tensor([[0, 10, 10, 60, 60.0], [0, 0, 0, 200, 250.0]])
    later = [*maps[1:], torch.zeros(1, 4, 2, 2)]
    torch.testing.assert_close(from_4(maps, rois), from_8(later, rois))


def test_wrong_strides():
    with pytest.raises(ValueError, match='in_strides'):
        head(in_strides=(16, 32))
    with pytest.raises(ValueError, match='2 feature maps'):
        head()([torch.zeros(1, 4, 8, 8)] * 2, torch.zeros(0, 5))


def test_settings_of_the_first_release():
    old = head(scale=8.0, margin=0.25, loss_weight=2.0).losses['reid']
    assert old.settings == dict(scale=8.0, margin=0.25)
    assert old.loss_weight == 2.0
