"""Other implementations of person search, to compare the scoring with.

:func:`plain_search` is the protocol in plain loops. The tests check the
scoring against these loops, which must not import anything of
:mod:`mmdmr.evaluation`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmdmr.errors import InputError
from mmdmr.structures import Detections, SearchProtocol

if TYPE_CHECKING:
    from mmdmr.benchmark.simulation import Case
    from mmdmr.evaluation.functional import CBGM, Search

#: Function of a search, a case and positions of queries in the protocol, which
#: returns mAP, top1, top5 and top10.
Peer = Callable[['Search', 'Case', np.ndarray], dict[str, float]]
#: Similarities of (k, D) and (D,) embeddings, (k,).
Product = Callable[[np.ndarray, np.ndarray], np.ndarray]
Indices = Sequence[int] | np.ndarray
#: Rows and columns of the matching of greatest sum in a (k, n) matrix, as
#: SciPy's linear_sum_assignment returns them.
Matching = Callable[[np.ndarray], tuple[Indices, Indices]]
TOPK = (1, 5, 10)


def _greatest_matching(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return linear_sum_assignment(weights, maximize=True)


def plain_loop(
    search: Search, case: Case, positions: np.ndarray
) -> dict[str, float]:
    """Score queries with :func:`plain_search`.

    Args:
        search (Search): Protocol, threshold and CBGM.
        case (Case): Annotations and predictions.
        positions (np.ndarray): Positions of the queries in the protocol.

    Returns:
        dict[str, float]: ``mAP`` and ``top1``, ``top5``, ``top10`` in [0, 1].
    """
    aps, hits = plain_search(
        case.detections,
        case.query_feats,
        search.protocol,
        cbgm=search.cbgm,
        positions=positions,
    )
    rates = hits.mean(axis=0)
    return dict(
        mAP=float(aps.mean()),
        **{f'top{k}': float(rate) for k, rate in zip(TOPK, rates)},
    )


def plain_search(
    detections: Detections,
    query_feats: np.ndarray,
    protocol: SearchProtocol,
    score_thr: float = 0.5,
    topk: Sequence[int] = TOPK,
    cws: bool = False,
    cbgm: CBGM | None = None,
    positions: Sequence[int] | np.ndarray | None = None,
    product: Product = np.matmul,
    matching: Matching = _greatest_matching,
) -> tuple[np.ndarray, np.ndarray]:
    """Search with loops over queries and gallery images.

    Sources: the protocol of CUHK-SYSU and PRW (Xiao et al., CVPR 2017), CBGM
    of SeqNet (AAAI 2021), CWS of NAE (CVPR 2020).

    Args:
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        protocol (SearchProtocol): Galleries of m queries.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        topk (Sequence[int]): Ranks to look for a hit in. Defaults to 1, 5 and
            10.
        cws (bool): True to multiply similarities by detection scores.
            Defaults to False.
        cbgm (CBGM | None): Contexts, k1 and k2. Defaults to None: no graph
            matching.
        positions (Sequence[int] | None): Positions of n queries in the
            protocol. Defaults to None: all m queries.
        product (Callable): Similarities of (k, D) and (D,) embeddings.
            Defaults to the matrix product in the embeddings' own type.
        matching (Callable): Rows and columns of the matching of greatest sum.
            Defaults to SciPy's.

    Returns:
        tuple[np.ndarray, np.ndarray]: (n,) average precision times recall,
        and (n, len(topk)) bool, True for a right match among the k best.
    """
    chosen = range(len(protocol.query_ids)) if positions is None else positions

    def similarities(rows: np.ndarray, feat: np.ndarray) -> np.ndarray:
        sims = product(detections.feats[rows], feat)
        return sims * detections.scores[rows] if cws else sims

    aps, hits = [], []
    for i in map(int, chosen):
        query_id = protocol.query_ids[i]
        # Detections above the threshold and their similarities, by image.
        kept, sims = {}, {}
        for img_id in protocol.galleries[i]:
            start, end = detections.offsets[img_id : img_id + 2]
            rows = start + np.flatnonzero(
                detections.scores[start:end] >= score_thr
            )
            if len(rows):
                kept[img_id] = rows
                sims[img_id] = similarities(rows, query_feats[query_id])
        if cbgm is not None:
            context = np.concatenate(
                [
                    query_feats[query_id][None],
                    detections.feats[cbgm.contexts[query_id][: cbgm.k2 - 1]],
                ]
            )
            for img_id in _images_of_best(sims, cbgm.k1):
                graph = [similarities(kept[img_id], p) for p in context]
                _revise(sims[img_id], np.stack(graph), matching)
        # At most one detection an image is right. If an image is listed
        # twice, the first box is to be found, and both count in the recall.
        truth: dict[int, np.ndarray] = {}
        for img_id, box in zip(protocol.gt_img_ids[i], protocol.gt_boxes[i]):
            truth.setdefault(img_id, box)
        labels = {
            img_id: _label(
                values, detections.boxes[kept[img_id]], truth[img_id]
            )
            if img_id in truth
            else np.zeros(len(values), dtype=bool)
            for img_id, values in sims.items()
        }
        # One ranking over all images; equals stay in the gallery's order.
        scores = np.concatenate([np.empty(0), *sims.values()])
        right = np.concatenate([np.empty(0, dtype=bool), *labels.values()])
        recall = right.sum() / len(protocol.gt_img_ids[i])
        aps.append(plain_average_precision(right, scores) * recall)
        order = np.argsort(-scores, kind='stable')
        hits.append([bool(right[order[:k]].any()) for k in topk])
    return np.array(aps), np.array(hits)


def _images_of_best(sims: dict[int, np.ndarray], k1: int) -> set[int]:
    """Images of the k1 most similar detections."""
    owners = np.repeat(list(sims), [len(values) for values in sims.values()])
    flat = np.concatenate([np.empty(0), *sims.values()])
    return set(owners[np.argsort(-flat, kind='stable')[:k1]].tolist())


def _revise(values: np.ndarray, graph: np.ndarray, matching: Matching) -> None:
    """Give the query's partner the greatest similarity of the matching.

    Args:
        values (np.ndarray): (k,) similarities to the query, changed.
        graph (np.ndarray): (c, k) similarities to the context, the query
            first.
        matching (Callable): Matching of greatest sum, see
            :func:`plain_search`.
    """
    persons, partners = matching(graph)
    for person, partner in zip(persons, partners):
        if person == 0:
            values[partner] = max(graph[persons, partners])


def _label(
    values: np.ndarray, boxes: np.ndarray, gt_box: np.ndarray
) -> np.ndarray:
    """True for the most similar detection that overlaps the person enough."""
    labels = np.zeros(len(values), dtype=bool)
    width, height = gt_box[2] - gt_box[0], gt_box[3] - gt_box[1]
    threshold = min(0.5, width * height / ((width + 10) * (height + 10)))
    for j in np.argsort(-values, kind='stable'):
        if plain_iou(boxes[j].tolist(), gt_box.tolist()) >= threshold:
            labels[j] = True
            break
    return labels


def plain_iou(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes that are not empty.

    Args:
        a (Sequence[float]): ``x1, y1, x2, y2`` in pixels.
        b (Sequence[float]): ``x1, y1, x2, y2`` of the other box.

    Returns:
        float: In [0, 1].
    """
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    overlap = max(0, width) * max(0, height)
    union = (
        (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap
    )
    return overlap / union


def plain_average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """Average precision, equal scores being one step.

    Args:
        labels (np.ndarray): (n,) bool, True for a right entry.
        scores (np.ndarray): (n,) scores of the entries.

    Returns:
        float: Mean over the right entries of the precision at their score, in
        [0, 1]; 0 without a right entry.
    """
    precisions = [labels[scores >= score].mean() for score in scores[labels]]
    return float(np.mean(precisions)) if precisions else 0.0


def seqnet_peer(folder: str, k1: int, k2: int) -> Peer:
    """SeqNet's ``eval_search_prw``, from a checkout of SeqNet.

    Args:
        folder (str): The checkout, which is put on ``sys.path``.
        k1 (int): k1 of CBGM, required also without CBGM.
        k2 (int): k2 of CBGM, required also without CBGM.

    Returns:
        Peer: The function, which converts a case into SeqNet's inputs.

    Raises:
        FileNotFoundError: The folder has no ``eval_func.py``.
        InputError: The file is not SeqNet's, or needs a package.
    """
    if not (Path(folder) / 'eval_func.py').is_file():
        raise FileNotFoundError(
            f'--peer {folder}: no eval_func.py in this folder; name a '
            'checkout of SeqNet'
        )
    sys.path.insert(0, folder)
    # Not the module of another folder that was named before.
    sys.modules.pop('eval_func', None)
    try:
        import eval_func
    except ImportError as error:
        raise InputError(
            f'--peer {folder}: eval_func.py needs {error.name}; install it'
        ) from error
    if not hasattr(eval_func, 'eval_search_prw'):
        raise InputError(
            f'--peer {folder}: eval_func.py has no eval_search_prw; name a '
            'checkout of SeqNet'
        )

    def score(
        search: Search, case: Case, positions: np.ndarray
    ) -> dict[str, float]:
        query_ids = search.protocol.query_ids[positions]
        detections, cbgm = case.detections, search.cbgm
        ends = detections.offsets[1:-1]
        dets = np.split(
            np.hstack([detections.boxes, detections.scores[:, None]]), ends
        )
        with redirect_stdout(io.StringIO()):
            result = eval_func.eval_search_prw(
                _seqnet_gallery(case),
                _seqnet_queries(case, query_ids),
                dets,
                np.split(detections.feats, ends),
                [case.query_feats[i] for i in query_ids],
                *_seqnet_contexts(case, query_ids, cbgm),
                k1=k1,
                k2=k2,
                cbgm=cbgm is not None,
            )
        return dict(
            mAP=result['mAP'],
            **{f'top{k}': v for k, v in zip(TOPK, result['accs'])},
        )

    return score


class _Annotations(list):
    """A list that passes for one of SeqNet's data sets."""

    img_prefix = ''
    annotations = property(list)


def _seqnet_gallery(case: Case) -> _Annotations:
    truth = case.ground_truth
    return _Annotations(
        dict(img_name=name, boxes=boxes, pids=person_ids, cam_id=cam_id)
        for name, boxes, person_ids, cam_id in zip(
            truth.img_names, truth.boxes, truth.person_ids, truth.cam_ids
        )
    )


def _seqnet_queries(case: Case, query_ids: np.ndarray) -> _Annotations:
    truth, queries = case.ground_truth, case.queries
    return _Annotations(
        dict(
            img_name=truth.img_names[queries.img_ids[i]],
            boxes=queries.boxes[i],
            pids=queries.person_ids[i],
            cam_id=truth.cam_ids[queries.img_ids[i]],
        )
        for i in query_ids
    )


def _seqnet_contexts(
    case: Case, query_ids: np.ndarray, cbgm: CBGM | None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Boxes with scores and embeddings of each query, then of its context."""
    dets: list[np.ndarray] = []
    feats: list[np.ndarray] = []
    if cbgm is None:
        return dets, feats
    detections = case.detections
    for i in query_ids:
        rows = cbgm.contexts[i]
        box = np.append(case.queries.boxes[i], 1.0)[None]
        beside = np.hstack(
            [detections.boxes[rows], detections.scores[rows, None]]
        )
        dets.append(np.concatenate([box, beside]))
        feats.append(
            np.concatenate([case.query_feats[i][None], detections.feats[rows]])
        )
    return dets, feats
