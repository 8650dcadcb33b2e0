# Assigners that take no background from regions with `iscrowd`, for detectors
# to pick: `model = dict(train_cfg=dict(assigner=_base_.ignoring))`.
ignoring = dict(type='mmdmr.MaxIoUAssigner', ignore_iof_thr=0.5)
