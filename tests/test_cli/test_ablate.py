"""``mmdmr ablate``, with a training that only writes figures."""

import json
import subprocess
from pathlib import Path

import pytest
from tool_runner import tool

from mmdmr.ablation import read_results
from mmdmr.ablation.scenes import HARD_ROOT
from mmdmr.cli.commands import ablate
from mmdmr.config import own_configs


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the tool in an empty folder; the trainings' commands."""
    monkeypatch.chdir(tmp_path)
    commands = []

    def call(command, stdout, stderr):
        words = command[3:]
        if words[0] == 'train':
            commands.append(words)
            work_dir = Path(words[words.index('--work-dir') + 1])
            (work_dir / 'epoch_4.pth').touch()
            return 3 if 'randomness.seed=13' in words else 0
        scores = {
            'search.full': dict(mAP=0.5, top1=0.6),
            'search.full+gt': dict(mAP=0.7, top1=0.8),
            'detection@0.5': dict(recall=0.9, ap=0.85),
        }
        if words[0] == 'score_histogram':
            dump = Path(words[words.index('--detections') + 1])
            assert dump.read_text() == 'detections'
            scores = {
                'search.full': dict(mAP=0.2, top1=0.3),
                'search.full+gt': dict(mAP=0.25, top1=0.35),
            }
        elif '--dump' in words:
            Path(words[words.index('--dump') + 1]).write_text('detections')
        Path(words[words.index('--out') + 1]).write_text(json.dumps(scores))
        return 0

    monkeypatch.setattr(subprocess, 'call', call)
    monkeypatch.setattr(ablate, 'make_scenes', lambda: None)

    def main(*argv):
        commands.clear()
        return tool('ablate')(list(argv)), list(commands)

    return main


def test_every_row_is_trained_once(run, tmp_path, capsys):
    code, commands = run('--groups', 'retinanet')
    assert code == 0 and len(commands) == 6
    assert all('--resume' in c for c in commands)
    (first, *_) = read_results('docs/ablation.csv')
    assert (first.mAP, first.gt_top1, first.recall) == (0.5, 0.8, 0.9)
    page = (tmp_path / 'docs/ablation.md').read_text()
    assert '+0.0: one seed' in page and 'Trainings so far: 6' in page
    # what learns nothing stands first, beside DMRNet's detections
    assert (
        '| colour histogram, learns nothing | 1 | 25.0 | 35.0 | 20.0 | 30.0 '
        '| 90.0 | 85.0 |  |\n| coupled + OIM | 1 | 70.0 | 80.0 | 50.0 | 60.0 '
        '| 90.0 | 85.0 |  |'
    ) in page
    assert not [*tmp_path.rglob('*.pth'), *tmp_path.rglob('*.npz')]
    code, commands = run('--groups', 'retinanet')
    assert code == 0 and not commands
    assert '6 of them done before' in capsys.readouterr().out


def test_other_settings_are_other_trainings(run):
    run('--groups', 'retinanet')
    _, commands = run('--groups', 'retinanet', '--seeds', '0', '1')
    assert len(commands) == 6
    _, commands = run('--groups', 'retinanet', '--epochs', '1')
    assert len(commands) == 6 and '--epochs' in commands[0]
    # other settings do not get into the table of the plan
    run('--groups', 'retinanet')
    assert '| 2 |' in Path('docs/ablation.md').read_text()


def test_what_another_group_trained_is_taken_over(run):
    run('--groups', 'momentum')
    _, commands = run('--groups', 'scale')
    assert len(commands) == 4
    assert len(read_results('docs/ablation.csv')) == 4 + 5


def test_what_a_process_beside_trained_meanwhile_is_not_trained_again(
    run, monkeypatch
):
    run('--groups', 'retinanet', '--csv', 'beside.csv')
    monkeypatch.setattr(  # called when the pending trainings are counted
        ablate,
        'make_scenes',
        lambda: Path('beside.csv').rename('docs/ablation.csv'),
    )
    _, commands = run('--groups', 'retinanet')
    assert not commands
    assert len(read_results('docs/ablation.csv')) == 6 + 1


def test_list_trains_nothing(run, capsys):
    code, commands = run('--groups', 'queue', '--list')
    assert code == 0 and not commands
    assert capsys.readouterr().out.count('queue ') == 5


def test_a_failed_training_keeps_what_is_done(run, capsys):
    run('--groups', 'scale')
    code, commands = run('--groups', 'scale', '--seeds', '13')
    assert code == 3 and len(commands) == 1
    assert len(read_results('docs/ablation.csv')) == 5
    assert 'log.txt' in capsys.readouterr().err


def test_rows_can_be_chosen(run, capsys):
    _, commands = run(
        '--groups', 'faster-rcnn', '--rows', '+ EMA = DMRNet', '--seeds', '3'
    )
    assert [c[1] for c in commands] == [
        'dmrnet_faster-rcnn_r18_fpn_synthetic-hard.py'
    ]
    with pytest.raises(SystemExit):
        run('--groups', 'momentum', '--rows', '0.5')
    assert "'0.01'" in capsys.readouterr().err


def test_wrong_input_is_refused(run, tmp_path, capsys):
    (tmp_path / 'a.csv').write_text('x\n1\n')
    with pytest.raises(SystemExit) as stop:
        run('--csv', 'a.csv')
    assert stop.value.code == 2
    assert 'a.csv' in capsys.readouterr().err


def test_missing_frames_are_told_before_anything_is_trained(
    run, monkeypatch, capsys
):
    # also where a developer has them
    configs = own_configs()
    monkeypatch.setattr('mmdmr.config.find.own_configs', lambda: configs)
    monkeypatch.setattr('mmdmr.config.load.project_root', Path.cwd)
    with pytest.raises(SystemExit) as stop:
        run('--groups', 'retinanet', 'prw-mini')
    assert stop.value.code == 2
    assert 'PRW-mini' in capsys.readouterr().err


def test_other_scenes_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    root = tmp_path / HARD_ROOT
    root.mkdir(parents=True)
    (root / 'synthetic.json').write_text('{"difficulty": "easy"}')
    with pytest.raises(SystemExit) as stop:
        tool('ablate')(['--groups', 'retinanet'])
    assert stop.value.code == 2
    assert "'--difficulty': 'hard'" in capsys.readouterr().err
