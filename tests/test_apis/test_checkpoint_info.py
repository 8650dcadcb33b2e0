"""What a checkpoint was trained on, and its digest."""

import pytest
from mmengine.config import Config
from torch import nn

from mmdmr.apis.checkpoint_info import fingerprint, trained_on

OWN = Config(
    dict(train_dataloader=dict(dataset=dict(data_root='data/own-people/')))
)


@pytest.mark.parametrize(
    'text, expected',
    [
        ("train_dataloader = dict(dataset=dict(data_root='d/PRW/'))", 'PRW'),
        (
            'train_dataloader = dict(dataset=dict(datasets=[\n'
            "    dict(data_root='d/CUHK-SYSU'), dict(data_root='d/PRW'),\n"
            "    dict(data_root='e/PRW')]))\n"
            "test_dataloader = dict(dataset=dict(data_root='d/other'))\n",
            'CUHK-SYSU, PRW',
        ),
        ('train_dataloader = make()', 'own-people'),
        ('not python at all', 'own-people'),
        ('(' * 5000, 'own-people'),
        (None, 'own-people'),
    ],
)
def test_training_data(text, expected):
    assert trained_on(dict(meta=dict(cfg=text)), OWN) == expected
    assert trained_on(dict(meta=dict(cfg=text)), Config()) == (
        '' if expected == 'own-people' else expected
    )


def test_the_text_of_the_config_is_not_run(tmp_path):
    text = (
        f"open({str(tmp_path / 'ran')!r}, 'w')\n"
        'train_dataloader = dict(data_root=open('
        f'{str(tmp_path / "ran")!r}, "w"))\n'
    )
    assert trained_on(dict(meta=dict(cfg=text)), OWN) == 'own-people'
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_without_meta():
    assert trained_on({}, OWN) == 'own-people'
    assert trained_on(dict(meta=None), Config()) == ''


def test_digest_covers_what_a_search_uses():
    network = nn.ModuleDict(dict(a=nn.Linear(2, 2), memory=nn.Linear(2, 2)))
    model = dict(depth=18, memory=dict(size=3), head=dict(loss_a=1, dim=2))
    first = fingerprint(network, model, [dict(type='Resize')])
    nn.init.zeros_(network['memory'].weight)
    model['memory']['size'] = 4
    model['head']['loss_a'] = 2
    same = fingerprint(network, model, [dict(type='Resize')])
    assert same == first
    model['head']['dim'] = 3
    others = {
        fingerprint(network, model, [dict(type='Resize')]),
        fingerprint(network, model, [dict(type='Pad')]),
    }
    nn.init.zeros_(network['a'].bias)
    others.add(fingerprint(network, model, [dict(type='Resize')]))
    assert len(others | {first}) == 4
