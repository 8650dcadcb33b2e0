"""The log of a run tells the command and the versions."""

import re

import mmcv
import mmdet
import pytest

from mmdmr import __version__
from mmdmr.engine.description import describe_run
from mmdmr.reports.logs import read_logs


@pytest.mark.parametrize(
    'argv, command',
    [
        (['/bin/mmdmr', 'train', 'a b.py'], "mmdmr train 'a b.py'"),
        (['/x/mmdmr/__main__.py', 'train', 'a.py'], 'mmdmr train a.py'),
        (['tools/train.py', 'a.py'], 'train.py a.py'),
    ],
)
def test_a_report_reads_what_the_log_tells(tmp_path, argv, command):
    text = describe_run(argv)
    assert not re.search(r'^\S', text.partition('\n')[2], re.M)
    path = tmp_path / 'a.log'
    path.write_text(f'2026/01/31 10:00:00 - mmengine - INFO - {text}\n')
    assert read_logs([path]).facts == {
        'command': command,
        'mmdmr': __version__,
        'mmdet': mmdet.__version__,
        'mmcv': mmcv.__version__,
    }
