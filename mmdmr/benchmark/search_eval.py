"""Time of the scoring, of a peer and of the bare matrix product."""

from dataclasses import dataclass, replace

import numpy as np

from mmdmr.benchmark.clock import fastest, seconds
from mmdmr.benchmark.peers import Peer
from mmdmr.benchmark.simulation import Case
from mmdmr.evaluation.functional import Search, score_searches
from mmdmr.structures import SearchProtocol

#: Queries of a block in :func:`time_product`, and the most memory for their
#: products.
_BLOCK, _BLOCK_BYTES = 512, 2**30


@dataclass(frozen=True)
class Comparison:
    """Times and metrics of the scoring and of a peer.

    Args:
        num_queries (int): Queries of the protocol.
        seconds (float): Time of the scoring of all queries.
        peer_seconds (float): Time of the peer, scaled to all queries.
        gap (float): Greatest difference of a metric, in [0, 1].
        peer_metrics (dict[str, float]): ``mAP``, ``top1``, ... of the peer in
            [0, 1].
    """

    num_queries: int
    seconds: float
    peer_seconds: float
    gap: float
    peer_metrics: dict[str, float]


def compare(
    search: Search, peer: Peer, case: Case, *, every: int, repeat: int
) -> Comparison:
    """Time the scoring and a peer on the same arrays, one after the other.

    Args:
        search (Search): Protocol, threshold and CBGM.
        peer (Peer): Function of :mod:`mmdmr.benchmark.peers`.
        case (Case): Annotations and predictions.
        every (int): Step between the queries that the peer scores, >= 1. The
            peer's time is scaled by the share of queries. The metrics are
            compared over the peer's queries.
        repeat (int): Number of runs of the scoring, >= 1. The fastest counts.

    Returns:
        Comparison: Times and metrics.
    """
    num = len(search.protocol.query_ids)

    def score(search: Search) -> dict[str, float]:
        (scores,) = score_searches(case.detections, case.query_feats, [search])
        return scores.metrics

    ours = fastest(lambda: score(search), repeat)
    positions = np.arange(0, num, every)
    theirs: dict[str, float] = {}
    peer_seconds = seconds(
        lambda: theirs.update(peer(search, case, positions))
    )
    part = replace(search, protocol=select_queries(search.protocol, positions))
    metrics = score(part)
    return Comparison(
        num,
        ours,
        peer_seconds * num / len(positions),
        max(abs(metrics[name] - value) for name, value in theirs.items()),
        theirs,
    )


def time_product(case: Case, dtype: str, repeat: int = 3) -> float:
    """Time the matrix product of all queries and all detections.

    No scoring can do without the product: its time is a lower bound.

    Args:
        case (Case): Annotations and predictions.
        dtype (str): NumPy type to multiply in.
        repeat (int): Number of products, >= 1. The fastest counts. Defaults
            to 3.

    Returns:
        float: Wall-clock time in seconds.
    """
    queries = case.query_feats.astype(dtype, copy=False)
    gallery = case.detections.feats.astype(dtype, copy=False)
    row = max(1, len(gallery) * gallery.itemsize)
    step = max(1, min(_BLOCK, _BLOCK_BYTES // row))
    # Filled before it is timed: the kernel hands out new memory slowly.
    products = np.ones((step, len(gallery)), dtype)

    def product() -> None:
        for start in range(0, len(queries), step):
            block = queries[start : start + step]
            np.matmul(block, gallery.T, out=products[: len(block)])

    return fastest(product, repeat)


def select_queries(
    protocol: SearchProtocol, positions: np.ndarray
) -> SearchProtocol:
    """Take a part of a protocol's queries.

    Args:
        protocol (SearchProtocol): Galleries of m queries.
        positions (np.ndarray): (n,) positions in the protocol.

    Returns:
        SearchProtocol: Galleries of the n queries.
    """
    return replace(
        protocol,
        query_ids=protocol.query_ids[positions],
        galleries=[protocol.galleries[i] for i in positions],
        gt_img_ids=[protocol.gt_img_ids[i] for i in positions],
        gt_boxes=[protocol.gt_boxes[i] for i in positions],
    )
