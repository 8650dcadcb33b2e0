"""Making a whole synthetic set."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic_samples import TINY, files_of, mat

from mmdmr.datasets import CUHKSYSUDataset
from mmdmr.evaluation.colour_histogram import colour_histogram
from mmdmr.synthetic import Settings, generate

#: The test split of the default size: the bounds hold for its gallery; fewer
#: queries leave top-1 uncertain by several points, smaller galleries are
#: easier.
SEARCHED = Settings(images=1, identities=4)


def test_same_seed_same_bytes_and_another_seed_differs(tiny, tmp_path):
    generate(tmp_path / 'again', TINY)
    generate(tmp_path / 'other', replace(TINY, seed=1))
    first, again, other = map(
        files_of, (tiny, tmp_path / 'again', tmp_path / 'other')
    )
    assert first == again
    assert first.keys() == other.keys()
    same = [name for name in first if first[name] == other[name]]
    assert same == ['annotation/pool.mat']


def test_replaces_a_former_set(tiny, tmp_path):
    generate(tmp_path / 'set', replace(TINY, images=8, seed=3))
    generate(tmp_path / 'set', TINY)
    assert files_of(tmp_path / 'set') == files_of(tiny)


def test_the_reader_reads_it(tiny):
    train = CUHKSYSUDataset(str(tiny), test_mode=False, pipeline=[])
    test = CUHKSYSUDataset(
        str(tiny), protocols=('G50', 'full'), test_mode=True, pipeline=[]
    )
    assert len(train) == TINY.images and len(test) == TINY.test_images
    ids = [set(data.metainfo['person_id_names']) for data in (train, test)]
    assert len(ids[0]) == TINY.identities
    assert len(ids[1]) == TINY.test_identities
    assert not ids[0] & ids[1]
    task = test.metainfo['search_task']
    assert len(task.queries.person_ids) == TINY.queries
    persons = [np.array(ids) for ids in task.ground_truth.person_ids]
    assert all(len(ids) >= 2 for ids in persons)
    for name in ('G50', 'full'):
        for q, gallery, found in zip(
            task.queries.person_ids,
            task.protocols[name].galleries,
            task.protocols[name].gt_img_ids,
        ):
            assert len(gallery) == TINY.test_images - 1
            assert set(found) == {i for i in gallery if q in persons[i]}


def test_boxes_lie_inside_their_images(tiny):
    for image in mat(tiny, 'Images', 'Img')[0]:
        path = tiny / 'Image' / 'SSM' / image['imname'].item()
        height, width = cv2.imread(str(path)).shape[:2]
        assert (width, height) == TINY.image_size
        boxes = np.stack([box['idlocate'][0] for box in image['box'][0]])
        x, y, w, h = boxes.astype(int).T
        assert (x >= 0).all() and (x + w <= width).all()
        assert (y >= 0).all() and (y + h <= height).all()
        assert (h > 45).all() and (h > w).all()


def _histogram_search(root: Path):
    """mAP and top-1 of colour histograms on ground-truth boxes."""
    data = CUHKSYSUDataset(
        str(root), protocols=('full',), test_mode=True, pipeline=[]
    )
    task = data.metainfo['search_task']
    truth, queries = task.ground_truth, task.queries
    feats = [
        colour_histogram(
            cv2.imread(str(root / 'Image' / 'SSM' / name)), boxes, margin=0.25
        )
        for name, boxes in zip(truth.img_names, truth.boxes)
    ]
    img_ids = np.repeat(np.arange(len(feats)), [len(f) for f in feats])
    persons, gallery = np.concatenate(truth.person_ids), np.concatenate(feats)
    aps, tops = [], []
    for img, box, person in zip(
        queries.img_ids, queries.boxes, queries.person_ids
    ):
        own = (truth.boxes[img] == box).all(axis=1)
        scores = gallery @ feats[img][own][0]
        elsewhere = img_ids != img
        order = np.argsort(-scores[elsewhere], kind='stable')
        right = (persons == person)[elsewhere][order]
        precision = np.cumsum(right) / np.arange(1, len(right) + 1)
        aps.append(precision[right].mean())
        tops.append(right[0])
    return len(aps), np.mean(aps), np.mean(tops)


@pytest.mark.parametrize(
    'difficulty, most_map, most_top1',
    [('easy', 0.55, 0.80), ('hard', 0.25, 0.80)],
)
def test_colours_alone_do_not_solve_it(
    tmp_path, difficulty, most_map, most_top1
):
    generate(tmp_path / 'set', replace(SEARCHED, difficulty=difficulty))
    num, mean_ap, top1 = _histogram_search(tmp_path / 'set')
    assert num == SEARCHED.queries
    # Far from chance, or there would be nothing to learn.
    assert 0.05 < mean_ap < most_map
    assert top1 < most_top1
