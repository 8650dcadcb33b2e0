"""Simulated annotations and predictions have the properties asked for."""

import json
import tracemalloc

import numpy as np
import pytest

from mmdmr.benchmark.simulation import (
    PRW_TEST,
    Scale,
    Simulation,
    read_ground_truth,
    scale_of,
    simulate,
    simulate_ground_truth,
    simulate_predictions,
    spread_queries,
)


def test_annotations_have_the_scale_asked_for():
    truth = simulate_ground_truth(Scale(2000, 8000, 50), seed=1)
    assert len(truth.img_names) == len(truth.boxes) == 2000
    assert sum(map(len, truth.boxes)) == pytest.approx(8000, rel=0.05)
    ids = np.concatenate(truth.person_ids)
    assert set(ids) == set(range(-1, 50))
    assert (ids >= 0).mean() == pytest.approx(0.65, abs=0.02)
    assert set(truth.cam_ids) == set(range(1, 7))
    for person_ids in truth.person_ids:
        known = person_ids[person_ids >= 0]
        assert len(known) == len(set(known))


def test_one_seed_draws_one_case():
    def draw(seed):
        truth = simulate_ground_truth(Scale(30, 90, 9), seed)
        queries, _ = spread_queries(truth, 5)
        detections, feats = simulate_predictions(
            truth,
            queries,
            num_detections=100,
            dims=8,
            noise=1.0,
            dtype='float32',
            seed=seed,
        )
        return detections.boxes.tobytes() + feats.tobytes()

    assert draw(0) == draw(0)
    assert draw(0) != draw(1)


def test_predictions_fit_the_annotations(case):
    detections = case.detections
    assert len(detections.offsets) == 61
    assert len(detections.scores) == pytest.approx(300, rel=0.15)
    for feats in (detections.feats, case.query_feats):
        np.testing.assert_allclose(np.linalg.norm(feats, axis=1), 1)
    for start, end in zip(detections.offsets, detections.offsets[1:]):
        assert (np.diff(detections.scores[start:end]) <= 0).all()


def test_less_noise_makes_a_person_more_like_itself():
    truth = simulate_ground_truth(Scale(60, 240, 20), seed=0)
    queries, _ = spread_queries(truth, 100)  # more than persons: some twice

    def cosine(noise):
        _, feats = simulate_predictions(
            truth,
            queries,
            num_detections=300,
            dims=64,
            noise=noise,
            dtype='float64',
            seed=0,
        )
        ids = queries.person_ids
        same = (ids[:, None] == ids) & ~np.eye(len(ids), dtype=bool)
        return (feats @ feats.T)[same].mean()

    assert cosine(0.1) > cosine(2.0) + 0.3


def test_every_query_is_to_be_found(case):
    assert len(case.queries.img_ids) == len(case.protocol.query_ids) == 12
    assert all(map(len, case.protocol.gt_img_ids))


def test_scales_keep_the_proportions_of_prw():
    assert scale_of(37000) == PRW_TEST
    large = scale_of(10**6)
    for size, of_prw in zip(large, PRW_TEST):
        assert size / of_prw == pytest.approx(10**6 / 37000, rel=1e-3)
    # An image has fewer boxes than there are identities.
    assert scale_of(1) == Scale(1, 1, 50)


def test_a_simulation_draws_what_it_names():
    simulation = Simulation(9, 800, 8, dtype='float32', seed=5)
    case, same = simulate(simulation), simulate(simulation)
    assert len(case.query_feats) == 9
    assert len(case.detections) == pytest.approx(800, rel=0.15)
    assert case.detections.num_images == scale_of(800).images
    assert case.detections.feats.shape[1] == 8
    assert case.detections.feats.dtype == case.query_feats.dtype == np.float32
    assert case.query_feats.tobytes() == same.query_feats.tobytes()


def test_embeddings_are_made_in_blocks(monkeypatch):
    """Blocks of 40 rows, and the peak is less than twice the embeddings."""
    monkeypatch.setattr('mmdmr.benchmark.simulation._BLOCK', 40 * 512)
    tracemalloc.start()
    case = simulate(Simulation(5, 4000, 512, dtype='float32'))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    feats = case.detections.feats
    assert peak < 1.6 * feats.nbytes
    np.testing.assert_allclose(np.linalg.norm(feats, axis=1), 1, rtol=1e-6)
    assert len(np.unique(feats[:, :3], axis=0)) == len(feats)


def test_cameras_are_read_off_the_names_of_prw(tmp_path):
    names = ['c3s1_000151.jpg', 'c1s2_000001.jpg', 'other.jpg']
    content = dict(
        images=[
            dict(id=i, file_name=name, width=90, height=90)
            for i, name in enumerate(names)
        ],
        annotations=[
            dict(
                id=i,
                image_id=i,
                category_id=1,
                bbox=[0, 0, 20, 50],
                person_id=4,
            )
            for i in range(3)
        ],
        categories=[dict(id=1, name='person')],
    )
    (tmp_path / 'a.json').write_text(json.dumps(content))
    truth = read_ground_truth(tmp_path / 'a.json')
    assert dict(zip(truth.img_names, truth.cam_ids)) == dict(
        zip(names, (3, 1, 0))
    )
