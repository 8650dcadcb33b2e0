"""``mmdmr plot_gallery_size``."""

import pytest
from gallery_scores import write_gallery_scores
from PIL import Image
from tool_runner import tool

main = tool('plot_gallery_size')


@pytest.fixture
def scores(tmp_path):
    return write_gallery_scores(tmp_path / 'scores.json')


def test_picture_is_written(scores, tmp_path, capsys):
    out = tmp_path / 'new/plot.png'
    assert main([f'mine={scores}', str(scores), '--out', str(out)]) == 0
    assert 'Runs: 2, published curves: ' in capsys.readouterr().out
    with Image.open(out) as picture:
        assert picture.width > 1000


@pytest.mark.parametrize(
    'content, argv, message',
    [
        ('{', [], 'not a JSON file'),
        ('{}', [], 'holds 0 rows'),
        ('{"search.G50": {"mAP": 1, "top1": 1}}', [], 'holds 1 rows'),
    ],
)
def test_other_files_are_refused(content, argv, message, tmp_path, capsys):
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / 'a.json'), *argv])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_published_file_of_another_form(scores, tmp_path, capsys):
    (tmp_path / 'p.json').write_text('{"Other": [1, 2]}')
    with pytest.raises(SystemExit):
        main([str(scores), '--published', str(tmp_path / 'p.json')])
    assert 'p.json: must be' in capsys.readouterr().err


@pytest.mark.parametrize(
    'content',
    [
        '{"Other": {"100": [0.93, 0.94]}}',  # not in percent
        '{"Other": {"100": ["93", 94]}}',
        '{"Other": {"many": [93, 94]}}',
        '{"Other": {"100": {}}}',
        '[' * 100000,
    ],
)
def test_published_figures_of_another_kind(scores, tmp_path, capsys, content):
    (tmp_path / 'p.json').write_text(content)
    with pytest.raises(SystemExit) as stop:
        main([str(scores), '--published', str(tmp_path / 'p.json')])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert 'p.json: must be' in err and len(err.splitlines()) == 1


def test_two_runs_of_one_name_and_a_folder_to_write(scores, tmp_path, capsys):
    other = tmp_path / 'other'
    other.mkdir()
    (other / 'scores.json').write_text(scores.read_text())
    for argv, message in (
        ([str(scores), str(other / 'scores.json')], 'two runs are called sc'),
        ([str(scores), '--out', str(other)], f'--out {other} is a folder'),
    ):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err


def test_the_picture_that_is_printed_is_there(scores, tmp_path, capsys):
    """Also where its kind is left to the tool."""
    assert main([str(scores), '--out', str(tmp_path / 'plot')]) == 0
    printed = capsys.readouterr().out.split(' in ')[-1].strip()
    assert printed == str(tmp_path / 'plot.png')
    Image.open(printed).close()


@pytest.mark.parametrize('value', ['93', 'true', '-0.1', '"0.9"'])
def test_figures_beyond_their_range_are_refused(tmp_path, capsys, value):
    path = tmp_path / 'a.json'
    path.write_text(f'{{"search.G50": {{"mAP": {value}, "top1": 1}}}}')
    with pytest.raises(SystemExit):
        main([str(path)])
    assert 'a.json: ' in capsys.readouterr().err
