# DMRNet without key encoder: keys are the batch's own embeddings.
_base_ = '../dmrnet/dmrnet_retinanet_r50_fpn-gn_1x_prw.py'

model = dict(key_encoder=None)
custom_hooks = [dict(type='mmdmr.MemoryQueueHook')]
