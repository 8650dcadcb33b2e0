# DMRNet with a contrastive loss of unlabelled persons, after DMRNet++.
_base_ = '../dmrnet/dmrnet_retinanet_r50_fpn-gn_1x_cuhk-sysu.py'

model = dict(
    reid_head=dict(
        loss_unlabelled=dict(type='mmdmr.UnlabelledContrastiveLoss')
    )
)
