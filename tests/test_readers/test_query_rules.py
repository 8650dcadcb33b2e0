"""The query rules of own data."""

import numpy as np
from coco_samples import task_of

from mmdmr.readers.query_rules import choose_queries
from mmdmr.structures import GroundTruth


def test_queries_by_camera_are_the_largest(write):
    """Identity 7: cameras 3 (images 0 and 2, the latter larger) and 5;
    identity 2 is seen once only."""
    task = task_of(write(), 'all', 'cross-camera', 'same-camera')
    assert task.queries.img_ids.tolist() == [1, 2]
    assert task.queries.person_ids.tolist() == [1, 1]
    assert task.queries.boxes[1].tolist() == [5, 5, 45, 95]
    both, cross, same = task.protocols.values()
    assert [list(g) for g in both.galleries] == [[0, 2], [0, 1]]
    assert [list(g) for g in both.gt_img_ids] == [[0, 2], [0, 1]]
    assert [list(g) for g in cross.galleries] == [[0, 2], [1]]
    assert same.query_ids.tolist() == [1]


def test_all_labelled_boxes_as_queries(write):
    task = task_of(write(rule='all'))
    assert task.queries.img_ids.tolist() == [0, 1, 2]


def test_first_of_equal_boxes_is_the_query():
    box = np.array([[0.0, 0.0, 5.0, 5.0]])
    truth = GroundTruth(
        ('a', 'b'), [box, box], [np.array([0])] * 2, np.array([-1, -1])
    )
    assert choose_queries(truth).img_ids.tolist() == [0]
