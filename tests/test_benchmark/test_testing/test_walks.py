"""Ways to run a test: equal results, and the passes that each needs."""

from collections import Counter

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope
from tiny_prw import save_tiny_prw

from mmdmr.apis.checkpoint_embedder import load_network
from mmdmr.benchmark.testing import (
    PARTS,
    PublishedWay,
    TestSet,
    Way,
    walk_in_turn,
)
from mmdmr.config import load_config
from mmdmr.registry import DATASETS, METRICS


@pytest.fixture(scope='module')
def make_test_set(tmp_path_factory):
    config, checkpoint = save_tiny_prw(tmp_path_factory.mktemp('tiny'))
    cfg = load_config(str(config))
    init_default_scope('mmdet')
    network, _ = load_network(cfg, 'tiny', str(checkpoint))
    dataset = DATASETS.build(cfg.test_dataloader.dataset)

    def make(img_ids=None, **metric):
        return TestSet(
            network.eval(),
            dataset,
            cfg.test_dataloader,
            METRICS.build(dict(cfg.test_evaluator, **metric)),
            img_ids,
        )

    return make


def run(test_set, ways, rounds=1):
    """Walks, and the images that pass the backbone in each walk."""
    passed = Counter()
    backbone = test_set.network.backbone
    hook = backbone.register_forward_pre_hook(
        lambda module, args: passed.update([len(args[0])])
    )
    walks = walk_in_turn(ways, rounds)
    hook.remove()
    return walks, passed


def test_every_way_gives_the_same_results(make_test_set):
    test_set = make_test_set()
    ways = dict(
        published=PublishedWay(test_set),
        once=PublishedWay(test_set, once=True),
        one=Way(test_set, 1),
        four=Way(test_set, 4),
    )
    walks, _ = run(test_set, ways)
    assert [len(found) for found in walks.values()] == [1] * 4
    expected = walks['published'][0]
    assert len(expected.detections) and 'search/mAP' in expected.metrics
    for found in sum(walks.values(), []):
        assert set(found.seconds) == set(PARTS)
        assert min(found.seconds.values()) > 0
        assert found.metrics == pytest.approx(expected.metrics, abs=1e-9)
        for field in ('boxes', 'scores', 'feats'):
            np.testing.assert_allclose(
                getattr(found.detections, field),
                getattr(expected.detections, field),
                atol=1e-4,
            )
        np.testing.assert_array_equal(
            found.detections.num_per_image, expected.detections.num_per_image
        )


def test_passes_of_each_way(make_test_set):
    """Five frames, two of which hold three queries."""
    # More images than the walk that warms up takes.
    test_set = make_test_set([0, 2, 2, 4])
    queries = test_set.dataset.metainfo['search_task'].queries
    assert sorted(queries.img_ids.tolist()) == [0, 2, 4]
    for way, images in (
        (Way(test_set, 1), 4),
        (PublishedWay(test_set, once=True), 4 + 2 * 4),
    ):
        assert way.num_passes == images
        _, passed = run(test_set, dict(way=way))
        warm_up = 2 if type(way) is Way else 6
        assert passed == {1: images + warm_up}


def test_published_code_passes_an_image_for_each_of_its_queries(
    make_test_set,
):
    test_set = make_test_set()
    queries = test_set.dataset.metainfo['search_task'].queries
    img_ids = queries.img_ids.copy()
    try:
        # All three queries are of one frame.
        queries.img_ids[:] = 2
        assert PublishedWay(test_set).num_passes == 5 + 2 * 3
        assert PublishedWay(test_set, once=True).num_passes == 5 + 2
    finally:
        queries.img_ids[:] = img_ids


def test_a_part_of_the_images_is_not_scored(make_test_set):
    test_set = make_test_set([1, 3])
    walks, _ = run(test_set, dict(way=Way(test_set, 2)), rounds=2)
    assert len(walks['way']) == 2
    assert walks['way'][0].metrics == {}
    assert walks['way'][0].detections.num_images == 2


def test_only_our_way_leaves_out_what_is_not_used(make_test_set):
    test_set = make_test_set(score_thr=0.99, keep_thr=None)
    for way, threshold in (
        (Way(test_set, 4), 0.99),
        (PublishedWay(test_set), 0.0),
    ):
        run(test_set, dict(way=way))
        assert test_set.network.embed_score_thr == threshold


def test_half_precision(make_test_set):
    test_set = make_test_set()
    types = set()
    hook = test_set.network.backbone.register_forward_hook(
        lambda module, args, maps: types.update(m.dtype for m in maps)
    )
    run(test_set, dict(way=Way(test_set, 4, torch.bfloat16)))
    hook.remove()
    assert types == {torch.bfloat16}
