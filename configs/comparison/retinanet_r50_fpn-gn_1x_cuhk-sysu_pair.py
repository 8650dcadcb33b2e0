# DMRNet without key encoder and memory: pairs inside the batch only.
_base_ = './retinanet_r50_fpn-gn_1x_cuhk-sysu_pair-memory.py'

model = dict(memory=dict(type='mmdmr.BatchMemory'))
