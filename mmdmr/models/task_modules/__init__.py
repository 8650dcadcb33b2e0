from .assigners import ATSSAssigner, MaxIoUAssigner

__all__ = ['ATSSAssigner', 'MaxIoUAssigner']
