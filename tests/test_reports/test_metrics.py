"""The last metrics of a run, whichever file holds them."""

import json

import pytest
from past_trainings import losses, write_start

from mmdmr.errors import InputError
from mmdmr.reports.metrics import final_metrics
from mmdmr.reports.scalars import read_scalars
from mmdmr.reports.work_dirs import scalar_files


@pytest.fixture
def scalars(tmp_path):
    write_start(tmp_path, '20260131_100000', losses())
    return read_scalars(scalar_files(tmp_path))


def write(path, **scores):
    path.write_text(json.dumps(scores))


def test_scores_have_the_names_of_the_log(tmp_path, scalars):
    scores = {
        'search.G100': dict(mAP=0.5),
        'search.G50': dict(mAP=0.75),
        'search.G100+gt': dict(mAP=1.0),
        'detection@0.5': dict(ap=0.25),
        'untrained.search.G100': dict(mAP=0.0),
    }
    write(tmp_path / 'scores.json', **scores)
    final = final_metrics(tmp_path, scalars)
    assert final.metrics == {
        'search/mAP': 0.5,
        'search.G50/mAP': 0.75,
        'search+gt/mAP': 1.0,
        'detection/ap': 0.25,
    }
    assert final.source == 'scores.json' and not final.baselines


def test_the_demo_has_scores_in_three_files(tmp_path, scalars):
    for i, name in enumerate(('trained', 'scores', 'untrained', 'histogram')):
        write(tmp_path / f'{name}.json', **{'search.full': dict(mAP=i / 4)})
    final = final_metrics(tmp_path, scalars)
    assert (final.metrics, final.source) == ({'search/mAP': 0}, 'trained.json')
    assert final.baselines == {
        'untrained network': {'search/mAP': 0.5},
        'colour histogram': {'search/mAP': 0.75},
    }


def test_without_scores_the_last_validation_counts(tmp_path, scalars):
    final = final_metrics(tmp_path, scalars)
    assert final.metrics == {'search/mAP': 0.4, 'search/top1': 0.5}
    assert final.source == 'validation of epoch 2'
    nothing = final_metrics(tmp_path, read_scalars([]))
    assert not nothing.metrics and nothing.source == ''


def test_damaged_scores_are_named(tmp_path, scalars):
    (tmp_path / 'scores.json').write_text('{')
    with pytest.raises(InputError, match='scores.json: not a JSON file'):
        final_metrics(tmp_path, scalars)
