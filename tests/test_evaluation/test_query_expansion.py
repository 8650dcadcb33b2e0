"""Query expansion, against plain loops and by hand."""

import numpy as np
import pytest
from plain_reranking import plain_expansion, plain_similarity
from search_reference import plain_search, random_scene, unit

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    CBGM,
    ExpansionOptions,
    RerankingOptions,
    Search,
    expand_query,
    rank_gallery,
    score_search,
    score_searches,
)


@pytest.mark.parametrize('seed', range(10))
@pytest.mark.parametrize('k, alpha', [(1, 0), (3, 0), (3, 3.0), (100, 0.5)])
def test_expansion_equals_plain_loops(seed, k, alpha):
    rng = np.random.default_rng(seed)
    query, *feats = unit(rng.standard_normal((8, 5)).astype(np.float32))
    found = expand_query(query, np.array(feats), ExpansionOptions(k, alpha))
    plain = plain_expansion(query, feats, k, alpha)
    np.testing.assert_allclose(found, plain, rtol=0, atol=1e-12)
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-12)


def test_weights_by_hand():
    """Query (1, 0), match (0.6, 0.8). Alpha 0: (1.6, 0.8) / 1.789. Alpha 2:
    weight 0.36, (1.216, 0.288) / 1.2496.
    """
    query, match = np.array([1.0, 0.0]), np.array([[0.6, 0.8]])
    np.testing.assert_allclose(
        expand_query(query, match, ExpansionOptions(1)),
        [0.8944, 0.4472],
        atol=1e-4,
    )
    np.testing.assert_allclose(
        expand_query(query, match, ExpansionOptions(1, 2)),
        [0.9731, 0.2305],
        atol=1e-4,
    )


def test_an_unlike_match_counts_for_nothing_but_in_the_plain_average():
    query, unlike = np.array([1.0, 0.0]), np.array([[-0.6, 0.8]])
    weighted = expand_query(query, unlike, ExpansionOptions(1, 1))
    assert weighted.tolist() == query.tolist()
    assert expand_query(query, unlike).round(4).tolist() == [0.4472, 0.8944]


@pytest.mark.parametrize(
    'query, feats',
    [
        ([1.0, 0.0], np.empty((0, 2))),
        ([1.0, 0.0], np.array([[-1.0, 0.0]])),
        ([0.0, 0.0], np.array([[1.0, 0.0]])),
    ],
    ids=['no match', 'the opposite', 'a query that was not embedded'],
)
def test_queries_that_stay_as_they_are(query, feats):
    assert expand_query(np.array(query), feats).tolist() == query


@pytest.mark.parametrize(
    'values, message',
    [
        (dict(k=0), 'k must be from 1 to 1000, not 0'),
        (dict(k=1001), 'k must be from 1 to 1000'),
        (dict(alpha=-1), 'alpha must be from 0 to 100, not -1'),
        (dict(alpha=float('nan')), 'alpha must be from 0 to 100'),
    ],
)
def test_options_out_of_range(values, message):
    with pytest.raises(InputError, match=message):
        ExpansionOptions(**values)


@pytest.mark.parametrize(
    'query, feats, message',
    [
        (np.ones(2), np.eye(2), 'query must be finite and of unit length'),
        (np.eye(2)[0], 2 * np.eye(2), 'matches must be finite and of unit'),
        (np.eye(3)[0], np.eye(2), 'take both from one model'),
    ],
)
def test_embeddings_that_cannot_be_averaged(query, feats, message):
    with pytest.raises(InputError, match=message):
        expand_query(query, feats)


def plain_expanded(scene, k, alpha):
    """Embedding of each query of a scene, by position in the protocol."""
    detections, query_feats, protocol, _ = scene
    for i, query_id in enumerate(protocol.query_ids):
        rows = [
            row
            for row in detections.rows_of(protocol.galleries[i])
            if detections.scores[row] >= 0.5
        ]
        rows.sort(
            key=lambda row, query_id=query_id: (
                -plain_similarity(query_feats[query_id], detections.feats[row])
            )
        )
        yield np.array(
            plain_expansion(
                query_feats[query_id], detections.feats[rows], k, alpha
            )
        )


@pytest.mark.parametrize('seed', range(10))
@pytest.mark.parametrize('k, alpha', [(2, 0), (5, 3.0)])
@pytest.mark.parametrize('cws', [False, True])
@pytest.mark.parametrize('matching', [False, True])
def test_searches_equal_plain_loops(seed, k, alpha, cws, matching):
    """Only the query's own gallery joins, and only detections that count."""
    scene = random_scene(seed, ties=False)
    detections, query_feats, protocol, _ = scene
    expanded = np.empty(query_feats.shape)
    expanded[protocol.query_ids] = list(plain_expanded(scene, k, alpha))
    cbgm = None
    if matching:
        contexts = [np.array([i, i + 1]) for i in range(len(query_feats))]
        cbgm = CBGM(contexts, k1=5, k2=3)
    ap, hits = plain_search(detections, expanded, protocol, cws=cws, cbgm=cbgm)
    scores = score_search(
        detections,
        query_feats,
        protocol,
        cws=cws,
        cbgm=cbgm,
        expansion=ExpansionOptions(k, alpha),
    )
    np.testing.assert_allclose(scores.ap, ap, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scores.hits, hits)


@pytest.mark.parametrize('seed', range(5))
def test_figures_do_not_depend_on_the_block_size(seed):
    detections, query_feats, protocol, _ = random_scene(seed)
    searches = [
        Search(protocol, expansion=ExpansionOptions(3)),
        Search(protocol),
        Search(
            protocol,
            expansion=ExpansionOptions(2, 3.0),
            reranking=RerankingOptions(3, 2, num=9),
        ),
    ]
    first, *others = [
        score_searches(detections, query_feats, searches, block_size=size)
        for size in (1, 2, None)
    ]
    plain = score_search(detections, query_feats, protocol)
    assert first[1].ap.tobytes() == plain.ap.tobytes()
    for other in others:
        for one, same in zip(first, other):
            assert same.ap.tobytes() == one.ap.tobytes()
            assert same.first_true.tobytes() == one.first_true.tobytes()


def test_expansion_then_reranking():
    """An expanded query is re-ranked among the candidates of its own."""
    scene = random_scene(4, ties=False)
    detections, query_feats, protocol, _ = scene
    options = RerankingOptions(3, 2, num=6)
    both = score_search(
        detections,
        query_feats,
        protocol,
        expansion=ExpansionOptions(2),
        reranking=options,
    )
    expanded = np.empty(query_feats.shape)
    expanded[protocol.query_ids] = list(plain_expanded(scene, 2, 0))
    after = score_search(detections, expanded, protocol, reranking=options)
    np.testing.assert_allclose(both.ap, after.ap, rtol=0, atol=1e-12)
    plain = rank_gallery(detections, query_feats[0], protocol, 0)
    assert len(plain.rows)
