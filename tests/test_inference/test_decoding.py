"""Outputs of detectors, against plain loops."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.inference.decoding import decode, output_names
from mmdmr.inference.description import (
    BoxesScoresOutput,
    DetectorDescription,
    InputSettings,
    SsdOutput,
    YoloxOutput,
)
from mmdmr.structures import iou

SIZE = (64, 96)  # width, height


def detector(output, score_thr=0.3, nms_thr=1.0):
    settings = InputSettings(SIZE, 'letterbox', 'bgr')
    return DetectorDescription(
        'net.onnx', settings, output, score_thr, nms_thr
    )


def plain_suppression(boxes, scores, thr):
    """Greedy: the best is kept, and what overlaps it is dropped."""
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if all(iou(boxes[i], boxes[j]) <= thr for j in kept):
            kept.append(i)
    return kept


def random_yolox(seed=0, strides=(8, 16, 32)):
    rng = np.random.default_rng(seed)
    num = sum((SIZE[0] // s) * (SIZE[1] // s) for s in strides)
    rows = rng.normal(size=(2, num, 8)).astype(np.float32)
    rows[..., 4:] = rng.random((2, num, 4))
    return rows


def plain_yolox(rows, output, score_thr):
    boxes, scores = [], []
    i = 0
    for stride in output.strides:
        for y in range(SIZE[1] // stride):
            for x in range(SIZE[0] // stride):
                row = rows[i].astype(float)
                i += 1
                score = row[4] * row[5 + output.person_class]
                if score < score_thr:
                    continue
                cx, cy = (row[0] + x) * stride, (row[1] + y) * stride
                w, h = np.exp(row[2]) * stride, np.exp(row[3]) * stride
                if output.decoded:
                    cx, cy, w, h = row[:4]
                boxes.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
                scores.append(score)
    return np.array(boxes), np.array(scores)


@pytest.mark.parametrize('nms_thr', [1.0, 0.45, 0.1])
@pytest.mark.parametrize('person_class', [0, 2])
def test_yolox_against_loops(person_class, nms_thr):
    output = YoloxOutput(person_class=person_class)
    rows = random_yolox()
    found = decode([rows], 2, detector(output, nms_thr=nms_thr))
    for image, persons in zip(rows, found):
        boxes, scores = plain_yolox(image, output, 0.3)
        kept = plain_suppression(boxes, scores, nms_thr)
        assert 0 < len(kept) <= len(boxes)
        np.testing.assert_allclose(persons.boxes, boxes[kept], rtol=1e-5)
        np.testing.assert_allclose(persons.scores, scores[kept], rtol=1e-5)


def test_decoded_yolox_holds_pixels():
    output = YoloxOutput(decoded=True)
    rows = random_yolox()
    rows[..., :4] = np.abs(rows[..., :4]) * 20 + 1
    for image, persons in zip(rows, decode([rows], 2, detector(output))):
        boxes, scores = plain_yolox(image, output, 0.3)
        order = np.argsort(-scores, kind='stable')
        np.testing.assert_allclose(persons.boxes, boxes[order], rtol=1e-5)


def ssd_rows():
    rng = np.random.default_rng(0)
    rows = np.zeros((1, 1, 40, 7), np.float32)
    rows[0, 0, :, 0] = np.sort(rng.integers(0, 3, 40))
    rows[0, 0, :, 1] = rng.integers(1, 3, 40)
    rows[0, 0, :, 2] = rng.random(40)
    corners = rng.random((40, 2)) * 0.5
    rows[0, 0, :, 3:5] = corners
    rows[0, 0, :, 5:] = corners + 0.3
    # The list ends with row 34; row 36 is a remainder of an earlier image.
    rows[0, 0, 35, 0] = -1
    rows[0, 0, 36, :3] = 0, 2, 1
    return rows


@pytest.mark.parametrize('unit', ['relative', 'pixels'])
def test_ssd_against_loops(unit):
    rows = ssd_rows()
    output = SsdOutput(box_unit=unit, person_class=2)
    found = decode([rows], 3, detector(output))
    for img_id, persons in enumerate(found):
        wanted = []
        for image, label, score, x1, y1, x2, y2 in rows[0, 0, :35].tolist():
            if (image, label) != (img_id, 2) or score < 0.3:
                continue
            factors = SIZE if unit == 'relative' else (1, 1)
            box = [x1 * factors[0], y1 * factors[1]]
            wanted.append((-score, *box, x2 * factors[0], y2 * factors[1]))
        assert wanted
        wanted = np.array(sorted(wanted))
        np.testing.assert_allclose(persons.scores, -wanted[:, 0])
        np.testing.assert_allclose(persons.boxes, wanted[:, 1:])


def boxes_of(box_format, box_unit):
    """(2, 30, 4) boxes in a format, and the same as corners in pixels."""
    rng = np.random.default_rng(1)
    start = rng.random((2, 30, 2)) * 0.5
    sides = rng.random((2, 30, 2)) * 0.4 + 0.05
    corners = np.concatenate([start, start + sides], 2)
    boxes = dict(
        xyxy=corners,
        xywh=np.concatenate([start, sides], 2),
        cxcywh=np.concatenate([start + sides / 2, sides], 2),
    )[box_format]
    pixels = np.tile(SIZE, 2)
    if box_unit == 'pixels':
        boxes = boxes * pixels
    return boxes.astype(np.float32), corners * pixels


def check(found, corners, scores, keep):
    for persons, box, score, kept in zip(found, corners, scores, keep):
        order = np.argsort(-score[kept], kind='stable')
        assert len(order)
        np.testing.assert_allclose(
            persons.boxes, box[kept][order], rtol=1e-4, atol=1e-4
        )
        np.testing.assert_allclose(persons.scores, score[kept][order])


@pytest.mark.parametrize('unit', ['relative', 'pixels'])
@pytest.mark.parametrize('box_format', ['xyxy', 'xywh', 'cxcywh'])
def test_boxes_and_scores(box_format, unit):
    boxes, corners = boxes_of(box_format, unit)
    scores = np.random.default_rng(2).random((2, 30)).astype(np.float32)
    output = BoxesScoresOutput(box_format=box_format, box_unit=unit)
    found = decode([boxes, scores], 2, detector(output))
    check(found, corners, scores, scores >= 0.3)


def test_scores_of_classes_and_labels():
    boxes, corners = boxes_of('xyxy', 'pixels')
    rng = np.random.default_rng(2)
    scores = rng.random((2, 30, 3)).astype(np.float32)
    output = BoxesScoresOutput(person_class=2)
    found = decode([boxes, scores], 2, detector(output))
    person = scores[..., 2]
    check(found, corners, person, person >= 0.3)
    labels = rng.integers(0, 3, (2, 30))
    output = BoxesScoresOutput(labels='labels', person_class=2)
    found = decode([boxes, person, labels], 2, detector(output))
    check(found, corners, person, (person >= 0.3) & (labels == 2))


def test_columns_of_one_output():
    boxes, corners = boxes_of('xyxy', 'pixels')
    rng = np.random.default_rng(2)
    scores = rng.random((2, 30, 3)).astype(np.float32)
    labels = rng.integers(0, 3, (2, 30, 1)).astype(np.float32)
    first = scores[..., 0]
    for columns, person_class, rows, score, keep in (
        ('score', 5, [boxes, scores[..., :1]], first, first >= 0.3),
        (
            'score-label',
            1,
            [boxes, scores[..., :1], labels],
            first,
            (first >= 0.3) & (labels[..., 0] == 1),
        ),
        (
            'class-scores',
            2,
            [boxes, scores],
            scores[..., 2],
            scores[..., 2] >= 0.3,
        ),
    ):
        output = BoxesScoresOutput(columns=columns, person_class=person_class)
        rows = np.concatenate(rows, 2)
        check(decode([rows], 2, detector(output)), corners, score, keep)
        output = BoxesScoresOutput(
            columns=columns, person_class=person_class, transposed=True
        )
        turned = rows.transpose(0, 2, 1)
        check(decode([turned], 2, detector(output)), corners, score, keep)


def test_scores_as_columns_and_labels_as_an_output():
    """As of MMDeploy."""
    boxes, corners = boxes_of('xyxy', 'pixels')
    rng = np.random.default_rng(2)
    scores = rng.random((2, 30)).astype(np.float32)
    labels = rng.integers(0, 3, (2, 30))
    output = BoxesScoresOutput(columns='score', labels='labels')
    rows = np.concatenate([boxes, scores[..., None]], 2)
    found = decode([rows, labels], 2, detector(output))
    check(found, corners, scores, (scores >= 0.3) & (labels == 0))


def test_outputs_without_an_axis_for_images():
    """As of torchvision and of OpenVINO: one image at a time."""
    boxes, corners = boxes_of('xyxy', 'pixels')
    scores = np.random.default_rng(2).random((2, 30)).astype(np.float32)
    labels = np.ones(30, np.int64)
    output = BoxesScoresOutput(labels='labels', person_class=1)
    found = decode([boxes[0], scores[0], labels], 1, detector(output))
    check(found, corners, scores, scores >= 0.3)
    with pytest.raises(InputError, match='set batch: 1'):
        decode([boxes[0], scores[0], labels], 2, detector(output))


def test_nothing_found():
    empty = np.empty((1, 0, 4), np.float32)
    for arrays, output in (
        ([empty, np.empty((1, 0), np.float32)], BoxesScoresOutput()),
        ([np.empty((1, 1, 0, 7), np.float32)], SsdOutput()),
        ([np.zeros((1, 1, 1, 7), np.float32)], SsdOutput()),
        ([np.zeros_like(random_yolox())[:1]], YoloxOutput()),
    ):
        (persons,) = decode(arrays, 1, detector(output, nms_thr=0.5))
        assert persons.boxes.shape == (0, 4) and persons.scores.shape == (0,)


def test_empty_boxes_are_dropped():
    boxes = np.array([[[5, 5, 5, 9], [9, 9, 2, 2], [1, 1, 3, 3]]], np.float32)
    scores = np.full((1, 3), 0.9, np.float32)
    for thr in (0.5, 1.0):
        (persons,) = decode(
            [boxes, scores], 1, detector(BoxesScoresOutput(), nms_thr=thr)
        )
        assert persons.boxes.tolist() == [[1, 1, 3, 3]]


@pytest.mark.parametrize(
    'output, shapes, message',
    [
        (YoloxOutput(), [(1, 50, 85)], r'126.*strides \[8, 16, 32\].*decoded'),
        (YoloxOutput(person_class=3), [(1, 126, 8)], '9 or more'),
        (YoloxOutput(), [(126, 85)], r'\(126, 85\)'),
        (SsdOutput(), [(1, 1, 5, 6)], r'\(1, 1, N, 7\)'),
        (BoxesScoresOutput(), [(1, 5, 4), (1, 6)], 'of these boxes'),
        (BoxesScoresOutput(), [(1, 5, 5), (1, 5)], 'no columns key'),
        (BoxesScoresOutput(), [(1, 1, 5, 4), (1, 5)], 'boxes'),
        (
            BoxesScoresOutput(person_class=3),
            [(1, 5, 4), (1, 5, 3)],
            'at least 4 classes',
        ),
        (BoxesScoresOutput(columns='score'), [(1, 5, 6)], 'then score'),
        (BoxesScoresOutput(columns='score-label'), [(1, 5, 5)], 'label'),
        (BoxesScoresOutput(columns='class-scores'), [(1, 5, 4)], 'classes'),
    ],
)
def test_wrong_shapes_are_named(output, shapes, message):
    arrays = [np.zeros(shape, np.float32) for shape in shapes]
    with pytest.raises(InputError, match=message) as error:
        decode(arrays, 1, detector(output))
    assert 'net.onnx' in str(error.value)
    assert str(shapes[0]) in str(error.value)


def test_numbers_that_are_not_finite_are_refused():
    rows = random_yolox()
    rows[1, 3, 2] = np.nan
    with pytest.raises(InputError, match='net.onnx.*not finite'):
        decode([rows], 2, detector(YoloxOutput()))


def test_names_of_outputs():
    def names(output, *available):
        return output_names(detector(output), available)

    assert names(YoloxOutput(), 'a', 'b') == ['a']
    assert names(SsdOutput(output='b'), 'a', 'b') == ['b']
    assert names(BoxesScoresOutput(), 'a', 'b', 'c') == ['a', 'b']
    assert names(BoxesScoresOutput(scores='a'), 'a', 'b') == ['b', 'a']
    assert names(BoxesScoresOutput(labels='b'), 'a', 'b', 'c') == [
        *('a', 'c', 'b')
    ]
    assert names(BoxesScoresOutput(columns='score'), 'a') == ['a']
    with pytest.raises(InputError, match='the outputs are a'):
        names(BoxesScoresOutput(), 'a')
