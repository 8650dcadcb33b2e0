"""Which errors become one message, and what it says."""

import pytest
from torch._utils import ExceptionWrapper

from mmdmr.cli.errors import config_errors, message_of, report_errors
from mmdmr.errors import InputError


@pytest.mark.parametrize(
    'error, text',
    [
        (
            FileNotFoundError('Train.mat does not exist'),
            'Train.mat does not exist',
        ),
        (
            FileNotFoundError(2, 'No such file or directory', 'a.npz'),
            'a.npz: No such file or directory',
        ),
        (
            OSError(18, 'Invalid cross-device link', 'a.npz', None, 'b.npz'),
            'a.npz -> b.npz: Invalid cross-device link',
        ),
        (ValueError('row 3: negative width'), 'row 3: negative width'),
        (KeyError('Foo is not in the registry'), 'Foo is not in the registry'),
        (KeyError('type'), "missing key 'type'"),
    ],
)
def test_input_errors_are_one_line_and_code_2(capsys, error, text):
    with (
        pytest.raises(SystemExit) as stop,
        report_errors('train'),
        config_errors(),
    ):
        raise error
    assert stop.value.code == 2
    assert capsys.readouterr().err == f'mmdmr train: error: {text}\n'


@pytest.mark.parametrize('kind', [TypeError, AttributeError, AssertionError])
def test_what_may_be_ours_tells_how_to_see_more(capsys, kind):
    """As a constructor's, called with what a config holds."""
    with (
        pytest.raises(SystemExit) as stop,
        report_errors('train'),
        config_errors(),
    ):
        raise kind("Head.__init__() got an unexpected argument 'a'")
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "argument 'a'" in err and kind.__name__ in err
    assert 'MMDMR_DEBUG=1' in err


def test_other_errors_keep_their_traceback():
    with (
        pytest.raises(ZeroDivisionError),
        report_errors('train'),
        config_errors(),
    ):
        1 / 0


def test_debug_keeps_the_traceback(monkeypatch):
    monkeypatch.setenv('MMDMR_DEBUG', '1')
    with pytest.raises(InputError), report_errors('train'):
        raise InputError('row 3')


@pytest.mark.parametrize('kind', [ValueError, KeyError, TypeError])
def test_a_bug_keeps_its_traceback(kind):
    """Outside of what a config names only an InputError is the user's."""
    with pytest.raises(kind), report_errors('train'):
        raise kind('row 3')


def test_the_system_names_its_error(capsys):
    with pytest.raises(SystemExit), report_errors('train'):
        raise OSError(28, 'No space left on device')
    assert 'No space left on device (OSError' in capsys.readouterr().err


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


def test_ctrl_c_has_no_traceback(capsys, monkeypatch):
    with pytest.raises(SystemExit) as stop, report_errors('train'):
        raise KeyboardInterrupt
    assert stop.value.code == 130
    assert capsys.readouterr().err == '\nmmdmr train: interrupted\n'
    monkeypatch.setenv('MMDMR_DEBUG', '1')
    with pytest.raises(KeyboardInterrupt), report_errors('train'):
        raise KeyboardInterrupt


@pytest.mark.parametrize('kind', [InputError, FileNotFoundError])
def test_an_error_of_a_loading_process_is_its_message(capsys, kind):
    """PyTorch puts the traceback of the process into the message."""
    try:
        try:
            raise kind('an error before')
        except kind as error:
            raise kind('2.jpg: the file is empty.\nCopy it again') from error
    except kind:
        wrapper = ExceptionWrapper(where='in DataLoader worker process 0')
    with pytest.raises(SystemExit) as stop, report_errors('train'):
        wrapper.reraise()
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        'mmdmr train: error: 2.jpg: the file is empty.\nCopy it again\n'
    )


def test_an_error_without_traceback_stays_whole():
    said = 'Caught InputError in DataLoader worker process 0.\nNo more'
    assert message_of(InputError(said)) == said
