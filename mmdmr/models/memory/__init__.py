from .bank import ABSENT, Bank
from .batch_memory import BatchMemory
from .key_encoder import KeyEncoder
from .memory import Memory
from .memory_queue import MemoryQueue
from .oim_table import OIMTable

__all__ = [
    'ABSENT',
    'Bank',
    'BatchMemory',
    'KeyEncoder',
    'Memory',
    'MemoryQueue',
    'OIMTable',
]
