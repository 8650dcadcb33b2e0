"""Simulated annotations and predictions on the scale of PRW's test split."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError
from mmdmr.readers import CocoReader
from mmdmr.readers.coco import choose_queries
from mmdmr.readers.galleries import camera_protocol
from mmdmr.structures import Detections, GroundTruth, Queries, SearchProtocol

#: Share of persons that have an identity.
LABELLED = 0.65
#: Share of persons that the simulated detector finds.
FOUND = 0.9
#: Range of the upper left corners of drawn boxes, in pixels.
_CORNERS = 1500


class Scale(NamedTuple):
    """Size of a test split.

    Args:
        images (int): Number of images.
        boxes (int): Number of annotated boxes, on average over seeds.
        identities (int): Number of identities.
    """

    images: int
    boxes: int
    identities: int


#: The test split of PRW.
PRW_TEST = Scale(images=6112, boxes=25062, identities=450)


@dataclass(frozen=True)
class Case:
    """A test split with predictions: the input of a scoring.

    Args:
        ground_truth (GroundTruth): Annotations.
        queries (Queries): The q queries.
        protocol (SearchProtocol): Galleries of the queries.
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
    """

    ground_truth: GroundTruth
    queries: Queries
    protocol: SearchProtocol
    detections: Detections
    query_feats: np.ndarray


def read_ground_truth(ann_file: str | Path) -> GroundTruth:
    """Read the annotations of a test split.

    The cameras of PRW are read off the image names, ``c1s1_000151.jpg``, if
    the file names none.

    Args:
        ann_file (str | Path): COCO-style JSON with ``person_id``.

    Returns:
        GroundTruth: Annotations with a camera for each image.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is broken.
    """
    path = Path(ann_file).absolute()
    truth = CocoReader('.', ann_file=path).ground_truth()
    if (truth.cam_ids < 0).any():
        cams = [n[1] if n[1:2].isdecimal() else 0 for n in truth.img_names]
        truth = replace(truth, cam_ids=np.array(cams, dtype=np.int64))
    return truth


def simulate_ground_truth(scale: Scale, seed: int) -> GroundTruth:
    """Draw annotations: boxes anywhere, identities anywhere.

    Args:
        scale (Scale): Size of the test split.
        seed (int): Seed of the drawing.

    Returns:
        GroundTruth: Annotations from six cameras, without image files.
    """
    rng = np.random.default_rng(seed)
    counts = rng.poisson(scale.boxes / scale.images, scale.images)
    boxes, ids = [], []
    for count in counts:
        boxes.append(_random_boxes(rng, count))
        # A permutation: no identity stands in an image twice.
        people = rng.permutation(scale.identities)[:count]
        ids.append(np.where(rng.random(count) < LABELLED, people, -1))
    return GroundTruth(
        tuple(f'{i}.jpg' for i in range(scale.images)),
        boxes,
        ids,
        rng.integers(1, 7, scale.images),
    )


def spread_queries(
    truth: GroundTruth, num: int
) -> tuple[Queries, SearchProtocol]:
    """Choose queries, evenly spaced over all possible queries.

    Args:
        truth (GroundTruth): Annotations.
        num (int): Number of queries, >= 1.

    Returns:
        tuple[Queries, SearchProtocol]: The queries, and the protocol that
        searches each query in all images but its own.

    Raises:
        InputError: No identity is in two images.
    """
    chosen = choose_queries(truth)
    if len(chosen.img_ids) < num:
        chosen = choose_queries(truth, 'all')
    if not len(chosen.img_ids):
        raise InputError(
            'no identity is in two images of the annotations: there is '
            'nothing to search for'
        )
    take = np.linspace(0, len(chosen.img_ids) - 1, num).astype(int)
    queries = Queries(
        chosen.img_ids[take], chosen.boxes[take], chosen.person_ids[take]
    )
    return queries, camera_protocol('all', truth, queries)


def simulate_predictions(
    truth: GroundTruth,
    queries: Queries,
    *,
    num_detections: int,
    dims: int,
    noise: float,
    dtype: str,
    seed: int,
) -> tuple[Detections, np.ndarray]:
    """Draw the predictions of a network of medium quality.

    Nine of ten persons are detected, a few pixels off, among false
    detections. The embedding of a box is the sum of a centre for the person,
    a shift for the camera and noise, scaled to unit length. A false detection
    or an unlabelled person has a centre of its own.

    Args:
        truth (GroundTruth): Annotations.
        queries (Queries): The q queries.
        num_detections (int): Number of detections, on average over seeds.
        dims (int): Length D of an embedding.
        noise (float): Standard deviation of the noise in each dimension. The
            centres have one of 1.
        dtype (str): NumPy type of the embeddings.
        seed (int): Seed of the drawing.

    Returns:
        tuple[Detections, np.ndarray]: Detections, by falling score in each
        image, and the (q, D) embeddings of the queries.
    """
    rng = np.random.default_rng(seed)

    def embed(person_ids: np.ndarray, cam_ids: np.ndarray) -> np.ndarray:
        feats = noise * rng.standard_normal((len(person_ids), dims))
        feats += cameras[cam_ids]
        known = person_ids >= 0
        feats[known] += centres[person_ids[known]]
        feats[~known] += rng.standard_normal(((~known).sum(), dims))
        feats /= np.linalg.norm(feats, axis=1, keepdims=True)
        return feats.astype(dtype)

    num_ids = max(int(ids.max(initial=0)) for ids in truth.person_ids) + 1
    centres = rng.standard_normal((num_ids, dims))
    cameras = 0.5 * rng.standard_normal((truth.cam_ids.max() + 1, dims))
    num_gts = sum(map(len, truth.boxes))
    false = max(num_detections - FOUND * num_gts, 0) / len(truth.boxes)
    boxes, scores, ids, counts = [], [], [], []
    for gt_boxes, person_ids in zip(truth.boxes, truth.person_ids):
        found = rng.random(len(gt_boxes)) < FOUND
        right = gt_boxes[found] + rng.normal(0, 4, (found.sum(), 4))
        wrong = _random_boxes(rng, rng.poisson(false))
        score = np.concatenate(
            [
                rng.uniform(0.6, 1, len(right)),
                rng.uniform(0.5, 0.9, len(wrong)),
            ]
        )
        order = np.argsort(-score)
        boxes.append(np.concatenate([right, wrong])[order])
        scores.append(score[order])
        unlabelled = np.full(len(wrong), -1)
        ids.append(np.concatenate([person_ids[found], unlabelled])[order])
        counts.append(len(score))
    detections = Detections.from_counts(
        np.concatenate(boxes),
        np.concatenate(scores),
        embed(np.concatenate(ids), np.repeat(truth.cam_ids, counts)),
        counts,
    )
    feats = embed(queries.person_ids, truth.cam_ids[queries.img_ids])
    return detections, feats


def _random_boxes(rng: np.random.Generator, num: int) -> np.ndarray:
    """(num, 4) boxes of 40 to 300 pixels a side."""
    corner = rng.uniform(0, _CORNERS, (num, 2))
    sides = rng.uniform(40, 300, (num, 2))
    return np.hstack([corner, corner + sides])
