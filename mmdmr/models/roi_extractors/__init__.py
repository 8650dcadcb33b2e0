from .full_precision import FullPrecisionRoIExtractor

__all__ = ['FullPrecisionRoIExtractor']
