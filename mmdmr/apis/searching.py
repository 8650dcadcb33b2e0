"""Search of a gallery: embeddings of queried persons to ranked hits."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import Calibration
from mmdmr.evaluation.functional.query_expansion import (
    ExpansionOptions,
    expand_query,
)
from mmdmr.evaluation.functional.reranking import RerankingOptions, rerank
from mmdmr.gallery import AnyGallery, Filters
from mmdmr.media.addresses import is_stream
from mmdmr.structures import Hit
from mmdmr.structures.hits import UNCALIBRATED


@dataclass(frozen=True)
class SearchOptions:
    """Options of a search.

    Args:
        top_k (int): Largest number of hits of each person, at least 1.
        filters (Filters): Which persons are searched.
        exact (bool): True to compare with every person, without the index.
        expansion (ExpansionOptions | None): Query expansion.
        reranking (RerankingOptions | None): Re-ranking of the best matches.

    Raises:
        InputError: ``top_k`` is below 1.
    """

    top_k: int
    filters: Filters
    exact: bool = False
    expansion: ExpansionOptions | None = None
    reranking: RerankingOptions | None = None

    def __post_init__(self) -> None:
        if self.top_k < 1:
            raise InputError(f'top_k must be at least 1, not {self.top_k}')


def check_searchable(gallery: AnyGallery, filters: Filters) -> None:
    """Check that a gallery has persons, and what the filters name.

    Args:
        gallery (AnyGallery): Open gallery.
        filters (Filters): Which persons are searched.

    Raises:
        InputError: The gallery is empty, or lacks a source or a camera.
    """
    if not gallery.last_row:
        raise InputError(
            f'{gallery.address}: the gallery holds no persons; index pictures '
            'first'
        )
    for what, wanted, list_known in (
        ('source', filters.sources, gallery.sources),
        ('camera', filters.cameras, gallery.cameras),
    ):
        known = list_known() if wanted else []
        for name in wanted or ():
            if name not in known:
                shown = ', '.join(known[:10]) or 'none'
                raise InputError(
                    f'{gallery.address}: no {what} is called {name!r}; the '
                    f'gallery has: {shown}'
                )


def find_hits(
    gallery: AnyGallery,
    feats: np.ndarray,
    options: SearchOptions,
    calibration: Calibration | None,
) -> tuple[list[list[Hit]], int]:
    """Search a gallery for several persons.

    Args:
        gallery (AnyGallery): Open gallery.
        feats (np.ndarray): (q, D) embeddings of unit length.
        options (SearchOptions): Options.
        calibration (Calibration | None): Measured false alarms of the model.

    Returns:
        tuple[list[list[Hit]], int]: Hits of each queried person, the best
        first; and the number of persons that the filters keep.
    """
    searched = feats
    if options.expansion is not None:
        searched = np.stack(
            [_expanded(gallery, feat, options) for feat in feats]
        )
    num = options.top_k
    if options.reranking is not None:
        num = max(num, options.reranking.num)
    # Room is made for as many matches as are wanted.
    num = min(num, max(gallery.last_row, 1))
    matches = gallery.search(searched, num, options.filters, options.exact)
    hits = []
    for feat, moved, rows, similarities in zip(
        feats, searched, matches.rows, matches.similarities
    ):
        order = np.flatnonzero(rows >= 0)
        if options.reranking is not None:
            order = _reranked(gallery, moved, rows[order], options.reranking)
        order = order[: options.top_k]
        rows, similarities = rows[order], similarities[order]
        if options.expansion is not None:
            # Similarities to the query itself: false alarms were measured so.
            similarities = np.clip(gallery.embeddings(rows) @ feat, -1, 1)
        hits.append(_hits(gallery, rows, similarities, calibration))
    return hits, matches.num_searched


def _expanded(
    gallery: AnyGallery, feat: np.ndarray, options: SearchOptions
) -> np.ndarray:
    """(D,) a query averaged with its best matches."""
    expansion = options.expansion
    assert expansion is not None
    matches = gallery.search(
        feat[None], expansion.k, options.filters, options.exact
    )
    rows = matches.rows[0][matches.rows[0] >= 0]
    return expand_query(feat, gallery.embeddings(rows), expansion)


def _reranked(
    gallery: AnyGallery,
    feat: np.ndarray,
    rows: np.ndarray,
    options: RerankingOptions,
) -> np.ndarray:
    """(n,) places of the matches by rising re-ranked distance."""
    near = rows[: options.num]
    distances = rerank(feat, gallery.embeddings(near), options)
    # Matches behind the re-ranked ones keep their places.
    return np.append(
        np.argsort(distances, kind='stable'), np.arange(len(near), len(rows))
    )


def _hits(
    gallery: AnyGallery,
    rows: np.ndarray,
    similarities: np.ndarray,
    calibration: Calibration | None,
) -> list[Hit]:
    """Hits with all that the gallery knows of them."""
    roots = gallery.roots
    persons = gallery.read(rows)
    sightings = gallery.sightings([person.sighting for person in persons])
    hits = []
    for person, similarity in zip(persons, similarities):
        sighting = sightings[person.sighting]
        verdict = UNCALIBRATED
        if calibration is not None:
            verdict = calibration.verdict(float(similarity))
        hits.append(
            Hit(
                float(similarity),
                person.source,
                person.path,
                stored_file(roots.get(person.source, ''), person.path),
                person.box,
                person.score,
                person.camera,
                person.time,
                person.frame,
                sighting.start,
                sighting.end,
                sighting.num_views,
                verdict,
                person.content_hash,
                person.row,
            )
        )
    return hits


def stored_file(root: str, path: str) -> Path | None:
    """File that a gallery names.

    Args:
        root (str): Folder of the source; '' if it has none.
        path (str): Path in the source, or the address of a stream.

    Returns:
        Path | None: The file, which may have gone; None for a stream, and for
        an array of a program.

    Example:
        >>> stored_file('', 'array 1'), stored_file('/', 'rtsp://camera/1')
        (None, None)
    """
    if not root or is_stream(path):
        return None
    return Path(root, path)
