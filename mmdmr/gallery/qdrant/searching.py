"""Search of a Qdrant gallery, with the answers of the local gallery.

A server that stores float16 rounds the query to float16 as well: its
similarities are right to 0.0005. So somewhat more persons are asked for than
wanted, and their similarities are computed anew from the embeddings.
"""

from typing import NamedTuple

import numpy as np
from qdrant_client import models

from ..filters import Filters
from ..ranking import Matches, Ranking, merge
from ..vectors import decode
from .conditions import has_id, is_any, search_conditions, without
from .store import QdrantStore

#: Greatest error of a similarity of a server: half a step of float16.
TOLERANCE = 2.0**-11
#: Persons that are asked for beside the wanted ones.
_MORE = 16
#: Requests of a search that may leave out persons.
_REQUESTS = 4


class _Found(NamedTuple):
    """Candidates of a query, by falling similarity of the server."""

    rows: np.ndarray
    scores: np.ndarray
    sightings: np.ndarray


def search(
    store: QdrantStore,
    feats: np.ndarray,
    size: int,
    filters: Filters,
    exact: bool,
    grouped: bool,
) -> Matches:
    """Find the most similar persons.

    Args:
        store (QdrantStore): The collections.
        feats (np.ndarray): (q, D) float32 queries of unit length.
        size (int): Number of persons k of each query.
        filters (Filters): Conditions.
        exact (bool): True to compare with every person.
        grouped (bool): True for the best person of each sighting only.

    Returns:
        Matches: (q, k) persons.
    """
    conditions = search_conditions(filters)
    num = 0
    if conditions is not None:
        num = store.count(store.persons, conditions)
    rankings = [Ranking.empty(len(feats), size)]
    if num and conditions is not None:
        rankings = [
            _rank(store, feat, size, conditions, exact, grouped)
            for feat in feats
        ]
    similarities = np.concatenate([r.similarities for r in rankings])
    return Matches(
        np.concatenate([ranking.rows for ranking in rankings]),
        # Lengths of float16 embeddings are rounded: 1.0001 is 1.
        np.minimum(similarities, 1),
        num,
    )


def _rank(
    store: QdrantStore,
    feat: np.ndarray,
    size: int,
    conditions: models.Filter,
    exact: bool,
    grouped: bool,
) -> Ranking:
    """Rank the persons of one query: (1, k) places."""
    search = _Search(store, feat, exact, grouped)
    found = _near_best(search.candidates(size, conditions), size, grouped)
    codes = store.codes(found.rows.tolist())
    # A person that was removed a moment ago is left out.
    kept = np.array([row in codes for row in found.rows], dtype=bool)
    rows = found.rows[kept]
    stacked = np.array([codes[row] for row in rows.tolist()], dtype='<f2')
    near = decode(stacked.reshape(len(rows), len(feat))) @ feat.astype(
        np.float64
    )
    ranking = Ranking(
        rows[None],
        near[None].astype(np.float32),
        found.sightings[kept][None],
    )
    return merge(ranking, Ranking.empty(1, size), size, grouped)


class _Search:
    """Requests of one query.

    Args:
        store (QdrantStore): The collections.
        feat (np.ndarray): (D,) query.
        exact (bool): True to compare with every person.
        grouped (bool): True for the best person of each sighting.
    """

    def __init__(
        self, store: QdrantStore, feat: np.ndarray, exact: bool, grouped: bool
    ) -> None:
        self._store = store
        self._query = feat.astype(float).tolist()
        self._exact = exact
        self._grouped = grouped
        # Similarity and sighting by person.
        self._hits: dict[int, tuple[float, int]] = {}

    def candidates(self, size: int, conditions: models.Filter) -> _Found:
        """Persons among which the best ones certainly are.

        A request gives the most similar persons. What is settled is left out
        of the next one, until enough is settled: a sighting is settled if its
        best view is more similar than any person still to come, whatever the
        server rounds.

        Args:
            size (int): Number of persons, or of sightings.
            conditions (models.Filter): Persons to search.

        Returns:
            _Found: Candidates.
        """
        limit = size + _MORE
        settled: set[int] = set()
        requests = 0
        while True:
            remaining = without(conditions, self._any_of(settled))
            points = self._ask(remaining if settled else conditions, limit)
            requests += 1
            for point in points:
                sighting = (point.payload or {})['sighting']
                self._hits[int(point.id)] = (point.score, sighting)
            if len(points) < limit:
                break
            now = self._settled(points[-1].score)
            if len(now) >= size or requests == _REQUESTS and not self._exact:
                break
            if len(now) == len(settled):
                # All persons of the answer are nearly alike: ask for more.
                limit *= 2
            settled = now
        rows = np.array(list(self._hits), dtype=np.int64)
        scores, sightings = map(np.array, zip(*self._hits.values()))
        order = np.lexsort((rows, -scores))
        return _Found(rows[order], scores[order], sightings[order])

    def _ask(
        self, conditions: models.Filter, limit: int
    ) -> list[models.ScoredPoint]:
        # The embedded mode compares with every person in any case.
        is_server = self._store.address.folder is None
        return self._store.call(
            lambda client: client.query_points(
                self._store.persons,
                query=self._query,
                query_filter=conditions,
                search_params=self._params() if is_server else None,
                limit=limit,
                with_payload=['sighting'],
            )
        ).points

    def _params(self) -> models.SearchParams:
        """Similarities of the stored embeddings, not of quantised ones."""
        quantization = models.QuantizationSearchParams(
            ignore=self._exact, rescore=True
        )
        return models.SearchParams(
            exact=self._exact, quantization=quantization
        )

    def _any_of(self, settled: set[int]) -> models.Condition:
        if self._grouped:
            return is_any('sighting', sorted(settled))
        return has_id(sorted(settled))

    def _settled(self, last: float) -> set[int]:
        """Sightings, or persons, above all that may still come."""
        bound = last + 2 * TOLERANCE
        return {
            sighting if self._grouped else row
            for row, (score, sighting) in self._hits.items()
            if score > bound
        }


def _near_best(found: _Found, size: int, grouped: bool) -> _Found:
    """Leave out candidates that cannot become hits, whatever was rounded."""
    groups = found.sightings if grouped else found.rows
    _, first, inverse = np.unique(
        groups, return_index=True, return_inverse=True
    )
    # Candidates fall: the first of a group is its best.
    best = found.scores[first]
    kept = found.scores >= best[inverse] - 2 * TOLERANCE
    if len(best) > size:
        last = np.partition(best, -size)[-size]
        kept &= found.scores >= last - 2 * TOLERANCE
    return _Found(*(column[kept] for column in found))
