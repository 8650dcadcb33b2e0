# Coupled + OIM: identification shares the RoI head's features.
_base_ = ['./faster-rcnn_r50_fpn_1x_cuhk-sysu_oim.py', '../_base_/coupled.py']

model = _base_.coupled
