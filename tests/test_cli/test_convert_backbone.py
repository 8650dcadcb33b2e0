"""``mmdmr convert_backbone``: from a file to what a config starts from."""

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from tool_runner import tool

from mmdmr.config import find_config

CONFIG = 'dmrnet_faster-rcnn_mobilenet-v2_fpn_prw-mini.py'


@pytest.fixture
def backbone():
    """The config's backbone without weights."""
    init_default_scope('mmdet')
    cfg = Config.fromfile(find_config(CONFIG))
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(1)
    return MODELS.build(cfg.model.backbone)


def test_the_config_starts_from_what_was_converted(
    backbone, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    stored = {
        f'features.{i}': value
        for i, value in enumerate(backbone.state_dict().values())
    }
    names = [n.rsplit('.', 1)[-1] for n in backbone.state_dict()]
    stored = {f'{k}.{n}': v for (k, v), n in zip(stored.items(), names)}
    stored['classifier.weight'] = torch.zeros(1000, 1280)
    torch.save(
        stored, 'other.pt', _use_new_zipfile_serialization=False
    )  # as files of that time are
    argv = ['other.pt', CONFIG, 'data/mobilenet_v2.pth']
    assert tool('convert_backbone')(argv) == 0
    out = capsys.readouterr().out
    assert '312 of 313 entries' in out and 'classifier.weight' in out
    cfg = Config.fromfile(find_config(CONFIG))
    torch.manual_seed(2)
    started = MODELS.build(cfg.model.backbone)
    started.init_weights()
    for name, value in started.state_dict().items():
        assert torch.equal(value, backbone.state_dict()[name]), name

    with pytest.raises(SystemExit) as stop:
        tool('convert_backbone')(argv)
    assert stop.value.code == 2
    assert 'exists already' in capsys.readouterr().err


def test_another_network_is_refused(backbone, tmp_path, capsys):
    path = tmp_path / 'other.pt'
    torch.save(dict(list(backbone.state_dict().items())[:100]), path)
    with pytest.raises(SystemExit) as stop:
        tool('convert_backbone')([str(path), CONFIG, str(tmp_path / 'a.pth')])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert 'other.pt does not fit the MobileNetV2' in err
    assert not (tmp_path / 'a.pth').exists()
