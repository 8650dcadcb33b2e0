from .key_encoder import KeyEncoder
from .memory_queue import Bank, MemoryQueue

__all__ = ['Bank', 'KeyEncoder', 'MemoryQueue']
