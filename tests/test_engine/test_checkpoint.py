"""Check and read checkpoints."""

import pytest
import torch
from torch import nn

from mmdmr.engine.checkpoint import (
    check_checkpoint,
    check_fits,
    check_pretrained,
    read_checkpoint,
)


def test_missing_checkpoint_lists_its_neighbours(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.pth does not exist.$'):
        check_checkpoint(str(tmp_path / 'none.pth'))
    (tmp_path / 'epoch_1.pth').touch()
    with pytest.raises(FileNotFoundError, match='Its folder has: epoch_1.pth'):
        check_checkpoint(str(tmp_path / 'none.pth'))
    check_checkpoint('https://example.org/a.pth')


@pytest.mark.parametrize(
    'content', [b'', b'junk', b"_base_ = 'x.py'\n", b'PK\x03\x04rest']
)
def test_other_files_are_named(tmp_path, content):
    path = tmp_path / 'a.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='a.pth is no checkpoint'):
        read_checkpoint(str(path))


@pytest.mark.parametrize('zipped', [True, False])
def test_both_formats_of_pytorch_are_read(tmp_path, zipped):
    path = tmp_path / 'a.pth'
    torch.save(
        dict(state_dict=dict(a=torch.ones(2)), meta={}),
        path,
        _use_new_zipfile_serialization=zipped,
    )
    assert read_checkpoint(str(path))['state_dict']['a'].tolist() == [1, 1]
    torch.save([1, 2], path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match='no state_dict'):
        read_checkpoint(str(path))


def test_weights_of_another_network_are_refused():
    model = nn.ModuleDict(dict(body=nn.Linear(2, 3), memory=nn.BatchNorm1d(4)))
    stored = dict(
        state_dict=nn.ModuleDict(dict(body=nn.Linear(2, 3))).state_dict()
    )
    check_fits(model, stored, 'a.pth')
    for other in (nn.Linear(2, 4), nn.Identity()):
        stored = dict(state_dict=nn.ModuleDict(dict(body=other)).state_dict())
        with pytest.raises(ValueError, match='a.pth.*2 of 2 .*body.weight'):
            check_fits(model, stored, 'a.pth')


@pytest.mark.parametrize('installed', [True, False])
def test_weights_of_torchvision_need_torchvision(installed, monkeypatch):
    monkeypatch.setattr(
        'mmdmr.engine.checkpoint.find_spec', lambda name: installed or None
    )
    source = 'torchvision://resnet50'
    model = dict(backbone=dict(init_cfg=dict(checkpoint=source)))
    check_pretrained(dict(backbone=dict(init_cfg=None)))
    if installed:
        check_pretrained(model)
    else:
        with pytest.raises(ValueError, match='resnet50.*needs torchvision'):
            check_pretrained(model)


@pytest.mark.parametrize('key', ['checkpoint', None])
def test_weights_to_start_from_are_there(tmp_path, key):
    path = tmp_path / 'start.pth'
    init = dict(checkpoint=str(path)) if key else {}
    model = dict(backbone=dict(init_cfg=init))
    if key:
        with pytest.raises(
            FileNotFoundError, match='start.pth.*does not exist'
        ):
            check_pretrained(model)
    path.touch()
    check_pretrained(model)


@pytest.mark.parametrize(
    'content',
    [
        dict(state_dict=[torch.ones(1)]),
        dict(state_dict=dict(a=torch.ones(1), b='text')),
        dict(state_dict={1: torch.ones(1)}),
        dict(a=torch.ones(1), b=3),
        dict(state_dict=None),
    ],
)
def test_state_dicts_that_are_none(tmp_path, content):
    path = tmp_path / 'a.pth'
    torch.save(content, path)
    with pytest.raises(ValueError, match='a.pth is no checkpoint.*state_dict'):
        read_checkpoint(str(path))


@pytest.mark.parametrize(
    'content,message',
    [
        (b'<!DOCTYPE html>\n<html>no such file</html>', "text, '<!DOCTYPE"),
        (b'version https://git-lfs.github.com/spec/v1\n', "'version https"),
        (b'{"error": "sign in"}', 'download it again'),
        (b'\x80\x04\x95rest', 'cut short, or of another kind'),
    ],
)
def test_failed_downloads_are_named(tmp_path, content, message):
    """No message advises to load such a file with weights_only=False."""
    path = tmp_path / 'a.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read_checkpoint(str(path))
    assert 'weights_only' not in str(error.value)


def test_a_model_that_was_wrapped_twice(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save({'module.module.a': torch.ones(2)}, path)
    with pytest.raises(ValueError, match='wrapped twice'):
        read_checkpoint(str(path))


def test_weights_under_another_prefix_are_shown():
    model = nn.ModuleDict(dict(body=nn.Linear(2, 3)))
    stored = {f'net.{k}': v for k, v in model.state_dict().items()}
    with pytest.raises(ValueError, match='it has net.body.weight'):
        check_fits(model, dict(state_dict=stored), 'a.pth')
