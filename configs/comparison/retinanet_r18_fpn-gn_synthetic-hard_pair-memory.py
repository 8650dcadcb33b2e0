# DMRNet without key encoder: keys are the batch's own embeddings.
_base_ = '../dmrnet/dmrnet_retinanet_r18_fpn-gn_synthetic-hard.py'

model = dict(key_encoder=None)
custom_hooks = [dict(type='mmdmr.MemoryQueueHook')]
