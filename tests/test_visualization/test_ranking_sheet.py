"""Sheets of queries with their best matches."""

import numpy as np

from mmdmr.structures import Detections
from mmdmr.visualization import draw_ranking_sheet
from mmdmr.visualization.palette import QUERY, RIGHT, UNCOUNTED, WRONG


def draw_first(task, detections, paths, num_matches):
    """The sheet of the first query."""
    return draw_ranking_sheet(
        task,
        'all',
        detections,
        np.array([[1.0, 0]]),
        paths,
        [0],
        num_matches=num_matches,
    )


def columns_of(sheet, colour):
    """Spans of columns in which a frame of this colour stands."""
    mask = (np.asarray(sheet) == colour).all(axis=2).sum(axis=0) > 50
    edges = np.flatnonzero(np.diff(np.r_[0, mask.astype(int), 0]))
    return edges.reshape(-1, 2)


def test_frames_tell_right_from_wrong_in_order(scene):
    task, detections, paths = scene
    sheet = draw_first(task, detections, paths, 2)
    # each frame has a left and a right edge
    query, right, wrong = (
        columns_of(sheet, c)[0, 0] for c in (QUERY, RIGHT, WRONG)
    )
    assert query < right < wrong


def test_crops_are_the_detected_boxes(scene):
    task, detections, paths = scene
    sheet = draw_first(task, detections, paths, 2)
    colours = {c for _, c in sheet.getcolors(sheet.width * sheet.height)}
    assert {(i, i, i) for i in range(3)} <= colours


def test_fewer_matches_than_asked_for(scene):
    task, detections, paths = scene
    sheet = draw_first(task, detections, paths, 5)
    assert len(columns_of(sheet, RIGHT)) == len(columns_of(sheet, WRONG)) == 2


def test_the_person_found_again_is_neither_right_nor_wrong(scene):
    """Image 1 gets a second, less similar detection of the person."""
    task, _, paths = scene
    box = task.queries.boxes[0]
    detections = Detections(
        np.array([box, box, box + [2, 0, 2, 0], box]),
        np.ones(4),
        np.array([[1.0, 0], [0.8, 0.6], [0.7, np.sqrt(0.51)], [0.6, 0.8]]),
        np.array([0, 1, 3, 4]),
    )
    sheet = draw_first(task, detections, paths, 3)
    right, uncounted, wrong = (
        columns_of(sheet, c)[0, 0] for c in (RIGHT, UNCOUNTED, WRONG)
    )
    assert right < uncounted < wrong
