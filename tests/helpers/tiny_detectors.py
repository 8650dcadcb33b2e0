"""Every detector of the package, as small as it gets."""

from functools import cache

import torch
from mmengine.registry import MODELS, init_default_scope

from mmdmr.config import load_config

#: Configs by the class of their detector.
CONFIGS = dict(
    DMRFasterRCNN='faster-rcnn_r50_fpn_1x_prw_dmrnet-pp',
    DMRRetinaNet='dmrnet_retinanet_r50_fpn-gn_1x_prw',
    DMRFCOS='dmrnet_fcos_r50_fpn_1x_prw',
    DMRATSS='dmrnet_atss_r50_fpn_1x_prw',
    DMRRepPoints='dmrnet_reppoints_r50_fpn-gn_1x_prw',
    DMRDINO='dmrnet_dino_r50_2x_prw',
    CoupledFasterRCNN='faster-rcnn_r50_fpn_1x_prw_coupled-oim',
    CoupledRetinaNet='retinanet_r50_fpn-gn_1x_prw_coupled-oim',
)
#: Slots for labelled and for unlabelled keys, and rows of OIM.
SLOTS, NUM_IDS = (64, 16), 80
#: Length of an embedding.
LENGTH = 16


@cache
def tiny_detector(name):
    """Build a detector, once; its memory is empty and its weights are random.

    Args:
        name (str): Class of the detector, a key of :data:`CONFIGS`.

    Returns:
        nn.Module: The detector, whose key encoder equals the network.
    """
    init_default_scope('mmdet')
    cfg = load_config(CONFIGS[name]).model
    width = 256 if name == 'DMRDINO' else 64
    cfg.backbone.update(depth=18, base_channels=16, init_cfg=None)
    first = len(cfg.neck.in_channels)
    cfg.neck.update(in_channels=[16, 32, 64, 128][-first:], out_channels=width)
    cfg.reid_head.update(in_channels=width, out_channels=LENGTH)
    if 'num_ids' in cfg.memory:
        cfg.memory.update(num_ids=NUM_IDS, num_unlabelled=SLOTS[1])
    else:
        cfg.memory.update(num_labelled=SLOTS[0], num_unlabelled=SLOTS[1])
    if name == 'DMRDINO':
        cfg.num_queries = 20
        cfg.encoder.num_layers = cfg.decoder.num_layers = 1
        cfg.test_cfg.max_per_img = 20
    elif 'rpn_head' in cfg:
        cfg.rpn_head.update(in_channels=width, feat_channels=width)
        cfg.roi_head.bbox_roi_extractor.out_channels = width
        cfg.roi_head.bbox_head.update(in_channels=width, fc_out_channels=64)
        cfg.train_cfg.rpn_proposal.max_per_img = 200
        if name.startswith('Coupled'):
            cfg.reid_head.in_channels = 64
    else:
        cfg.bbox_head.update(
            in_channels=width, feat_channels=width, stacked_convs=1
        )
        if name == 'DMRRepPoints':
            cfg.bbox_head.point_feat_channels = width
        # An untrained network is sure of nothing.
        cfg.test_cfg.score_thr = 0.0
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    model.init_weights()
    if model.key_encoder is not None:
        model.key_encoder.update(model)
    return model
