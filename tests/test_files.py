"""Files that a command writes."""

import pytest

from mmdmr import files


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / 'scores.json'
    path.write_text('old')

    def stopped():
        with files.atomic_path(path) as draft:
            draft.write_text('half')
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_a_whole_file_replaces_the_old_one(tmp_path):
    path = tmp_path / 'runs/scores.json'
    for text in ('old', 'new'):
        with files.atomic_path(path) as draft:
            draft.write_text(text)
            assert path.exists() == (text == 'new')
    assert path.read_text() == 'new'
    assert list(path.parent.iterdir()) == [path]


def test_new_means_that_nothing_has_the_name(tmp_path):
    files.check_new(tmp_path / 'a')
    (tmp_path / 'link').symlink_to(tmp_path / 'gone')
    (tmp_path / 'file').touch()
    for name in ('link', 'file', '.'):
        with pytest.raises(FileExistsError):
            files.check_new(tmp_path / name)


def test_a_target_is_a_file_of_its_kind(tmp_path):
    files.check_target(tmp_path / 'runs/a.json', '.json')
    (tmp_path / 'runs/a.json').touch()
    files.check_target(tmp_path / 'runs/a.json', '.json')
    (tmp_path / 'config.py').touch()
    with pytest.raises(FileExistsError, match='config.py'):
        files.check_target(tmp_path / 'config.py', '.json')
    with pytest.raises(IsADirectoryError, match='name a .json file'):
        files.check_target(tmp_path / 'runs', '.json')
