# Coupled + OIM: identification shares the RoI head's features.
_base_ = ['./faster-rcnn_r18_fpn_prw-mini_oim.py', '../_base_/coupled.py']

model = _base_.coupled_scratch
