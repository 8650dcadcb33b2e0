"""One query in its gallery: similarities, true positives and ranks."""

from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import RemainderGalleries, SearchProtocol

from .average_precision import mean_precision
from .candidates import Candidates
from .cbgm import CBGM, revised_similarities
from .exact_ranks import (
    EXCLUDED,
    Refinement,
    coarse_error,
    count_above,
    most_similar,
    tied_with,
)
from .kept_detections import KeptDetections
from .query_expansion import ExpansionOptions, expand_query
from .reranking import RerankingOptions, rerank
from .similarity import check_embeddings, similarity

#: Error of storing weighted or revised similarities in float32.
_ROUNDING = 2.0**-23
#: Re-ranked similarities lie in this range: above the similarities of all
#: other detections, which are at most 1.03, and below 2, see exact_ranks.
_RERANKED = (1.05, 1.95)
#: Detections multiplied at a time.
_GALLERY_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Search:
    """A protocol, and the way its similarities are made.

    Args:
        protocol (SearchProtocol): Queries and galleries.
        cws (bool): True to multiply each similarity by the confidence of the
            detection (confidence-weighted similarity, SeqNet, AAAI 2021).
            Defaults to False.
        cbgm (CBGM | None): Context bipartite graph matching that revises
            similarities. Defaults to None: similarities are not revised.
        expansion (ExpansionOptions | None): Query expansion: each query is
            averaged with the k detections of its own gallery that are most
            similar, by :func:`~.query_expansion.expand_query`; neither
            ``cws`` nor ``cbgm`` chooses them. Defaults to None: queries stay
            as they are.
        reranking (RerankingOptions | None): k-reciprocal re-ranking by
            :func:`~.reranking.rerank`: the most similar detections of the
            gallery are sorted anew and stay before all others. Defaults to
            None: no re-ranking.

    Raises:
        InputError: Re-ranking is asked for together with ``cws`` or ``cbgm``.

    Example:
        >>> import numpy as np
        >>> protocol = SearchProtocol(
        ...     'G2', np.array([0]), [np.array([0, 1])], [np.array([1])],
        ...     [np.array([[0., 0., 40., 90.]])])
        >>> Search(protocol, cws=True).cbgm is None
        True
    """

    protocol: SearchProtocol
    cws: bool = False
    cbgm: CBGM | None = None
    expansion: ExpansionOptions | None = None
    reranking: RerankingOptions | None = None

    def __post_init__(self) -> None:
        if self.reranking is not None and (self.cws or self.cbgm is not None):
            raise InputError(
                're-ranking revises plain similarities; leave out '
                'confidence-weighted similarity and CBGM'
            )


class QueryInGallery:
    """One query with its similarities to all kept detections.

    Positions of kept detections are called *entries*. Similarities come in
    three precisions, see :mod:`.exact_ranks`: float32 for all entries
    (``coarse``), float64 and exact for the entries asked for. Entries outside
    the gallery have the similarity ``EXCLUDED``.

    Worked example: the gallery lists images 2 and 0; images 0, 1, 2 own the
    entries 0, 1 and 2, 3::

        entry       0     1     2     3
        image       0     1     2     2
        product    0.9   0.8   0.7   0.9
        coarse     0.9  -2.0   0.7   0.9      image 1 is not in the gallery
        tie order   2     -     0     1       image 2 is listed first

    The most similar entries are 3, 0, 2: entry 3 goes before entry 0 as the
    gallery lists its image first.

    Args:
        search (Search): Protocol and options.
        index (int): Position of the query in ``protocol.query_ids``.
        kept (KeptDetections): M kept detections.
        feat (np.ndarray): (D,) embedding of the query.
        coarse (np.ndarray): (M,) float32 inner products of the query and the
            kept detections, as :func:`coarse_similarities` gives; not
            changed.
        memory (np.ndarray | None): (M,) float32 memory for the query's own
            similarities, which the next query may overwrite. Defaults to
            None: new memory.
    """

    def __init__(
        self,
        search: Search,
        index: int,
        kept: KeptDetections,
        feat: np.ndarray,
        coarse: np.ndarray,
        memory: np.ndarray | None = None,
    ) -> None:
        self.search, self.index, self.kept = search, index, kept
        self.feat = feat
        self.error = coarse_error(len(feat)) + _ROUNDING
        self.refinements = [
            Refinement(self._double, coarse_error(len(feat), np.float64)),
            Refinement(self.exact, 0.0),
        ]
        self.weights = kept.scores if search.cws else None
        if self.weights is not None:
            coarse = coarse * self.weights.astype(np.float32)
        self.coarse = np.empty_like(coarse) if memory is None else memory
        self._fill_in_gallery(coarse)
        # Entries whose similarity context matching or re-ranking replaces,
        # rising, and the similarities that replace them.
        self.revised: np.ndarray = np.empty(0, dtype=np.int64)
        self.revisions: np.ndarray = np.empty(0)
        if search.cbgm is not None:
            self._revise(search.cbgm)
        if search.reranking is not None:
            self._rerank(search.reranking)

    def _fill_in_gallery(self, coarse: np.ndarray) -> None:
        """Copy similarities, with ``EXCLUDED`` outside the gallery."""
        galleries = self.search.protocol.galleries
        if isinstance(galleries, RemainderGalleries):
            # A few images are excluded: quicker than listing the gallery.
            self.coarse[:] = coarse
            excluded = galleries.excluded_from(self.index)
            self.coarse[self.kept.rows_of(excluded)] = EXCLUDED
            return
        entries = self.kept.rows_of(galleries[self.index])
        self.coarse[:] = EXCLUDED
        self.coarse[entries] = coarse[entries]

    def exact(self, entries: np.ndarray) -> np.ndarray:
        """(m,) float64 exact similarities of (m,) entries."""
        feats = self.kept.feats(entries)
        return self._adjusted(similarity(self.feat[None], feats)[0], entries)

    def _double(self, entries: np.ndarray) -> np.ndarray:
        """(m,) similarities of (m,) entries with the rounding of float64."""
        feats = self.kept.feats(entries).astype(np.float64, copy=False)
        return self._adjusted(feats @ self.feat.astype(np.float64), entries)

    def _adjusted(self, values: np.ndarray, entries: np.ndarray) -> np.ndarray:
        """(m,) inner products with weights and revisions applied."""
        if self.weights is not None:
            values = values * self.weights[entries]
        if len(self.revised):
            # Position of each entry among the revised entries, right only for
            # an entry that was revised.
            position = np.searchsorted(self.revised, entries)
            position = np.minimum(position, len(self.revised) - 1)
            is_revised = self.revised[position] == entries
            values[is_revised] = self.revisions[position[is_revised]]
        return values

    def most_similar(self, num: int) -> np.ndarray:
        """(at most num,) entries of greatest similarity, in rank order."""
        return most_similar(
            self.coarse, self.error, self.refinements, num, self._tie_order()
        )

    def _tie_order(self) -> np.ndarray | None:
        """(M,) position of each entry in gallery order.

        None if gallery order is the order of the entries; undefined for
        entries outside the gallery.
        """
        galleries = self.search.protocol.galleries
        if isinstance(galleries, RemainderGalleries) and not len(
            galleries.first[self.index]
        ):
            return None
        entries = self.kept.rows_of(galleries[self.index])
        tie_order = np.empty(len(self.coarse), dtype=np.int64)
        tie_order[entries] = np.arange(len(entries))
        return tie_order

    def _revise(self, cbgm: CBGM) -> None:
        """Replace similarities in the images of the k1 best entries."""
        query_id = self.search.protocol.query_ids[self.index]
        best = self.most_similar(cbgm.k1)
        self.revised, self.revisions = revised_similarities(
            self.kept,
            self.feat,
            cbgm,
            query_id,
            np.unique(self.kept.image_of(best)),
            self.weights,
        )
        self.coarse[self.revised] = self.revisions

    def _rerank(self, options: RerankingOptions) -> None:
        """Sort the most similar entries anew, before all others."""
        best = self.most_similar(options.num)
        distances = rerank(self.feat, self.kept.feats(best), options)
        low, high = _RERANKED
        revisions = high - (high - low) * distances
        rising = np.argsort(best)
        self.revised, self.revisions = best[rising], revisions[rising]
        self.coarse[self.revised] = self.revisions

    def true_positives(self, candidates: Candidates) -> np.ndarray:
        """Most similar candidate of each image, the first one on ties.

        Args:
            candidates (Candidates): Entries with a large enough IoU.

        Returns:
            np.ndarray: (t,) entries, one for each image that has a candidate,
                in the order of the images.
        """
        entries, owners, _ = candidates
        if not len(entries):
            return entries
        values = self.coarse[entries].astype(np.float64)
        order, first = _best_first(entries, owners, values)
        if _may_swap(owners[order], values[order], first, 2 * self.error):
            values = self.exact(entries)
            order, first = _best_first(entries, owners, values)
        return entries[order[first]]

    def ranks(self, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Exact ranks of entries.

        Args:
            true (np.ndarray): (t,) entries of the gallery.

        Returns:
            tuple[np.ndarray, np.ndarray]: (t,) numbers of entries more
                similar than each entry, and (t,) numbers of entries equally
                similar, the entry itself included.
        """
        return count_above(self.coarse, self.error, self.refinements, true)

    def score(self, candidates: Candidates) -> tuple[float, float, float]:
        """Score the query.

        Args:
            candidates (Candidates): Entries with a large enough IoU.

        Returns:
            tuple[float, float, float]: AP x recall and recall, in [0, 1];
                rank from 0 of the first true positive, infinite without one.
        """
        true = self.true_positives(candidates)
        if not len(true):
            return 0.0, 0.0, np.inf
        recall = len(true) / candidates.num_gts
        above, equal = self.ranks(true)
        ap = mean_precision(above + equal) * recall
        best = above.argmin()
        rank = float(above[best])
        # Equally similar entries that are no true positives may go first.
        if equal[best] > (above == above[best]).sum():
            rank += self._place_among_ties(true, int(true[best]))
        return ap, recall, rank

    def _place_among_ties(self, true: np.ndarray, best: int) -> int:
        """Number of entries tied with ``best`` before a true positive."""
        tied = tied_with(self.coarse, self.error, self.refinements, best)
        tie_order = self._tie_order()
        if tie_order is not None:
            tied = tied[np.argsort(tie_order[tied])]
        return int(np.argmax(np.isin(tied, true)))


def _best_first(
    entries: np.ndarray, owners: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Order by owner and falling value, and the start of each owner."""
    order = np.lexsort((entries, -values, owners))
    owners = owners[order]
    first = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
    return order, first


def _may_swap(
    owners: np.ndarray, values: np.ndarray, first: np.ndarray, tolerance: float
) -> bool:
    """True if rounding could have swapped an image's best two entries."""
    second = first[first + 1 < len(owners)] + 1
    same = owners[second] == owners[second - 1]
    return bool((values[second - 1] - values[second] <= tolerance)[same].any())


def expanded_queries(
    search: Search,
    positions: np.ndarray,
    kept: KeptDetections,
    query_feats: np.ndarray,
    coarse: np.ndarray,
) -> np.ndarray:
    """Average queries with the best matches in their own galleries.

    Args:
        search (Search): Protocol, and options of the expansion.
        positions (np.ndarray): (m,) positions of queries in
            ``protocol.query_ids``.
        kept (KeptDetections): M kept detections.
        query_feats (np.ndarray): (m, D) embeddings of the queries.
        coarse (np.ndarray): (m, M) result of :func:`coarse_similarities`.

    Returns:
        np.ndarray: (m, D) float64 embeddings.
    """
    assert search.expansion is not None
    plain = Search(search.protocol)
    expanded = np.empty(query_feats.shape)
    for i, (index, feat) in enumerate(zip(positions, query_feats)):
        query = QueryInGallery(plain, index, kept, feat, coarse[i])
        best = query.most_similar(search.expansion.k)
        expanded[i] = expand_query(feat, kept.feats(best), search.expansion)
    return expanded


def check_feats(feats: np.ndarray, query_feats: np.ndarray) -> None:
    """Check embeddings of detections and queries.

    Args:
        feats (np.ndarray): (N, D) embeddings of detections.
        query_feats (np.ndarray): (q, D) embeddings of queries.

    Raises:
        InputError: Embeddings are not finite, not of unit length, or of two
            dimensionalities.
    """
    check_embeddings(query_feats, 'queries')
    check_embeddings(feats, 'detections')
    if query_feats.shape[1] != feats.shape[1]:
        raise InputError(
            f'embeddings of the queries have {query_feats.shape[1]} '
            f'dimensions, embeddings of the detections {feats.shape[1]}; take '
            'both from one model'
        )


def coarse_similarities(
    query_feats: np.ndarray,
    kept: KeptDetections,
    buffer: np.ndarray | None = None,
) -> np.ndarray:
    """Inner products in float32.

    Args:
        query_feats (np.ndarray): (q, D) embeddings of queries.
        kept (KeptDetections): M kept detections.
        buffer (np.ndarray | None): (b, M) float32 memory to write into, used
            if b is at least q. Defaults to None: new memory.

    Returns:
        np.ndarray: (q, M) float32 inner products.
    """
    queries = query_feats.astype(np.float32)
    if buffer is None or len(buffer) < len(queries):
        buffer = np.empty((len(queries), len(kept)), dtype=np.float32)
    coarse = buffer[: len(queries)]
    # In blocks: the float32 copy of all embeddings would double the memory.
    for start in range(0, len(kept), _GALLERY_BLOCK):
        stop = min(start + _GALLERY_BLOCK, len(kept))
        block = kept.block(start, stop).astype(np.float32, copy=False)
        np.matmul(queries, block.T, out=coarse[:, start:stop])
    return coarse
