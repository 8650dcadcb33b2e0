"""What users rely on: import paths, registered names, files of 0.1.0."""

from importlib import import_module
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

from mmdmr import registry
from mmdmr.config import load_config
from mmdmr.engine.checkpoint import check_fits, read_checkpoint
from mmdmr.engine.safe_globals import register_safe_globals

#: Written by version 0.1.0: weights, and the config they were trained with.
CHECKPOINT = Path(__file__).parent / 'data/checkpoints/mmdmr-0.1.0.pth'

#: Every name that the documentation ever imported, and what stood beside it.
PATHS = {
    'mmdmr': '__version__',
    'mmdmr.registry': 'DATASETS HOOKS METRICS MODELS TASK_UTILS TRANSFORMS '
    'VISUALIZERS',
    'mmdmr.structures': 'Detections GroundTruth Hit ModelInfo Queries '
    'RemainderGalleries SearchProtocol SearchResult SearchTask',
    'mmdmr.apis': 'IndexReport PersonSearcher to_supervision write_hits',
    'mmdmr.gallery': 'Entry Filters Gallery create_gallery open_gallery',
    'mmdmr.inference': 'Embedder',
    'mmdmr.models': 'ATSSAssigner BatchMemory CoupledFasterRCNN '
    'CoupledRetinaNet DMRATSS DMRDINO DMRFCOS DMRFasterRCNN DMRHead '
    'DMRRepPoints DMRRetinaNet FullPrecisionRoIExtractor '
    'InclusiveDeltaXYWHBBoxCoder KeyEncoder LegacyRoIExtractor '
    'MaxIoUAssigner Memory MemoryQueue OIMLoss OIMTable PairLoss '
    'PersonSearchMixin ReIDHead SharedRoIHead UnlabelledContrastiveLoss '
    'oim_loss pair_loss',
    'mmdmr.models.memory': 'Bank BatchMemory KeyEncoder Memory MemoryQueue '
    'OIMTable',
    'mmdmr.models.losses': 'OIMLoss PairLoss UnlabelledContrastiveLoss '
    'oim_loss pair_loss',
    'mmdmr.models.reid_heads': 'DMRHead ReIDHead',
    'mmdmr.models.detectors': 'PersonSearchMixin SharedRoIHead',
    'mmdmr.datasets': 'PersonSearchDataset',
    'mmdmr.engine.hooks': 'EMAEncoderHook MemoryQueueHook',
    'mmdmr.evaluation.metrics': 'PersonSearchMetric',
    'mmdmr.evaluation.functional': 'CBGM CBGMOptions Difference Ranking '
    'Search SearchScores Suite Truth find_truth gt_as_detections '
    'load_contexts load_detections load_gt_feats load_query_feats '
    'load_score_thr paired_bootstrap rank_gallery remarks_on '
    'score_detection score_search score_searches score_suite '
    'stored_contexts strict_protocol suppressed_contexts',
}

#: Every ``type`` that a config could name in 0.1.0 or later.
NAMES = {
    'DATASETS': 'CUHKSYSUDataset CocoPersonSearchDataset ConcatDataset '
    'PRWDataset',
    'HOOKS': 'EMAEncoderHook MemoryQueueHook',
    'METRICS': 'PersonSearchMetric',
    'MODELS': 'BatchMemory CoupledFasterRCNN CoupledRetinaNet DMRATSS '
    'DMRDINO DMRFCOS DMRFasterRCNN DMRHead DMRRepPoints DMRRetinaNet '
    'FullPrecisionRoIExtractor KeyEncoder LegacyRoIExtractor MemoryQueue '
    'OIMLoss OIMTable PairLoss ReIDHead SharedRoIHead '
    'UnlabelledContrastiveLoss',
    'TASK_UTILS': 'ATSSAssigner InclusiveDeltaXYWHBBoxCoder MaxIoUAssigner',
    'TRANSFORMS': 'InclusiveEnds LoadPersonSearchAnnotations '
    'PackPersonSearchInputs',
    'VISUALIZERS': 'PersonSearchVisualizer',
}


@pytest.mark.parametrize('path', PATHS)
def test_documented_imports(path):
    module = import_module(path)
    missing = [n for n in PATHS[path].split() if not hasattr(module, n)]
    assert not missing


@pytest.mark.parametrize('kind', NAMES)
def test_registered_names(kind):
    found = getattr(registry, kind)
    missing = [n for n in NAMES[kind].split() if not found.get(f'mmdmr.{n}')]
    assert not missing


def test_a_config_and_a_checkpoint_of_the_first_version(tmp_path):
    register_safe_globals()
    checkpoint = read_checkpoint(str(CHECKPOINT))
    (tmp_path / 'tiny.py').write_text(checkpoint['meta']['cfg'])
    cfg = load_config(str(tmp_path / 'tiny.py'))
    init_default_scope(cfg.default_scope)
    model = registry.MODELS.build(cfg.model)
    check_fits(model, checkpoint, str(CHECKPOINT))
    lost = model.load_state_dict(checkpoint['state_dict'], strict=False)
    assert not lost.missing_keys and not lost.unexpected_keys
    assert torch.equal(
        model.state_dict()['backbone.conv1.weight'],
        checkpoint['state_dict']['backbone.conv1.weight'],
    )
