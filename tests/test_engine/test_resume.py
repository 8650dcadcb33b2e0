"""Starting from weights, resuming, and the first release's checkpoint."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from mmengine.runner import Runner
from stopped_toys import At, stop
from tool_runner import tool

from mmdmr.engine.resume import (
    ResumeError,
    check_entries,
    set_resume,
    take_entries,
)
from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.errors import InputError

publish = tool('publish_model')

#: Written by version 0.1.0 after one epoch of 20 iterations.
CHECKPOINT = Path(__file__).parents[1] / 'data/checkpoints/mmdmr-0.1.0.pth'


@pytest.mark.parametrize(
    'resume, in_config, expected',
    [
        (None, {}, (False, None)),
        (None, dict(load_from='a.pth'), (False, 'a.pth')),
        (None, dict(resume=True), (True, 'epoch_1.pth')),
        ('auto', {}, (True, 'epoch_1.pth')),
        ('auto', dict(load_from='a.pth'), (True, 'epoch_1.pth')),
        ('b.pth', dict(load_from='a.pth'), (True, 'b.pth')),
    ],
)
@pytest.mark.parametrize('remote', [True, False])
def test_checkpoint_to_resume_from(
    tmp_path, resume, in_config, expected, remote
):
    torch.save({}, tmp_path / 'epoch_1.pth')
    work_dir = 's3://bucket/run' if remote else str(tmp_path)
    cfg = Config(dict(work_dir=work_dir, **in_config))
    set_resume(cfg, resume, overwrite=True)
    wanted, name = expected
    # MMEngine looks for the last checkpoint of another storage.
    if remote and name == 'epoch_1.pth':
        name = in_config.get('load_from') if resume is None else None
    assert cfg.get('resume', False) == wanted
    path = cfg.get('load_from')
    assert (path and Path(path).name) == name


def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path, capsys):
    for number in (1, 2, 3):
        torch.save(torch.zeros(99), tmp_path / f'epoch_{number}.pth')
    whole = (tmp_path / 'epoch_3.pth').read_bytes()
    (tmp_path / 'epoch_3.pth').write_bytes(whole[: len(whole) // 2])
    (tmp_path / 'epoch_2.pth').write_bytes(b'')
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_3.pth'))
    cfg = Config(dict(work_dir=str(tmp_path)))
    set_resume(cfg, 'auto', overwrite=False)
    assert cfg.load_from == str(tmp_path / 'epoch_1.pth')
    told = capsys.readouterr().err
    assert 'epoch_3.pth is no checkpoint' in told
    assert 'epoch_2.pth is no checkpoint' in told
    (tmp_path / 'epoch_1.pth').write_bytes(b'')
    with pytest.raises(InputError, match='none of the 3 checkpoints'):
        set_resume(cfg, 'auto', overwrite=False)


def test_a_program_as_last_checkpoint_is_no_damage(tmp_path):
    torch.save({}, tmp_path / 'epoch_1.pth')
    torch.save(dict(hook=At(1, stop)), tmp_path / 'epoch_2.pth')
    cfg = Config(dict(work_dir=str(tmp_path)))
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_2.pth'))
    with pytest.raises(InputError, match='At, which is not loaded'):
        set_resume(cfg, 'auto', overwrite=False)


def test_nothing_to_resume_from(tmp_path, capsys):
    cfg = Config(dict(work_dir=str(tmp_path), load_from='a.pth'))
    set_resume(cfg, 'auto', overwrite=False)
    assert not cfg.resume and cfg.load_from == 'a.pth'
    assert 'starts anew' in capsys.readouterr().err


def test_checkpoints_of_another_run_are_kept(tmp_path):
    (tmp_path / 'epoch_1.pth').touch()
    cfg = Config(dict(work_dir=str(tmp_path)))
    with pytest.raises(FileExistsError, match='epoch_1.pth'):
        set_resume(cfg, None, overwrite=False)
    set_resume(cfg, None, overwrite=True)


@pytest.mark.parametrize('prefix', ['', 'module.'])
@pytest.mark.parametrize('bare', [True, False])
def test_entries_of_a_module_are_taken(prefix, bare):
    layer = torch.nn.Linear(3, 2)
    weights = {
        f'{prefix}memory.{name}': value
        for name, value in layer.state_dict().items()
    }
    weights[f'{prefix}memory_of_another.weight'] = torch.zeros(1)
    entries = take_entries(
        weights if bare else dict(state_dict=weights), 'memory'
    )
    assert set(weights) == {f'{prefix}memory_of_another.weight'}
    check_entries(entries, 'memory', layer)
    with pytest.raises(ResumeError, match=r'memory.weight .*\(2, 3\).*1, 3'):
        check_entries(entries, 'memory', torch.nn.Linear(3, 1))
    with pytest.raises(ResumeError, match='has no memory'):
        check_entries({}, 'memory', layer)


@pytest.fixture(scope='module')
def stored():
    return torch.load(CHECKPOINT, weights_only=False)


@pytest.fixture
def config(stored, small_data, tmp_path):
    """The config in the checkpoint, to train for one epoch more."""
    register_safe_globals()
    cfg = Config.fromstring(stored['meta']['cfg'], '.py')
    cfg.work_dir, cfg.experiment_name = str(tmp_path), tmp_path.name
    for loader in (
        cfg.train_dataloader,
        cfg.val_dataloader,
        cfg.test_dataloader,
    ):
        loader.dataset.data_root = str(small_data / 'CUHK-SYSU')
    cfg.train_cfg.update(max_epochs=2, val_interval=5)
    return cfg


class Seen:
    """State of the model before its first iteration, after all hooks."""

    def __init__(self, runner):
        self.runner = runner
        train = runner.model.train_step

        def train_step(*args, **kwargs):
            if not hasattr(self, 'state'):
                self.state = {
                    k: v.clone() for k, v in runner.model.state_dict().items()
                }
                self.iter = runner.iter
            return train(*args, **kwargs)

        runner.model.train_step = train_step


@pytest.fixture
def run(capsys):
    """Train; the state before the first iteration, and what was printed."""

    def run(cfg):
        seen = Seen(Runner.from_cfg(cfg))
        seen.runner.train()
        return seen, capsys.readouterr().out

    return run


def test_first_releases_checkpoint_resumes(config, stored, run):
    config.load_from, config.resume = str(CHECKPOINT), True
    seen, out = run(config)
    assert seen.iter == 20 and seen.runner.epoch == 2
    assert 'do not match' not in out
    # Before its first iteration the key encoder has followed once more.
    for name, value in stored['state_dict'].items():
        if not name.startswith('key_encoder.'):
            assert torch.equal(seen.state[name], value), name
    assert seen.state['key_encoder.updates'] == 21
    assert seen.state['memory.commits'] == 20
    assert seen.state['memory.labelled.fill'] == 12


def is_weights_only(seen, state_dict):
    assert seen.iter == 0
    assert seen.state['memory.labelled.fill'] == 0
    assert seen.state['memory.commits'] == 0
    assert seen.state['key_encoder.updates'] == 1
    for name, value in state_dict.items():
        if name.split('.')[0] not in ('memory', 'key_encoder'):
            assert torch.equal(seen.state[name], value), name
        if f'key_encoder.{name}' in seen.state:
            assert torch.equal(seen.state[f'key_encoder.{name}'], value), name


def test_load_from_takes_weights_only(config, stored, run):
    config.load_from = str(CHECKPOINT)
    config.train_cfg.max_epochs = 1
    config.model.memory.num_labelled = 30
    seen, out = run(config)
    is_weights_only(seen, stored['state_dict'])
    assert 'do not match' not in out


@pytest.fixture
def published(tmp_path, capsys):
    assert publish([str(CHECKPOINT), str(tmp_path / 'out/dmr.pth')]) == 0
    (path,) = (tmp_path / 'out').iterdir()
    assert str(path) in capsys.readouterr().out
    return path


def test_published_checkpoint_is_smaller_and_loads(
    config, stored, published, run
):
    state_dict = torch.load(published, weights_only=False)['state_dict']
    assert {k.split('.')[0] for k in state_dict} == {
        'backbone',
        'neck',
        'rpn_head',
        'roi_head',
        'reid_head',
    }
    assert published.stat().st_size < CHECKPOINT.stat().st_size / 3
    config.load_from = str(published)
    config.train_cfg.max_epochs = 1
    seen, out = run(config)
    is_weights_only(seen, state_dict)
    assert 'do not match' not in out


def test_published_checkpoint_searches_the_same(config, published, tmp_path):
    results = []
    for name, path in (('whole', CHECKPOINT), ('published', published)):
        cfg = config.copy()
        cfg.experiment_name = f'{name}-{tmp_path.name}'
        cfg.load_from = str(path)
        cfg.test_evaluator.dump_file = str(tmp_path / f'{name}.npz')
        Runner.from_cfg(cfg).test()
        results.append(dict(np.load(tmp_path / f'{name}.npz')))
    whole, stripped = results
    for key, value in whole.items():
        np.testing.assert_array_equal(value, stripped[key], err_msg=key)


def test_publishing_something_else_is_refused(tmp_path, capsys):
    torch.save(dict(a=1), tmp_path / 'a.pth')
    with pytest.raises(SystemExit) as stop:
        publish([str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')])
    assert stop.value.code == 2
    assert 'a.pth is no checkpoint' in capsys.readouterr().err


@pytest.mark.parametrize('parts', [['memory', 'key_encoder'], []])
def test_publishing_nothing_is_refused(tmp_path, capsys, parts):
    state_dict = {f'{part}.keys': torch.ones(1) for part in parts}
    torch.save(dict(state_dict=state_dict), tmp_path / 'a.pth')
    with pytest.raises(SystemExit) as stop:
        publish([str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')])
    assert stop.value.code == 2
    assert 'a.pth holds no weight that' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['a.pth']


def test_coco_weights_load_but_for_the_classes(config, tmp_path, run):
    stock = copy.deepcopy(config.model)
    for name in ('reid_head', 'memory', 'key_encoder', 'embed_gt_boxes'):
        stock.pop(name)
    stock.roi_head.bbox_head.num_classes = 80
    model = MODELS.build({**stock, 'type': 'mmdet.FasterRCNN'})
    torch.save(
        dict(state_dict=model.state_dict(), meta={}), tmp_path / 'coco.pth'
    )
    config.load_from = str(tmp_path / 'coco.pth')
    config.train_cfg.max_epochs = 1
    seen, out = run(config)
    assert torch.equal(
        seen.state['backbone.conv1.weight'], model.backbone.conv1.weight
    )
    assert torch.equal(
        seen.state['key_encoder.backbone.conv1.weight'],
        model.backbone.conv1.weight,
    )
    assert 'size mismatch for roi_head.bbox_head.fc_cls.weight' in out
    assert (
        'missing keys in source state_dict: reid_head.fc.weight, '
        'reid_head.fc.bias\n' in out
    )


def test_resuming_with_another_memory_is_refused(config):
    config.load_from, config.resume = str(CHECKPOINT), True
    config.model.memory.num_labelled = 30
    with pytest.raises(
        ResumeError,
        match=r'memory.labelled.keys.*\(12, 16\)'
        r'.*\(30, 16\)',
    ):
        Runner.from_cfg(config).train()


def test_resuming_from_a_published_checkpoint_is_refused(config, published):
    config.load_from, config.resume = str(published), True
    with pytest.raises(ResumeError, match='no key_encoder.*load_from'):
        Runner.from_cfg(config).train()
