from mmdmr.stack import load_stack

load_stack()

from .detectors import DMRFasterRCNN, PersonSearchMixin
from .losses import pair_loss
from .memory import KeyEncoder, MemoryQueue
from .reid_heads import DMRHead

__all__ = [
    'DMRFasterRCNN',
    'DMRHead',
    'KeyEncoder',
    'MemoryQueue',
    'PersonSearchMixin',
    'pair_loss',
]
