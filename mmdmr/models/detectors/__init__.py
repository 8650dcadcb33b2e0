from .dmr_faster_rcnn import DMRFasterRCNN
from .person_search import PersonSearchMixin

__all__ = ['DMRFasterRCNN', 'PersonSearchMixin']
