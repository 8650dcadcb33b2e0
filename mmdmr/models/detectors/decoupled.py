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
    """


@MODELS.register_module()
class DMRRepPoints(PersonSearchMixin, RepPointsDetector):
    """RepPoints that embeds the persons it detects: the paper's headline."""


@MODELS.register_module()
class DMRRetinaNet(PersonSearchMixin, RetinaNet):
    """RetinaNet that embeds the persons it detects."""


@MODELS.register_module()
class DMRFCOS(PersonSearchMixin, FCOS):
    """FCOS that embeds the persons it detects."""


@MODELS.register_module()
class DMRATSS(PersonSearchMixin, ATSS):
    """ATSS that embeds the persons it detects."""


@MODELS.register_module()
class DMRDINO(PersonSearchMixin, DINO):
    """DINO that embeds the persons it detects."""
