"""The authors' weights, of which names and shapes are known."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from mmdmr.cli.convert_dmrnet import convert, describe, main
from mmdmr.config import find_config
from mmdmr.engine.checkpoint import TRAINING_PARTS, check_fits

VARIANTS = [
    'reppoints_sysu',
    'reppoints_prw',
    'retinanet_sysu',
    'retinanet_prw',
]
MEMORY = 'reid_head.loss_evaluator.'
#: In the models without memory: rows of the table and of the queue.
OIM_ROWS = dict(sysu=(5532, 5000), prw=(483, 500))


@pytest.fixture(scope='module')
def released(golden):
    """Make a state dict of a variant, of random values; with ``columns`` no
    dimension but the first is longer than that."""
    content = json.loads((golden / 'dmrnet_keys.json').read_text())

    def tensor(name, shape):
        dtypes = content['dtypes']
        dtype = dtypes.get(name, dtypes.get(name.rpartition('.')[2]))
        if dtype is None:
            return torch.randn(shape)
        return torch.randint(99, shape, dtype=getattr(torch, dtype))

    def make(variant, columns=None, oim=False):
        torch.manual_seed(0)
        shapes = dict(content[variant])
        if oim:
            shapes = {k: v for k, v in shapes.items() if MEMORY not in k}
            lut, queue = OIM_ROWS[variant.rpartition('_')[2]]
            shapes[MEMORY + 'lut'] = [lut, 2048]
            shapes[MEMORY + 'queue'] = [queue, 2048]
        return {
            name: tensor(
                name, shape[:1] + [min(n, columns or n) for n in shape[1:]]
            )
            for name, shape in shapes.items()
        }

    return make


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


@pytest.fixture
def theirs(tmp_path, released):
    """Write a checkpoint like the authors', with changed entries."""
    path = tmp_path / 'theirs.pth'

    def write(changes=None):
        state_dict = released('retinanet_prw', columns=1)
        state_dict.update(changes or {})
        content = dict(
            meta=dict(epoch=12, config='a config', mmcv_version='0.2.14'),
            state_dict={k: v for k, v in state_dict.items() if v is not None},
            optimizer=dict(state={}, param_groups=[dict(lr=0.001)]),
        )
        torch.save(content, path, _use_new_zipfile_serialization=False)
        return content['state_dict']

    return write


def test_file_to_file(theirs, tmp_path, capsys):
    before = theirs()
    out = tmp_path / 'new/ours.pth'
    assert main([str(tmp_path / 'theirs.pth'), str(out)]) == 0
    after = torch.load(out, weights_only=True)
    assert set(after) == {'meta', 'state_dict'}
    kept, dropped = convert(before)
    assert list(after['state_dict']) == list(kept)
    assert all(
        torch.equal(v, kept[name]) and v.dtype == kept[name].dtype
        for name, v in after['state_dict'].items()
    )
    assert [path.name for path in out.parent.iterdir()] == ['ours.pth']
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f'{out}: DMRNet on RetinaNet, for '
        'dmrnet_retinanet_r50_fpn-gn_authors_prw.py'
    )
    assert lines[1] == f'{len(kept)} of {len(before)} entries kept'
    assert lines[2:] == [f'dropped {k}: {v}' for k, v in dropped.items()]


def test_converted_weights_pass_the_check_of_the_test_tool(released, tmp_path):
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
def test_other_weights_are_refused(theirs, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        convert(theirs(changes))


@pytest.mark.parametrize('content', [b'junk', None])
def test_wrong_file_is_one_message(tmp_path, capsys, content):
    path, out = tmp_path / 'a.pth', tmp_path / 'out.pth'
    if content:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        main([str(path), str(out)])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith('mmdmr convert_dmrnet: error: ')
    assert len(err.splitlines()) == 1 and str(path) in err
    assert not out.exists()


def test_unknown_weights_and_folders_end_with_code_2(theirs, tmp_path, capsys):
    theirs({'head.weight': torch.ones(1)})
    path = str(tmp_path / 'theirs.pth')
    for out, message in (
        (tmp_path / 'out.pth', 'head.weight'),
        (tmp_path, 'is there already'),
    ):
        with pytest.raises(SystemExit) as stop:
            main([path, str(out)])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['theirs.pth']


def test_an_interrupted_write_leaves_no_file_of_the_name(
    theirs, tmp_path, monkeypatch
):
    theirs()
    out = tmp_path / 'ours.pth'

    def full(content, path):
        Path(path).write_text('half')
        raise OSError('no space left')

    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(OSError, match='no space'):
        main([str(tmp_path / 'theirs.pth'), str(out)])
    assert not out.exists()


@pytest.mark.parametrize('name', ['theirs.pth', 'epoch_1.pth'])
def test_no_file_is_written_over(theirs, tmp_path, capsys, name):
    theirs()
    path = tmp_path / name
    if not path.exists():
        path.write_text('of a night of training')
    before = path.read_bytes()
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / 'theirs.pth'), str(path)])
    assert stop.value.code == 2
    assert f'{name} is there already' in capsys.readouterr().err
    assert path.read_bytes() == before
