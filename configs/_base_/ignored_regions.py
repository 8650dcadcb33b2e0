# Assigner that takes no background from regions with `iscrowd`. Use in a
# detector's config: `model = dict(train_cfg=dict(assigner=_base_.ignoring))`.
ignoring = dict(type='mmdmr.MaxIoUAssigner', ignore_iof_thr=0.5)
