# DMRNet with a contrastive loss of unlabelled persons, after DMRNet++.
_base_ = '../dmrnet/dmrnet_retinanet_r18_fpn-gn_synthetic-hard.py'

model = dict(
    reid_head=dict(
        loss_unlabelled=dict(type='mmdmr.UnlabelledContrastiveLoss')
    )
)
