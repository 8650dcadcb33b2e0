# Coupled + OIM: identification shares the classification tower's features.
_base_ = './retinanet_r18_fpn-gn_synthetic-hard_oim.py'

model = dict(type='mmdmr.CoupledRetinaNet')
