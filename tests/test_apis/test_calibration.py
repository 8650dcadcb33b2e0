"""The file of a calibration: written whole, read strictly."""

import json

import pytest

from mmdmr.apis.calibration import (
    Calibration,
    calibration_path,
    load_calibration,
    read_calibration,
    write_calibration,
)
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import FalseAlarms, OperatingPoint
from mmdmr.structures import ModelInfo

MODEL = ModelInfo('Münzstraße.onnx', 'ab12', 512, 'MSMT17')
POINTS = (
    OperatingPoint(0.01, 0.6651915, 0.00999, 0.93),
    OperatingPoint(0.001, None, None, None),
)
CALIBRATION = Calibration(
    MODEL, 'prw', 0.5, FalseAlarms(POINTS, 5000, 300, 20, 110, 2, 3)
)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / 'new' / 'a.calibration.json'
    write_calibration(path, CALIBRATION)
    assert read_calibration(path) == CALIBRATION
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    # A calibration replaces an earlier one.
    write_calibration(path, CALIBRATION)


@pytest.mark.parametrize(
    'config, checkpoint, name',
    [
        ('a/two.yaml', None, 'a/two.calibration.json'),
        ('a/two.yml', None, 'a/two.calibration.json'),
        ('dmrnet_r50', 'b/epoch_8.pth', 'b/epoch_8.calibration.json'),
        ('b/epoch_8.pth', None, 'b/epoch_8.calibration.json'),
        ('osnet-x0.25', None, 'osnet-x0.25.calibration.json'),
    ],
)
def test_the_file_is_beside_the_model(config, checkpoint, name):
    assert calibration_path(config, checkpoint).as_posix() == name


def test_no_other_file_is_overwritten(tmp_path):
    path = tmp_path / 'mine.json'
    for content in ('{}', 'my notes', ''):
        path.write_text(content)
        with pytest.raises(FileExistsError, match='is no calibration; name'):
            write_calibration(path, CALIBRATION)
        assert path.read_text() == content
    with pytest.raises(FileExistsError, match='is no calibration'):
        write_calibration(tmp_path, CALIBRATION)


def test_calibrations_of_this_model_alone_are_used(tmp_path):
    model_file = tmp_path / 'two.yaml'
    assert load_calibration(model_file, MODEL) == (None, '')
    write_calibration(calibration_path(model_file), CALIBRATION)
    assert load_calibration(model_file, MODEL) == (CALIBRATION, '')
    other = ModelInfo('other', 'cd34', 512)
    calibration, note = load_calibration(model_file, other)
    assert calibration is None
    assert 'two.calibration.json is not used' in note
    assert 'fingerprint ab12, not cd34' in note


def content():
    point = dict(rate=0.01, threshold=0.5, false_alarm_rate=0.009)
    return dict(
        format='mmdmr calibration',
        version=1,
        model=dict(name='a', fingerprint='ab', dim=8, trained_on=''),
        dataset='prw',
        score_thr=0.5,
        measured=dict(
            points=[dict(point, true_match_rate=None)],
            num_impostor=5000,
            num_genuine=0,
            num_persons=20,
            num_boxes=110,
            num_unlabelled=0,
            num_unmatched=0,
        ),
    )


def test_the_content_that_the_tests_below_spoil_is_right(tmp_path):
    path = tmp_path / 'c.json'
    path.write_text(json.dumps(content()))
    assert read_calibration(path).threshold(0.01) == 0.5


@pytest.mark.parametrize(
    'where, value',
    [
        (('format',), 'x'),
        (('version',), 2),
        (('model',), None),
        (('model', 'fingerprint'), ''),
        (('model', 'fingerprint'), 7),
        (('dataset',), 'PRW \ud83d'),
        (('model', 'dim'), 0),
        (('model', 'dim'), True),
        (('score_thr',), 'high'),
        (('score_thr',), 1.5),
        (('measured',), []),
        (('measured', 'points'), 5),
        (('measured', 'points', 0, 'threshold'), float('nan')),
        (('measured', 'points', 0, 'threshold'), '0.5'),
        (('measured', 'points', 0, 'rate'), None),
        (('measured', 'points', 0, 'true_match_rate'), -1),
        (('measured', 'num_impostor'), 0.5),
        (('measured', 'num_boxes'), -1),
        (('measured', 'num_more'), 1),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path, where, value):
    wrong = content()
    part = wrong
    for key in where[:-1]:
        part = part[key]
    part[where[-1]] = value
    path = tmp_path / 'c.json'
    path.write_text(json.dumps(wrong))
    with pytest.raises(InputError, match='c.json: no calibration of "mmdmr'):
        read_calibration(path)


@pytest.mark.parametrize(
    'text',
    [b'', b'{', b'[]', b'null', b'\xff\xfe\xff', b'{}', b'[' * 10**5]
    + [b' ' * 200_000, b'\x80\x04K\x01.'],
    ids=range(9),
)
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / 'two.calibration.json'
    path.write_bytes(text)
    with pytest.raises(InputError, match='two.calibration.json: no calibrat'):
        load_calibration(tmp_path / 'two.yaml', MODEL)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_calibration(tmp_path / 'none.json')
