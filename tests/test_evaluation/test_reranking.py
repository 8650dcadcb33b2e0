"""k-reciprocal re-ranking, against plain sets and loops, and by hand."""

import numpy as np
import pytest
from plain_reranking import plain_rerank, plain_similarity
from search_reference import plain_search, random_scene, unit

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    CBGM,
    RerankingOptions,
    Search,
    rerank,
    score_search,
    score_searches,
)
from mmdmr.evaluation.functional.candidates import find_candidates
from mmdmr.evaluation.functional.kept_detections import filter_by_score
from mmdmr.evaluation.functional.query import (
    QueryInGallery,
    coarse_similarities,
)
from mmdmr.evaluation.functional.reranking import MOST_CANDIDATES
from mmdmr.structures import Detections, SearchProtocol


def clustered(seed):
    """A query and candidates around few centres, some of them equal."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((5, 6))
    num = int(rng.integers(1, 30))
    spread = rng.choice([0, 0.3, 1.0])
    feats = centres[rng.integers(0, 5, num + 1)]
    return unit(feats + spread * rng.standard_normal(feats.shape))


@pytest.mark.parametrize('seed', range(60))
def test_distances_equal_those_of_plain_sets(seed):
    rng = np.random.default_rng(seed)
    query, *feats = clustered(seed)
    k1 = int(rng.integers(1, 12))
    k2 = int(rng.integers(1, k1 + 2))
    options = RerankingOptions(k1, k2, float(rng.random()))
    found = rerank(query, np.array(feats), options)
    plain = plain_rerank(query, feats, k1, k2, options.weight)
    np.testing.assert_allclose(found, plain, rtol=0, atol=1e-13)


def test_a_chain_of_neighbours_by_hand():
    """Angles: query 0, candidates 30, -30, -40; k1 = k2 = 1, lambda 0.3.

    Nearest: query -> 30 (the first of two), 30 -> query, -30 -> -40 and back.
    So R* = {query, 30} twice and {-30, -40} twice. d(query, 30) is
    (1 - cos 30) / (1 - cos 40) = 0.5727, the weight of the neighbour is
    exp(-0.5727) = 0.564, the vector (1, 0.564) / 1.564. The largest distance
    of 30 is to -40: d(30, query) = (1 - cos 30) / (1 - cos 70) = 0.2036, its
    weight 0.8158, the vector (0.8158, 1) / 1.8158 in the same order. Minima
    0.4493 + 0.3606 = 0.8099, Jaccard 1 - 0.8099 / 1.1901 = 0.3195. Distance:
    0.3 * 0.5727 + 0.7 * 0.3195 = 0.3955. Nothing is shared with -30: 0.3 *
    0.5727 + 0.7 = 0.8718, nor with -40, the furthest: 0.3 + 0.7.
    """
    angles = np.radians([0, 30, -30, -40])
    query, *feats = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = rerank(query, np.array(feats), RerankingOptions(1, 1, 0.3, 3))
    np.testing.assert_allclose(found, [0.3955, 0.8718, 1.0], atol=1e-4)


def test_friends_of_a_person_rise_above_a_look_alike():
    """Ten views of the person drift away from the query; a look-alike is
    nearer than the last views, but stands among its own ten.
    """
    rng = np.random.default_rng(0)
    own, other = np.eye(20)[:2]
    steps = np.linspace(0.1, 1.2, 10)[:, None]
    drift = unit(own + steps * np.eye(20)[2])
    others = unit(other + 0.25 * own + 0.1 * rng.standard_normal((10, 20)))
    alike = unit(np.array([other + 0.9 * own]))
    feats = np.concatenate([drift, alike, others])
    sims = feats @ own
    assert sims[10] > sims[9]
    options = RerankingOptions(k1=8, k2=3, weight=0.3)
    distances = rerank(own, feats, options)
    assert distances[:10].max() < distances[10:].min()


def test_weight_of_one_keeps_the_order_of_the_similarities():
    query, *feats = clustered(3)
    distances = rerank(query, np.array(feats), RerankingOptions(weight=1.0))
    sims = [plain_similarity(query, feat) for feat in feats]
    assert np.argsort(distances, kind='stable').tolist() == sorted(
        range(len(sims)), key=lambda i: -sims[i]
    )


def test_equal_candidates_stay_equal_whatever_their_place():
    """Copies of one embedding beside others: one distance for them all."""
    rng = np.random.default_rng(1)
    for num in (2, 5):
        feats = unit(rng.standard_normal((8, 16)).astype(np.float32))
        copies = np.tile(feats[:1], (num, 1))
        options = RerankingOptions(k1=num + 2, k2=1)
        found = rerank(feats[7], np.concatenate([copies, feats[1:7]]), options)
        assert len(set(found[:num])) == 1


@pytest.mark.parametrize('num', [1, 2, 30])
def test_all_persons_equal(num):
    feats = np.tile([[0.6, 0.8]], (num, 1))
    options = RerankingOptions(k1=50)
    found = rerank(feats[0], feats, options)
    np.testing.assert_allclose(found, np.zeros(num), atol=1e-9)


def test_no_candidate_and_one():
    query = np.array([1.0, 0.0])
    assert rerank(query, np.empty((0, 2))).shape == (0,)
    # d = 1: the greatest distance of either. V = (1, 1/e) / (1 + 1/e) for
    # both, averaged over both: the neighbourhoods are equal.
    assert rerank(query, np.array([[0.6, 0.8]])) == pytest.approx([0.3])


def test_half_precision_and_all_zero_embeddings():
    """Rows of zeros stand for boxes that could not be embedded."""
    rng = np.random.default_rng(2)
    feats = unit(rng.standard_normal((30, 8))).astype(np.float16)
    feats[7] = 0
    found = rerank(feats[0], feats[1:])
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize(
    'values, message',
    [
        (dict(k1=0, k2=1), 'k1 must be at least 1'),
        (dict(k2=0), 'k2 must be from 1 to k1 . 1 = 21'),
        (dict(k1=4, k2=6), 'k2 must be from 1 to k1 . 1 = 5'),
        (dict(weight=1.5), r'lambda must be in \[0, 1\], not 1.5'),
        (dict(weight=float('nan')), 'lambda must be in'),
        (dict(num=19), '19 candidates are asked for; take k1 = 20 or more'),
        (dict(num=10**6), 'at most 5000'),
    ],
)
def test_options_out_of_range(values, message):
    with pytest.raises(InputError, match=message):
        RerankingOptions(**values)


@pytest.mark.parametrize(
    'query, feats, message',
    [
        (np.ones(2), np.eye(2), 'query must be .*unit length'),
        (np.eye(2)[0], np.full((1, 2), np.nan), 'candidates must be finite'),
        (np.eye(3)[0], np.eye(2), 'take both from one model'),
        (np.eye(2), np.eye(2), 'query must have shape'),
        (
            np.eye(2)[0],
            np.zeros((MOST_CANDIDATES + 1, 2)),
            'at most 5000 candidates',
        ),
    ],
)
def test_embeddings_that_cannot_be_compared(query, feats, message):
    with pytest.raises(InputError, match=message):
        rerank(query, feats)


def plain_reranked_search(scene, options):
    """A plain search by similarities that were re-ranked beforehand."""
    detections, query_feats, protocol, _ = scene
    results = []
    for i, query_id in enumerate(protocol.query_ids):
        query = query_feats[query_id]
        rows = [
            row
            for row in detections.rows_of(protocol.galleries[i])
            if detections.scores[row] >= 0.5
        ]
        rows.sort(
            key=lambda row: -plain_similarity(query, detections.feats[row])
        )
        rows = rows[: options.num]
        distances = plain_rerank(
            query,
            detections.feats[rows],
            options.k1,
            options.k2,
            options.weight,
        )
        # Candidates lie above the cosines of all others.
        revised = {
            detections.feats[row].tobytes(): 3 - distance
            for row, distance in zip(rows, distances)
        }
        results.append(
            plain_search(
                detections,
                query_feats,
                protocol,
                positions=[i],
                product=lambda feats, feat, revised=revised: np.array(
                    [
                        revised.get(f.tobytes(), plain_similarity(f, feat))
                        for f in feats
                    ]
                ),
            )
        )
    aps, hits = zip(*results)
    return np.concatenate(aps), np.concatenate(hits)


@pytest.mark.parametrize('seed', range(12))
@pytest.mark.parametrize('num', [3, 8, 200])
def test_searches_equal_plain_loops(seed, num):
    scene = random_scene(seed, ties=False)
    detections, query_feats, protocol, _ = scene
    options = RerankingOptions(k1=3, k2=2, num=num)
    scores = score_search(detections, query_feats, protocol, reranking=options)
    ap, hits = plain_reranked_search(scene, options)
    np.testing.assert_allclose(scores.ap, ap, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scores.hits, hits)


def test_the_true_positive_is_chosen_by_the_new_distances():
    """Both boxes qualify: 20 and -21 degrees from the query. Plain, 20 is the
    true positive. But its two nearest are 27 and 31, not the query: by common
    neighbours -21 is the true positive, and the first match.
    """
    box, away = [0.0, 0.0, 40.0, 100.0], [200.0, 0.0, 240.0, 100.0]
    angles = np.radians([20, -21, 27, 31])
    feats = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    query = np.array([[1.0, 0.0]])
    options = RerankingOptions(k1=2, k2=1, weight=0.0, num=4)
    distances = rerank(query[0], feats, options)
    assert distances.argmin() == 1
    boxes = np.array([box, box, away, away])
    detections = Detections.from_counts(boxes, np.ones(4), feats, [2, 2])
    protocol = SearchProtocol(
        'two',
        np.array([0]),
        [np.array([0, 1])],
        [np.array([0])],
        [np.array([box])],
    )
    for reranking, true in ((None, 0), (options, 1)):
        search = Search(protocol, reranking=reranking)
        kept = filter_by_score(detections, 0.5)
        coarse = coarse_similarities(query, kept)[0]
        found = QueryInGallery(search, 0, kept, query[0], coarse)
        (candidates,) = find_candidates(kept, protocol, np.array([0]))
        assert found.true_positives(candidates).tolist() == [true]
        assert found.score(candidates) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize('seed', range(3))
def test_figures_do_not_depend_on_the_block_size(seed):
    detections, query_feats, protocol, _ = random_scene(seed)
    searches = [Search(protocol, reranking=RerankingOptions(3, 2, num=9))]
    first, *others = [
        score_searches(detections, query_feats, searches, block_size=size)[0]
        for size in (1, 2, None)
    ]
    for other in others:
        assert other.ap.tobytes() == first.ap.tobytes()
        assert other.first_true.tobytes() == first.first_true.tobytes()


@pytest.mark.parametrize('other', [dict(cws=True), dict(cbgm=CBGM([]))])
def test_two_revisions_are_refused(other):
    protocol = random_scene(0)[2]
    with pytest.raises(InputError, match='leave out'):
        Search(protocol, reranking=RerankingOptions(), **other)
