"""``mmdmr ablate``, with a training that only writes figures."""

import json
import subprocess

import pytest

from mmdmr.ablation import read_results
from mmdmr.cli import ablate


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the tool in an empty folder; the trainings' commands."""
    monkeypatch.chdir(tmp_path)
    commands = []

    def train(command, stdout, stderr):
        options = dict(w.split('=', 1) for w in command if '=' in w)
        commands.append(command)
        if options.get('randomness.seed') == '13':
            return 3
        scores = {
            'search.full': dict(mAP=0.5, top1=0.6),
            'search.full+gt': dict(mAP=0.7, top1=0.8),
            'detection@0.5': dict(recall=0.9, ap=0.85),
        }
        with open(options['val_evaluator.out_file'], 'w') as file:
            json.dump(scores, file)
        return 0

    monkeypatch.setattr(subprocess, 'call', train)
    monkeypatch.setattr(ablate, '_make_scenes', lambda pending: None)

    def main(*argv):
        commands.clear()
        return ablate.main(list(argv)), list(commands)

    return main


def test_every_row_is_trained_once(run, tmp_path, capsys):
    code, commands = run('--groups', 'retinanet')
    assert code == 0 and len(commands) == 6
    assert all('--resume' in c for c in commands)
    (first, *_) = read_results('docs/ablation.csv')
    assert (first.mAP, first.gt_top1, first.recall) == (0.5, 0.8, 0.9)
    assert '+0.0: one seed' in (tmp_path / 'docs/ablation.md').read_text()
    code, commands = run('--groups', 'retinanet')
    assert code == 0 and not commands
    assert '6 of them done before' in capsys.readouterr().out


def test_other_settings_are_other_trainings(run):
    run('--groups', 'retinanet')
    _, commands = run('--groups', 'retinanet', '--seeds', '0', '1')
    assert len(commands) == 6
    _, commands = run('--groups', 'retinanet', '--epochs', '1')
    assert len(commands) == 6 and '--epochs' in commands[0]


def test_what_another_group_trained_is_taken_over(run):
    run('--groups', 'momentum')
    _, commands = run('--groups', 'scale')
    assert len(commands) == 4
    assert len(read_results('docs/ablation.csv')) == 4 + 5


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


def test_wrong_input_is_refused(run, tmp_path, capsys):
    (tmp_path / 'a.csv').write_text('x\n1\n')
    with pytest.raises(SystemExit) as stop:
        run('--csv', 'a.csv')
    assert stop.value.code == 2
    assert 'a.csv' in capsys.readouterr().err
