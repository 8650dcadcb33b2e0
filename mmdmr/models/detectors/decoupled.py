"""DMRNet on MMDetection's detectors: identification beside detection.

Each class takes ``reid_head``, ``memory`` and ``key_encoder`` beside the
arguments of its detector, see :class:`PersonSearchMixin`.
"""

from mmdet.models.detectors import (
    ATSS,
    DINO,
    FCOS,
    FasterRCNN,
    RepPointsDetector,
    RetinaNet,
)

from mmdmr.models.detectors.person_search import PersonSearchMixin
from mmdmr.registry import MODELS


@MODELS.register_module()
class DMRFasterRCNN(PersonSearchMixin, FasterRCNN):
    """Faster R-CNN that embeds the persons it detects.

    The RoI head's features are not used for identification.

    Example:
        >>> from mmengine.hub import get_config
        >>> from mmengine.registry import init_default_scope
        >>> init_default_scope('mmdet')
        >>> detector = 'faster_rcnn/faster-rcnn_r50_fpn_1x_coco'
        >>> cfg = get_config(f'mmdet::{detector}.py').model
        >>> cfg.roi_head.bbox_head.num_classes = 1
        >>> cfg.update(
        ...     type='mmdmr.DMRFasterRCNN',
        ...     reid_head=dict(type='mmdmr.DMRHead'),
        ...     memory=dict(type='mmdmr.MemoryQueue', num_labelled=1024),
        ... )
        >>> MODELS.build(cfg).reid_head.levels
        [1, 2, 3]
    """


@MODELS.register_module()
class DMRRepPoints(PersonSearchMixin, RepPointsDetector):
    """RepPoints that embeds the persons it detects.

    The paper reports its main results on this detector.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('dmrnet_reppoints_r50_fpn-gn_1x_prw')
        >>> MODELS.build(cfg.model).reid_head.levels
        [0, 1, 2]
    """


@MODELS.register_module()
class DMRRetinaNet(PersonSearchMixin, RetinaNet):
    """RetinaNet that embeds the persons it detects.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('dmrnet_retinanet_r50_fpn-gn_1x_prw')
        >>> MODELS.build(cfg.model).reid_head.levels
        [0, 1, 2]
    """


@MODELS.register_module()
class DMRFCOS(PersonSearchMixin, FCOS):
    """FCOS that embeds the persons it detects.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('dmrnet_fcos_r50_fpn_1x_prw')
        >>> MODELS.build(cfg.model).reid_head.levels
        [0, 1, 2]
    """


@MODELS.register_module()
class DMRATSS(PersonSearchMixin, ATSS):
    """ATSS that embeds the persons it detects.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('dmrnet_atss_r50_fpn_1x_prw')
        >>> MODELS.build(cfg.model).reid_head.levels
        [0, 1, 2]
    """


@MODELS.register_module()
class DMRDINO(PersonSearchMixin, DINO):
    """DINO that embeds the persons it detects.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('dmrnet_dino_r50_2x_prw')
        >>> MODELS.build(cfg.model).reid_head.levels
        [0, 1, 2]
    """
