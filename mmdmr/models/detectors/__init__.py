from .coupled import CoupledFasterRCNN, CoupledRetinaNet, SharedRoIHead
from .decoupled import (
    DMRATSS,
    DMRDINO,
    DMRFCOS,
    DMRFasterRCNN,
    DMRRepPoints,
    DMRRetinaNet,
)
from .person_search import PersonSearchMixin

__all__ = [
    'CoupledFasterRCNN',
    'CoupledRetinaNet',
    'DMRATSS',
    'DMRDINO',
    'DMRFCOS',
    'DMRFasterRCNN',
    'DMRRepPoints',
    'DMRRetinaNet',
    'PersonSearchMixin',
    'SharedRoIHead',
]
