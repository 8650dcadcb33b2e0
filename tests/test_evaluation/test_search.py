"""Searches scored, against plain loops and by hand."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from golden_sets import SETS
from search_reference import one_image, plain_search, random_scene

from mmdmr.evaluation.functional import (
    CBGM,
    ExpansionOptions,
    RerankingOptions,
    Search,
    load_detections,
    load_query_feats,
    rank_gallery,
    score_search,
    score_searches,
    stored_contexts,
)
from mmdmr.evaluation.functional.search import default_block_size
from mmdmr.evaluation.functional.similarity import similarity
from mmdmr.structures import (
    Detections,
    RemainderGalleries,
    SearchProtocol,
)


@pytest.mark.parametrize('seed', range(25))
@pytest.mark.parametrize('density', [1.0, 0.5])
def test_search_equals_plain_loops(seed, density):
    scene = random_scene(seed, density=density)
    detections, query_feats, protocol, _ = scene
    ap, hits = plain_search(detections, query_feats, protocol)
    scores = score_search(detections, query_feats, protocol)
    np.testing.assert_allclose(scores.ap, ap, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scores.hits, hits)
    assert scores.metrics == pytest.approx(
        dict(
            mAP=ap.mean(),
            **{
                f'top{k}': rate
                for k, rate in zip((1, 5, 10), hits.mean(axis=0))
            },
        )
    )


def test_random_scenes_have_ties_and_repeated_images():
    """What the test above rests on."""
    repeated = ties = 0
    for seed in range(25):
        detections, query_feats, protocol, _ = random_scene(seed)
        repeated += any(
            len(set(ids)) < len(ids) for ids in protocol.gt_img_ids
        )
        sims = similarity(query_feats, detections.feats)
        ties += any(len(set(row)) < len(row) for row in sims.tolist())
    assert repeated >= 10 and ties == 25


@pytest.mark.parametrize('name', SETS)
def test_figures_do_not_depend_on_the_block_size(small_data, name):
    reader, folder, protocols, _ = SETS[name]
    reader = reader(small_data / folder, test=True)
    truth = reader.ground_truth()
    task = reader.search_task(truth, protocols)
    path = small_data / f'{name}.npz'
    detections = load_detections(path, truth.img_names)
    query_feats = load_query_feats(path, task.queries, truth.img_names)
    cbgm = CBGM(stored_contexts(detections, task.queries))
    searches = [Search(p, cws=True) for p in task.protocols.values()]
    searches += [Search(p, cbgm=cbgm) for p in task.protocols.values()]
    first, *others = [
        score_searches(detections, query_feats, searches, block_size=size)
        for size in (1, 7, 256, 10**6, None)
    ]
    for other in others:
        for one, same in zip(first, other):
            assert same.metrics == one.metrics
            assert same.ap.tobytes() == one.ap.tobytes()
            assert same.first_true.tobytes() == one.first_true.tobytes()


def crowded_scene():
    """Equal detections in many images, for every option of a search."""
    detections, query_feats, protocol, _ = random_scene(
        7, num_images=60, num_queries=9
    )
    contexts = [np.arange(i, i + 3) for i in range(len(query_feats))]
    searches = [
        Search(protocol),
        Search(protocol, cws=True, cbgm=CBGM(contexts, k1=5, k2=3)),
        Search(protocol, expansion=ExpansionOptions(k=3, alpha=1)),
        Search(protocol, reranking=RerankingOptions(k1=4, k2=2, num=20)),
    ]
    return detections, query_feats, searches


def outcome(scores):
    arrays = scores.ap, scores.recall, scores.first_true, scores.hits
    return [scores.metrics, *(array.tobytes() for array in arrays)]


@pytest.mark.parametrize('size', [1, 2, 4, 9, 10**6, None])
def test_ties_do_not_depend_on_blocks(monkeypatch, size):
    """Not on the block of queries, nor on the blocks of the gallery."""
    detections, query_feats, searches = crowded_scene()
    whole = score_searches(detections, query_feats, searches)
    functional = 'mmdmr.evaluation.functional'
    for block in (1, 5, 64):
        monkeypatch.setattr(f'{functional}.query._GALLERY_BLOCK', block)
        monkeypatch.setattr(f'{functional}.similarity._BLOCK', 4 * block)
        found = score_searches(
            detections, query_feats, searches, block_size=size
        )
        assert list(map(outcome, found)) == list(map(outcome, whole))


def test_searches_score_alone_as_together():
    """A search must not see what another one leaves in the memory."""
    detections, query_feats, searches = crowded_scene()
    together = score_searches(detections, query_feats, searches * 2)
    for search, *found in zip(searches, together, together[4:]):
        (alone,) = score_searches(detections, query_feats, [search])
        assert [outcome(alone)] * 2 == list(map(outcome, found))


def test_a_block_is_large_enough_and_not_too_large():
    assert default_block_size(10**3) == 2**27 // 4000
    assert default_block_size(10**6) == 256
    assert default_block_size(10**7) == 2**30 // 4 // 10**7
    assert default_block_size(10**10) == default_block_size(2**28) == 1
    assert default_block_size(0) == 2**27 // 4


def test_embeddings_are_not_copied():
    rng = np.random.default_rng(0)
    feats = rng.standard_normal((20000, 256), dtype=np.float32)
    feats /= 1.001 * np.linalg.norm(feats, axis=1, keepdims=True)
    box = np.array([0.0, 0, 40, 90])
    detections = Detections.from_counts(
        np.tile(box, (20000, 1)), np.ones(20000), feats, [2] * 10000
    )
    protocol = SearchProtocol(
        'all',
        np.arange(8),
        RemainderGalleries(
            10000, [np.array([], int)] * 8, [np.array([9])] * 8
        ),
        [np.arange(10, 20)] * 8,
        [np.tile(box, (10, 1))] * 8,
    )
    tracemalloc.start()
    score_search(detections, feats[:8], protocol, block_size=4)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.25 * feats.nbytes


@pytest.mark.parametrize('seed', range(20))
def test_remainder_galleries_equal_their_listing(seed):
    """A gallery said by what is not in it scores as one that is listed."""
    detections, query_feats, protocol, _ = random_scene(seed)
    rng = np.random.default_rng(seed)
    num = detections.num_images
    first, excluded = [], []
    for gallery, found in zip(protocol.galleries, protocol.gt_img_ids):
        out = np.setdiff1d(rng.permutation(num)[:6], found)
        first.append(gallery[: rng.integers(0, 4)])
        mask = np.isin(np.arange(num), out)
        excluded.append(mask if rng.random() < 0.5 else out)
    remainder = RemainderGalleries(num, first, excluded)
    said = replace(protocol, galleries=remainder)
    listed = replace(protocol, galleries=list(remainder))
    scores = score_search(detections, query_feats, said)
    same = score_search(detections, query_feats, listed)
    ap, hits = plain_search(detections, query_feats, listed)
    np.testing.assert_allclose(scores.ap, ap, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scores.hits, hits)
    assert scores.ap.tobytes() == same.ap.tobytes()
    assert scores.first_true.tolist() == same.first_true.tolist()
    for i, query_id in enumerate(protocol.query_ids):
        rankings = [
            rank_gallery(detections, query_feats[query_id], p, i, num=15)
            for p in (said, listed)
        ]
        assert rankings[0].rows.tolist() == rankings[1].rows.tolist()


@pytest.mark.parametrize('seed', range(15))
@pytest.mark.parametrize('cws', [False, True])
def test_weighted_and_matched_searches_equal_plain_loops(seed, cws):
    scene = random_scene(seed, ties=False)
    detections, query_feats, protocol, truth = scene
    rng = np.random.default_rng(seed)
    contexts = [
        rng.permutation(len(detections.scores))[: rng.integers(0, 4)]
        for _ in query_feats
    ]
    for cbgm in (None, CBGM(contexts, k1=5, k2=3)):
        ap, hits = plain_search(
            detections, query_feats, protocol, cws=cws, cbgm=cbgm
        )
        scores = score_search(
            detections, query_feats, protocol, cws=cws, cbgm=cbgm
        )
        np.testing.assert_allclose(scores.ap, ap, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(scores.hits, hits)


def test_weights_decide_between_the_persons():
    """Cosines 1 and 0.8; scores 0.5 and 0.9: weighted 0.5 and 0.72."""
    box, away = [0, 0, 100, 100], [200, 0, 300, 100]
    scene = one_image(
        [away, box], [[1, 0], [0.8, 0.6]], box, scores=[0.5, 0.9]
    )
    assert score_search(*scene).metrics['top1'] == 0.0
    assert score_search(*scene, cws=True).metrics['top1'] == 1.0


def test_small_persons_forgive_a_few_pixels():
    # 10 x 10 needs an IoU of 0.25 only, 100 x 100 needs 0.5.
    small = one_image([[0, 5, 10, 15]], [[1, 0]], [0, 0, 10, 10])
    assert score_search(*small).metrics['mAP'] == 1.0
    large = one_image([[0, 50, 100, 150]], [[1, 0]], [0, 0, 100, 100])
    assert score_search(*large).metrics['mAP'] == 0.0


def test_detections_closer_than_float32_are_told_apart():
    """Cosines 0.8 and a billionth more: the second one is the right one."""
    box = [0, 0, 100, 100]
    near = [0.8 + 1e-9, np.sqrt(1 - (0.8 + 1e-9) ** 2)]
    assert np.float32(near[0]) == np.float32(0.8)
    scene = one_image([box, box], [[0.8, 0.6], near], box)
    assert score_search(*scene).ap.tolist() == [1.0]
    assert rank_gallery(
        scene[0], scene[1][0], scene[2], 0
    ).is_true.tolist() == [True, False]


def test_equally_similar_detections_go_in_stored_order():
    box, away = [0, 0, 100, 100], [200, 0, 300, 100]
    first = one_image([box, away], [[1, 0]] * 2, box)
    second = one_image([away, box], [[1, 0]] * 2, box)
    assert score_search(*first).metrics['top1'] == 1.0
    assert score_search(*second).metrics['top1'] == 0.0
    # Average precision takes both as one step.
    assert score_search(*first).ap == score_search(*second).ap == [0.5]


def test_threshold_keeps_equal_scores_and_recall_counts_the_rest():
    box = [0, 0, 100, 100]
    scene = one_image([box], [[1, 0]], box, scores=[0.5])
    assert score_search(*scene).recall.tolist() == [1.0]
    assert score_search(*scene, score_thr=0.51).recall.tolist() == [0.0]
    assert score_search(*scene, score_thr=0.51).metrics == dict(
        mAP=0.0, top1=0.0, top5=0.0, top10=0.0
    )


def test_no_detections_at_all():
    scene = one_image([], [], [0, 0, 9, 9])
    assert score_search(*scene).metrics['mAP'] == 0.0
    ranking = rank_gallery(scene[0], scene[1][0], scene[2], 0)
    assert len(ranking.rows) == 0


@pytest.mark.parametrize('value', [np.nan, np.inf, 3.0])
def test_wrong_embeddings_are_refused(value):
    detections, query_feats, protocol, _ = random_scene(0)
    row = np.flatnonzero(detections.scores >= 0.5)[0]
    detections.feats[row, 1] = value
    with pytest.raises(ValueError, match='detections must be finite'):
        score_search(detections, query_feats, protocol)
    detections.feats[row] = 0
    query_feats[2, 0] = value
    with pytest.raises(ValueError, match='queries must be finite'):
        score_search(detections, query_feats, protocol)


def test_wrong_protocols_are_refused():
    detections, query_feats, protocol, _ = random_scene(0)
    with pytest.raises(ValueError, match='queries have 3 dim.*4'):
        score_search(detections, query_feats[:, :3], protocol)
    protocol.gt_img_ids[1] = np.array([detections.num_images + 1])
    with pytest.raises(ValueError, match='all of it in the gallery'):
        score_search(detections, query_feats, protocol)
    nothing = SearchProtocol('none', np.array([], dtype=int), [], [], [])
    with pytest.raises(ValueError, match='none has no queries'):
        score_search(detections, query_feats, nothing)
