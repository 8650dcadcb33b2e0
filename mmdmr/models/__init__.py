from mmdmr.stack import load_stack

load_stack()

from .detectors import (
    DMRATSS,
    DMRDINO,
    DMRFCOS,
    CoupledFasterRCNN,
    CoupledRetinaNet,
    DMRFasterRCNN,
    DMRRepPoints,
    DMRRetinaNet,
    PersonSearchMixin,
    SharedRoIHead,
)
from .legacy import InclusiveDeltaXYWHBBoxCoder, LegacyRoIExtractor
from .losses import (
    OIMLoss,
    PairLoss,
    UnlabelledContrastiveLoss,
    oim_loss,
    pair_loss,
)
from .memory import BatchMemory, KeyEncoder, Memory, MemoryQueue, OIMTable
from .reid_heads import DMRHead, ReIDHead
from .roi_extractors import FullPrecisionRoIExtractor
from .task_modules import ATSSAssigner, MaxIoUAssigner

__all__ = [
    'ATSSAssigner',
    'BatchMemory',
    'CoupledFasterRCNN',
    'CoupledRetinaNet',
    'DMRATSS',
    'DMRDINO',
    'DMRFCOS',
    'DMRFasterRCNN',
    'DMRHead',
    'DMRRepPoints',
    'DMRRetinaNet',
    'FullPrecisionRoIExtractor',
    'InclusiveDeltaXYWHBBoxCoder',
    'KeyEncoder',
    'LegacyRoIExtractor',
    'MaxIoUAssigner',
    'Memory',
    'MemoryQueue',
    'OIMLoss',
    'OIMTable',
    'PairLoss',
    'PersonSearchMixin',
    'ReIDHead',
    'SharedRoIHead',
    'UnlabelledContrastiveLoss',
    'oim_loss',
    'pair_loss',
]
