"""MMDetection's own tools on our configs."""

import json
import subprocess
import sys

import numpy as np
import pytest
from narrow_backbone import NARROW_OPTIONS
from PIL import Image

from mmdmr.cli.main import main
from mmdmr.cli.mmdet_tools import find_script, run_mmdet_tool
from mmdmr.cli.tools import TOOLS

UPSTREAM = [name for name, tool in TOOLS.items() if tool.upstream]
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
SMALL = [
    *NARROW_OPTIONS,
    'train_dataloader.dataset.pipeline.2.scale=(96,96)',
    'train_dataloader.dataset.indices=3',
    'val_dataloader.dataset.pipeline.1.scale=(96,96)',
    'val_dataloader.dataset.protocols=[G50]',
    'model.reid_head.out_channels=8',
]


def process(cwd, *argv):
    """Run a tool as a user would type it."""
    return subprocess.run(
        [sys.executable, '-m', 'mmdmr', *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def mmdmr(monkeypatch, capsys, tmp_path):
    """Run a tool here, which saves the time of importing MMDetection."""

    def run(*argv):
        monkeypatch.chdir(tmp_path)
        try:
            code = main(argv)
        except SystemExit as stop:
            code = stop.code or 0
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(argv, code, shown.out, shown.err)

    return run


@pytest.mark.parametrize('name', UPSTREAM)
def test_scripts_are_there(name):
    assert find_script(name).is_file()


def test_browse_dataset_draws_what_is_trained_on(small_data, tmp_path, mmdmr):
    result = mmdmr(
        'browse_dataset',
        CONFIG,
        '--data-root',
        str(small_data / 'CUHK-SYSU'),
        '--output-dir',
        'out',
        '--cfg-options',
        *SMALL,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert len(list((tmp_path / 'out').glob('*.jpg'))) == 3


def test_browse_dataset_draws_a_number_of_images(
    small_data, tmp_path, monkeypatch, mmdmr
):
    """Where there is no display, in the config's folder."""
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    result = mmdmr(
        'browse_dataset',
        CONFIG,
        '--data-root',
        str(small_data / 'CUHK-SYSU'),
        '--number',
        '2',
    )
    assert result.returncode == 0, result.stderr[-2000:]
    folder = tmp_path / f'work_dirs/{CONFIG[:-3]}/browse_dataset'
    assert str(folder.relative_to(tmp_path)) in result.stdout
    assert len(list(folder.glob('*.jpg'))) == 2


def test_get_flops_counts_the_whole_network(small_data, mmdmr):
    result = mmdmr(
        'get_flops',
        CONFIG,
        '--data-root',
        str(small_data / 'CUHK-SYSU'),
        '--num-images',
        '1',
        '--cfg-options',
        *SMALL,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert 'Flops:' in result.stdout and 'Params:' in result.stdout


def test_analyze_logs_draws_the_curves_of_a_training_log(tmp_path):
    rows = [
        dict(loss_reid=9.0 - i, memory_fill=i, epoch=1 + i // 5, step=i + 1)
        for i in range(10)
    ]
    (tmp_path / 'log.json').write_text('\n'.join(map(json.dumps, rows)))
    result = process(
        tmp_path,
        'analyze_logs',
        'plot_curve',
        'log.json',
        '--keys',
        'loss_reid',
        'memory_fill',
        '--out',
        'curves.png',
    )
    assert result.returncode == 0, result.stderr[-2000:]
    picture = np.asarray(Image.open(tmp_path / 'curves.png').convert('RGB'))
    assert (np.ptp(picture.astype(int), axis=2) > 60).sum() > 200


def test_print_config_needs_no_data(tmp_path):
    result = process(
        tmp_path,
        'print_config',
        CONFIG,
        '--cfg-options',
        'model.memory.num_labelled=77',
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert 'num_labelled=77' in result.stdout
    assert "type='mmdmr.DMRFasterRCNN'" in result.stdout


def test_wrong_config_is_one_message(mmdmr):
    result = mmdmr('print_config', 'nowhere.py')
    assert result.returncode == 2
    assert 'mmdmr print_config: error: config nowhere.py' in result.stderr


def test_library_that_a_tool_lacks_is_named(tmp_path, monkeypatch, capsys):
    script = tmp_path / 'analyze_logs.py'
    script.write_text('import no_such_library')
    monkeypatch.setattr(
        'mmdmr.cli.mmdet_tools.find_script', lambda name: script
    )
    assert run_mmdet_tool('analyze_logs', []) == 2
    assert 'pip install no_such_library' in capsys.readouterr().err


@pytest.mark.parametrize('name', UPSTREAM)
def test_help(name, mmdmr):
    result = mmdmr(name, '--help')
    assert result.returncode == 0
    assert 'usage: ' in result.stdout and name in result.stdout
