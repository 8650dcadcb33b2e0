"""When the optimizer steps."""

from mmengine.optim import OptimWrapper, OptimWrapperDict


def starts_a_step(optim_wrapper: OptimWrapper) -> bool:
    """Tell whether the coming iteration is the first after an optimizer step.

    With gradient accumulation, an optimizer step takes several iterations.

    Args:
        optim_wrapper (OptimWrapper): Wrapper, or wrapper of several
            optimizers, of which any may have stepped.

    Returns:
        bool: True if no gradients have been accumulated.
    """
    if isinstance(optim_wrapper, OptimWrapperDict):
        return any(w.should_update() for w in optim_wrapper.values())
    return optim_wrapper.should_update()
