import pytest
from mmdet.models.detectors import FasterRCNN
from mmengine.config import ConfigDict

from mmdmr.benchmark.training.variants import VARIANTS, variants_of
from mmdmr.config import load_config
from mmdmr.errors import InputError
from mmdmr.models import BatchMemory, PersonSearchMixin
from mmdmr.registry import MODELS


def test_the_plain_detector_takes_no_argument_of_the_mixin(cfg):
    cfg.model.update(embed_gt_boxes=True, embed_score_thr=0.5)
    assert type(MODELS.build(variants_of(cfg)['plain'])) is FasterRCNN


def test_each_network_has_a_part_more(cfg):
    given = cfg.model.to_dict()
    models = variants_of(cfg)
    assert tuple(models) == VARIANTS
    built = {name: MODELS.build(model) for name, model in models.items()}
    assert type(built['plain']) is FasterRCNN
    assert isinstance(built['branch'].memory, BatchMemory)
    assert built['branch'].key_encoder is None
    assert built['memory'].memory.labelled.size == 12
    assert built['memory'].key_encoder is None
    assert built['keys'].key_encoder is not None
    assert cfg.model.to_dict() == given


def test_the_detector_is_the_same_in_all_networks(cfg):
    models = variants_of(cfg)
    ours = {'type', 'reid_head', 'memory', 'key_encoder', 'embed_gt_boxes'}
    detectors = [
        {key: value for key, value in model.items() if key not in ours}
        for model in models.values()
    ]
    assert all(detector == detectors[0] for detector in detectors)
    assert issubclass(MODELS.get(models['keys'].type), PersonSearchMixin)


@pytest.mark.parametrize(
    'name, expected',
    [
        # A table belongs to its loss; the coupled network has no keys.
        ('faster-rcnn_r50_fpn_1x_prw_coupled-oim', ['plain', 'memory']),
        ('faster-rcnn_r50_fpn_1x_prw_pair', ['plain', 'branch']),
        (
            'faster-rcnn_r50_fpn_1x_prw_pair-memory',
            ['plain', 'branch', 'memory'],
        ),
    ],
)
def test_networks_that_would_be_the_same_are_left_out(name, expected):
    assert [*variants_of(load_config(name))] == expected


def test_no_network_loads_weights():
    cfg = load_config('dmrnet_faster-rcnn_r50_fpn_1x_prw')
    assert cfg.model.backbone.init_cfg.type == 'Pretrained'
    cfg.model.neck.init_cfg = [
        dict(type='Xavier', layer='Conv2d'),
        dict(type='Pretrained', checkpoint='neck.pth'),
    ]
    for model in variants_of(cfg).values():
        assert model.backbone.init_cfg is None
        assert [entry.type for entry in model.neck.init_cfg] == ['Xavier']


def test_a_detector_alone_is_refused(cfg):
    cfg.model = ConfigDict(type='FasterRCNN')
    with pytest.raises(InputError, match='FasterRCNN is no detector for'):
        variants_of(cfg)
