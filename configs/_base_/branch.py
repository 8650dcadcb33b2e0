# The re-ID branch, the memory and the key encoder with the paper's settings.
# Use in a detector's config: `reid_head=_base_.branch_from_stride_8`.
settings = dict(
    type='mmdmr.DMRHead',
    in_channels=256,
    out_channels=2048,
    featmap_strides=[8, 16, 32],
    finest_scale=56,
    loss_reid=dict(
        type='mmdmr.PairLoss', scale=16.0, margin=0.0, loss_weight=1.0
    ),
)
# for the FPN of Faster R-CNN, the FPN of one-stage detectors, DINO's four maps
branch_from_stride_4 = dict(settings, in_strides=[4, 8, 16, 32, 64])
branch_from_stride_8 = dict(settings, in_strides=[8, 16, 32, 64, 128])
branch_on_four_maps = dict(settings, in_strides=[8, 16, 32, 64])
del settings

memory_queue = dict(
    type='mmdmr.MemoryQueue', num_labelled=4096, num_unlabelled=4096
)
ema_encoder = dict(type='mmdmr.KeyEncoder', momentum=0.001)
