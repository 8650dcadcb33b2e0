"""Fixtures of the tools that start a runner."""

from importlib import import_module

import pytest
from mmengine.logging import MessageHub

from mmdmr.cli.main import main

# What needs PyTorch is imported in the fixtures: pytest reads this file before
# it starts its workers.


@pytest.fixture
def data(small_data):
    return str(small_data / 'CUHK-SYSU')


@pytest.fixture
def checkpoint(tmp_path):
    import torch
    from torch import nn

    path = tmp_path / 'epoch_1.pth'
    torch.save(dict(state_dict=nn.Linear(1, 2).state_dict()), path)
    return path


@pytest.fixture
def config_of(monkeypatch, tmp_path):
    """The config that a tool gives to the runner."""
    from torch import nn

    # By name: the tool called test is no module of tests.
    tools = {
        name: import_module(f'mmdmr.cli.commands.{name}')
        for name in ('train', 'test')
    }
    hub = MessageHub('config_of')

    class Runner:
        train_loop = val_loop = test_loop = None
        model = nn.Linear(1, 2)
        message_hub = hub

        def train(self):
            pass

        def register_hook(self, hook):
            pass

        test = train

    def run(tool, *argv):
        seen = []
        monkeypatch.setattr(
            tools[tool],
            'build_runner',
            lambda cfg, rank: seen.append(cfg) or Runner(),
        )
        monkeypatch.setattr(tools['train'], 'check_training', lambda r: None)
        monkeypatch.chdir(tmp_path)
        assert main([tool, *argv]) == 0
        return seen[0]

    run.hub = hub
    return run


@pytest.fixture
def fails(capsys):
    """Message of a tool that ends with code 2."""

    def run(tool, *argv):
        with pytest.raises(SystemExit) as stop:
            main([tool, *argv])
        assert stop.value.code == 2
        return capsys.readouterr().err

    return run
