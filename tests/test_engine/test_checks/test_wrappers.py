"""Networks in pieces are refused, whatever MMEngine cuts them with."""

import pytest
import torch
from mmengine.config import Config
from mmengine.model.wrappers import MMFullyShardedDataParallel
from mmengine.runner import Runner
from torch import distributed
from toy_contrast import Contrast, make_runner

from mmdmr.engine.checks.wrappers import check_wrappers
from mmdmr.engine.launch import build_runner
from mmdmr.errors import InputError

FLEXIBLE = dict(runner_type='FlexibleRunner')
FSDP = dict(type='MMFullyShardedDataParallel')
PIECES = {
    'FSDP': dict(model_wrapper_cfg=FSDP),
    'parts': dict(
        model_wrapper_cfg=dict(type='MMSeparateDistributedDataParallel')
    ),
    'FSDP strategy': dict(strategy=dict(type='FSDPStrategy'), **FLEXIBLE),
    'FSDP in a strategy': dict(
        strategy=dict(type='DDPStrategy', model_wrapper=FSDP), **FLEXIBLE
    ),
    'DeepSpeed': dict(strategy=dict(type='DeepSpeedStrategy'), **FLEXIBLE),
    'Colossal-AI': dict(strategy=dict(type='ColossalAIStrategy'), **FLEXIBLE),
}
WHOLE = {
    'nothing': {},
    'find_unused_parameters': dict(
        model_wrapper_cfg=dict(find_unused_parameters=True)
    ),
    'DDP': dict(model_wrapper_cfg=dict(type='MMDistributedDataParallel')),
    'one device': dict(strategy=dict(type='SingleDeviceStrategy'), **FLEXIBLE),
    'DDP strategy': dict(strategy=dict(type='DDPStrategy'), **FLEXIBLE),
    'an unknown name': dict(model_wrapper_cfg=dict(type='Unknown')),
}


def config_of(entries):
    model = dict(memory=dict(type='mmdmr.MemoryQueue'))
    return Config(dict(model=model, launcher='pytorch', **entries))


@pytest.mark.parametrize('name', PIECES)
def test_pieces_are_refused_before_the_runner_is_built(name):
    with pytest.raises(InputError, match='DistributedDataParallel then'):
        build_runner(config_of(PIECES[name]))


@pytest.mark.parametrize('name', WHOLE)
def test_whole_networks_pass(name):
    check_wrappers(config_of(WHOLE[name]))


def test_a_network_without_memory_may_be_in_pieces():
    cfg = config_of(PIECES['FSDP'])
    del cfg.model['memory']
    check_wrappers(cfg)


@pytest.fixture
def group(tmp_path):
    """A process group of this process alone."""
    distributed.init_process_group(
        'gloo', init_method=f'file://{tmp_path}/group', rank=0, world_size=1
    )
    yield
    distributed.destroy_process_group()


def test_a_network_that_is_cut_by_hand_is_refused_by_the_hooks(
    group, tmp_path
):
    """As in a program that builds MMEngine's runner itself."""
    pieces = MMFullyShardedDataParallel(
        Contrast(), device_id=torch.device('cpu')
    )
    runner = make_runner(tmp_path / 'toy', model=pieces)
    assert isinstance(runner, Runner)
    with pytest.raises(InputError, match='in a MMFullyShardedDataParallel'):
        runner.train()
    assert runner.iter == 0
