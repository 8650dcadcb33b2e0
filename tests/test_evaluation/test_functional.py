import json
import math
from dataclasses import replace

import numpy as np
import pytest
from docstring_examples import run_examples
from search_reference import (
    plain_detection,
    plain_iou,
    plain_search,
    random_scene,
    unit,
)
from sklearn.metrics import average_precision_score

import mmdmr.evaluation.functional as functional
from mmdmr.evaluation.functional import (
    CBGM,
    Search,
    gt_as_detections,
    load_detections,
    load_query_feats,
    rank_gallery,
    score_detection,
    score_search,
    score_searches,
    stored_contexts,
)
from mmdmr.evaluation.functional.average_precision import average_precision
from mmdmr.evaluation.functional.matching import (
    iou,
    iou_threshold,
    mutual_best,
)
from mmdmr.evaluation.functional.similarity import similarity
from mmdmr.readers import CUHKSYSUReader, PRWReader
from mmdmr.structures import (
    Detections,
    GroundTruth,
    RemainderGalleries,
    SearchProtocol,
)

SETS = dict(
    cuhk=(CUHKSYSUReader, 'CUHK-SYSU', ('G50', 'G100'), (10, 3)),
    prw=(PRWReader, 'PRW', ('all', 'cross-camera'), (30, 4)),
)


@pytest.mark.parametrize('name', SETS)
def test_golden_search_and_detection(golden, expected, name):
    reader, folder, protocols, (k1, k2) = SETS[name]
    reader = reader(golden / folder, test=True)
    truth = reader.ground_truth()
    task = reader.search_task(truth, protocols)
    path = golden / f'{name}.npz'
    detections = load_detections(path, truth.img_names)
    query_feats = load_query_feats(path, task.queries, truth.img_names)
    cbgm = CBGM(stored_contexts(detections, task.queries), k1, k2)
    rows = 0
    for key, figures in expected.items():
        data, what, *protocol = key.split('.', 2)
        if data != name or what == 'reader':
            continue
        if what == 'search':
            protocol, _, matched = protocol[0].partition('+')
            scores = score_search(
                detections,
                query_feats,
                task.protocols[protocol],
                cbgm=cbgm if matched else None,
            ).figures
        else:
            score_thr = float(key.split('@')[1])
            scores = score_detection(detections, truth, score_thr)
        assert scores == pytest.approx(figures, rel=0, abs=1e-9), key
        rows += 1
    assert rows >= 6


@pytest.mark.parametrize('seed', range(25))
@pytest.mark.parametrize('density', [1.0, 0.5])
def test_search_equals_plain_loops(seed, density):
    scene = random_scene(seed, density=density)
    detections, query_feats, protocol, _ = scene
    ap, hits = plain_search(detections, query_feats, protocol)
    scores = score_search(detections, query_feats, protocol)
    np.testing.assert_allclose(scores.ap, ap, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scores.hits, hits)
    assert scores.figures == pytest.approx(
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
            assert same.figures == one.figures
            assert same.ap.tobytes() == one.ap.tobytes()
            assert same.first_true.tobytes() == one.first_true.tobytes()


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
    assert score_search(*scene).figures['top1'] == 0.0
    assert score_search(*scene, cws=True).figures['top1'] == 1.0


def test_similarity_is_the_same_in_any_company():
    rng = np.random.default_rng(0)
    gallery = unit(rng.normal(size=(9000, 192))).astype(np.float32)
    gallery[::3] = gallery[0]
    queries = unit(rng.normal(size=(40, 192))).astype(np.float32)
    sims = similarity(queries, gallery)
    assert (sims[:, ::3] == sims[:, :1]).all()
    for i in (0, 7, 39):
        assert (
            similarity(queries[i : i + 1], gallery[:50]) == sims[i, :50]
        ).all()
    order = rng.permutation(192)
    assert (similarity(queries[:, order], gallery[:, order]) == sims).all()


@pytest.mark.parametrize('dims', [3, 256, 4096])
@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_similarity_is_right(dims, dtype):
    rng = np.random.default_rng(1)
    queries = unit(rng.normal(size=(4, dims))).astype(dtype)
    gallery = unit(rng.normal(size=(5, dims))).astype(dtype)
    gallery[0] = queries[0]
    exact = [
        [math.fsum(q.astype(float) * g.astype(float)) for g in gallery]
        for q in queries
    ]
    np.testing.assert_allclose(
        similarity(queries, gallery), exact, rtol=0, atol=1e-13
    )


def one_image(boxes, feats, gt_box, scores=None):
    """A gallery of one image that holds the queried person."""
    num = len(boxes)
    scores = np.full(num, 0.9) if scores is None else np.array(scores)
    detections = Detections(
        np.array(boxes, dtype=float).reshape(-1, 4),
        scores,
        unit(np.array(feats, dtype=float).reshape(num, 2)),
        np.array([0, num]),
    )
    protocol = SearchProtocol(
        'one',
        np.array([0]),
        [np.array([0])],
        [np.array([0])],
        [np.array([gt_box], float)],
    )
    return detections, np.array([[1.0, 0.0]]), protocol


def test_small_persons_forgive_a_few_pixels():
    # 10 x 10 needs an IoU of 0.25 only, 100 x 100 needs 0.5.
    small = one_image([[0, 5, 10, 15]], [[1, 0]], [0, 0, 10, 10])
    assert score_search(*small).figures['mAP'] == 1.0
    large = one_image([[0, 50, 100, 150]], [[1, 0]], [0, 0, 100, 100])
    assert score_search(*large).figures['mAP'] == 0.0


def test_only_the_most_similar_overlapping_detection_is_right():
    box = [0, 0, 100, 100]
    scene = one_image(
        [box, box, [200, 0, 300, 100]], [[1, 1], [1, 0], [2, 1]], box
    )
    ranking = rank_gallery(scene[0], scene[1][0], scene[2], 0)
    assert ranking.rows.tolist() == [1, 2, 0]
    assert ranking.is_true.tolist() == [True, False, False]
    assert score_search(*scene).ap.tolist() == [1.0]


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
    assert score_search(*first).figures['top1'] == 1.0
    assert score_search(*second).figures['top1'] == 0.0
    # Average precision takes both as one step.
    assert score_search(*first).ap == score_search(*second).ap == [0.5]


def test_threshold_keeps_equal_scores_and_recall_counts_the_rest():
    box = [0, 0, 100, 100]
    scene = one_image([box], [[1, 0]], box, scores=[0.5])
    assert score_search(*scene).recall.tolist() == [1.0]
    assert score_search(*scene, score_thr=0.51).recall.tolist() == [0.0]
    assert score_search(*scene, score_thr=0.51).figures == dict(
        mAP=0.0, top1=0.0, top5=0.0, top10=0.0
    )


def test_no_detections_at_all():
    scene = one_image([], [], [0, 0, 9, 9])
    assert score_search(*scene).figures['mAP'] == 0.0
    ranking = rank_gallery(scene[0], scene[1][0], scene[2], 0)
    assert len(ranking.rows) == 0


@pytest.mark.parametrize('seed', range(5))
def test_ranking_tells_what_the_figures_say(seed):
    detections, query_feats, protocol, _ = random_scene(seed)
    scores = score_search(detections, query_feats, protocol)
    for i, query_id in enumerate(protocol.query_ids):
        ranking = rank_gallery(
            detections, query_feats[query_id], protocol, i, num=10
        )
        assert [ranking.is_true[:k].any() for k in (1, 5, 10)] == list(
            scores.hits[i]
        )
        assert (np.diff(ranking.similarities) <= 0).all()
        assert (detections.scores[ranking.rows] >= 0.5).all()
        for img_id, row in zip(ranking.img_ids, ranking.rows):
            assert img_id in protocol.galleries[i]
            assert detections.image_of(row) == img_id


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


@pytest.mark.parametrize('seed', range(25))
@pytest.mark.parametrize('score_thr', [0.5, 0.8])
@pytest.mark.parametrize('labelled', [False, True])
def test_detection_equals_plain_loops(seed, score_thr, labelled):
    detections, _, _, ground_truth = random_scene(seed, density=0.8)
    recall, ap = plain_detection(detections, ground_truth, score_thr, labelled)
    figures = score_detection(
        detections, ground_truth, score_thr, labelled_only=labelled
    )
    assert figures == pytest.approx(dict(recall=recall, ap=ap), abs=1e-12)


def test_iou_equals_plain_loops():
    rng = np.random.default_rng(2)
    corners = rng.integers(0, 20, (30, 2))
    boxes = np.concatenate(
        [corners, corners + rng.integers(1, 20, (30, 2))], axis=1
    )
    expected = [[plain_iou(a, b) for b in boxes] for a in boxes]
    np.testing.assert_allclose(iou(boxes[:, None], boxes[None]), expected)
    assert iou(np.zeros(4), np.zeros(4)) == 0


def test_iou_of_narrow_integers_does_not_wrap():
    box = np.array([0, 0, 200, 200], dtype=np.uint8)
    assert iou(box, box) == 1.0
    assert iou_threshold(box) == 0.5


def test_mutual_best_takes_the_first_on_ties():
    assert mutual_best(np.array([[0.8, 0.8]])).tolist() == [True, False]
    assert mutual_best(np.array([[0.8], [0.8]])).tolist() == [True]
    assert mutual_best(np.array([[0.5]])).tolist() == [True]
    assert mutual_best(np.array([[0.49]])).tolist() == [False]


@pytest.mark.parametrize('seed', range(20))
def test_average_precision_equals_sklearn(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, 30) / 8
    labels = rng.random(30) < 0.3
    labels[0] = True
    assert average_precision(scores[labels], np.sort(scores)) == pytest.approx(
        average_precision_score(labels, scores), abs=1e-15
    )


def test_ground_truth_as_detections():
    *_, ground_truth = random_scene(3)
    total = sum(map(len, ground_truth.boxes))
    detections = gt_as_detections(ground_truth, np.ones((total, 2)))
    assert score_detection(detections, ground_truth) == dict(
        recall=1.0, ap=1.0
    )
    with pytest.raises(ValueError, match=f'1 embeddings for {total}'):
        gt_as_detections(ground_truth, np.ones((1, 2)))


def test_examples_in_docstrings():
    assert run_examples(functional) > 20


def test_names_of_earlier_versions_can_be_imported():
    for old, new in (
        ('Suite', 'ScoringResult'),
        ('score_suite', 'score_predictions'),
        ('Truth', 'QueryPositives'),
        ('find_truth', 'find_positives'),
        ('remarks_on', 'notes_on'),
    ):
        assert getattr(functional, old) is getattr(functional, new)
    for name in functional.__all__:
        assert hasattr(functional, name)
    scores = score_search(*random_scene(0)[:3])
    assert scores.figures is scores.metrics


def test_functional_needs_no_mmengine():
    import subprocess
    import sys

    code = (
        'import sys, json, mmdmr.evaluation.functional; print(json.dumps('
        '[m for m in sys.modules if m.split(".")[0] in '
        '("mmengine", "torch", "mmdet")]))'
    )
    output = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(output.stdout) == []


@pytest.mark.parametrize(
    'box,false',
    [
        ([110, 100, 150, 200], False),  # inside
        ([60, 100, 140, 200], False),  # half inside
        ([59, 100, 139, 200], True),  # less
        ([400, 100, 450, 200], True),
    ],
)
@pytest.mark.parametrize('labelled', [False, True])
def test_detections_in_ignored_regions_are_not_false(box, false, labelled):
    person = np.array([[10.0, 10, 50, 90]])
    truth = GroundTruth(
        ('a.jpg', 'b.jpg'),
        [person, person],
        [np.array([0]), np.array([1])],
        np.array([-1, -1]),
        ignored_boxes=[np.array([[100.0, 50, 300, 250]]), np.empty((0, 4))],
    )
    detections = Detections(
        np.array([box, person[0], person[0]], dtype=float),
        np.array([0.99, 0.9, 0.8]),
        np.eye(3),
        np.array([0, 2, 3]),
    )
    found = score_detection(detections, truth, labelled_only=labelled)
    # ranked first, a false one halves and thirds the precision
    expected = (1 / 2 + 2 / 3) / 2 if false else 1
    assert found['recall'] == 1
    assert found['ap'] == pytest.approx(expected)


def test_a_person_found_in_an_ignored_region_counts():
    box = np.array([[10.0, 10, 50, 90]])
    truth = GroundTruth(
        ('a.jpg',), [box], [np.array([0])], np.array([-1]), (), [box - 1]
    )
    detections = Detections(box, np.array([0.9]), np.eye(1), np.array([0, 1]))
    assert score_detection(detections, truth) == dict(recall=1, ap=1)
