"""Which errors become one message, and what it says."""

import pytest

from mmdmr.cli.errors import input_errors, message_of
from mmdmr.files import check_target


@pytest.mark.parametrize(
    'error, text',
    [
        (
            FileNotFoundError('Train.mat does not exist'),
            'Train.mat does not exist',
        ),
        (ValueError('row 3: negative width'), 'row 3: negative width'),
        (KeyError('Foo is not in the registry'), 'Foo is not in the registry'),
        (KeyError('type'), "missing key 'type'"),
    ],
)
def test_input_errors_are_one_line_and_code_2(capsys, error, text):
    with pytest.raises(SystemExit) as stop, input_errors('train'):
        raise error
    assert stop.value.code == 2
    assert capsys.readouterr().err == f'mmdmr train: error: {text}\n'


@pytest.mark.parametrize('kind', [TypeError, AttributeError, AssertionError])
def test_what_may_be_ours_tells_how_to_see_more(capsys, kind):
    """As a constructor's, called with what a config holds."""
    with pytest.raises(SystemExit) as stop, input_errors('train'):
        raise kind("Head.__init__() got an unexpected argument 'a'")
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "argument 'a'" in err and kind.__name__ in err
    assert 'MMDMR_DEBUG=1' in err


def test_other_errors_keep_their_traceback():
    with pytest.raises(ZeroDivisionError), input_errors('train'):
        1 / 0


def test_debug_keeps_the_traceback(monkeypatch):
    monkeypatch.setenv('MMDMR_DEBUG', '1')
    with pytest.raises(ValueError), input_errors('train'):
        raise ValueError('row 3')


@pytest.mark.parametrize('kind', [ValueError, KeyError])
def test_what_the_registry_wraps_is_unwrapped(kind):
    """MMEngine raises again, once per level, as the same type."""
    try:
        try:
            try:
                raise kind('Train.mat: no Train')
            except kind as error:
                raise kind(f'class `Reader` in a/b.py: {error}')
        except kind as error:
            raise kind(f'class `Loop` in a/loops.py: {error}')
    except kind as error:
        assert message_of(error) == 'Train.mat: no Train'


def test_a_target_of_another_kind_is_spared(tmp_path):
    config = tmp_path / 'config.py'
    config.write_text('a = 1')
    with pytest.raises(FileExistsError, match='config.py is there'):
        check_target(config, '.json')
    with pytest.raises(IsADirectoryError, match='is a folder'):
        check_target(tmp_path, '.json')
    with pytest.raises(OSError, match='config.py'):
        check_target(config / 'scores.json', '.json')
    assert config.read_text() == 'a = 1'
    (tmp_path / 'old.json').touch()
    for name in ('old.json', 'new/scores.json', 'new/scores'):
        check_target(tmp_path / name, '.json')
