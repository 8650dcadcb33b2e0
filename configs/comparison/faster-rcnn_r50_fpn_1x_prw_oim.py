# OIM in place of the pair loss: a table of identities and a queue of
# unlabelled persons.
_base_ = './faster-rcnn_r50_fpn_1x_prw_pair.py'

model = dict(
    reid_head=dict(loss_reid=dict(_delete_=True, type='mmdmr.OIMLoss')),
    memory=dict(
        _delete_=True, type='mmdmr.OIMTable', num_ids=483, num_unlabelled=500
    ),
)
