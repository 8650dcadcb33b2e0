"""``mmdmr browse_search``: the page of what was found and missed."""

import re

import pytest
from tool_runner import tool


def argv(small_data, *more):
    return [
        *('--dataset', 'prw', '--data-root', str(small_data / 'PRW')),
        *('--detections', str(small_data / 'prw.npz')),
        *more,
    ]


def test_page_shows_queries_matches_and_what_was_missed(small_data, tmp_path):
    out = tmp_path / 'new/page.html'
    args = argv(small_data, '--queries', '4', '--out', str(out))
    assert tool('browse_search')(args) == 0
    page = out.read_text()
    assert page.count('<section>') == 4
    assert page.count('class="crop query"') == 4
    kinds = ('right', 'wrong', 'uncounted')
    assert sum(page.count(f'class="crop {kind}"') for kind in kinds) == 40
    assert page.count('class="crop missed"') > 0
    # All pictures are in the page itself.
    assert len(re.findall('src="data:image/jpeg;base64,', page)) == (
        page.count('<figure')
    )
    assert 'mAP 35.40' in page
    # The worst ones: nobody is found.
    assert page.count('AP 0.0, recall') == 4 and 'not detected' in page


def test_missed_and_found_make_up_the_ground_truth(small_data, tmp_path):
    out = tmp_path / 'page.html'
    args = argv(small_data, '--order', 'best', '--out', str(out))
    assert tool('browse_search')([*args, '--queries', '5']) == 0
    for section in out.read_text().split('<section>')[1:]:
        found = section.count('class="crop right"')
        told = re.search(r'<b>(\d+) of (\d+)</b>', section)
        if told:
            missed, total = map(int, told.groups())
            assert found + missed == total


def test_missing_images_are_an_error(small_data, capsys):
    with pytest.raises(SystemExit) as stop:
        tool('browse_search')(argv(small_data, '--img-dir', 'nowhere'))
    assert stop.value.code == 2
    assert '130 of 130 images are missing' in capsys.readouterr().err


@pytest.mark.parametrize('option', ['--queries', '--matches'])
def test_a_page_of_nothing_is_refused(small_data, capsys, option):
    with pytest.raises(SystemExit) as stop:
        tool('browse_search')(argv(small_data, option, '0'))
    assert stop.value.code == 2
    assert f'{option} must be at least 1, not 0' in capsys.readouterr().err


def test_an_image_that_is_none_is_named(small_data, tmp_path, capsys):
    for path in (small_data / 'PRW').iterdir():
        if path.name != 'frames':
            (tmp_path / path.name).symlink_to(path)
    frames = tmp_path / 'frames'
    frames.mkdir()
    for path in (small_data / 'PRW/frames').iterdir():
        (frames / path.name).write_bytes(b'junk')
    args = argv(small_data, '--out', str(tmp_path / 'page.html'))
    args[args.index('--data-root') + 1] = str(tmp_path)
    with pytest.raises(SystemExit) as stop:
        tool('browse_search')(args)
    assert stop.value.code == 2
    err = capsys.readouterr().err.strip().splitlines()[-1]
    assert '.jpg: no readable image' in err
