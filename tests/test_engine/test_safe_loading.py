"""Nothing that MMEngine loads runs code."""

import functools
import json
import os
import pickle
import re
import sys
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace

import mmengine
import numpy as np
import pytest
import torch
from mmengine.dataset import BaseDataset
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, Runner
from planted import Custom, Planted, save_planted
from torch import nn
from unguarded import unguarded

from mmdmr.engine import safe_loading
from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.engine.hooks import EMAEncoderHook, MemoryQueueHook
from mmdmr.engine.safe_loading import load_file, load_safely
from mmdmr.errors import InputError

KINDS = ['zip', 'legacy', 'tar', 'pickle2', 'pickle4']


@pytest.fixture
def marker(tmp_path):
    """Folder that stays away."""
    marker = tmp_path / 'marker'
    yield marker
    assert not marker.exists()


def check_message(error, name):
    """The message names file, reason and cures, not PyTorch's advice."""
    text = str(error.value)
    assert name in text
    assert 'may run code' in text
    assert '--trust-checkpoint' in text
    assert 'posix.mkdir' in text
    assert 'weights_only' not in text


@pytest.mark.parametrize('kind', KINDS)
def test_no_format_runs_code(tmp_path, marker, kind):
    path = save_planted(tmp_path / 'a.pth', marker, kind)
    load_safely()
    for load in (
        read_checkpoint,
        load_file,
        CheckpointLoader.load_checkpoint,
        lambda path: torch.load(path, weights_only=False),
    ):
        with pytest.raises((InputError, pickle.UnpicklingError, RuntimeError)):
            load(str(path))
        assert not marker.exists()
    with pytest.raises(InputError) as error:
        read_checkpoint(str(path))
    assert 'weights_only' not in str(error.value)
    if kind in ('zip', 'legacy', 'pickle2'):
        check_message(error, 'a.pth')


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Function that plants a checkpoint where an address leads to."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    monkeypatch.setenv('MMENGINE_HOME', str(tmp_path / 'mmengine'))
    monkeypatch.setenv('HOME', str(tmp_path))
    kept = Path(torch.hub.get_dir()) / 'checkpoints'
    kept.mkdir(parents=True)
    (tmp_path / 'mmengine').mkdir()
    checkpoint = mmengine.runner.checkpoint

    models = {'resnet18': 'https://example.invalid/resnet18.pth'}
    monkeypatch.setattr(checkpoint, 'get_torchvision_models', lambda: models)

    def downloaded(url):
        return kept / url.split('/')[-1]

    def place(address):
        kind, _, name = address.partition('://')
        if not name:
            return Path(address).expanduser()
        if kind in ('http', 'https'):
            return downloaded(address)
        if kind in ('torchvision', 'modelzoo'):
            return downloaded(checkpoint.get_torchvision_models()[name])
        if kind == 'mmcls':
            return downloaded(checkpoint.get_mmcls_models()[name])
        path = tmp_path / 'mmengine' / 'mine.pth'
        (path.parent / 'open_mmlab.json').write_text(
            json.dumps(dict(mine='mine.pth'))
        )
        # Storages of others, which need a library of theirs.
        backend = SimpleNamespace(get=lambda name: path.read_bytes())
        for module in (checkpoint, safe_loading):
            monkeypatch.setattr(
                module, 'get_file_backend', lambda name, **more: backend
            )
        model = SimpleNamespace(
            name='a.pth',
            download=lambda to: Path(to).write_bytes(path.read_bytes()),
        )
        cloud = SimpleNamespace(get=lambda name: model)
        monkeypatch.setitem(
            sys.modules, 'pavi', SimpleNamespace(modelcloud=cloud)
        )
        return path

    return place


ADDRESSES = [
    *('~/a.pth', 'http://example.invalid/a.pth'),
    *('https://example.invalid/a.pth', 'torchvision://resnet18'),
    *('modelzoo://resnet18', 'open-mmlab://mine', 'openmmlab://mine'),
    *('mmcls://resnet18', 's3://a/a.pth', 'petrel://a/a.pth'),
    *('x:s3://a/a.pth', 'pavi://a.pth'),
]


@pytest.mark.parametrize('address', ADDRESSES)
def test_no_address_runs_code(address, places, marker):
    load_safely()
    save_planted(places(address), marker)
    with pytest.raises(InputError) as error:
        CheckpointLoader.load_checkpoint(address)
    check_message(error, address.split('/')[-1])


def test_all_addresses_of_mmengine_are_covered():
    """Upstream and the fork know the same ones."""
    load_safely()
    for prefix in CheckpointLoader._schemes:
        assert any(re.match(prefix, address) for address in ADDRESSES), prefix


@pytest.mark.parametrize('address', ADDRESSES)
def test_what_is_trusted_is_loaded(address, places, capfd):
    content = dict(state_dict={'backbone.a': torch.ones(1)}, extra=Custom())
    torch.save(content, places(address))
    load_safely(trust=True)
    loaded = CheckpointLoader.load_checkpoint(address)
    if not address.startswith('mmcls'):  # which keeps the weights alone
        assert loaded['extra'].value == 3


def test_trust_by_the_file(tmp_path):
    """In a process that loads safely otherwise."""
    path = tmp_path / 'a.pth'
    torch.save(dict(state_dict=dict(a=torch.ones(1)), extra=Custom()), path)
    load_safely()
    with pytest.raises(InputError, match='planted.Custom'):
        read_checkpoint(str(path))
    assert read_checkpoint(str(path), trust=True)['extra'].value == 3
    with pytest.raises(InputError, match='planted.Custom'):
        read_checkpoint(str(path))
    load_safely(trust=True)
    assert read_checkpoint(str(path))['extra'].value == 3
    with pytest.raises(InputError, match='planted.Custom'):
        read_checkpoint(str(path), trust=False)


@pytest.mark.parametrize('preset', ['1', 'true'])
def test_a_switch_of_the_environment_is_no_trust(
    tmp_path, marker, monkeypatch, preset
):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', preset)
    path = save_planted(tmp_path / 'a.pth', marker)
    for load in (read_checkpoint, CheckpointLoader.load_checkpoint):
        with pytest.raises(InputError):
            load(str(path))
    load_safely()
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path)


@pytest.mark.parametrize('hook', [EMAEncoderHook, MemoryQueueHook])
def test_a_hook_guards_the_runner_of_any_program(hook, tmp_path, marker):
    """Without the command line, and without a switch of the process."""
    path = save_planted(tmp_path / 'a.pth', marker)
    with unguarded():
        hook()
        with pytest.raises(InputError) as error:
            CheckpointLoader.load_checkpoint(str(path))
    check_message(error, 'a.pth')
    assert 'TORCH_FORCE_WEIGHTS_ONLY_LOAD' not in os.environ


@pytest.mark.parametrize('address', ['~/a.pth', 'pavi://a.pth'])
def test_a_hook_lets_the_records_of_mmengine_through(address, places):
    """Which no one has registered yet."""
    buffer = HistoryBuffer()
    buffer.update(1.5)
    torch.save(dict(loss=buffer), places(address))
    registered = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    try:
        with unguarded():
            MemoryQueueHook()
            loaded = CheckpointLoader.load_checkpoint(address)
        assert loaded['loss'].mean() == 1.5
    finally:
        torch.serialization.add_safe_globals(registered)


class Net(BaseModel):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.fc(inputs).sum())


def runner(folder, **more):
    return Runner(
        model=Net(),
        work_dir=str(folder / 'run'),
        train_dataloader=dict(
            batch_size=1,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=[dict(inputs=torch.ones(1))],
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        experiment_name=folder.name,
        **more,
    )


def test_no_config_of_a_checkpoint_is_run(tmp_path, marker):
    """MMEngine runs ``meta['config']`` as Python when it resumes."""
    load_safely()
    path = tmp_path / 'a.pth'
    torch.save(
        dict(
            meta=dict(
                config=f'import os\nos.mkdir({str(marker)!r})\n',
                **dict(epoch=1, iter=1),
            ),
            state_dict=Net().state_dict(),
            message_hub=dict(
                log_scalars={},
                runtime_info={},
                resumed_keys={},
            ),
        ),
        path,
    )
    run = runner(tmp_path, resume=True, load_from=str(path))
    run.train()
    assert run.epoch == 2


def test_pickles_of_data_hold_plain_data(tmp_path, marker):
    load_safely()
    boxes = np.arange(8, dtype=np.float32).reshape(2, 4)
    data = OrderedDict(
        boxes=boxes,
        names=np.array(['a', 'b']),
        number=np.float64(0.5),
        whole=[1, 'zoë', b'x', None, (True, {2})],
    )
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for suffix in ('pkl', 'pickle'):
            path = tmp_path / f'a.{suffix}'
            path.write_bytes(pickle.dumps(data, protocol))
            loaded = mmengine.load(path)
            assert loaded['boxes'].tolist() == boxes.tolist()
            assert loaded['names'].tolist() == ['a', 'b']
            assert loaded['number'] == 0.5
            assert loaded['whole'] == data['whole']
            path.write_bytes(pickle.dumps([boxes, Planted(marker)], protocol))
            with pytest.raises(InputError, match='mkdir.*may run code'):
                mmengine.load(path)


def test_pickles_of_annotations(tmp_path, marker):
    load_safely()
    path = tmp_path / 'a.pkl'
    entries = dict(metainfo={}, data_list=[dict(img_path='a.jpg')])
    path.write_bytes(pickle.dumps(entries))
    assert len(BaseDataset(str(path))) == 1
    path.write_bytes(pickle.dumps(dict(entries, extra=Planted(marker))))
    with pytest.raises(InputError, match='mkdir'):
        BaseDataset(str(path))
    load_safely(trust=True)
    path.write_bytes(pickle.dumps(dict(entries, extra=Custom())))
    assert len(BaseDataset(str(path))) == 1


def test_yaml_is_plain_data(tmp_path, marker):
    load_safely()
    path = tmp_path / 'a.yml'
    mmengine.dump(dict(scale=(3, 4), name='a', more=[1.5, None]), path)
    assert mmengine.load(path) == dict(
        scale=(3, 4), name='a', more=[1.5, None]
    )
    path.write_text(f'a: !!python/object/apply:os.mkdir ["{marker}"]\n')
    with pytest.raises(InputError, match='only plain data is loaded'):
        mmengine.load(path)


def test_a_program_is_no_checkpoint(tmp_path):
    path = str(tmp_path / 'a.pth')
    torch.jit.trace(nn.Linear(1, 1), torch.ones(1)).save(path)
    with pytest.raises(InputError, match='TorchScript program') as error:
        read_checkpoint(path)
    assert 'weights_only' not in str(error.value)


def test_messages_without_a_class(tmp_path):
    """A refused look-up, and a pickle that is cut short."""
    path = tmp_path / 'a.pth'
    path.write_bytes(pickle.dumps(dict(a=functools.partial(int)), 2)[:-9])
    with pytest.raises(InputError) as error:
        read_checkpoint(str(path))
    assert 'weights_only' not in str(error.value)
