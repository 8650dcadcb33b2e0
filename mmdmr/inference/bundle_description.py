"""What a bundle says about its network: the data of ``bundle.json``.

A bundle is a trained person-search network as ONNX graphs. Each graph maps
tensors to tensors. Everything that depends on the data (priors, choice of
boxes, suppression, levels) is computed with NumPy, by the numbers below.
"""

from dataclasses import dataclass
from typing import Any

from .checked_fields import (
    checked,
    nested,
    number,
    one_of,
    positive,
    sequence_of,
    text,
    truth,
    whole,
)

#: Bounds of numbers that are no pixels, such as shifts of normalised values.
_ANY = number(-1e6, 1e6)
_NAMES = sequence_of(text)
_COUNT = whole(1, 10**6)
_SHARE = number(0, 1)
_FOUR = sequence_of(_ANY, 4)
_STRIDES = sequence_of(sequence_of(whole(1), 2))


@dataclass(frozen=True)
class BundleInput:
    """How an image becomes the input of the network, as in MMDetection.

    The network sees ``(pixel - mean) / std``, filled to the right and below.

    Args:
        scale (tuple[int, int]): Greatest sides of the resized image, in any
            order, if the ratio is kept; else its width and height.
        keep_ratio (bool): True if the ratio of the sides is kept.
        colours (str): Order of the channels, ``bgr`` or ``rgb``.
        mean (tuple[float, ...]): Mean of each channel, in this order.
        std (tuple[float, ...]): Divisor of each channel, in this order.
        pad_divisor (int): Width and height are filled to multiples of it.
        pad_value (float): Value of filled places, behind the normalisation.
    """

    scale: tuple[int, int] = checked(sequence_of(whole(1), 2))
    keep_ratio: bool = checked(truth)
    colours: str = checked(one_of('bgr', 'rgb'))
    mean: tuple[float, ...] = checked(sequence_of(_ANY, 3))
    std: tuple[float, ...] = checked(sequence_of(positive, 3))
    pad_divisor: int = checked(whole(1))
    pad_value: float = checked(_ANY)


@dataclass(frozen=True)
class AnchorPriors:
    """Boxes around the cells of each map.

    Args:
        strides (tuple[tuple[int, int], ...]): Pixels between the cells of
            each map, along x and y.
        base (tuple[tuple[tuple[float, ...], ...], ...]): Boxes ``x1, y1, x2,
            y2`` around the first cell of each map.
    """

    strides: tuple[tuple[int, int], ...] = checked(_STRIDES)
    base: tuple[tuple[tuple[float, ...], ...], ...] = checked(
        sequence_of(sequence_of(_FOUR))
    )

    def __post_init__(self) -> None:
        if len(self.base) != len(self.strides):
            raise ValueError('strides and base must have the same length')


@dataclass(frozen=True)
class PointPriors:
    """Points, one to a cell of each map.

    Args:
        strides (tuple[tuple[int, int], ...]): Pixels between the cells of
            each map, along x and y.
        offset (float): Place of the point in its cell, in [0, 1].
    """

    strides: tuple[tuple[int, int], ...] = checked(_STRIDES)
    offset: float = checked(_SHARE)


@dataclass(frozen=True)
class DeltaCoder:
    """Boxes as shifts and logarithms of sides, relative to another box.

    MMDetection's ``DeltaXYWHBBoxCoder``.

    Args:
        means (tuple[float, ...]): Means of the four numbers.
        stds (tuple[float, ...]): Their divisors.
        clip_border (bool): True to clip boxes to the image.
        least_ratio (float): Least ratio of a side to the other box's side,
            and one over the greatest.
    """

    means: tuple[float, ...] = checked(_FOUR)
    stds: tuple[float, ...] = checked(_FOUR)
    clip_border: bool = checked(truth)
    least_ratio: float = checked(number(1e-6, 1))


@dataclass(frozen=True)
class DistanceCoder:
    """Boxes as distances of a point from the four sides.

    MMDetection's ``DistancePointBBoxCoder``.

    Args:
        clip_border (bool): True to clip boxes to the image.
    """

    clip_border: bool = checked(truth)


@dataclass(frozen=True)
class DenseHead:
    """Outputs of a head on each cell of the maps, and what they mean.

    Args:
        scores (tuple[str, ...]): Names of the outputs with the logits of the
            classes, (n, priors * classes, h, w) each, one for each map.
        boxes (tuple[str, ...]): The same for coded boxes, (n, priors * 4, h,
            w).
        centerness (tuple[str, ...]): The same for logits of a factor of the
            scores, (n, priors, h, w). Defaults to (): there is none.
        priors (AnchorPriors | PointPriors): What boxes are coded relative to.
        coder (DeltaCoder | DistanceCoder): How boxes are coded.
        num_classes (int): Number of classes.
        groups (str): ``classes`` for detections; ``levels`` for proposals,
            which are suppressed within a map.
        score_thr (float): Scores must exceed it, before the centerness; -1:
            all do.
        nms_pre (int): Greatest number of boxes of a map; 0: any.
        min_size (float): Sides must exceed it; -1: any do. For detections in
            pixels of the image, for proposals of the network's input.
        nms_thr (float): Greatest IoU of two boxes of a group.
        max_per_img (int): Greatest number of boxes of an image.
        class_agnostic (bool): True if boxes of two classes suppress each
            other. Defaults to False.
    """

    scores: tuple[str, ...] = checked(_NAMES)
    boxes: tuple[str, ...] = checked(_NAMES)
    priors: AnchorPriors | PointPriors = nested(
        dict(anchors=AnchorPriors, points=PointPriors)
    )
    coder: DeltaCoder | DistanceCoder = nested(
        dict(deltas=DeltaCoder, distances=DistanceCoder)
    )
    num_classes: int = checked(_COUNT)
    groups: str = checked(one_of('classes', 'levels'))
    score_thr: float = checked(number(-1, 1))
    nms_pre: int = checked(whole(0, 10**6))
    min_size: float = checked(number(-1, 1e4))
    nms_thr: float = checked(_SHARE)
    max_per_img: int = checked(_COUNT)
    class_agnostic: bool = checked(truth, False)
    centerness: tuple[str, ...] = checked(_NAMES, ())

    def __post_init__(self) -> None:
        num = len(self.priors.strides)
        lengths = {len(self.scores), len(self.boxes), len(self.centerness)}
        if not lengths <= {num, 0}:
            raise ValueError(
                f'scores, boxes and centerness must have {num} names each, '
                'as there are strides'
            )
        if isinstance(self.priors, AnchorPriors) != isinstance(
            self.coder, DeltaCoder
        ):
            raise ValueError('anchors go with deltas, points with distances')

    @property
    def outputs(self) -> tuple[str, ...]:
        """tuple[str, ...]: Names of all outputs."""
        return (*self.scores, *self.boxes, *self.centerness)


@dataclass(frozen=True)
class RoiPooling:
    """Which map a region is pooled from.

    Args:
        maps (tuple[str, ...]): Names of the maps, finest first.
        finest_scale (float): Regions whose root of the area is below twice
            this number of pixels are pooled from the finest map.
    """

    maps: tuple[str, ...] = checked(_NAMES)
    finest_scale: float = checked(positive)


@dataclass(frozen=True)
class RoiHead:
    """The second stage of a two-stage detector.

    Args:
        pooling (RoiPooling): Which map a proposal is pooled from.
        coder (DeltaCoder): How boxes are coded, relative to the proposal.
        num_classes (int): Number of classes.
        boxes_of_class (bool): True if each class has boxes of its own.
        score_thr (float): Scores must exceed it.
        nms_thr (float): Greatest IoU of two boxes of a class.
        max_per_img (int): Greatest number of boxes of an image.
        class_agnostic (bool): True if boxes of two classes suppress each
            other. Defaults to False.
    """

    pooling: RoiPooling = nested(RoiPooling)
    coder: DeltaCoder = nested(DeltaCoder)
    num_classes: int = checked(_COUNT)
    boxes_of_class: bool = checked(truth)
    score_thr: float = checked(number(-1, 1))
    nms_thr: float = checked(_SHARE)
    max_per_img: int = checked(_COUNT)
    class_agnostic: bool = checked(truth, False)


@dataclass(frozen=True)
class TwoStageDetector:
    """A detector like Faster R-CNN.

    Args:
        proposals (DenseHead): The first stage.
        rois (RoiHead): The second stage.
    """

    proposals: DenseHead = nested(DenseHead)
    rois: RoiHead = nested(RoiHead)


@dataclass(frozen=True)
class OneStageDetector:
    """A detector like RetinaNet, FCOS and ATSS.

    Args:
        head (DenseHead): Its head.
    """

    head: DenseHead = nested(DenseHead)


Detector = TwoStageDetector | OneStageDetector


def _text_or_nothing(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('a text')
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError('a mapping')
    return value


@dataclass(frozen=True)
class BundleDescription:
    """The content of ``bundle.json``.

    Args:
        format (int): Version of the format.
        mmdmr (str): Version of mmdmr that wrote the bundle.
        name (str): Name for people.
        fingerprint (str): Digest of all that changes an embedding.
        dim (int): Length of an embedding.
        trained_on (str): Training data; '' if unknown.
        precision (str): ``fp32``, ``fp16`` or ``int8``.
        score_thr (float): Least score of a detection, in [0, 1].
        input (BundleInput): How an image becomes the input.
        detector (TwoStageDetector | OneStageDetector): The detector.
        embedding (RoiPooling): Which map a person is pooled from.
        files (dict[str, Any]): Size in ``bytes`` and ``sha256`` of each file.
        verified (dict[str, Any]): What the export measured against PyTorch.
    """

    format: int = checked(whole(1))
    mmdmr: str = checked(text)
    name: str = checked(text)
    fingerprint: str = checked(text)
    dim: int = checked(_COUNT)
    trained_on: str = checked(_text_or_nothing)
    precision: str = checked(one_of('fp32', 'fp16', 'int8'))
    score_thr: float = checked(_SHARE)
    input: BundleInput = nested(BundleInput)
    detector: Detector = nested(
        {'two-stage': TwoStageDetector, 'one-stage': OneStageDetector}
    )
    embedding: RoiPooling = nested(RoiPooling)
    files: dict[str, Any] = checked(_mapping)
    verified: dict[str, Any] = checked(_mapping)

    @property
    def head(self) -> DenseHead:
        """DenseHead: The head that works on all cells of the maps."""
        if isinstance(self.detector, TwoStageDetector):
            return self.detector.proposals
        return self.detector.head

    @property
    def maps(self) -> tuple[str, ...]:
        """tuple[str, ...]: Names of all maps that regions are pooled from."""
        maps = self.embedding.maps
        if isinstance(self.detector, TwoStageDetector):
            maps = (*self.detector.rois.pooling.maps, *maps)
        return tuple(dict.fromkeys(maps))
