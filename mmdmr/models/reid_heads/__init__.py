from .dmr_head import DMRHead

__all__ = ['DMRHead']
