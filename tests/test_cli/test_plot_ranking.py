"""``mmdmr plot_ranking``: a sheet of dumped results."""

import pytest
from PIL import Image
from tool_runner import tool

CONFIG = 'dmrnet_faster-rcnn_r50_fpn_1x_prw.py'


def test_plot_ranking_of_dumped_results(small_data, tmp_path, capsys):
    out = tmp_path / 'sheets/ranking.png'
    assert (
        tool('plot_ranking')(
            [
                CONFIG,
                str(small_data / 'prw.npz'),
                '--data-root',
                str(small_data / 'PRW'),
                '--out',
                str(out),
                '--queries',
                '4',
            ]
        )
        == 0
    )
    assert '4 of 45 queries' in capsys.readouterr().out
    with Image.open(out) as sheet:
        assert sheet.width > 800 and sheet.height > 300


@pytest.mark.parametrize(
    'argv,message',
    [
        (['--protocol', 'full'], 'protocol full was not read, only all'),
        (['--data-root', 'nowhere'], 'nowhere'),
    ],
)
def test_plot_ranking_of_wrong_input(small_data, argv, message, capsys):
    with pytest.raises(SystemExit) as error:
        tool('plot_ranking')(
            [
                CONFIG,
                str(small_data / 'prw.npz'),
                '--data-root',
                str(small_data / 'PRW'),
                *argv,
            ]
        )
    assert error.value.code == 2
    assert message in capsys.readouterr().err


def test_an_image_that_cannot_be_read_is_named(small_data, tmp_path, capsys):
    frames = tmp_path / 'frames'
    frames.mkdir()
    for path in (small_data / 'PRW').iterdir():
        if path.name != 'frames':
            (tmp_path / path.name).symlink_to(path)
    for path in (small_data / 'PRW/frames').iterdir():
        (frames / path.name).write_bytes(b'junk')
    out = tmp_path / 'a.png'
    argv = [CONFIG, str(small_data / 'prw.npz'), '--data-root', str(tmp_path)]
    with pytest.raises(SystemExit) as stop:
        tool('plot_ranking')([*argv, '--out', str(out)])
    assert stop.value.code == 2
    assert '.jpg: no readable image' in capsys.readouterr().err
    assert not out.exists()
