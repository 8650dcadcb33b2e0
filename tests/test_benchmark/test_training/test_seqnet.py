"""SeqNet's training step, on a stand-in for a checkout of SeqNet."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from mmdmr.benchmark.training.batches import random_batches
from mmdmr.benchmark.training.rounds import run_in_turn
from mmdmr.benchmark.training.seqnet import SeqNetTrainer
from mmdmr.errors import InputError

DEFAULTS = """
from types import SimpleNamespace as N

class Config(N):
    def merge_from_file(self, path):
        self.file = path

    def merge_from_list(self, entries):
        self.entries = entries

def get_default_cfg():
    return Config(
        SOLVER=N(BASE_LR=1000.0, SGD_MOMENTUM=0.9, WEIGHT_DECAY=0.0,
                 CLIP_GRADIENTS=10.0),
        MODEL=N(LOSS=N(LUT_SIZE=482)))
"""
NETWORK = """
import torch
import torchvision

class SeqNet(torch.nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg, self.seen = cfg, []
        self.body = torchvision.models.resnet.__dict__['resnet50'](
            pretrained=True)

    def forward(self, images, targets):
        self.seen.append((images, targets))
        return dict(a=self.body.weight.sum(), b=self.body.bias.sum())
"""


@pytest.fixture
def torchvision(monkeypatch):
    """A torchvision whose ResNet tells which weights it was asked for."""
    asked = []

    def resnet50(weights='pretrained'):
        asked.append(weights)
        return torch.nn.Linear(2, 2)

    for name in ('', '.models', '.models.resnet'):
        module = ModuleType(f'torchvision{name}')
        monkeypatch.setitem(sys.modules, module.__name__, module)
    found = sys.modules['torchvision']
    found.models = sys.modules['torchvision.models']
    found.models.resnet = sys.modules['torchvision.models.resnet']
    found.models.resnet.resnet50 = resnet50
    return SimpleNamespace(asked=asked, own=resnet50, **vars(found))


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'path', [*sys.path])
    for name, text in (
        ('defaults.py', DEFAULTS),
        ('models/seqnet.py', NETWORK),
        ('configs/prw.yaml', ''),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_step(checkout, torchvision):
    trainer = SeqNetTrainer(str(checkout), (64, 96), torch.device('cpu'))
    # No weights are downloaded, and torchvision is as before.
    assert torchvision.asked == [None]
    assert torchvision.models.resnet.resnet50 is torchvision.own
    cfg = trainer.model.cfg
    assert cfg.file == str(checkout / 'configs/prw.yaml')
    assert cfg.entries == ['INPUT.MIN_SIZE', 64, 'INPUT.MAX_SIZE', 96]
    before = trainer.model.body.weight.detach().clone()
    batches = [*random_batches(2, shape=(64, 96), batch_size=2, num_persons=9)]
    rounds = run_in_turn(
        dict(SeqNet=trainer), iter(batches), rounds=1, warmup=1
    )
    assert set(rounds.steps['SeqNet'][0]) == {
        *('data', 'query pass', 'backward', 'optimizer', 'rest')
    }
    # A gradient of ones, clipped to nothing less, at a thousandth of 1000,
    # and again with a momentum of 0.9.
    torch.testing.assert_close(
        trainer.model.body.weight, before - 1 - 1.9, rtol=0, atol=1e-5
    )
    (images, targets), _ = trainer.model.seen
    assert images[0].max() <= 1 and images[0].shape == (3, 64, 96)
    for sample, target in zip(batches[0]['data_samples'], targets):
        ids = sample.gt_instances.person_ids.tolist()
        assert target['labels'].tolist() == [
            5555 if i < 0 else i % 482 + 1 for i in ids
        ]
        assert torch.equal(target['boxes'], sample.gt_instances.bboxes)
    assert trainer.num_not_finite == 0


def test_wrong_folders(checkout, tmp_path):
    def make(folder):
        SeqNetTrainer(str(folder), (64, 96), torch.device('cpu'))

    with pytest.raises(FileNotFoundError, match='no models/seqnet.py, def'):
        make(tmp_path / 'models')
    (checkout / 'models/seqnet.py').write_text('import nothing_like_it')
    with pytest.raises(InputError, match='needs nothing_like_it; install it'):
        make(checkout)
