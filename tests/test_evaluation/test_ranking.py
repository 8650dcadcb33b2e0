"""Best matches of one query, as the metrics rank them."""

import numpy as np
import pytest
from search_reference import one_image, random_scene

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import rank_gallery, score_search


def test_only_the_most_similar_overlapping_detection_is_right():
    box = [0, 0, 100, 100]
    scene = one_image(
        [box, box, [200, 0, 300, 100]], [[1, 1], [1, 0], [2, 1]], box
    )
    ranking = rank_gallery(scene[0], scene[1][0], scene[2], 0)
    assert ranking.rows.tolist() == [1, 2, 0]
    assert ranking.is_true.tolist() == [True, False, False]
    assert score_search(*scene).ap.tolist() == [1.0]


@pytest.mark.parametrize('seed', range(5))
def test_ranking_tells_what_the_metrics_say(seed):
    detections, query_feats, protocol, _ = random_scene(seed)
    scores = score_search(detections, query_feats, protocol)
    for i, query_id in enumerate(protocol.query_ids):
        ranking = rank_gallery(
            detections, query_feats[query_id], protocol, i, num=10
        )
        assert [ranking.is_true[:k].any() for k in (1, 5, 10)] == list(
            scores.hits[i]
        )
        assert (np.diff(ranking.similarities) <= 0).all()
        assert (detections.scores[ranking.rows] >= 0.5).all()
        for img_id, row in zip(ranking.img_ids, ranking.rows):
            assert img_id in protocol.galleries[i]
            assert detections.image_of(row) == img_id
        shown = np.isin(ranking.img_ids, protocol.gt_img_ids[i])
        assert not ranking.ious[~shown].any()
        assert (ranking.ious[ranking.is_true] > 0).all()


@pytest.mark.parametrize('num', [0, -1])
def test_a_ranking_has_one_match_at_least(num):
    detections, query_feats, protocol, _ = random_scene(0)
    feat = query_feats[protocol.query_ids[0]]
    with pytest.raises(InputError, match='num must be at least 1'):
        rank_gallery(detections, feat, protocol, 0, num=num)
