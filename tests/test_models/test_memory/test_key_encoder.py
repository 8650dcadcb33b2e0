import copy

import pytest
import torch
from torch import nn

from mmdmr.models import KeyEncoder


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(3, 3).requires_grad_(False)
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        self.other = nn.Linear(4, 1)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def follow(net, momentum=0.1):
    return KeyEncoder(
        nn.ModuleDict(dict(stem=net.stem, body=net.body)), momentum
    )


def shift(net):
    with torch.no_grad():
        for p in net.parameters():
            if p.requires_grad:
                p.add_(1)


def test_first_update_copies_and_the_next_ones_average(net):
    encoder = follow(net)
    shift(net)
    encoder.update(net)
    assert encoder.distance(net) == 0
    first = [p.clone() for p in net.body.parameters()]
    shift(net)
    encoder.update(net)
    for key, old, new in zip(
        encoder.body.parameters(), first, net.body.parameters()
    ):
        torch.testing.assert_close(key, 0.9 * old + 0.1 * new)


def test_distance_by_hand():
    net = nn.ModuleDict(dict(part=nn.Linear(1, 1)))
    with torch.no_grad():
        net.part.weight.fill_(3.0)
        net.part.bias.fill_(4.0)
    encoder = KeyEncoder(net, 0.5)
    with torch.no_grad():
        net.part.weight.fill_(0.0)
    assert encoder.distance(net) == pytest.approx(3 / 4)


def test_only_the_named_parts_without_gradient(net):
    encoder = follow(net)
    assert {k.split('.')[0] for k in encoder.state_dict()} == {
        'stem',
        'body',
        'updates',
    }
    assert not any(p.requires_grad for p in encoder.parameters())


def test_frozen_parameters_are_shared(net):
    encoder = follow(net)
    encoder.update(net)
    assert encoder.stem.weight.data_ptr() == net.stem.weight.data_ptr()
    assert encoder.body[0].weight.data_ptr() != net.body[0].weight.data_ptr()
    assert not {id(p) for p in encoder.parameters()} & {
        id(p) for p in net.parameters()
    }


def test_running_statistics_are_its_own(net):
    encoder = follow(net)
    encoder.update(net)
    net.body(torch.randn(8, 3) + 5)
    encoder.update(net)
    assert encoder.body[1].num_batches_tracked == 0
    encoder.body(torch.randn(8, 3) + 5)
    assert encoder.body[1].running_mean.abs().sum() > 0


def test_resumes_as_it_was(net):
    encoder = follow(net)
    encoder.update(net)
    shift(net)
    encoder.update(net)
    resumed = follow(Net())
    resumed.load_state_dict(copy.deepcopy(encoder.state_dict()))
    shift(net)
    for e in (encoder, resumed):
        e.update(net)
    assert resumed.distance(net) == encoder.distance(net) > 0
    resumed.reset()
    resumed.update(net)
    assert resumed.distance(net) == 0


@pytest.mark.parametrize('frozen', ['equal', 'other'])
def test_a_resumed_one_shares_frozen_parameters_that_are_equal(net, frozen):
    """A key that differs from its frozen source stays what it was."""
    encoder = follow(net)
    encoder.update(net)
    resumed = follow(net)
    resumed.load_state_dict(copy.deepcopy(encoder.state_dict()))
    if frozen == 'other':
        resumed.stem.weight.data.add_(1)
    before = resumed.stem.weight.clone()
    resumed.update(net)
    shares = resumed.stem.weight.data_ptr() == net.stem.weight.data_ptr()
    assert shares == (frozen == 'equal')
    expected = before if shares else 0.9 * before + 0.1 * net.stem.weight
    torch.testing.assert_close(resumed.stem.weight.data, expected)
    assert net.body[0].weight.data_ptr() != resumed.body[0].weight.data_ptr()


def test_precision_holds_inside_the_context_alone(net):
    parts = nn.ModuleDict(dict(body=net.body))
    images = torch.ones(1, 2, 3, 4)
    for precision, dtype in ((None, torch.float32), ('bfloat16', None)):
        encoder = KeyEncoder(parts, precision=precision)
        encoder.update(net)
        with encoder.autocast('cpu'):
            found = encoder.body[0](torch.ones(2, 3)).dtype
        assert found == (dtype or torch.bfloat16)
        assert encoder.body[0](torch.ones(2, 3)).dtype == torch.float32
        last = encoder.arrange(images).is_contiguous(
            memory_format=torch.channels_last
        )
        assert last == (precision is not None)
        assert torch.equal(encoder.arrange(images), images)


def test_precision_out_of_range(net):
    with pytest.raises(ValueError, match="bfloat16, float16, got 'half'"):
        KeyEncoder(nn.ModuleDict(dict(body=net.body)), precision='half')


@pytest.mark.parametrize('momentum', [0, 1.5])
def test_momentum_out_of_range(net, momentum):
    with pytest.raises(ValueError, match='momentum'):
        follow(net, momentum)


def test_refuses_to_encode_before_its_first_update(net):
    encoder = follow(net)
    inputs = torch.ones(2, 3)
    for refusing in (encoder, copy.deepcopy(encoder)):
        with pytest.raises(RuntimeError, match='EMAEncoderHook.*update'):
            refusing.stem(inputs)
        with pytest.raises(RuntimeError, match='never updated'):
            refusing.body(inputs)
    encoder.update(net)
    torch.testing.assert_close(encoder.stem(inputs), net.stem(inputs))
    encoder.reset()
    with pytest.raises(RuntimeError, match='never updated'):
        encoder.stem(inputs)


def test_a_resumed_one_encodes(net):
    encoder = follow(net)
    encoder.update(net)
    resumed = follow(Net())
    resumed.load_state_dict(encoder.state_dict())
    inputs = torch.ones(2, 3)
    with pytest.raises(RuntimeError, match='never updated'):
        resumed.stem(inputs)  # in training it has to follow
    resumed.eval()
    torch.testing.assert_close(resumed.stem(inputs), encoder.stem(inputs))
    resumed.train().update(net)
    resumed.stem(inputs)


@pytest.mark.parametrize('anew', [False, True])
def test_a_layer_unfrozen_later_is_averaged_from_then_on(net, anew):
    encoder = follow(net)
    encoder.update(net)
    encoder.update(net)
    net.stem.requires_grad_(True)
    if anew:  # a second run on the same model
        encoder.reset()
    encoder.update(net)
    before = [p.clone() for p in encoder.stem.parameters()]
    shift(net)
    for key, old in zip(encoder.stem.parameters(), before):
        torch.testing.assert_close(key, old)
    encoder.update(net)
    for key, old, new in zip(
        encoder.stem.parameters(), before, net.stem.parameters()
    ):
        torch.testing.assert_close(key, 0.9 * old + 0.1 * new)


def test_a_layer_frozen_later_still_converges(net):
    encoder = follow(net)
    encoder.update(net)
    shift(net)
    net.body.requires_grad_(False)
    before = encoder.body[0].weight.clone()
    encoder.update(net)
    torch.testing.assert_close(
        encoder.body[0].weight, 0.9 * before + 0.1 * net.body[0].weight
    )


def test_wholly_frozen_networks_are_followed(net):
    net.requires_grad_(False)
    encoder = follow(net)
    for _ in range(2):
        encoder.update(net)
    assert encoder.distance(net) == 0


@pytest.mark.parametrize(
    'source,message',
    [
        (lambda net, encoder: nn.ModuleDict(), 'follows stem'),
        (
            lambda net, encoder: encoder,
            'stem of KeyEncoder: this part is itself',
        ),
        (
            lambda net, encoder: nn.ModuleDict(
                dict(stem=nn.Linear(3, 2), body=net.body)
            ),
            'of another size',
        ),
    ],
)
def test_what_cannot_be_followed_is_named(net, source, message):
    encoder = follow(net)
    encoder.check_source(net)
    with pytest.raises(ValueError, match=message):
        encoder.check_source(source(net, encoder))
