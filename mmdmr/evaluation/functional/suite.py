"""All figures that one set of predictions gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from mmdmr.structures import Detections, SearchProtocol, SearchTask

from .arrays import gt_as_detections
from .cbgm import CBGM, stored_contexts, suppressed_contexts
from .detection import score_detection
from .search import Search, SearchScores, score_searches
from .strict import strict_protocol

#: How the context of a query is chosen for CBGM.
CONTEXTS = ('suppressed', 'stored')


@dataclass(frozen=True)
class CBGMOptions:
    """Context bipartite graph matching, see :class:`~.cbgm.CBGM`.

    Args:
        k1 (int): Detections whose images are looked at. Defaults to 10.
        k2 (int): Persons of the context, the query included. Defaults to 3.
        contexts (str): ``suppressed``: as a run of SeqNet chooses them;
            ``stored``: all detections of the query's image in their order.
            Defaults to 'suppressed'.

    Raises:
        ValueError: A number is not positive, or ``contexts`` is unknown.
    """

    k1: int = 10
    k2: int = 3
    contexts: str = 'suppressed'

    def __post_init__(self) -> None:
        if self.k1 < 1 or self.k2 < 1:
            raise ValueError(
                f'CBGM needs k1 and k2 of 1 or more, not {self.k1} and '
                f'{self.k2}'
            )
        if self.contexts not in CONTEXTS:
            raise ValueError(
                f'contexts must be {" or ".join(CONTEXTS)}, not '
                f'{self.contexts!r}'
            )


@dataclass(frozen=True)
class Suite:
    """What :func:`score_suite` finds.

    Args:
        searches (dict[str, SearchScores]): By key, such as ``search.G100``
            or ``search.all+cbgm+gt``.
        protocols (dict[str, SearchProtocol]): What each key was scored by.
        detection (dict[str, dict[str, float]]): By key, such as
            ``detection@0.5`` or ``detection-labelled@0.5``.
    """

    searches: dict[str, SearchScores]
    protocols: dict[str, SearchProtocol]
    detection: dict[str, dict[str, float]]

    @property
    def figures(self) -> dict[str, dict[str, float]]:
        """dict[str, dict[str, float]]: All figures by key."""
        figures = {k: scores.figures for k, scores in self.searches.items()}
        return {**figures, **self.detection}


def score_suite(
    task: SearchTask,
    detections: Detections,
    query_feats: np.ndarray,
    gt_feats: np.ndarray | None = None,
    protocols: Sequence[str] | None = None,
    score_thr: float = 0.5,
    topk: Sequence[int] = (1, 5, 10),
    cbgm: CBGMOptions | None = None,
    cws: bool = False,
    strict: bool = False,
    detection_thrs: Sequence[float] | None = None,
) -> Suite:
    """Score searches and detections, every option beside the plain way.

    Args:
        task (SearchTask): Ground truth, queries and protocols.
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of all queries.
        gt_feats (np.ndarray, optional): (N, D) embeddings of all ground-truth
            boxes, to search among them too (``+gt``). Defaults to None.
        protocols (Sequence[str], optional): Names. Defaults to None: all.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        topk (Sequence[int]): The k of the top-k figures. Defaults to
            (1, 5, 10).
        cbgm (CBGMOptions, optional): Whether and how to score with context
            matching (``+cbgm``) too. Defaults to None.
        cws (bool): Whether to score with confidence-weighted similarity
            (``+cws``) too. Defaults to False.
        strict (bool): Whether to score by :func:`~.strict.strict_protocol`
            (``+strict``) too. Defaults to False.
        detection_thrs (Sequence[float], optional): Score thresholds of the
            detection figures. Defaults to None: ``score_thr``.

    Returns:
        Suite: Figures, and what they were made of.

    Raises:
        ValueError: A protocol is unknown, or as :func:`score_searches`.

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
        >>> suite = score_suite(task, detections, np.array([[1., 0.]]),
        ...                     cws=True)
        >>> list(suite.figures)[:2]
        ['search.all', 'search.all+cws']
    """
    chosen = chosen_protocols(task, protocols)
    searches: dict[str, SearchScores] = {}
    used: dict[str, SearchProtocol] = {}
    sets = [(False, detections)]
    if gt_feats is not None:
        sets.append((True, gt_as_detections(task.ground_truth, gt_feats)))
    for gt, boxes in sets:
        matching = None if cbgm is None else _matching(cbgm, boxes, task)
        variants = {
            search_key(search.protocol.name, options, gt, is_strict): search
            for search, options, is_strict in _variants(
                chosen, task, matching, cws, strict
            )
        }
        scores = score_searches(
            boxes, query_feats, list(variants.values()), score_thr, topk
        )
        searches.update(zip(variants, scores))
        used.update({key: s.protocol for key, s in variants.items()})
    found = {}
    for thr in (score_thr,) if detection_thrs is None else detection_thrs:
        for labelled in (False, True):
            found[detection_key(thr, labelled)] = score_detection(
                detections, task.ground_truth, thr, labelled_only=labelled
            )
    return Suite(searches, used, found)


def search_key(
    protocol: str, options: str = '', gt: bool = False, strict: bool = False
) -> str:
    """Name of a search among the figures.

    Args:
        protocol (str): Name of the protocol.
        options (str): One of :func:`search_options`. Defaults to ''.
        gt (bool): Whether among ground-truth boxes. Defaults to False.
        strict (bool): Whether by a strict protocol. Defaults to False.

    Returns:
        str: The key.

    Example:
        >>> search_key('G100', '+cbgm', gt=True)
        'search.G100+cbgm+gt'
    """
    return f'search.{protocol}{options}{"+gt" * gt}{"+strict" * strict}'


def detection_key(score_thr: float, labelled: bool = False) -> str:
    """Name of detection figures.

    Args:
        score_thr (float): Least score of a detection.
        labelled (bool): Whether over labelled persons. Defaults to False.

    Returns:
        str: The key.

    Example:
        >>> detection_key(0.5, labelled=True)
        'detection-labelled@0.5'
    """
    return f'detection{"-labelled" * labelled}@{score_thr:g}'


def search_options(cbgm: bool, cws: bool) -> list[str]:
    """Ways to compare embeddings, as they stand in the keys of searches.

    Args:
        cbgm (bool): Whether context matching is asked for too.
        cws (bool): Whether confidence-weighted similarity is.

    Returns:
        list[str]: In the order of the figures, the plain way first.

    Example:
        >>> search_options(True, True)
        ['', '+cbgm', '+cws', '+cbgm+cws']
    """
    return [
        '+cbgm' * matched + '+cws' * weighted
        for weighted, matched in product(
            (False, True)[: 1 + cws], (False, True)[: 1 + cbgm]
        )
    ]


def chosen_protocols(
    task: SearchTask, names: Sequence[str] | None
) -> list[SearchProtocol]:
    """Protocols by name.

    Args:
        task (SearchTask): What was read.
        names (Sequence[str], optional): Names; None for all.

    Returns:
        list[SearchProtocol]: In the order of the names.

    Raises:
        ValueError: A protocol was not read.
    """
    names = list(task.protocols if names is None else names)
    unknown = [name for name in names if name not in task.protocols]
    if unknown:
        raise ValueError(
            f'protocol {", ".join(unknown)} was not read, only '
            f'{", ".join(task.protocols)}; name it in the protocols of the '
            'data set'
        )
    return [task.protocols[name] for name in names]


def _matching(
    options: CBGMOptions, detections: Detections, task: SearchTask
) -> CBGM:
    if options.contexts == 'stored':
        contexts = stored_contexts(detections, task.queries)
    else:
        contexts = suppressed_contexts(detections, task.queries)
    return CBGM(contexts, options.k1, options.k2)


def _variants(
    protocols: Sequence[SearchProtocol],
    task: SearchTask,
    matching: CBGM | None,
    cws: bool,
    strict: bool,
) -> Iterator[tuple[Search, str, bool]]:
    """Searches, each with its options and whether it is strict."""
    options = search_options(matching is not None, cws)
    for protocol in protocols:
        for is_strict in (False, True)[: 1 + strict]:
            scored = (
                strict_protocol(protocol, task.queries)
                if is_strict
                else protocol
            )
            for option in options:
                search = Search(
                    scored,
                    '+cws' in option,
                    matching if '+cbgm' in option else None,
                )
                yield search, option, is_strict
