"""A search of a gallery finds what the scoring of predictions ranks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from colour_embedder import ColourEmbedder
from public_networks import frames_of_streets, save_public_description

from mmdmr.apis import PersonSearcher
from mmdmr.apis.predict import predict
from mmdmr.evaluation.functional import rank_gallery
from mmdmr.readers import PRWReader
from mmdmr.structures import (
    GroundTruth,
    Queries,
    SearchProtocol,
    SearchTask,
)

PLACES = [(10, 10, 40, 90), (60, 20, 90, 100), (110, 5, 140, 95)]


def random_scene(rng):
    """Three rectangles of random, strong colours on grey."""
    image = np.full((120, 160, 3), 120, np.uint8)
    for x1, y1, x2, y2 in PLACES:
        hues = rng.integers(0, 180, (8, 3))
        hsv = np.stack([hues, np.full_like(hues, 230), hues + 60], -1)
        patch = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)
        image[y1:y2, x1:x2] = cv2.resize(
            patch, (x2 - x1, y2 - y1), interpolation=cv2.INTER_NEAREST
        )
    return image


def drawn_task(folder, num=12):
    """Scenes on disk; the first box of each is searched in all others."""
    rng = np.random.default_rng(0)
    paths = [folder / f'{i:02}.png' for i in range(num)]
    for path in paths:
        cv2.imwrite(str(path), random_scene(rng))
    boxes = [np.array(PLACES, float)] * num
    others = [np.delete(np.arange(num), i) for i in range(num)]
    protocol = SearchProtocol(
        'all',
        np.arange(num),
        others,
        [ids[:1] for ids in others],
        [boxes[0][:1]] * num,
    )
    truth = GroundTruth(
        tuple(path.name for path in paths),
        boxes,
        [np.arange(3)] * num,
        np.full(num, -1),
    )
    queries = Queries(
        np.arange(num), np.array(PLACES[:1] * num, float), np.zeros(num, int)
    )
    return SearchTask(truth, queries, {'all': protocol}), paths


def compare(searcher, task, paths, gallery, num=10):
    """Ranks of both, query by query; returns the greatest difference."""
    (protocol,) = task.protocols.values()
    found = predict(searcher.embedder, task, paths)
    searcher.index(paths, gallery)
    for index, query in enumerate(protocol.query_ids):
        img_id = task.queries.img_ids[query]
        ranking = rank_gallery(
            found.detections, found.query_feats[query], protocol, index, 0, num
        )
        (result,) = searcher.search(
            paths[img_id], gallery, box=task.queries.boxes[query], top_k=num
        )
        similarities = [hit.similarity for hit in result.hits]
        # float16 in the gallery: neighbours closer than this may swap.
        assert similarities == pytest.approx(ranking.similarities, abs=2e-3)
        for hit, image, row, similarity in zip(
            result.hits, ranking.img_ids, ranking.rows, ranking.similarities
        ):
            near = np.abs(ranking.similarities - similarity) < 2e-3
            if near.sum() == 1:
                assert Path(hit.path).name == paths[image].name
                box = found.detections.boxes[row]
                assert hit.box == pytest.approx(box, abs=1e-3)


def test_drawn_scenes(tmp_path):
    task, paths = drawn_task(tmp_path)
    searcher = PersonSearcher.from_embedder(ColourEmbedder(stripes=2))
    compare(searcher, task, paths, tmp_path / 'g')


def test_frames_of_streets(tmp_path):
    folder = frames_of_streets()
    searcher = PersonSearcher(save_public_description(tmp_path), threads=1)
    reader = PRWReader(folder, test=True)
    task = reader.search_task(reader.ground_truth(), ['all'])
    paths = reader.image_paths(task.ground_truth.img_names)
    compare(searcher, task, paths, tmp_path / 'g')
