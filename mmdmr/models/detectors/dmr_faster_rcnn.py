"""DMRNet on Faster R-CNN."""

from mmdet.models.detectors import FasterRCNN

from mmdmr.models.detectors.person_search import PersonSearchMixin
from mmdmr.registry import MODELS


@MODELS.register_module()
class DMRFasterRCNN(PersonSearchMixin, FasterRCNN):
    """Faster R-CNN that also embeds the persons it detects.

    See :class:`PersonSearchMixin` for the additional arguments. The RoI
    head's features are not used for identification.
    """
