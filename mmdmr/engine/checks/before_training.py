"""All checks of a training, in one call."""

from mmengine.runner import Runner

from mmdmr.engine.checks.hooks import check_hooks
from mmdmr.engine.checks.identities import check_identities
from mmdmr.engine.checks.loops import check_loops
from mmdmr.engine.checks.samples import check_samples
from mmdmr.engine.checks.scores import check_scores


def check_training(runner: Runner) -> None:
    """Check that a training will do what it is for.

    What is known before the first iteration is said before it: hooks that a
    config lost, loops without end, persons nobody labelled, pipelines that
    drop identities or queries, figures that no metric will give. Models other
    than ours are not looked at.

    Args:
        runner (Runner): With its training loop built, and its validation loop
            if there is one.

    Raises:
        InputError: Something would go wrong, or silently come to nothing. The
            message names the entry of the config and what to do.
    """
    check_hooks(runner)
    check_loops(runner)
    check_identities(runner)
    check_samples(runner)
    check_scores(runner)
