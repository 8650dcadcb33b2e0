# Mixed precision, for configs to pick: `optim_wrapper = _base_.amp`. Needs a
# GPU; `mmdmr train --amp` does the same to any config.
amp = dict(type='AmpOptimWrapper', loss_scale='dynamic')
