# DMRNet without key encoder and memory: pairs inside the batch only.
_base_ = './faster-rcnn_r50_fpn_1x_cuhk-sysu_pair-memory.py'

model = dict(memory=dict(type='mmdmr.BatchMemory'))
