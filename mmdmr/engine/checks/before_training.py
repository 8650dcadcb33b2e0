"""All checks of a training, in one call."""

from mmengine.runner import Runner

from mmdmr.engine.checks.hooks import check_hooks
from mmdmr.engine.checks.identities import check_identities
from mmdmr.engine.checks.loops import check_loops
from mmdmr.engine.checks.samples import check_samples
from mmdmr.engine.checks.scores import check_scores


def check_training(runner: Runner) -> None:
    """Check before the first iteration that a training can do its work.

    The checks find mistakes that MMEngine trains with, or reports only after
    hours: hooks that a config lost, loops without an end, persons without
    labels, pipelines that drop identities or queries, metrics that the
    validation does not compute. Models for anything but person search pass.

    Args:
        runner (Runner): Runner with its training loop built, and with its
            validation loop built if the config has one.

    Raises:
        InputError: The training would fail, or would learn nothing of use.
            The message names the entry of the config and the cure.

    Example:
        :class:`~mmdmr.engine.hooks.MemoryQueueHook` calls this function. By
        hand::

            runner = Runner.from_cfg(cfg)
            runner.train_loop, runner.val_loop  # builds both
            check_training(runner)
    """
    check_hooks(runner)
    check_loops(runner)
    check_identities(runner)
    check_samples(runner)
    check_scores(runner)
