"""Weights of another library under our names."""

import pytest
import torch
from torch import nn

from mmdmr.models.renaming import rename_by_order


def network(*widths):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), nn.BatchNorm1d(b)]
    return nn.Sequential(*layers)


class Other(nn.Module):
    """The same network, its parts called otherwise."""

    def __init__(self):
        super().__init__()
        self.stem = nn.ModuleDict(dict(fc=nn.Linear(3, 4)))
        self.norm1 = nn.BatchNorm1d(4)
        self.body = nn.Linear(4, 5)
        self.norm2 = nn.BatchNorm1d(5)

    def forward(self, x):
        return self.norm2(self.body(self.norm1(self.stem.fc(x))))


def test_the_same_network_gives_the_same():
    torch.manual_seed(0)
    source, target = network(3, 4, 5), Other()
    source(torch.randn(20, 3) + 2)  # statistics of its own
    renamed, left = rename_by_order(source.state_dict(), target.state_dict())
    target.load_state_dict(renamed)
    x = torch.randn(6, 3)
    torch.testing.assert_close(target.eval()(x), source.eval()(x))
    assert left == []


def test_a_classifier_behind_is_left_over():
    source = nn.Sequential(*network(3, 4, 5), nn.Linear(5, 9)).state_dict()
    renamed, left = rename_by_order(source, Other().state_dict())
    assert len(renamed) == 14 and left == ['4.weight', '4.bias']


@pytest.mark.parametrize(
    'source,message',
    [
        (network(3, 4), 'entry 7: body.weight.*nothing was found'),
        (network(3, 4, 6), r'body.weight \(5, 4\).*2.weight \(6, 4\)'),
        (network(3, 5, 4), r'stem.fc.weight \(4, 3\).*0.weight \(5, 3\)'),
        (
            nn.Sequential(nn.BatchNorm1d(4), nn.Linear(3, 4)),
            r'entry 0: stem.fc.weight \(4, 3\).*0.weight \(4,\)',
        ),
    ],
)
def test_another_network_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        rename_by_order(source.state_dict(), Other().state_dict())


def test_shapes_alone_do_not_do():
    """A weight of BatchNorm has the shape of its bias and statistics."""
    source = {f'0.{k}': torch.zeros(4) for k in ('bias', 'weight')}
    target = {f'bn.{k}': torch.zeros(4) for k in ('weight', 'bias')}
    with pytest.raises(ValueError, match='bn.weight .* 0.bias'):
        rename_by_order(source, target)
