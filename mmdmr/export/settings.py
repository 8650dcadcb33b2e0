"""Settings of MMDetection's modules as the data of a bundle.

Every setting that changes a result is either written down or refused: the
message names the setting, and the cure is to use the checkpoint.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from mmdet.models.data_preprocessors import DetDataPreprocessor
from mmdet.models.dense_heads import ATSSHead, FCOSHead, RetinaHead, RPNHead
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmdet.models.roi_heads import StandardRoIHead
from mmdet.models.roi_heads.bbox_heads import BBoxHead, ConvFCBBoxHead
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from mmdet.models.task_modules.coders import (
    DeltaXYWHBBoxCoder,
    DistancePointBBoxCoder,
)
from mmdet.models.task_modules.prior_generators import (
    AnchorGenerator,
    MlvlPointGenerator,
)

from mmdmr.errors import InputError
from mmdmr.inference.bundle_description import (
    AnchorPriors,
    BundleInput,
    DeltaCoder,
    DenseHead,
    Detector,
    DistanceCoder,
    OneStageDetector,
    PointPriors,
    RoiHead,
    RoiPooling,
    TwoStageDetector,
)
from mmdmr.models import (
    DMRATSS,
    DMRFCOS,
    DMRFasterRCNN,
    DMRHead,
    DMRRetinaNet,
    FullPrecisionRoIExtractor,
    PersonSearchMixin,
)

_ONE_STAGE = {
    DMRRetinaNet: RetinaHead,
    DMRFCOS: FCOSHead,
    DMRATSS: ATSSHead,
}
#: Least ratio of sides of DeltaXYWHBBoxCoder, an argument nobody gives.
_LEAST_RATIO = 16 / 1000
#: Steps of a test pipeline that leave the image as it is.
_WITHOUT_EFFECT = (
    *('LoadImageFromFile', 'LoadImageFromNDArray', 'LoadAnnotations'),
    *('LoadPersonSearchAnnotations', 'PackDetInputs'),
    'PackPersonSearchInputs',
)


def refuse(what: str) -> NoReturn:
    """Raise the error of a network that cannot be exported.

    Args:
        what (str): What stands in the way.

    Raises:
        InputError: Always.
    """
    raise InputError(
        f'cannot be exported: {what}. Use config and checkpoint as they are'
    )


def map_name(level: int) -> str:
    """Name of a map of the neck in the graphs.

    Args:
        level (int): Its place among the maps of the neck.

    Returns:
        str: The name.

    Example:
        >>> map_name(1)
        'map1'
    """
    return f'map{level}'


def describe_input(steps: Sequence[dict], preprocessor: Any) -> BundleInput:
    """Describe how a config makes the input of its network.

    Args:
        steps (Sequence[dict]): Steps of the test pipeline.
        preprocessor (nn.Module): ``data_preprocessor`` of the network.

    Returns:
        BundleInput: The description.

    Raises:
        InputError: A step or a setting has no counterpart in a bundle.
    """
    resizing = []
    for step in steps:
        name = str(step.get('type')).rpartition('.')[2]
        if name == 'Resize':
            resizing.append(step)
        elif name not in _WITHOUT_EFFECT:
            refuse(f'the test pipeline has the step {step.get("type")}')
    if len(resizing) != 1:
        refuse(f'the test pipeline resizes {len(resizing)} times, not once')
    _check_type(preprocessor, DetDataPreprocessor)
    colours = 'bgr'
    if preprocessor._channel_conversion:
        colours = 'rgb'
    mean, std = [0.0] * 3, [1.0] * 3
    if preprocessor._enable_normalize:
        mean, std = (
            values.flatten().expand(3).tolist()
            for values in (preprocessor.mean, preprocessor.std)
        )
    return BundleInput(
        *_resize_settings(resizing[0]),
        colours,
        tuple(mean),
        tuple(std),
        preprocessor.pad_size_divisor,
        float(preprocessor.pad_value),
    )


def describe_detector(network: PersonSearchMixin) -> Detector:
    """Describe how a network's outputs become detections.

    Args:
        network (PersonSearchMixin): The network.

    Returns:
        Detector: The description.

    Raises:
        InputError: The detector, or one of its settings, has no counterpart
            in a bundle.
    """
    if type(network) is DMRFasterRCNN:
        _check_type(network.rpn_head, RPNHead)
        return TwoStageDetector(
            dense_head(network.rpn_head, 'levels'),
            roi_head(network.roi_head),
        )
    if type(network) not in _ONE_STAGE:
        names = ', '.join(
            kind.__name__ for kind in (DMRFasterRCNN, *_ONE_STAGE)
        )
        refuse(f'{type(network).__name__} is none of {names}')
    _check_type(network.bbox_head, _ONE_STAGE[type(network)])
    return OneStageDetector(dense_head(network.bbox_head, 'classes'))


def describe_embedding(network: PersonSearchMixin) -> RoiPooling:
    """Describe which map a person is pooled from.

    Args:
        network (PersonSearchMixin): The network.

    Returns:
        RoiPooling: The description.

    Raises:
        InputError: The head pools in another way than a bundle does.
    """
    head = network.reid_head
    _check_type(head, DMRHead)
    return _pooling(head.roi_extractor, head.levels)


def _resize_settings(step: dict) -> tuple[tuple[int, int], bool]:
    """Scale and keep_ratio of a step ``Resize``."""
    given = {k: v for k, v in step.items() if k != 'type' and v is not None}
    scale, keep = given.pop('scale', None), given.pop('keep_ratio', False)
    given.pop('clip_object_border', None)
    for key, usual in (('backend', 'cv2'), ('interpolation', 'bilinear')):
        if given.pop(key, usual) != usual:
            refuse(f'Resize has {key}={step[key]!r}, not {usual!r}')
    if given:
        refuse(f'Resize has the setting {", ".join(given)}')
    if isinstance(scale, int):
        scale = scale, scale
    if not isinstance(scale, (list, tuple)) or len(scale) != 2:
        refuse(f'Resize has scale={scale!r}, no pair of numbers')
    width, height = scale
    return (int(width), int(height)), bool(keep)


def dense_head(head: BaseDenseHead, groups: str) -> DenseHead:
    """Describe what the outputs of a dense head mean.

    Args:
        head (BaseDenseHead): The head.
        groups (str): ``levels`` for proposals, ``classes`` for detections.

    Returns:
        DenseHead: The description.

    Raises:
        InputError: A setting has no counterpart in a bundle.
    """
    cfg = dict(head.test_cfg)
    nms = _nms(cfg.pop('nms', None))
    if not head.use_sigmoid_cls or getattr(
        head.loss_cls, 'custom_cls_channels', False
    ):
        refuse(f'{type(head).__name__} has scores that are no sigmoids')
    score_thr = float(cfg.pop('score_thr', 0))
    nms_pre = int(cfg.pop('nms_pre', -1))
    if groups == 'levels':
        score_thr = -1.0  # RPNHead takes proposals of any score
    elif nms_pre < 1:
        refuse(f'test_cfg has nms_pre={nms_pre}, no positive number')
    num = len(head.prior_generator.strides)
    has_centerness = isinstance(head, (FCOSHead, ATSSHead))
    names = {
        kind: tuple(f'{kind}{level}' for level in range(num))
        for kind in ('scores', 'boxes', 'centerness')
    }
    described = DenseHead(
        names['scores'],
        names['boxes'],
        _priors(head.prior_generator),
        _coder(head.bbox_coder),
        num_classes=head.num_classes,
        groups=groups,
        score_thr=score_thr,
        nms_pre=max(nms_pre, 0),
        min_size=float(cfg.pop('min_bbox_size', -1)),
        max_per_img=int(cfg.pop('max_per_img')),
        centerness=names['centerness'] if has_centerness else (),
        **nms,
    )
    _check_rest(cfg, 'test_cfg')
    return described


def roi_head(head: Any) -> RoiHead:
    """Describe what the outputs of a second stage mean.

    Args:
        head (StandardRoIHead): The second stage.

    Returns:
        RoiHead: The description.

    Raises:
        InputError: A setting has no counterpart in a bundle.
    """
    _check_type(head, StandardRoIHead)
    box_head, cfg = head.bbox_head, dict(head.test_cfg)
    if head.with_mask or head.with_shared_head:
        refuse('the RoI head has masks or a shared head')
    if (
        not isinstance(box_head, ConvFCBBoxHead)
        or type(box_head).predict_by_feat is not BBoxHead.predict_by_feat
        or box_head.custom_cls_channels
        or not (box_head.with_cls and box_head.with_reg)
    ):
        refuse(f'the box head {type(box_head).__name__} is of a special kind')
    described = RoiHead(
        _pooling(
            head.bbox_roi_extractor,
            range(head.bbox_roi_extractor.num_inputs),
        ),
        _deltas(box_head.bbox_coder),
        num_classes=box_head.num_classes,
        boxes_of_class=not box_head.reg_class_agnostic,
        score_thr=float(cfg.pop('score_thr')),
        max_per_img=int(cfg.pop('max_per_img')),
        **_nms(cfg.pop('nms', None)),
    )
    _check_rest(cfg, 'test_cfg.rcnn')
    return described


def _pooling(extractor: Any, levels: Sequence[int]) -> RoiPooling:
    """Description of a RoI extractor; its layers become a graph."""
    if type(extractor) not in (SingleRoIExtractor, FullPrecisionRoIExtractor):
        refuse(
            f"{type(extractor).__name__}, of the weights of DMRNet's authors "
            'or of your own, pools regions in another way'
        )
    return RoiPooling(
        tuple(map_name(level) for level in levels),
        float(extractor.finest_scale),
    )


def _priors(generator: Any) -> AnchorPriors | PointPriors:
    strides = tuple((int(w), int(h)) for w, h in generator.strides)
    if type(generator) is MlvlPointGenerator:
        return PointPriors(strides, float(generator.offset))
    _check_type(generator, AnchorGenerator)
    base = tuple(
        tuple(tuple(box) for box in boxes.tolist())
        for boxes in generator.base_anchors
    )
    return AnchorPriors(strides, base)


def _coder(coder: Any) -> DeltaCoder | DistanceCoder:
    if type(coder) is DistancePointBBoxCoder:
        return DistanceCoder(bool(coder.clip_border))
    return _deltas(coder)


def _deltas(coder: Any) -> DeltaCoder:
    _check_type(coder, DeltaXYWHBBoxCoder)
    if coder.add_ctr_clamp:
        refuse('the box coder has add_ctr_clamp=True')
    return DeltaCoder(
        tuple(map(float, coder.means)),
        tuple(map(float, coder.stds)),
        bool(coder.clip_border),
        _LEAST_RATIO,
    )


def _nms(cfg: dict | None) -> dict[str, Any]:
    """Settings of the suppression as keyword arguments."""
    if cfg is None:
        refuse('test_cfg has no nms')
    rest = dict(cfg)
    kind = rest.pop('type', 'nms')
    if kind != 'nms':
        refuse(f'test_cfg has nms of the type {kind}, not nms')
    threshold = rest.pop('iou_threshold', rest.pop('iou_thr', None))
    agnostic = bool(rest.pop('class_agnostic', False))
    # Whether classes are suppressed at once or one by one changes nothing.
    rest.pop('split_thr', None)
    _check_rest(rest, 'nms')
    return dict(nms_thr=float(threshold), class_agnostic=agnostic)


def _check_rest(rest: dict, where: str) -> None:
    """Refuse settings that nothing above has read."""
    if rest:
        refuse(f'{where} has the setting {", ".join(map(str, rest))}')


def _check_type(module: Any, kind: type) -> None:
    """Refuse subclasses too: they may compute something else."""
    if type(module) is not kind:
        refuse(f'{type(module).__name__} is not {kind.__name__}')
