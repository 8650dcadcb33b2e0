# Coupled + OIM: identification shares the classification tower's features.
_base_ = './retinanet_r50_fpn-gn_1x_prw_oim.py'

model = dict(type='mmdmr.CoupledRetinaNet')
