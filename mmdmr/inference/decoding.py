"""Outputs of a detector to boxes and scores of persons.

Boxes are in pixels of the network's input here;
:class:`~.preprocessing.Placement` brings them to the image.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .description import (
    BoxesScoresOutput,
    DetectorDescription,
    SsdOutput,
    YoloxOutput,
)
from .suppression import suppress


class Persons(NamedTuple):
    """Persons in the input of a network.

    Args:
        boxes (np.ndarray): (n, 4) float64 ``x1, y1, x2, y2`` in pixels of the
            input.
        scores (np.ndarray): (n,) float64 scores.
    """

    boxes: np.ndarray
    scores: np.ndarray


def output_names(
    description: DetectorDescription, available: Sequence[str]
) -> list[str]:
    """Names of the outputs that :func:`decode` needs, in its order.

    Args:
        description (DetectorDescription): The detector.
        available (Sequence[str]): Names of all outputs of the network.

    Returns:
        list[str]: One to three names, ``boxes, scores, labels``.

    Raises:
        InputError: The network has too few outputs.

    Example:
        >>> from .description import InputSettings
        >>> settings = InputSettings((64, 64), 'letterbox', 'bgr')
        >>> output = BoxesScoresOutput(labels='classes')
        >>> description = DetectorDescription('a.onnx', settings, output)
        >>> output_names(description, ['dets', 'classes', 'scores'])
        ['dets', 'scores', 'classes']
    """
    output = description.output
    if not isinstance(output, BoxesScoresOutput):
        return [output.output or available[0]]
    named = {output.boxes, output.scores, output.labels}
    free = [name for name in available if name not in named]
    names = [output.boxes or free.pop(0)] if output.boxes or free else []
    if not output.columns:
        names += (
            [output.scores or free.pop(0)] if output.scores or free else []
        )
    if len(names) < 2 - bool(output.columns):
        raise InputError(
            f'{description.file}: a detector of the kind boxes_scores needs '
            'an output with boxes and one with scores, or the key columns; '
            f'the outputs are {", ".join(available)}'
        )
    return [*names, *([output.labels] if output.labels else [])]


def decode(
    outputs: Sequence[np.ndarray], num: int, description: DetectorDescription
) -> list[Persons]:
    """Persons of each image of a batch, after non-maximum suppression.

    Args:
        outputs (Sequence[np.ndarray]): Outputs of the network, in the order
            of :func:`output_names`.
        num (int): Number of images.
        description (DetectorDescription): The detector.

    Returns:
        list[Persons]: Persons of the images, highest score first.

    Raises:
        InputError: The outputs do not have the shapes of the description, or
            are not finite.
    """
    output = description.output
    for array in outputs:
        if array.dtype.kind == 'f' and not np.isfinite(array).all():
            raise InputError(
                f'{description.file}: the network gives numbers that are not '
                'finite; the weights may be broken, or the settings of the '
                'input wrong'
            )
    try:
        if isinstance(output, YoloxOutput):
            found = _decode_yolox(outputs[0], output, description)
        elif isinstance(output, SsdOutput):
            found = _decode_ssd(outputs[0], num, output, description)
        else:
            found = _decode_boxes_scores(outputs, output, description)
        if len(found) != num:
            raise _WrongShape(
                f'results for {len(found)} images in place of {num}; if the '
                'outputs have no axis for images, set batch: 1'
            )
    except _WrongShape as error:
        shapes = ', '.join(str(array.shape) for array in outputs)
        raise InputError(
            f'{description.file}: the outputs have the shapes {shapes}, but '
            f'the description says {error}'
        ) from None
    return [_suppress(persons, description.nms_thr) for persons in found]


class _WrongShape(Exception):
    """The outputs do not have the shapes of the description."""


def _decode_yolox(
    rows: np.ndarray, output: YoloxOutput, description: DetectorDescription
) -> list[Persons]:
    least = 6 + output.person_class
    if rows.ndim != 3 or rows.shape[2] < least:
        raise _WrongShape(f'(n, anchors, {least} or more)')
    grid = None
    if not output.decoded:
        grid = _grid(description.input.size, output.strides)
        if len(grid) != rows.shape[1]:
            raise _WrongShape(
                f'(n, {len(grid)}, ...) for strides {list(output.strides)} '
                f'and an input of {list(description.input.size)} (width, '
                'height); is the output decoded?'
            )
    found = []
    for image in rows:
        scores = image[:, 4] * image[:, 5 + output.person_class]
        keep = scores >= description.score_thr
        boxes, scores = _float64(image[keep, :4]), _float64(scores[keep])
        if grid is not None:
            column, row, stride = grid[keep].T
            boxes[:, 0] = (boxes[:, 0] + column) * stride
            boxes[:, 1] = (boxes[:, 1] + row) * stride
            boxes[:, 2:] = np.exp(boxes[:, 2:]) * stride[:, None]
        found.append(Persons(_corners(boxes, 'cxcywh'), scores))
    return found


@cache
def _grid(size: tuple[int, int], strides: tuple[int, ...]) -> np.ndarray:
    """(anchors, 3) column, row and stride of each cell, row by row."""
    cells = []
    for stride in strides:
        columns, rows = size[0] // stride, size[1] // stride
        row, column = np.divmod(np.arange(rows * columns), max(columns, 1))
        cells.append(np.stack([column, row, np.full_like(row, stride)], 1))
    return np.concatenate(cells).astype(np.float64)


def _decode_ssd(
    rows: np.ndarray,
    num: int,
    output: SsdOutput,
    description: DetectorDescription,
) -> list[Persons]:
    if rows.ndim < 2 or rows.shape[-1] != 7:
        raise _WrongShape('(1, 1, N, 7)')
    rows = _float64(rows.reshape(-1, 7))
    ended = np.flatnonzero(rows[:, 0] < 0)
    if len(ended):
        rows = rows[: ended[0]]
    rows = rows[
        (rows[:, 1] == output.person_class)
        & (rows[:, 2] >= description.score_thr)
    ]
    boxes = _in_pixels(rows[:, 3:], output.box_unit, description)
    return [
        Persons(boxes[rows[:, 0] == i], rows[rows[:, 0] == i, 2])
        for i in range(num)
    ]


def _decode_boxes_scores(
    outputs: Sequence[np.ndarray],
    output: BoxesScoresOutput,
    description: DetectorDescription,
) -> list[Persons]:
    arrays = _aligned(outputs, output)
    scores, labels = _scores_and_labels(arrays, output)
    keep = scores >= description.score_thr
    if labels is not None:
        keep &= labels == output.person_class
    boxes = _in_pixels(
        _float64(arrays[0][..., :4]), output.box_unit, description
    )
    return [
        Persons(
            _corners(boxes[i, keep[i]], output.box_format),
            _float64(scores[i, keep[i]]),
        )
        for i in range(len(boxes))
    ]


def _aligned(
    outputs: Sequence[np.ndarray], output: BoxesScoresOutput
) -> list[np.ndarray]:
    """Outputs as (n, k, columns) arrays of the same n and k."""
    arrays = []
    for array in outputs:
        # Boxes without an axis for images are those of one image.
        if outputs[0].ndim == 2:
            array = array[None]
        if array.ndim == 2:
            array = array[..., None]
        elif output.transposed and array.ndim == 3:
            array = array.swapaxes(1, 2)
        arrays.append(array)
    if any(a.ndim != 3 or a.shape[:2] != arrays[0].shape[:2] for a in arrays):
        raise _WrongShape(
            'boxes (n, k, 4), and scores and labels (n, k) of these boxes'
        )
    return arrays


def _scores_and_labels(
    arrays: Sequence[np.ndarray], output: BoxesScoresOutput
) -> tuple[np.ndarray, np.ndarray | None]:
    """(n, k) scores of the person, and labels if there are any."""
    num = arrays[0].shape[2] - 4
    labels = arrays[-1][..., 0] if output.labels else None
    if not output.columns:
        if num != 0:
            raise _WrongShape('boxes of 4 columns, as there is no columns key')
        scores = arrays[1]
    else:
        allowed = {'score': [1], 'score-label': [2]}
        scores = arrays[0][..., 4:]
        if num not in allowed.get(output.columns, [num]):
            raise _WrongShape(f'4 columns of boxes, then {output.columns}')
        if output.columns == 'score-label':
            scores, labels = scores[..., :1], scores[..., 1]
    # A single score is the person's, whatever the class.
    column = output.person_class if scores.shape[2] > 1 else 0
    if scores.shape[2] <= column:
        raise _WrongShape(f'scores of at least {column + 1} classes')
    return scores[..., column], labels


def _in_pixels(
    boxes: np.ndarray, unit: str, description: DetectorDescription
) -> np.ndarray:
    """Boxes in pixels of the input."""
    if unit == 'relative':
        return boxes * np.tile(description.input.size, 2)
    return boxes


def _corners(boxes: np.ndarray, box_format: str) -> np.ndarray:
    """(n, 4) ``x1, y1, x2, y2`` of boxes in another format."""
    if box_format == 'xyxy':
        return boxes
    start, sides = boxes[:, :2], boxes[:, 2:]
    if box_format == 'cxcywh':
        start = start - sides / 2
    return np.concatenate([start, start + sides], axis=1)


def _float64(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


def _suppress(persons: Persons, thr: float) -> Persons:
    """Non-maximum suppression; the rest is sorted by falling scores."""
    sides = persons.boxes[:, 2:] - persons.boxes[:, :2]
    order = np.argsort(-persons.scores, kind='stable')
    # A box without an area would be kept, as it overlaps nothing.
    order = order[(sides[order] > 0).all(axis=1)]
    boxes, scores = persons.boxes[order], persons.scores[order]
    if thr < 1:
        kept = suppress(boxes, scores, thr)
        boxes, scores = boxes[kept], scores[kept]
    return Persons(boxes, scores)
