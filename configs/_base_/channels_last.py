# Weights and feature maps with the channels last, for detectors of the Faster
# R-CNN family. Use in a config:
# `custom_hooks = _base_.custom_hooks + [_base_.channels_last]`. Results differ
# in the last bits.
channels_last = dict(type='mmdmr.ChannelsLastHook')
