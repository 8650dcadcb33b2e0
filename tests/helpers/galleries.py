"""Small galleries, and a plain search to compare with."""

import numpy as np

from mmdmr.gallery import Entry
from mmdmr.structures import Detections, ModelInfo

DIM = 16
MODEL = ModelInfo('toy', 'ab12' * 8, DIM, 'drawings')


def entry(
    path, feats, source='s', content='hash', scores=None, boxes=None, **fields
):
    """An entry with persons of given embeddings."""
    feats = np.asarray(feats, np.float64).reshape(-1, DIM)
    num = len(feats)
    if boxes is None:
        boxes = np.arange(4.0 * num).reshape(num, 4)
    if scores is None:
        scores = np.full(num, 0.5)
    found = Detections.from_counts(boxes, np.asarray(scores), feats, [num])
    return Entry(source, path, content, (640, 480), found, **fields)


def unit(*numbers):
    """(n, DIM) embeddings along axes, named by the axes' numbers."""
    return np.eye(DIM)[list(numbers)]


def views(rng, persons, num, noise=0.4):
    """(persons * num, DIM) noisy views of persons, person by person."""
    centres = rng.standard_normal((persons, DIM))
    feats = np.repeat(centres, num, axis=0)
    feats = feats + noise * rng.standard_normal(feats.shape)
    return feats / np.linalg.norm(feats, axis=1, keepdims=True)


def stored(feats, kind='float16'):
    """Embeddings as a gallery stores them, by other arithmetic."""
    feats = np.asarray(feats, np.float64)
    feats = feats / np.linalg.norm(feats, axis=1, keepdims=True)
    if kind == 'float16':
        return feats.astype(np.float16).astype(np.float64)
    steps = np.round(feats / np.abs(feats).max(axis=1, keepdims=True) * 127)
    return steps / np.linalg.norm(steps, axis=1, keepdims=True)


def plain_search(query, people, top_k, group):
    """Similarities and sightings of the best persons, one by one.

    Args:
        query (np.ndarray): (DIM,) embedding.
        people (dict): Pairs of an embedding and a sighting by row.
        top_k (int): Number of persons.
        group (bool): One person of each sighting.

    Returns:
        list[tuple[float, int]]: Similarities and rows, best first.
    """
    query = np.asarray(query, np.float64) / np.linalg.norm(query)
    ranked = sorted(
        (-sum(a * b for a, b in zip(query, feat)), row, sighting)
        for row, (feat, sighting) in people.items()
    )
    seen, best = set(), []
    for near, row, sighting in ranked:
        if not group or sighting not in seen:
            seen.add(sighting)
            best.append((-near, row))
    return best[:top_k]


def check_matches(matches, feats, people, top_k, group):
    """Compare a search with the plain one."""
    assert matches.rows.shape == (len(feats), top_k)
    for query, rows, near in zip(feats, matches.rows, matches.similarities):
        best = plain_search(query, people, top_k, group)
        num = len(best)
        assert (rows[num:] == -1).all() and (near[num:] == -np.inf).all()
        # Embeddings in float16 may be a little longer than 1.
        expected = [min(similarity, 1) for similarity, _ in best]
        np.testing.assert_allclose(near[:num], expected, atol=2e-6)
        # Persons that are equally near may change places.
        query = query / np.linalg.norm(query)
        own = [min(people[row][0] @ query, 1) for row in rows[:num]]
        np.testing.assert_allclose(own, expected, atol=2e-6)
        assert len(set(rows[:num])) == num
        if group:
            assert len({people[row][1] for row in rows[:num]}) == num
