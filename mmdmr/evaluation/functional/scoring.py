"""All metrics of one set of predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, SearchProtocol, SearchTask

from .cbgm import CBGM, stored_contexts, suppressed_contexts
from .clean_galleries import strict_protocol
from .detection import score_detection
from .kept_detections import gt_as_detections
from .options import CBGMOptions, ScoringOptions
from .score_key import ScoreKey
from .search import Search, SearchScores, score_searches


@dataclass(frozen=True, eq=False)
class ScoringResult:
    """Metrics of searches and detections, as :func:`score_predictions` gives.

    Args:
        searches (dict[str, SearchScores]): Scores by key, such as
            ``search.G100`` or ``search.all+cbgm+gt``, see
            :class:`~.score_key.ScoreKey`.
        protocols (dict[str, SearchProtocol]): Protocol of each search, by the
            same keys.
        detection (dict[str, dict[str, float]]): Metrics of detection by key,
            such as ``detection@0.5`` or ``detection-labelled@0.5``.
    """

    searches: dict[str, SearchScores]
    protocols: dict[str, SearchProtocol]
    detection: dict[str, dict[str, float]]

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """dict[str, dict[str, float]]: All metrics in [0, 1], by key."""
        metrics = {k: scores.metrics for k, scores in self.searches.items()}
        return {**metrics, **self.detection}

    @property
    def figures(self) -> dict[str, dict[str, float]]:
        """dict[str, dict[str, float]]: Same as :attr:`metrics`."""
        return self.metrics


def score_predictions(
    task: SearchTask,
    detections: Detections,
    query_feats: np.ndarray,
    gt_feats: np.ndarray | None = None,
    options: ScoringOptions | None = None,
    **changes: Any,
) -> ScoringResult:
    """Score searches and detections, every option beside the plain way.

    Args:
        task (SearchTask): Ground truth, queries and protocols.
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of all queries.
        gt_feats (np.ndarray | None): (N, D) embeddings of all ground-truth
            boxes, image by image, to search ground-truth boxes as well
            (``+gt``). Defaults to None.
        options (ScoringOptions | None): Options. Defaults to None:
            ``ScoringOptions()``.
        **changes (Any): Fields of :class:`~.options.ScoringOptions` in place
            of the fields of ``options``.

    Returns:
        ScoringResult: Metrics, with the protocols they were scored by.

    Raises:
        InputError: A protocol is unknown, or :func:`score_searches` refuses
            the predictions.

    Example:
        >>> import numpy as np
        >>> from mmdmr.structures import GroundTruth, Queries
        >>> box = np.array([[0., 0., 40., 90.]])
        >>> task = SearchTask(
        ...     GroundTruth(('a', 'b'), [box] * 2, [np.array([0])] * 2,
        ...                 np.array([-1, -1])),
        ...     Queries(np.array([0]), box, np.array([0])),
        ...     dict(all=SearchProtocol('all', np.array([0]), [np.array([1])],
        ...                             [np.array([1])], [box])))
        >>> detections = Detections(np.tile(box, (2, 1)), np.array([.9, .9]),
        ...                         np.eye(2), np.array([0, 1, 2]))
        >>> result = score_predictions(
        ...     task, detections, np.array([[1., 0.]]), cws=True)
        >>> list(result.metrics)[:2]
        ['search.all', 'search.all+cws']
    """
    options = replace(options or ScoringOptions(), **changes)
    chosen = chosen_protocols(task, options.protocols)
    scores: dict[str, SearchScores] = {}
    protocols: dict[str, SearchProtocol] = {}
    sets = [(False, detections)]
    if gt_feats is not None:
        sets.append((True, gt_as_detections(task.ground_truth, gt_feats)))
    for gt, boxes in sets:
        searches = _searches(chosen, task, boxes, options, gt)
        # All searches of a set at once: each similarity is computed once.
        found = score_searches(
            boxes,
            query_feats,
            list(searches.values()),
            options.score_thr,
            options.topk,
        )
        scores.update(zip(searches, found))
        protocols.update({key: s.protocol for key, s in searches.items()})
    detection = {}
    for key in options.detection_keys():
        assert key.score_thr is not None
        detection[str(key)] = score_detection(
            detections,
            task.ground_truth,
            key.score_thr,
            labelled_only=key.labelled,
        )
    return ScoringResult(scores, protocols, detection)


def chosen_protocols(
    task: SearchTask, names: Sequence[str] | None
) -> list[SearchProtocol]:
    """Protocols of a task by name.

    Args:
        task (SearchTask): Test split with its protocols.
        names (Sequence[str] | None): Names; None for all protocols.

    Returns:
        list[SearchProtocol]: Protocols in the order of the names.

    Raises:
        InputError: The task has no protocol of a name.
    """
    names = list(task.protocols if names is None else names)
    unknown = [name for name in names if name not in task.protocols]
    if unknown:
        raise InputError(
            f'protocol {", ".join(unknown)} was not read, only '
            f'{", ".join(task.protocols)}; name it in the protocols of the '
            'data set'
        )
    return [task.protocols[name] for name in names]


def result_keys(
    options: ScoringOptions, protocols: Sequence[str], with_gt: bool
) -> list[ScoreKey]:
    """Keys of a result before it is computed.

    Args:
        options (ScoringOptions): Options of the scoring.
        protocols (Sequence[str]): Names of the protocols scored.
        with_gt (bool): True if ground-truth boxes are searched as well.

    Returns:
        list[ScoreKey]: Keys in the order of :attr:`ScoringResult.metrics`.

    Example:
        >>> keys = result_keys(ScoringOptions(), ['all'], with_gt=True)
        >>> [str(key) for key in keys][:3]
        ['search.all', 'search.all+gt', 'detection@0.5']
    """
    return [
        *(
            key
            for gt in (False, True)[: 1 + with_gt]
            for name in protocols
            for key in options.search_keys(name, gt)
        ),
        *options.detection_keys(),
    ]


def _searches(
    protocols: Sequence[SearchProtocol],
    task: SearchTask,
    boxes: Detections,
    options: ScoringOptions,
    gt: bool,
) -> dict[str, Search]:
    """Searches among one set of boxes, by key."""
    cbgm = None
    if options.cbgm is not None:
        cbgm = _context_matching(options.cbgm, boxes, task)
    searches = {}
    for protocol in protocols:
        strict = protocol
        if options.strict:
            strict = strict_protocol(protocol, task.queries)
        for key in options.search_keys(protocol.name, gt):
            searches[str(key)] = Search(
                strict if key.strict else protocol,
                cws=key.cws,
                cbgm=cbgm if key.cbgm else None,
                expansion=options.expansion if key.qe else None,
                reranking=options.reranking if key.rerank else None,
            )
    return searches


def _context_matching(
    options: CBGMOptions, detections: Detections, task: SearchTask
) -> CBGM:
    """Context matching with the context of each query."""
    if options.contexts == 'stored':
        contexts = stored_contexts(detections, task.queries)
    else:
        contexts = suppressed_contexts(detections, task.queries)
    return CBGM(contexts, options.k1, options.k2)
