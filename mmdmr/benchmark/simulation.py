"""Simulated annotations and predictions as in PRW's test split."""

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
#: Least number of identities: more than an image has boxes.
_LEAST_IDENTITIES = 50
#: Numbers of embeddings drawn at a time.
_BLOCK = 2**20


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
#: Number of detections of a detector of medium quality in PRW's test split.
PRW_DETECTIONS = 37000


@dataclass(frozen=True)
class Simulation:
    """What :func:`simulate` draws.

    Args:
        queries (int): Number of queries, >= 1.
        detections (int): Number of detections, on average over seeds.
        dims (int): Length D of an embedding.
        noise (float): Standard deviation of the noise of an embedding in each
            dimension. The centres have one of 1. Defaults to 1.6.
        dtype (str): NumPy type of the embeddings. Defaults to 'float64'.
        seed (int): Seed of the drawing. Defaults to 0.
        test_ann (str | None): COCO-style JSON of real annotations. Defaults
            to None: annotations are drawn, with as many detections an image
            and images an identity as in PRW.
    """

    queries: int
    detections: int
    dims: int
    noise: float = 1.6
    dtype: str = 'float64'
    seed: int = 0
    test_ann: str | None = None


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


def simulate(simulation: Simulation) -> Case:
    """Draw a case.

    Args:
        simulation (Simulation): Size, type and seed.

    Returns:
        Case: Annotations and predictions; the embeddings exist once.

    Raises:
        FileNotFoundError: The file of annotations is missing.
        InputError: The file is broken, or names nothing to search for.

    Example:
        >>> case = simulate(Simulation(queries=3, detections=400, dims=8))
        >>> case.query_feats.shape
        (3, 8)
    """
    if simulation.test_ann is not None:
        truth = read_ground_truth(simulation.test_ann)
    else:
        scale = scale_of(simulation.detections)
        truth = simulate_ground_truth(scale, simulation.seed)
    queries, protocol = spread_queries(truth, simulation.queries)
    detections, feats = simulate_predictions(
        truth,
        queries,
        num_detections=simulation.detections,
        dims=simulation.dims,
        noise=simulation.noise,
        dtype=simulation.dtype,
        seed=simulation.seed,
    )
    return Case(truth, queries, protocol, detections, feats)


def scale_of(num_detections: int) -> Scale:
    """Size of a split that has as many detections an image as PRW's.

    Args:
        num_detections (int): Number of detections.

    Returns:
        Scale: Images, boxes and identities in PRW's proportions; not fewer
        than one image and 50 identities.

    Example:
        >>> scale_of(37000) == PRW_TEST
        True
        >>> scale_of(370000)
        Scale(images=61120, boxes=250620, identities=4500)
    """
    images, boxes, identities = (
        round(size * num_detections / PRW_DETECTIONS) for size in PRW_TEST
    )
    return Scale(max(images, 1), boxes, max(identities, _LEAST_IDENTITIES))


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
        # Without replacement: no identity stands in an image twice.
        people = rng.choice(scale.identities, count, replace=False)
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
        # In blocks: drawn at once, the embeddings would exist twice.
        drawn = np.empty((len(person_ids), dims), dtype)
        step = max(1, _BLOCK // dims)
        for start in range(0, len(drawn), step):
            ids = person_ids[start : start + step]
            feats = rng.standard_normal((len(ids), dims), kind)
            feats *= noise
            feats += cameras[cam_ids[start : start + step]]
            known = ids >= 0
            feats[known] += centres[ids[known]]
            feats[~known] += rng.standard_normal(((~known).sum(), dims), kind)
            feats /= np.linalg.norm(feats, axis=1, keepdims=True)
            drawn[start : start + step] = feats
        return drawn

    num_ids = max(int(ids.max(initial=0)) for ids in truth.person_ids) + 1
    # Numbers are drawn in the type that is asked for: float32 is faster.
    kind = np.dtype(dtype)
    centres = rng.standard_normal((num_ids, dims), kind)
    cameras = rng.standard_normal((truth.cam_ids.max() + 1, dims), kind) / 2
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
