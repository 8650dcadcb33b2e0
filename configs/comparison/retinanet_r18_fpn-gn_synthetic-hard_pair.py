# DMRNet without key encoder and memory: pairs inside the batch only.
_base_ = './retinanet_r18_fpn-gn_synthetic-hard_pair-memory.py'

model = dict(memory=dict(type='mmdmr.BatchMemory'))
