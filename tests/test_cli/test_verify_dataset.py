"""``mmdmr verify_dataset``: what it prints, and its exit code."""

import json
import shutil

import pytest
from tool_runner import tool

main = tool('verify_dataset')


@pytest.mark.parametrize(
    'dataset, name, published',
    [('cuhk-sysu', 'CUHK-SYSU', '11206'), ('prw', 'PRW', '18048')],
)
def test_usable_data_set(small_data, dataset, name, published, capsys):
    root = str(small_data / name)
    assert main(['--dataset', dataset, '--data-root', root]) == 0
    out = capsys.readouterr().out
    assert 'OK: ' in out and published in out and 'differs' in out
    assert 'Odd, but usable:' in out


def test_missing_frame_is_no_usable_data_set(small_data, tmp_path, capsys):
    root = tmp_path / 'PRW'
    shutil.copytree(small_data / 'PRW', root)
    next((root / 'frames').glob('*.jpg')).unlink()
    assert main(['--dataset', 'prw', '--data-root', str(root)]) == 1
    out = capsys.readouterr().out
    assert 'missing image files: 1' in out and 'NOT USABLE: 1 error' in out


def test_own_data_without_a_split_is_told_how(tmp_path, capsys):
    (tmp_path / 'mine.json').write_text(json.dumps({}))
    assert main(['--dataset', 'coco', '--data-root', str(tmp_path)]) == 1
    assert 'mmdmr split_dataset' in capsys.readouterr().out


@pytest.mark.parametrize(
    'argv, message',
    [
        (['--dataset', 'prw', '--data-root', 'nowhere'], 'nowhere'),
        (
            ['--dataset', 'prw', '--data-root', '.', '--test-ann', 'x'],
            '--dataset coco',
        ),
        (['--dataset', 'market', '--data-root', '.'], 'invalid choice'),
    ],
)
def test_wrong_arguments(argv, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
