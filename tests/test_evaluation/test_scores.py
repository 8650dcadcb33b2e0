"""The JSON file of metrics, and the table."""

import numpy as np
import pytest
from search_reference import random_task

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import ScoringOptions, score_predictions
from mmdmr.evaluation.scores import (
    ScoreKey,
    read_scores,
    score_table,
    scores_by_key,
    write_scores,
)


@pytest.fixture
def result():
    task, detections, query_feats = random_task(1)
    options = ScoringOptions(topk=(1, 3), cws=True, detection_thrs=(0.5, 0.01))
    return score_predictions(task, detections, query_feats, options=options)


def test_what_is_written_is_read(result, tmp_path):
    path = tmp_path / 'new/scores.json'
    write_scores(path, result.metrics)
    assert read_scores(path) == result.metrics
    rows = scores_by_key(read_scores(path))
    assert list(map(str, rows)) == list(result.metrics)
    assert rows[ScoreKey('random', cws=True)].keys() == {'mAP', 'top1', 'top3'}


@pytest.mark.parametrize(
    'text, message',
    [
        ('{', 'not a JSON file'),
        ('[' * 100000, 'not a JSON file'),
        ('[]', 'must hold metrics'),
        ('{"search.all": 1}', 'must hold metrics'),
        ('{"search.all": {"mAP": 93.1}}', 'must hold metrics'),
        ('{"search.all": {"mAP": "0.9"}}', 'must hold metrics'),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    (tmp_path / 'a.json').write_text(text)
    with pytest.raises(InputError, match=f'a.json: {message}'):
        read_scores(tmp_path / 'a.json')


def test_table_has_a_line_a_key(result):
    lines = [line.split() for line in score_table(result)]
    assert lines[0] == [
        *('mAP', 'top-1', 'top-3', 'queries', 'dropped', 'missed')
    ]
    assert [line[0] for line in lines[1:3]] == list(result.searches)
    assert lines[3] == ['recall', 'AP']
    assert [line[0] for line in lines[4:]] == list(result.detection)
    plain = result.searches['search.random']
    assert lines[1][1] == f'{100 * plain.metrics["mAP"]:.2f}'
    missed = int(np.isinf(plain.first_true).sum())
    assert lines[1][-3:] == ['6', '0', str(missed)]
