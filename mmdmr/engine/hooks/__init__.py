from .channels_last_hook import ChannelsLastHook
from .ema_encoder_hook import EMAEncoderHook
from .memory_queue_hook import MemoryQueueHook

__all__ = ['ChannelsLastHook', 'EMAEncoderHook', 'MemoryQueueHook']
