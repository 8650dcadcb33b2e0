# OIM in place of the pair loss: a table of identities and a queue of
# unlabelled persons.
_base_ = './faster-rcnn_r18_fpn_synthetic-hard_pair.py'

model = dict(
    reid_head=dict(loss_reid=dict(_delete_=True, type='mmdmr.OIMLoss')),
    memory=dict(
        _delete_=True, type='mmdmr.OIMTable', num_ids=240, num_unlabelled=500
    ),
)
