# Mixed precision in float16, on a GPU only. Use in a config:
# `optim_wrapper = _base_.amp`. `mmdmr train --amp` does the same for any
# config.
amp = dict(type='AmpOptimWrapper', loss_scale='dynamic')
