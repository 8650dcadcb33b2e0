from .batch_memory import BatchMemory
from .key_encoder import KeyEncoder
from .memory import Bank, Memory
from .memory_queue import MemoryQueue
from .oim_table import OIMTable

__all__ = [
    'Bank',
    'BatchMemory',
    'KeyEncoder',
    'Memory',
    'MemoryQueue',
    'OIMTable',
]
