"""Scalars of one start or of several, whole or cut off."""

import json

import numpy as np
import pytest
from past_trainings import losses

from mmdmr.errors import InputError
from mmdmr.reports.scalars import read_scalars, smooth


@pytest.fixture
def written(tmp_path):
    """Files of these records, one for each start."""

    def write(*starts):
        paths = []
        for records in starts:
            paths.append(tmp_path / f'{len(paths)}.json')
            lines = [json.dumps(record) + '\n' for record in records]
            paths[-1].write_text(''.join(lines))
        return paths

    return write


def test_training_and_validation_are_told_apart(written):
    records = losses()
    scalars = read_scalars(written(records))
    assert scalars.training['loss'].steps.tolist() == [*range(5, 41, 5)]
    expected = [r['loss'] for r in records if 'loss' in r]
    assert scalars.training['loss'].values.tolist() == expected
    assert scalars.validation['search/mAP'].steps.tolist() == [1, 2]
    assert scalars.validation['search/mAP'].values.tolist() == [0.2, 0.4]
    assert scalars.validated_by == 'epoch'
    assert (scalars.last_epoch, scalars.last_step) == (2, 40)
    assert not {'iter', 'epoch', 'step'} & set(scalars.training)


def test_of_repeated_iterations_the_later_count(written):
    """A training killed in its second epoch and resumed after the first."""
    first = [r for r in losses() if r['step'] not in (35, 40)]
    resumed = [r for r in losses(offset=1.0) if r.get('epoch') == 2]
    scalars = read_scalars(written(first, resumed))
    assert scalars.training['loss'].steps.tolist() == [*range(5, 41, 5)]
    assert scalars.training['loss'].values[3] == 10 / 20
    assert scalars.training['loss'].values[4] == 10 / 25 + 1
    # The validation of epoch 2, by the first start, is of weights that are
    # gone.
    assert scalars.validation['search/mAP'].steps.tolist() == [1]


def test_a_training_anew_leaves_nothing_of_the_old_one(written):
    scalars = read_scalars(written(losses(), losses(epochs=1)[:2]))
    assert scalars.training['loss'].steps.tolist() == [5, 10]
    assert not scalars.validation


def test_validations_by_iteration_are_known_by_their_steps(written):
    records = [{**r, 'step': 20 * r['step']} for r in losses() if 'time' in r]
    records = [r for r in records if 'iter' not in r]
    training = [r for r in losses() if 'iter' in r]
    scalars = read_scalars(written(training + records))
    assert scalars.validated_by == 'iteration'
    assert scalars.validation['search/mAP'].steps.tolist() == [20, 40]


def test_a_line_that_is_being_written_is_left_out(written):
    (path,) = written(losses(epochs=1))
    path.write_bytes(path.read_bytes() + b'{"loss": 0.1, "st')
    assert read_scalars([path]).training['loss'].steps.tolist() == [
        *(5, 10, 15, 20)
    ]


@pytest.mark.parametrize(
    'line',
    [
        '{"loss": 0.1, "st',
        '[1]',
        '{"loss": 1}',
        '{"step": -1}',
        '{"step": true}',
        '{"step": 1, "epoch": "one"}',
        '{"step": 1e400}',
        '\udcff',
    ],
)
def test_any_other_damage_is_named(tmp_path, line):
    path = tmp_path / 'scalars.json'
    path.write_bytes(line.encode(errors='surrogateescape') + b'\n{"step": 1}')
    with pytest.raises(InputError, match=r'scalars.json, line 1: no record'):
        read_scalars([path])


def test_values_that_are_no_finite_numbers_are_gaps(written):
    records = [
        dict(loss=value, counts=[1], on=True, step=i, iter=i)
        for i, value in enumerate([1.0, float('nan'), float('inf'), 10**400])
    ]
    scalars = read_scalars(written(records))
    assert set(scalars.training) == {'loss'}
    assert np.isnan(scalars.training['loss'].values).tolist() == [
        *(False, True, True, True)
    ]
    assert scalars.last_epoch is None


def test_no_file_has_no_scalars():
    scalars = read_scalars([])
    assert not scalars.training and not scalars.validation


@pytest.mark.parametrize('window', [0, 1, 3, 30])
def test_an_average_is_that_of_the_neighbours(window):
    values = np.random.default_rng(0).random(20)
    values[[0, 7, 8]] = np.nan
    around = [
        values[max(i - window, 0) : i + window + 1] for i in range(len(values))
    ]
    expected = [
        np.nan if np.isnan(part).all() else np.nanmean(part) for part in around
    ]
    np.testing.assert_allclose(smooth(values, window), expected)
