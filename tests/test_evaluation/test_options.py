"""Options of scoring: what is scored beside the plain way."""

import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    CBGMOptions,
    ExpansionOptions,
    RerankingOptions,
    ScoringOptions,
)


def test_every_option_stands_beside_the_plain_way():
    options = ScoringOptions(cbgm=CBGMOptions(), cws=True, strict=True)
    keys = [str(key) for key in options.search_keys('G50', gt=True)]
    assert keys == [
        'search.G50+gt',
        'search.G50+cbgm+gt',
        'search.G50+cws+gt',
        'search.G50+cbgm+cws+gt',
        'search.G50+gt+strict',
        'search.G50+cbgm+gt+strict',
        'search.G50+cws+gt+strict',
        'search.G50+cbgm+cws+gt+strict',
    ]


def test_reranking_stands_beside_plain_and_expanded_queries_alone():
    options = ScoringOptions(
        cbgm=CBGMOptions(),
        expansion=ExpansionOptions(),
        reranking=RerankingOptions(),
    )
    keys = [str(key) for key in options.search_keys('all')]
    assert keys == [
        'search.all',
        'search.all+cbgm',
        'search.all+qe',
        'search.all+cbgm+qe',
        'search.all+rerank',
        'search.all+qe+rerank',
    ]


@pytest.mark.parametrize(
    'thrs, keys',
    [
        (None, ['detection@0.4', 'detection-labelled@0.4']),
        ((0.01,), ['detection@0.01', 'detection-labelled@0.01']),
        ((), []),
    ],
)
def test_detection_is_scored_at_the_threshold_or_at_those_named(thrs, keys):
    options = ScoringOptions(score_thr=0.4, detection_thrs=thrs)
    assert [str(key) for key in options.detection_keys()] == keys


@pytest.mark.parametrize(
    'wrong, message',
    [
        (dict(k1=0), 'k1 and k2 of 1 or more'),
        (dict(k2=0), 'k1 and k2 of 1 or more'),
        (dict(contexts='all'), 'suppressed or stored'),
    ],
)
def test_wrong_options_of_cbgm(wrong, message):
    with pytest.raises(InputError, match=message):
        CBGMOptions(**wrong)
