"""The authors' weights, of which names and shapes are known."""

from functools import partial

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from released_weights import MEMORY, VARIANTS, released_weights

from mmdmr.config import find_config
from mmdmr.engine.checkpoint import TRAINING_PARTS, check_fits
from mmdmr.errors import InputError
from mmdmr.models.legacy.checkpoint import convert, describe


@pytest.fixture(scope='module')
def released(golden):
    return partial(released_weights, golden)


def model_for(state_dict):
    """The model of the config that the tool names."""
    cfg = Config.fromfile(find_config(describe(state_dict).split()[-1]))
    init_default_scope('mmdet')
    cfg.model.backbone.init_cfg = None
    return MODELS.build(cfg.model)


@pytest.mark.parametrize('variant', VARIANTS)
def test_every_weight_arrives_where_it_belongs(released, variant):
    theirs = released(variant)
    kept, dropped = convert(theirs)
    model = model_for(theirs)
    model.load_state_dict(kept, strict=True)
    ours = {
        name: value
        for name, value in model.state_dict().items()
        if not name.startswith(TRAINING_PARTS)
    }
    assert set(ours) == set(kept)
    assert all(torch.equal(value, kept[name]) for name, value in ours.items())
    # nothing is lost, invented or changed on the way
    assert set(kept) | set(dropped) == set(theirs)
    assert not set(kept) & set(dropped)
    assert all(kept[name] is theirs[name] for name in kept)
    assert all(dropped.values())
    lut = theirs[MEMORY + 'lut']
    assert model.memory.labelled.keys.shape == lut.shape
    queue = theirs[MEMORY + 'queue']
    assert model.memory.unlabelled.keys.shape == queue.shape


@pytest.mark.parametrize('variant', VARIANTS)
def test_models_trained_with_oim(released, variant):
    theirs = released(variant, columns=1, oim=True)
    kept, dropped = convert(theirs)
    assert set(dropped) == {MEMORY + 'lut', MEMORY + 'queue'}
    assert set(kept) == set(theirs) - set(dropped)
    assert all('OIM' in reason for reason in dropped.values())
    line = describe(theirs)
    assert line.startswith('OIM')
    pair = describe(released(variant, columns=1))
    assert pair.startswith('DMRNet') and pair.split()[-1] == line.split()[-1]


def test_converted_weights_pass_the_check_of_the_test_tool(released):
    before = released('retinanet_prw')
    check_fits(model_for(before), dict(state_dict=convert(before)[0]), 'a')


@pytest.mark.parametrize(
    'changes, message',
    [
        (
            {'backbone.fc.weight': torch.ones(1)},
            'unknown to .*: backbone.fc.weight',
        ),
        ({'memory.commits': torch.ones(1)}, 'unknown to .*: memory.commits'),
        (
            {'bbox_head.reppoints_cls_out.bias': torch.ones(1)},
            'RetinaNet: bbox_head.reppoints_cls_out.bias',
        ),
        ({MEMORY + 'centre': torch.ones(1)}, f'unknown to .*: {MEMORY}centre'),
        ({'neck.fpn_convs.0.gn.bias': None}, 'only 363 of the 364 weights'),
        (
            {'bbox_head.retina_cls.weight': None},
            'no weights of DMRNet.*moment_transfer.*retina_cls.weight',
        ),
    ],
)
def test_other_weights_are_refused(released, changes, message):
    theirs = {**released('retinanet_prw', columns=1), **changes}
    theirs = {
        name: value for name, value in theirs.items() if value is not None
    }
    with pytest.raises(InputError, match=message):
        convert(theirs)
