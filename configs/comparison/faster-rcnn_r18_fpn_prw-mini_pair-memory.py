# DMRNet without key encoder: keys are the batch's own embeddings.
_base_ = '../dmrnet/dmrnet_faster-rcnn_r18_fpn_prw-mini.py'

model = dict(key_encoder=None)
custom_hooks = [dict(type='mmdmr.MemoryQueueHook')]
