"""Hook that gives all ranks the statistics of batch norm of rank 0."""

from mmengine import dist
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.nn.modules.batchnorm import _NormBase

from mmdmr.registry import HOOKS


@HOOKS.register_module()
class SameStatisticsHook(Hook):
    """Copies running statistics from rank 0 before each validation.

    A batch norm that learns keeps running means and variances of the images
    of its own rank: those of two ranks differ. A validation on several ranks
    would score each image with the statistics of the rank that it falls to. A
    checkpoint holds the statistics of rank 0. With this hook a validation
    gives the figures that a test of the checkpoint gives, on any number of
    ranks. Frozen batch norms are alike on all ranks anyhow.

    ``mmdmr train`` adds the hook in a run of several processes. Statistics
    differ again in the epoch that follows, which does not matter: a batch norm
    that learns uses them in a validation only.

    Example:
        In a config for another program:

        >>> custom_hooks = [dict(type='mmdmr.SameStatisticsHook')]
    """

    priority = 'VERY_HIGH'

    def before_val_epoch(self, runner: Runner) -> None:
        """Send the statistics of rank 0 to all ranks.

        Args:
            runner (Runner): Runner that is about to validate.
        """
        for module in runner.model.modules():
            if isinstance(module, _NormBase):
                for buffer in module.buffers():
                    dist.broadcast(buffer)
