"""Candidates of each query, beside a loop over its images."""

import numpy as np
import pytest
from search_reference import one_image, random_scene

from mmdmr.errors import InputError
from mmdmr.evaluation.functional.candidates import find_candidates
from mmdmr.evaluation.functional.kept_detections import filter_by_score
from mmdmr.evaluation.functional.matching import iou, iou_threshold


@pytest.mark.parametrize('seed', range(5))
def test_candidates_are_those_of_a_loop(seed):
    detections, _, protocol, _ = random_scene(seed)
    kept = filter_by_score(detections, 0.5)
    positions = np.arange(len(protocol.query_ids))
    for i, found in zip(positions, find_candidates(kept, protocol, positions)):
        expected = []
        seen = set()
        for img_id, box in zip(protocol.gt_img_ids[i], protocol.gt_boxes[i]):
            if img_id in seen:
                continue
            seen.add(img_id)
            for entry in range(*kept.offsets[img_id : img_id + 2]):
                overlap = iou(detections.boxes[kept.rows[entry]], box)
                if overlap >= iou_threshold(box):
                    owner = sorted(set(protocol.gt_img_ids[i])).index(img_id)
                    expected.append((entry, owner))
        pairs = zip(found.entries.tolist(), found.owners.tolist())
        assert sorted(pairs) == sorted(expected)
        assert found.num_gts == len(protocol.gt_img_ids[i])


def test_ground_truth_outside_the_gallery_is_refused():
    detections, _, protocol = one_image(
        [[0, 0, 40, 90]], [[1, 0]], [0, 0, 40, 90]
    )
    protocol.galleries[0] = np.array([], dtype=int)
    kept = filter_by_score(detections, 0.5)
    with pytest.raises(InputError, match='all of it in the gallery'):
        next(find_candidates(kept, protocol, np.array([0])))


def test_no_query_has_no_candidates():
    detections, _, protocol, _ = random_scene(0)
    kept = filter_by_score(detections, 0.5)
    assert not list(find_candidates(kept, protocol, np.array([], dtype=int)))
