from .oim_loss import OIMLoss, oim_loss
from .pair_loss import PairLoss, pair_loss
from .unlabelled_loss import UnlabelledContrastiveLoss

__all__ = [
    'OIMLoss',
    'PairLoss',
    'UnlabelledContrastiveLoss',
    'oim_loss',
    'pair_loss',
]
