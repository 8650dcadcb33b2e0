# Mixed precision in bfloat16, on a GPU or on a CPU that has instructions for
# it. Use in a config: `optim_wrapper = _base_.bfloat16`. On such a CPU,
# `mmdmr train --amp` does the same for any config.
bfloat16 = dict(type='mmdmr.Bfloat16OptimWrapper')
