"""One query in its gallery, by hand."""

import numpy as np
import pytest

from mmdmr.evaluation.functional.candidates import (
    Candidates,
    find_candidates,
)
from mmdmr.evaluation.functional.exact_ranks import EXCLUDED
from mmdmr.evaluation.functional.kept_detections import filter_by_score
from mmdmr.evaluation.functional.query import (
    QueryInGallery,
    Search,
    _may_swap,
    coarse_similarities,
)
from mmdmr.structures import (
    Detections,
    RemainderGalleries,
    SearchProtocol,
)

BOX, AWAY = [0.0, 0.0, 40.0, 90.0], [200.0, 0.0, 240.0, 90.0]


@pytest.fixture(params=['listed', 'remainder'])
def query(request):
    """The example of QueryInGallery: images 2 and 0 of three images."""
    sims = np.array([0.9, 0.8, 0.7, 0.9])
    feats = np.stack([sims, np.sqrt(1 - sims**2)], axis=1)
    detections = Detections.from_counts(
        np.array([BOX, BOX, BOX, AWAY]), np.full(4, 0.9), feats, [1, 1, 2]
    )
    galleries = [np.array([2, 0])]
    if request.param == 'remainder':
        galleries = RemainderGalleries(3, [np.array([2])], [np.array([1])])
    protocol = SearchProtocol(
        'G2',
        np.array([0]),
        galleries,
        [np.array([2, 0, 2])],
        [np.array([BOX] * 3)],
    )
    kept = filter_by_score(detections, 0.5)
    feat = np.array([1.0, 0.0])
    coarse = coarse_similarities(feat[None], kept)[0]
    return QueryInGallery(Search(protocol), 0, kept, feat, coarse)


def test_entries_outside_the_gallery_are_excluded(query):
    assert query.coarse[1] == EXCLUDED
    assert query.coarse[[0, 2, 3]] == pytest.approx([0.9, 0.7, 0.9])


def test_ties_go_to_gallery_order(query):
    assert query.most_similar(9).tolist() == [3, 0, 2]


def test_score_by_hand(query):
    """Entries 0 and 2 are right, entry 3 is not; image 2 is listed twice.

    Ranking 3, 0, 2 with 3 and 0 tied: precision 1/2 at entry 0 and 2/3 at
    entry 2; recall 2/3.
    """
    (candidates,) = find_candidates(
        query.kept, query.search.protocol, np.array([0])
    )
    assert candidates.entries.tolist() == [0, 2]
    assert candidates.owners.tolist() == [0, 1]
    assert candidates.num_gts == 3
    assert query.true_positives(candidates).tolist() == [0, 2]
    ap, recall, first_true = query.score(candidates)
    assert ap == pytest.approx((1 / 2 + 2 / 3) / 2 * 2 / 3)
    assert (recall, first_true) == (pytest.approx(2 / 3), 1)
    above, equal = query.ranks(np.array([0, 2]))
    assert above.tolist() == [0, 2] and equal.tolist() == [2, 1]


def test_no_candidate(query):
    none = np.array([], dtype=int)
    assert query.score(Candidates(none, none, 2)) == (0.0, 0.0, np.inf)


@pytest.mark.parametrize(
    'values, expected',
    [
        ([0.9, 0.5, 0.8, 0.3, 0.7], False),
        # The best two of the second image; two others; of different images.
        ([0.9, 0.5, 0.8, 0.8 - 1e-7, 0.7], True),
        ([0.9, 0.5, 0.8, 0.5, 0.7], False),
        ([0.9, 0.8, 0.8, 0.7, 0.7], False),
    ],
)
def test_only_the_best_two_of_an_image_may_swap(values, expected):
    owners, first = np.array([0, 0, 1, 1, 2]), np.array([0, 2, 4])
    assert _may_swap(owners, np.array(values), first, 1e-6) is expected
