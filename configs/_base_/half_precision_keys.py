# Key pass in bfloat16: a faster step, on a GPU and on processors with bfloat16
# units. Use in a config:
# `model = dict(key_encoder=_base_.half_precision_keys)`.
half_precision_keys = dict(precision='bfloat16')
