# And without memory: pairs inside the batch.
_base_ = './faster-rcnn_r50_fpn_1x_cuhk-sysu_pair-memory.py'

model = dict(memory=dict(type='mmdmr.BatchMemory'))
