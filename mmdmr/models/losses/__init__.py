from .pair_loss import pair_loss

__all__ = ['pair_loss']
