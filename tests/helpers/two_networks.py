"""Descriptions of two tiny networks, on disk."""

import numpy as np
import yaml
from tiny_onnx import save_constant_detector, save_pooling_reid

#: Boxes x1, y1, x2, y2 in relative coordinates, and their scores.
BOXES = [[0.25, 0.25, 0.5, 0.75], [0.5, 0.0, 1.0, 0.5]]
SCORES = [0.6, 0.9]


def description(**detector):
    """Description of a detector of constant boxes and of a pooling network."""
    return dict(
        detector=dict(
            file='detector.onnx',
            input=dict(size=[64, 64], resize='stretch', colours='bgr'),
            output=dict(kind='boxes_scores', box_unit='relative'),
            **detector,
        ),
        reid=dict(
            file='reid.onnx',
            trained_on='nothing',
            input=dict(
                size=[8, 16], resize='stretch', colours='rgb', divide_by=255
            ),
        ),
    )


def save_two_networks(folder, content=None, boxes=BOXES, scores=SCORES):
    """Write both networks and their description.

    Args:
        folder (Path): Folder to write into.
        content (dict | None): Content of the description.
        boxes (list): Boxes of each image, in [0, 1].
        scores (list): Scores of the boxes.
    """
    save_constant_detector(
        folder / 'detector.onnx',
        dict(
            boxes=np.array(boxes).reshape(1, -1, 4),
            scores=np.array(scores).reshape(1, -1),
        ),
    )
    save_pooling_reid(folder / 'reid.onnx')
    path = folder / 'two.yaml'
    path.write_text(yaml.safe_dump(content or description()))
    return path


def save_networks_of_public_names(folder):
    """Write tiny networks that fit the description of this package.

    Args:
        folder (Path): Folder to write into.
    """
    # Scores are products of two outputs: nobody is 0, not a low logit.
    anchors = np.zeros((1, 3549, 85), np.float32)
    # Anchor 1000: a person of 64 x 64 pixels of the network's input.
    anchors[0, 1000, :6] = (0, 0, np.log(8), np.log(8), 1, 1)
    save_constant_detector(
        folder / 'yolox_nano.onnx', dict(output=anchors), (416, 416)
    )
    save_pooling_reid(folder / 'osnet_x0_25_msmt17.onnx', (128, 256))
