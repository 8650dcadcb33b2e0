"""Options of predictions become keyword arguments of the library."""

from argparse import ArgumentParser
from inspect import signature

import pytest

from mmdmr.cli.prediction_options import (
    add_prediction_options,
    prediction_keywords,
)
from mmdmr.errors import InputError
from mmdmr.evaluation.loading import load_predictions


def keywords(root, *more):
    parser = ArgumentParser()
    add_prediction_options(parser)
    argv = ['--data-root', str(root), '--detections', 'a.npz', *more]
    return prediction_keywords(parser.parse_args(argv))


def test_options_have_the_names_of_the_library(tmp_path):
    found = keywords(tmp_path, '--dataset', 'coco', '--test-ann', 'a.json')
    assert set(found) <= set(signature(load_predictions).parameters)
    assert (found['test_ann'], found['score_thr']) == ('a.json', None)


@pytest.mark.parametrize(
    'more, message',
    [
        (['--dataset', 'prw', '--score-thr', '1.5'], 'must be in'),
        (['--dataset', 'prw', '--test-ann', 'a'], 'goes with --dataset coco'),
    ],
)
def test_options_that_do_not_fit(tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        keywords(tmp_path, *more)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='none is no folder'):
        keywords(tmp_path / 'none', '--dataset', 'prw')
