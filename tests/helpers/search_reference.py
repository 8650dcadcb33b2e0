"""Person search scored with plain loops, and random scenes to score."""

import itertools
import math
import warnings
from functools import partial

import numpy as np
from sklearn.metrics import average_precision_score

from mmdmr.benchmark import peers
from mmdmr.benchmark.peers import plain_iou
from mmdmr.structures import (
    Detections,
    GroundTruth,
    Queries,
    SearchProtocol,
    SearchTask,
)


def plain_ap(labels, scores):
    if not any(labels):
        return 0.0
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return average_precision_score(labels, scores)


def plain_matching(weights):
    """Pairs of the matching of greatest sum, by trying all of them."""
    rows, columns = len(weights), len(weights[0]) if weights else 0
    if not rows or not columns:
        return []
    if rows > columns:
        flipped = [[row[j] for row in weights] for j in range(columns)]
        return [(i, j) for j, i in plain_matching(flipped)]
    best = max(
        itertools.permutations(range(columns), rows),
        key=lambda p: math.fsum(weights[i][j] for i, j in enumerate(p)),
    )
    return list(enumerate(best))


def exhaustive_matching(weights):
    pairs = plain_matching(weights.tolist())
    return [i for i, _ in pairs], [j for _, j in pairs]


def exact_product(feats, feat):
    """Similarities without rounding: equal embeddings are equally similar."""
    return np.array(
        [
            math.fsum(float(x) * float(y) for x, y in zip(f, feat))
            for f in feats
        ]
    )


#: The benchmark's loops, with nothing left to SciPy and BLAS.
plain_search = partial(
    peers.plain_search, product=exact_product, matching=exhaustive_matching
)


def plain_detection(detections, ground_truth, score_thr, labelled=False):
    labels, scores, num_gts = [], [], 0
    for img_id, gt_boxes in enumerate(ground_truth.boxes):
        if labelled:
            gt_boxes = [
                box
                for box, person in zip(
                    gt_boxes, ground_truth.person_ids[img_id]
                )
                if person >= 0
            ]
            if not gt_boxes:
                continue
        rows = [
            row
            for row in detections.rows_of([img_id])
            if detections.scores[row] >= score_thr
        ]
        ious = [
            [plain_iou(gt, detections.boxes[row]) for row in rows]
            for gt in gt_boxes
        ]
        for j, row in enumerate(rows):
            column = [line[j] for line in ious]
            right = False
            if column and max(column) >= 0.5:
                line = ious[column.index(max(column))]
                right = line.index(max(line)) == j
            labels.append(right)
            scores.append(detections.scores[row])
        num_gts += len(gt_boxes)
    recall = sum(labels) / num_gts
    return recall, plain_ap(labels, scores) * recall


def unit(feats):
    return feats / np.linalg.norm(feats, axis=1, keepdims=True)


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


def random_scene(
    seed,
    num_images=20,
    num_queries=6,
    dims=4,
    num_ids=4,
    density=1.0,
    ties=True,
):
    """Detections with many equal similarities around random persons.

    Some images are without persons, some without detections, persons are
    small and large, and an image is listed twice in some galleries. Without
    ``ties`` no two similarities are equal.
    """
    rng = np.random.default_rng(seed)
    palette = unit(rng.integers(-1, 2, (12, dims)) + 0.125)

    def feats(num):
        if ties:
            return palette[rng.integers(0, len(palette), num)]
        return unit(rng.standard_normal((num, dims)))

    boxes, person_ids, det_boxes = [], [], []
    for _ in range(num_images):
        count = int(rng.integers(0, 5))
        corner = rng.uniform(0, 200, (count, 2))
        size = rng.uniform(4, 100, (count, 2))
        boxes.append(np.concatenate([corner, corner + size], axis=1))
        ids = rng.permutation(num_ids)[:count]
        ids[rng.random(len(ids)) < 0.2] = -1
        person_ids.append(np.resize(ids, count).astype(np.int64))
        copies = boxes[-1].repeat(rng.integers(0, 3, count), axis=0)
        jitter = rng.normal(0, 4, copies.shape).round()
        det_boxes.append(
            copies + jitter if rng.random() < density else np.empty((0, 4))
        )
        det_boxes[-1][:, 2:] = np.maximum(
            det_boxes[-1][:, 2:], det_boxes[-1][:, :2] + 1
        )
    ground_truth = GroundTruth(
        tuple(f's{i}.jpg' for i in range(num_images)),
        boxes,
        person_ids,
        np.full(num_images, -1),
    )
    counts = [len(b) for b in det_boxes]
    total = sum(counts)
    detections = Detections.from_counts(
        np.concatenate(det_boxes),
        rng.choice([0.4, 0.5, 0.75, 0.9], total).astype(np.float32),
        feats(total).astype(np.float32),
        counts,
    )

    galleries, gt_img_ids, gt_boxes = [], [], []
    while len(galleries) < num_queries:
        person = rng.integers(0, num_ids)
        gallery = rng.permutation(num_images)[: rng.integers(3, num_images)]
        holding = [i for i in gallery if person in person_ids[i]]
        if not holding:
            continue
        found = [boxes[i][list(person_ids[i]).index(person)] for i in holding]
        if rng.random() < 0.3:
            holding.append(holding[0])
            found.append(found[0] + 20)
        galleries.append(gallery)
        gt_img_ids.append(np.array(holding))
        gt_boxes.append(np.array(found))
    protocol = SearchProtocol(
        'random', rng.permutation(num_queries), galleries, gt_img_ids, gt_boxes
    )
    query_feats = feats(num_queries)
    return detections, query_feats.astype(np.float32), protocol, ground_truth


def random_task(seed):
    """A random scene as a task: task, detections, embeddings of queries."""
    detections, query_feats, protocol, truth = random_scene(seed)
    num = len(query_feats)
    queries = Queries(np.zeros(num, int), np.zeros((num, 4)), np.zeros(num))
    task = SearchTask(truth, queries, dict(random=protocol))
    return task, detections, query_feats
