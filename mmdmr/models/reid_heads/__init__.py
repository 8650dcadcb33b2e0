from .dmr_head import DMRHead
from .reid_head import ReIDHead

__all__ = ['DMRHead', 'ReIDHead']
