"""All metrics of one set of predictions, and their options."""

import numpy as np
import pytest
from search_reference import random_task, unit

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    CBGMOptions,
    ExpansionOptions,
    RerankingOptions,
    ScoringOptions,
    score_predictions,
    score_search,
    score_suite,
)
from mmdmr.evaluation.functional.scoring import result_keys


@pytest.fixture
def scored():
    task, detections, query_feats = random_task(2)
    truth = task.ground_truth
    total = sum(map(len, truth.boxes))
    rng = np.random.default_rng(0)
    gt_feats = unit(rng.normal(size=(total, detections.feats.shape[1])))
    return task, detections, query_feats, gt_feats


@pytest.mark.parametrize('gt', [False, True])
@pytest.mark.parametrize(
    'options',
    [
        ScoringOptions(),
        ScoringOptions(cbgm=CBGMOptions(contexts='stored'), cws=True),
        ScoringOptions(
            cbgm=CBGMOptions(), strict=True, detection_thrs=(0.5, 0.01)
        ),
        ScoringOptions(
            cbgm=CBGMOptions(),
            cws=True,
            expansion=ExpansionOptions(k=2),
            reranking=RerankingOptions(),
        ),
    ],
)
def test_keys_are_known_before_the_scoring(scored, options, gt):
    result = score_predictions(*scored[: 3 + gt], options=options)
    keys = list(map(str, result_keys(options, ['random'], gt)))
    assert list(result.metrics) == keys
    assert result.figures == result.metrics
    assert list(result.protocols) == list(result.searches)


def test_keywords_are_fields_of_the_options(scored):
    """As score_suite took them."""
    fields = dict(
        protocols=['random'],
        score_thr=0.8,
        topk=(1, 2),
        cbgm=CBGMOptions(k1=3),
        cws=True,
        strict=True,
        detection_thrs=[0.8, 0.1],
    )
    one = score_suite(*scored, **fields)
    same = score_predictions(*scored, options=ScoringOptions(**fields))
    mixed = score_predictions(
        *scored, options=ScoringOptions(cws=False, topk=(1, 2)), **fields
    )
    assert one.metrics == same.metrics == mixed.metrics
    assert len(one.searches) == 16 and len(one.detection) == 4


def test_each_row_is_scored_by_the_options_of_its_key(scored):
    task, detections, query_feats, _ = scored
    expansion, reranking = ExpansionOptions(2), RerankingOptions(3, 2, num=5)
    options = ScoringOptions(expansion=expansion, reranking=reranking)
    result = score_predictions(task, detections, query_feats, options=options)
    aps = {key: search.ap for key, search in result.searches.items()}
    for key, keywords in {
        'search.random': {},
        'search.random+qe': dict(expansion=expansion),
        'search.random+rerank': dict(reranking=reranking),
        'search.random+qe+rerank': dict(
            expansion=expansion, reranking=reranking
        ),
    }.items():
        alone = score_search(
            detections, query_feats, task.protocols['random'], **keywords
        )
        assert aps.pop(key).tolist() == alone.ap.tolist()
    assert not aps


def test_wrong_options(scored):
    with pytest.raises(InputError, match='protocol G7 was not read, only ra'):
        score_predictions(*scored, protocols=['G7'])
    with pytest.raises(TypeError, match='topk_'):
        score_predictions(*scored, topk_=(1,))
    with pytest.raises(InputError, match='k1 and k2 of 1 or more'):
        CBGMOptions(k2=0)
    with pytest.raises(InputError, match='suppressed or stored'):
        CBGMOptions(contexts='all')
