# Mixed precision, on a GPU.
_base_ = ['./dmrnet_faster-rcnn_r50_fpn_1x_prw.py', '../_base_/amp.py']

optim_wrapper = _base_.amp
