"""Pairs of detections in two images, and how similar they are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .similarity import check_embeddings, similarity

#: Detections compared at a time with all others.
BLOCK = 256
#: Similarities that are counted; the length of an embedding is 1.01 at most.
_LEAST, _MOST = -1.0, 1.0


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Numbers of pairs by similarity.

    Args:
        edges (np.ndarray): (b + 1,) rising edges of the bins, from -1 to 1.
        genuine (np.ndarray): (b,) int64 pairs of one person.
        impostor (np.ndarray): (b,) int64 pairs of two persons.
    """

    edges: np.ndarray
    genuine: np.ndarray
    impostor: np.ndarray


def count_pairs(
    feats: np.ndarray,
    person_ids: np.ndarray,
    img_ids: np.ndarray,
    num_bins: int = 80,
) -> PairCounts:
    """Count pairs of detections in two images by their similarity.

    Args:
        feats (np.ndarray): (n, D) embeddings of unit length.
        person_ids (np.ndarray): (n,) identities; below 0: left out, see
            :func:`~.false_alarms.match_identities`.
        img_ids (np.ndarray): (n,) images that the detections are in.
        num_bins (int): Number of bins. Defaults to 80: steps of 0.025.

    Returns:
        PairCounts: The counts. A similarity beyond -1 or 1, by rounding,
        counts in the last bin.

    Raises:
        InputError: Embeddings are not finite or not of unit length.

    Example:
        >>> feats = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
        >>> counts = count_pairs(
        ...     feats, np.array([4, 4, 7]), np.arange(3), num_bins=2)
        >>> counts.genuine.tolist(), counts.impostor.tolist()
        ([0, 1], [0, 2])
    """
    check_embeddings(feats, 'detections')
    labelled = np.flatnonzero(person_ids >= 0)
    edges = np.linspace(_LEAST, _MOST, num_bins + 1)
    counts = np.zeros((2, num_bins), dtype=np.int64)
    for sims, genuine in compare_pairs(
        feats[labelled], person_ids[labelled], img_ids[labelled]
    ):
        sims = np.clip(sims, _LEAST, _MOST)
        counts[0] += np.histogram(sims[genuine], edges)[0]
        counts[1] += np.histogram(sims[~genuine], edges)[0]
    return PairCounts(edges, *counts)


def compare_pairs(
    feats: np.ndarray, persons: np.ndarray, images: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Compare every pair of detections in two images once.

    Args:
        feats (np.ndarray): (n, D) embeddings of unit length.
        persons (np.ndarray): (n,) identities.
        images (np.ndarray): (n,) images.

    Yields:
        tuple[np.ndarray, np.ndarray]: (p,) similarities of a block of pairs,
        and (p,) bool, True for a pair of one person.

    Example:
        >>> [(sims, genuine)] = compare_pairs(
        ...     np.eye(2), np.array([4, 4]), np.array([0, 1]))
        >>> sims.tolist(), genuine.tolist()
        ([0.0], [True])
    """
    for start in range(0, len(feats), BLOCK):
        rows = slice(start, start + BLOCK)
        # Each pair once: row i is compared with the rows behind it.
        apart = np.triu(images[rows, None] != images[None, start:], 1)
        genuine = persons[rows, None] == persons[None, start:]
        sims = similarity(feats[rows], feats[start:])
        yield sims[apart], genuine[apart]
