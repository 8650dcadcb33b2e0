"""Context bipartite graph matching, by hand."""

import numpy as np
import pytest

from mmdmr.evaluation.functional import (
    CBGM,
    score_search,
    stored_contexts,
    suppressed_contexts,
)
from mmdmr.evaluation.functional.cbgm import revised_similarities
from mmdmr.evaluation.functional.kept_detections import filter_by_score
from mmdmr.structures import Detections, Queries, SearchProtocol

BOX, BESIDE, AWAY = (
    [0.0, 0.0, 40.0, 100.0],
    [60.0, 0.0, 100.0, 100.0],
    [200.0, 0.0, 240.0, 100.0],
)
#: The query e1 walks beside e2. Image 1: somebody much like the query, alone.
#: Image 2: the query again, less alike, beside the companion.
FEATS = np.eye(4)[[0, 1, 2, 3]]
ALIKE = [0.9, 0.0, np.sqrt(1 - 0.81), 0.0]
AGAIN = [0.8, 0.0, 0.0, 0.6]
COMPANION = [0.0, 0.95, np.sqrt(1 - 0.95**2), 0.0]


@pytest.fixture
def scene():
    detections = Detections(
        boxes=np.array([BOX, BESIDE, BOX, BOX, BESIDE]),
        scores=np.array([0.99, 0.9, 0.9, 0.9, 0.9]),
        feats=np.array([FEATS[0], FEATS[1], ALIKE, AGAIN, COMPANION]),
        offsets=np.array([0, 2, 3, 5]),
    )
    queries = Queries(np.array([0]), np.array([BOX]), np.array([7]))
    protocol = SearchProtocol(
        'all',
        np.array([0]),
        [np.array([1, 2])],
        [np.array([2])],
        [np.array([BOX])],
    )
    return detections, queries, protocol


def test_a_companion_tells_where_the_person_is(scene):
    """Plain: 0.9 for the stranger, 0.8 for the person: rank 2, AP 1/2.

    Image 1: context (query, companion) and one detection: the sum is greatest
    with query - stranger: 0.9, and the largest of the matching is 0.9. Image
    2: query - person 0.8 and companion - companion 0.95: the person gets
    0.95. Now the person is first.
    """
    detections, queries, protocol = scene
    feats = FEATS[:1]
    assert score_search(detections, feats, protocol).ap.tolist() == [0.5]
    cbgm = CBGM(suppressed_contexts(detections, queries), k1=10, k2=3)
    matched = score_search(detections, feats, protocol, cbgm=cbgm)
    assert matched.ap.tolist() == [1.0]
    partners, values = revised_similarities(
        filter_by_score(detections, 0.5), feats[0], cbgm, 0, np.array([1, 2])
    )
    assert partners.tolist() == [2, 3]
    np.testing.assert_allclose(values, [0.9, 0.95], rtol=0, atol=1e-12)


def test_k1_bounds_the_images(scene):
    """Of the best detection alone, image 1 is looked at: nothing changes."""
    detections, queries, protocol = scene
    cbgm = CBGM(suppressed_contexts(detections, queries), k1=1, k2=3)
    scores = score_search(detections, FEATS[:1], protocol, cbgm=cbgm)
    assert scores.ap.tolist() == [0.5]


def test_k2_of_one_is_the_query_alone(scene):
    detections, queries, protocol = scene
    cbgm = CBGM(suppressed_contexts(detections, queries), k1=10, k2=1)
    scores = score_search(detections, FEATS[:1], protocol, cbgm=cbgm)
    assert scores.ap.tolist() == [0.5]


def test_an_unmatched_query_changes_nothing():
    """One detection, which is the companion: the query stays without."""
    detections = Detections(
        np.array([BOX, BESIDE, BOX]),
        np.array([0.9, 0.9, 0.9]),
        np.array([FEATS[0], FEATS[1], COMPANION]),
        np.array([0, 2, 3]),
    )
    queries = Queries(np.array([0]), np.array([BOX]), np.array([7]))
    cbgm = CBGM(suppressed_contexts(detections, queries))
    partners, _ = revised_similarities(
        filter_by_score(detections, 0.5), FEATS[0], cbgm, 0, np.array([1])
    )
    assert partners.tolist() == []


def test_who_is_in_a_context(scene):
    """The query's own detection is suppressed, weak ones are left out, the
    most confident come first; stored contexts are the image as it is.
    """
    detections = Detections(
        np.array([AWAY, BOX, BESIDE, AWAY]),
        np.array([0.6, 0.99, 0.9, 0.4]),
        np.eye(4),
        np.array([0, 4]),
    )
    queries = Queries(np.array([0]), np.array([BOX]), np.array([7]))
    suppressed = suppressed_contexts(detections, queries)
    assert [rows.tolist() for rows in suppressed] == [[2, 0]]
    stored = stored_contexts(detections, queries)
    assert [rows.tolist() for rows in stored] == [[0, 1, 2, 3]]
