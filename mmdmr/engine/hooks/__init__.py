from .atomic_checkpoint_hook import AtomicCheckpointHook
from .bad_images_hook import BadImagesHook
from .channels_last_hook import ChannelsLastHook
from .ema_encoder_hook import EMAEncoderHook
from .exact_resume_hook import ExactResumeHook
from .finite_loss_hook import FiniteLossHook, NonFiniteLossError
from .memory_queue_hook import MemoryQueueHook
from .preemption_hook import PreemptionHook
from .same_statistics_hook import SameStatisticsHook
from .trajectory_hook import TrajectoryHook
from .trim_memory_hook import TrimMemoryHook

__all__ = [
    'AtomicCheckpointHook',
    'BadImagesHook',
    'ChannelsLastHook',
    'EMAEncoderHook',
    'ExactResumeHook',
    'FiniteLossHook',
    'MemoryQueueHook',
    'NonFiniteLossError',
    'PreemptionHook',
    'SameStatisticsHook',
    'TrajectoryHook',
    'TrimMemoryHook',
]
