# The optimizer's step in one pass over memory. Use in a config:
# `optim_wrapper = dict(optimizer=_base_.fused_optimizer)`. Weights differ in
# the last bits from those of the plain optimizer.
fused_optimizer = dict(fused=True)
