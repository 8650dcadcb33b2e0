"""Metrics of each query, written, read and compared."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import Difference, ScoringOptions
from mmdmr.evaluation.functional import score_predictions as score
from mmdmr.evaluation.per_query import (
    Comparison,
    QueryId,
    compare_per_query,
    read_per_query,
    write_per_query,
)
from mmdmr.structures import (
    Detections,
    GroundTruth,
    Queries,
    SearchProtocol,
    SearchTask,
)

BOX = np.array([[0.0, 0.0, 40.0, 90.0]])


def table(ap, num=30, search='search.all'):
    queries = [QueryId(i, f'{i}.jpg', '0.5') for i in range(num)]
    return {search: {query: dict(ap=ap, top1=1.0) for query in queries}}


def test_what_is_written_is_read(tmp_path):
    """Two queries in images 0, 1; the first is found, the second is not."""
    task = SearchTask(
        GroundTruth(
            ('a.jpg', 'b.jpg'),
            [BOX] * 2,
            [np.array([0])] * 2,
            np.array([-1, -1]),
            ('p0',),
        ),
        Queries(np.array([0, 1]), np.tile(BOX, (2, 1)), np.array([0, 0])),
        dict(
            all=SearchProtocol(
                'all',
                np.array([0, 1]),
                [np.array([1]), np.array([0])],
                [np.array([1]), np.array([0])],
                [BOX, BOX],
            )
        ),
    )
    detections = Detections.from_counts(BOX, np.ones(1), np.eye(1), [0, 1])
    options = ScoringOptions(topk=(1, 2))
    result = score(task, detections, np.ones((2, 1)), options=options)
    path = tmp_path / 'new/queries.csv'
    write_per_query(path, result, task)
    lines = path.read_text().splitlines()
    assert lines == [
        'search,query,img_name,x1,y1,x2,y2,person_id,to_find,ap,recall,'
        'first_true,top1,top2',
        'search.all,0,a.jpg,0,0,40,90,p0,1,1.0,1.0,1,1,1',
        'search.all,1,b.jpg,0,0,40,90,p0,1,0.0,0.0,,0,0',
    ]
    assert read_per_query(path) == {
        'search.all': {
            QueryId(0, 'a.jpg', '0'): dict(ap=1.0, top1=1.0),
            QueryId(1, 'b.jpg', '0'): dict(ap=0.0, top1=0.0),
        }
    }


@pytest.mark.parametrize(
    'mean, low, high, verdict',
    [
        (0.1, 0.05, 0.2, 'A is better'),
        (-0.1, -0.2, -0.05, 'B is better'),
        (0.1, -0.05, 0.2, 'no difference seen'),
        (0.0, 0.0, 0.0, 'no difference seen'),
    ],
)
def test_verdict(mean, low, high, verdict):
    gap = Difference(mean, low, high, 0.5)
    assert Comparison('search.all', 'mAP', 9, (0, 0), gap).verdict == verdict


def test_common_searches_are_compared():
    first = {**table(0.6), **table(0.6, search='search.G50')}
    rows = compare_per_query(first, table(0.5), resamples=99)
    assert [(r.search, r.metric, r.num_queries) for r in rows] == [
        ('search.all', 'mAP', 30),
        ('search.all', 'top-1', 30),
    ]
    assert rows[0].means == pytest.approx((0.6, 0.5))
    assert rows[0].difference.mean == pytest.approx(0.1)


@pytest.mark.parametrize(
    'second, message',
    [
        (table(0.5, search='search.G50'), 'no search in common'),
        (table(0.5, num=29), '1 queries are in one file only, query 29'),
    ],
)
def test_files_that_cannot_be_compared(second, message):
    with pytest.raises(InputError, match=message):
        compare_per_query(table(0.5), second)
    with pytest.raises(InputError, match='one query gives no interval'):
        compare_per_query(table(0.5, num=1), table(0.6, num=1))
