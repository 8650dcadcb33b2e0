"""One-stage detectors, from the config to the bundle."""

import numpy as np
import pytest
from tiny_one_stage import save_tiny_one_stage

from mmdmr.apis.models import load_embedder
from mmdmr.export import export_bundle
from mmdmr.inference.bundle import EMBEDDING, FEATURES
from mmdmr.inference.bundle_description import OneStageDetector


@pytest.mark.parametrize(
    'name',
    [
        'dmrnet_retinanet_r50_fpn-gn_1x_prw',
        'dmrnet_fcos_r50_fpn_1x_prw',
        'dmrnet_atss_r50_fpn_1x_prw',
    ],
)
def test_one_stage_detectors(tmp_path, name):
    config, checkpoint = save_tiny_one_stage(tmp_path, name)
    bundle = tmp_path / 'one.bundle'
    found = export_bundle(str(config), checkpoint, bundle).verification
    # 20 detections of each of the four scenes: more than the threshold lets.
    assert found.agrees and found.detections == 80 and not found.unmatched
    embedder = load_embedder(bundle)
    assert isinstance(embedder.description.detector, OneStageDetector)
    assert set(embedder.description.files) == {FEATURES, EMBEDDING}
    image = np.full((90, 120, 3), 50, np.uint8)
    assert embedder.embed([image]).num_images == 1
