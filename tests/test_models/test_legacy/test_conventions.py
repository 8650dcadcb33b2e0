"""Configs for the authors' weights: what they change beside the modules."""

import pytest
import torch
from authors_configs import CONFIGS, DETECTORS, config
from mmdet.registry import MODELS as DETECTOR_MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import get_box_tensor
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, init_default_scope
from mmengine.structures import InstanceData


@pytest.mark.parametrize('detector', DETECTORS)
def test_suppression_counts_the_last_pixel_and_keeps_small_boxes(detector):
    cfg = config(detector)
    head = DETECTOR_MODELS.build(cfg.bbox_head)
    candidates = InstanceData(
        # overlap of the first two: 52 of 100, or 37.8 of 81
        bboxes=torch.tensor(
            [[0.0, 0, 9, 9], [0, 0, 9, 4.2], [50, 50, 50, 50]]
        ),
        scores=torch.tensor([0.9, 0.8, 0.7]),
        labels=torch.zeros(3, dtype=torch.long),
    )
    kept = head._bbox_post_process(
        candidates, cfg.test_cfg, rescale=False, with_nms=True, img_meta={}
    )
    assert kept.scores.tolist() == pytest.approx([0.9, 0.7])


@pytest.mark.parametrize('detector', DETECTORS)
def test_search_with_these_conventions(detector):
    cfg = config(detector)
    cfg.key_encoder = None
    cfg.test_cfg.update(score_thr=0.0, max_per_img=7)
    model = MODELS.build(cfg).eval()
    size = (96, 128)
    sample = DetDataSample(
        metainfo=dict(
            img_shape=size,
            ori_shape=size,
            batch_input_shape=size,
            scale_factor=(1.0, 1.0),
        )
    )
    sample.query_instances = InstanceData(
        bboxes=torch.tensor([[5.0, 6, 30, 60]])
    )
    with torch.no_grad():
        (result,) = model.predict(torch.randn(1, 3, *size), [sample])
    assert result.pred_instances.reid_feats.shape == (7, 2048)
    assert result.query_instances.reid_feats.norm(dim=1).item() == (
        pytest.approx(1)
    )


@pytest.mark.parametrize('data', ['CUHK-SYSU', 'PRW'])
@pytest.mark.parametrize('detector', DETECTORS)
def test_boxes_that_are_embedded_end_at_their_last_pixel(
    detector, data, small_data
):
    """A pixel of the original image; the extractor adds one of its own."""
    init_default_scope('mmdet')
    ours, theirs = (
        Config.fromfile(
            CONFIGS / f'dmrnet_{detector}_r50_fpn-gn_{kind}_{data.lower()}.py'
        ).test_dataloader.dataset
        for kind in ('1x', 'authors')
    )
    queries = 0
    for dataset in (ours, theirs):
        dataset.data_root = str(small_data / data)
    ours, theirs = map(DATASETS.build, (ours, theirs))
    for now, then in zip(ours, theirs, strict=True):
        now, then = now['data_samples'], then['data_samples']
        assert now.scale_factor == then.scale_factor != (1, 1)
        for name in ('gt_instances', 'query_instances'):
            if name in now:
                gap = get_box_tensor(now.get(name).bboxes) - get_box_tensor(
                    then.get(name).bboxes
                )
                torch.testing.assert_close(
                    gap, torch.tensor([0.0, 0, 1, 1]).expand_as(gap)
                )
        queries += len(now.get('query_instances', []))
    assert queries
