"""Pending trainings, their commands and their results."""

import json
import subprocess
from pathlib import Path

import pytest
from ablation_results import made_up_result

from mmdmr.ablation import GROUPS, plan_runs, read_results
from mmdmr.ablation.plan import DMRNET, HISTOGRAM
from mmdmr.ablation.results import append_result
from mmdmr.ablation.running import (
    call_tool,
    check_data,
    collect_results,
    commands_of,
    config_of,
    current_results,
    device_name,
    hash_settings,
    pending_runs,
    remove_large_files,
    take_over,
)

SCORES = {
    'search.full': dict(mAP=0.5, top1=0.6),
    'search.full+gt': dict(mAP=0.7, top1=0.8),
    'search.G50': dict(mAP=0.1, top1=0.1),
    'detection@0.5': dict(recall=0.9, ap=0.85),
}


@pytest.fixture(scope='module')
def hashes():
    return hash_settings()


def line_of(run, hashes, **changes):
    digest = hashes[run.group, run.row]
    line = made_up_result(run.row, run.seed, group=run.group)
    return line._replace(config_hash=digest, **changes)


def test_hashes_are_of_settings_not_of_groups(hashes):
    assert set(hashes) == {(r.group, r.row) for r in plan_runs(list(GROUPS))}
    # the plan's default momentum is that of DMRNet in the comparison
    assert hashes['momentum', '0.01'] == hashes['faster-rcnn', DMRNET]
    assert len({hashes['momentum', str(v)] for v in (0.1, 0.01, 0.001)}) == 3
    assert hash_settings(epochs=1)['scale', '4.0'] != hashes['scale', '4.0']


def test_epochs_of_user_group_and_config():
    (mini, *_) = plan_runs(['prw-mini'])
    assert config_of(mini).train_cfg.max_epochs == GROUPS['prw-mini'].epochs
    assert config_of(mini, 1).train_cfg.max_epochs == 1


def test_a_run_is_pending_until_it_has_a_line_of_its_own(hashes):
    runs = plan_runs(['momentum'], [0, 1])
    assert pending_runs(runs, [], hashes) == runs
    done = line_of(runs[0], hashes)
    assert pending_runs(runs, [done], hashes) == runs[1:]
    for other in (
        done._replace(seed=2),
        done._replace(group='scale'),
        done._replace(row='x'),
        done._replace(config_hash='x'),
    ):
        assert pending_runs(runs, [other], hashes) == runs


def test_an_equal_training_of_another_group_is_taken_over(hashes, tmp_path):
    path = tmp_path / 'a.csv'
    (run,) = plan_runs(['momentum'], [0], ['0.01'])
    digest = hashes[run.group, run.row]
    assert not take_over(path, run, digest)
    (same,) = plan_runs(['faster-rcnn'], [0], [DMRNET])
    append_result(path, line_of(same, hashes, mAP=0.123))
    assert not take_over(path, run._replace(seed=1), digest)
    assert not take_over(path, run, 'x')
    assert take_over(path, run, digest)
    first, added = read_results(path)
    assert added == first._replace(group='momentum', row='0.01')
    # and not twice
    assert take_over(path, run, digest)
    assert len(read_results(path)) == 2


def test_current_results_have_the_settings_of_now(hashes):
    (run,) = plan_runs(['retinanet'], [0], [DMRNET])
    now = line_of(run, hashes)
    colours = now._replace(row=HISTOGRAM)
    old = now._replace(config_hash='x')
    unknown = now._replace(group='gone')
    assert current_results([now, colours, old, unknown], hashes) == [
        now,
        colours,
    ]


def test_missing_data_is_told(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('mmdmr.config.load.project_root', Path.cwd)
    check_data(plan_runs(['retinanet']))  # can be drawn
    with pytest.raises(FileNotFoundError, match='PRW-mini'):
        check_data(plan_runs(['retinanet', 'prw-mini']))


def test_commands_of_a_sweep(tmp_path):
    (run,) = plan_runs(['scale'], [3], ['16.0'])
    train, test = commands_of(run, tmp_path)
    option = 'model.reid_head.loss_reid.scale=16.0'
    start = train.index('--cfg-options')
    assert train[start + 1 : start + 3] == [option, 'randomness.seed=3']
    assert train[:2] == ['train', run.config] and '--resume' in train
    assert '--epochs' not in train
    assert test[-2:] == ['--cfg-options', option]
    last = config_of(run).train_cfg.max_epochs
    assert test[:3] == ['test', run.config, f'{tmp_path}/epoch_{last}.pth']
    assert '--dump' not in test


def test_dmrnet_is_followed_by_the_histogram(tmp_path):
    (run,) = plan_runs(['retinanet'], [0], [DMRNET])
    train, test, histogram = commands_of(run, tmp_path, epochs=2)
    assert train[train.index('--epochs') + 1] == '2'
    assert test[2] == f'{tmp_path}/epoch_2.pth'
    assert histogram[:2] == ['score_histogram', run.config]
    dump = test[test.index('--dump') + 1]
    assert histogram[histogram.index('--detections') + 1] == dump


def test_the_time_of_interrupted_attempts_adds_up(tmp_path, monkeypatch):
    folder = tmp_path / 'new'

    def call(command, stdout, stderr):
        stdout.write('a line\n')
        if 'stop' in command:
            raise KeyboardInterrupt
        return 3

    monkeypatch.setattr(subprocess, 'call', call)
    clock = iter([0.0, 5.0, 10.0, 12.5])
    monkeypatch.setattr('time.time', lambda: next(clock))
    with pytest.raises(KeyboardInterrupt):
        call_tool(['stop'], folder)
    assert call_tool(['go'], folder) == 3
    assert float((folder / 'seconds.txt').read_text()) == 7.5
    assert (folder / 'log.txt').read_text() == 'a line\n' * 2


@pytest.fixture
def folder(tmp_path):
    """Folder of a finished training."""
    (tmp_path / 'scores.json').write_text(json.dumps(SCORES))
    histogram = {
        'search.full': dict(mAP=0.2, top1=0.3),
        'search.full+gt': dict(mAP=0.25, top1=0.35),
    }
    (tmp_path / 'histogram.json').write_text(json.dumps(histogram))
    (tmp_path / 'seconds.txt').write_text('61.234')
    for name in ('log.txt', 'epoch_4.pth', 'results.npz'):
        (tmp_path / name).touch()
    return tmp_path


def test_results_are_of_the_first_protocol(folder):
    (run,) = plan_runs(['scale'], [3], ['16.0'])
    (result,) = collect_results(run, 'abc', folder)
    assert (result.group, result.row, result.seed) == ('scale', '16.0', 3)
    assert (result.config, result.config_hash) == (run.config, 'abc')
    assert (result.mAP, result.top1) == (0.5, 0.6)
    assert (result.gt_mAP, result.gt_top1) == (0.7, 0.8)
    assert (result.recall, result.ap) == (0.9, 0.85)
    assert result.seconds == 61.2 and result.device == device_name()


def test_histograms_share_the_detections_of_dmrnet(folder):
    (run,) = plan_runs(['retinanet'], [0], [DMRNET])
    trained, colours = collect_results(run, 'abc', folder)
    assert (trained.row, colours.row) == (DMRNET, HISTOGRAM)
    assert (colours.mAP, colours.gt_top1) == (0.2, 0.35)
    assert (colours.recall, colours.ap) == (trained.recall, trained.ap)
    assert colours.seconds == 0


def test_log_and_scores_are_kept(folder):
    remove_large_files(folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        'histogram.json',
        'log.txt',
        'scores.json',
    ]
