# DMRNet without key encoder and memory: pairs inside the batch only.
_base_ = './faster-rcnn_r18_fpn_prw-mini_pair-memory.py'

model = dict(memory=dict(type='mmdmr.BatchMemory'))
