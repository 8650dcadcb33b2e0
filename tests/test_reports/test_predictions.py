"""What predictions tell, compared with the tools that tell the same."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.calibration import calibrate
from mmdmr.evaluation.functional import score_search
from mmdmr.evaluation.loading import load_predictions
from mmdmr.reports.predictions import (
    NoDataset,
    TestSet,
    analyse,
    find_test_set,
)
from mmdmr.structures import ModelInfo


@pytest.fixture
def prw(small_data):
    return TestSet('prw', str(small_data / 'PRW'), ('all',))


def settings_of(kind, **data):
    return dict(test_dataloader=dict(dataset=dict(type=kind, **data)))


def test_the_config_names_the_test_set(tmp_path):
    found = find_test_set(
        settings_of(
            'mmdmr.CocoPersonSearchDataset',
            data_root=str(tmp_path),
            ann_file='mine.json',
            protocols=['cross-camera', 'all'],
            data_prefix=dict(img='pictures'),
        )
    )
    assert found == TestSet(
        *('coco', str(tmp_path), ('cross-camera', 'all')),
        *('mine.json', 'pictures'),
    )
    other = find_test_set(
        settings_of('CUHKSYSUDataset', data_root='gone'), str(tmp_path)
    )
    assert other == TestSet('cuhk-sysu', str(tmp_path), ('G100',))


@pytest.mark.parametrize(
    'settings, message',
    [
        ({}, 'no data set'),
        (dict(test_dataloader=None), 'no data set'),
        (dict(test_dataloader=dict(dataset='PRW')), 'no data set'),
        (settings_of('CocoDataset'), 'CocoDataset, not on a single'),
        (settings_of('mmdmr.PRWDataset', data_root='gone'), 'gone of the'),
    ],
)
def test_a_test_set_that_is_not_found_is_told(settings, message):
    with pytest.raises(NoDataset, match=message):
        find_test_set(settings)


def test_queries_are_the_worst_and_the_best(small_data, prw):
    path = small_data / 'prw.npz'
    found = analyse(path, prw, num_queries=3, num_matches=4)
    read = load_predictions(path, 'prw', prw.data_root, ['all'])
    scores = score_search(
        *(read.detections, read.query_feats),
        *(read.task.protocols['all'], read.score_thr),
    )
    ap = np.sort(scores.ap)

    def notes(entries):
        return [entry.note.partition(',')[0] for entry in entries]

    assert notes(found.worst) == [f'AP {100 * value:.1f}' for value in ap[:3]]
    assert notes(found.best) == [
        f'AP {100 * value:.1f}' for value in ap[::-1][:3]
    ]
    assert {len(e.ranking.rows) for e in found.worst + found.best} == {4}
    assert len(found.img_paths) == len(read.task.ground_truth.img_names)


def test_few_queries_are_shown_once(small_data, prw):
    found = analyse(small_data / 'prw.npz', prw, 30, 1)
    titles = [entry.title for entry in found.worst + found.best]
    assert len(titles) == len(set(titles)) == 45


def test_thresholds_are_those_of_a_calibration(small_data, prw):
    path = small_data / 'prw.npz'
    found = analyse(path, prw, 1, 1)
    read = load_predictions(path, 'prw', prw.data_root, ['all'])
    model = ModelInfo('m', 'ab', read.detections.feats.shape[1])
    expected = calibrate(
        *(read.detections, read.task.ground_truth, model, 'prw'),
        read.score_thr,
    ).measured
    by_rate = {round(p.rate, 6): p for p in found.alarms.points}
    measured = [p for p in expected.points if p.threshold is not None]
    assert measured
    for point in measured:
        assert by_rate[point.rate].threshold == point.threshold
        assert by_rate[point.rate].true_match_rate == pytest.approx(
            point.true_match_rate
        )
    assert found.pairs.genuine.sum() == expected.num_genuine
    assert found.pairs.impostor.sum() == expected.num_impostor


def test_galleries_of_all_sizes_are_searched(small_data):
    test_set = TestSet('cuhk-sysu', str(small_data / 'CUHK-SYSU'), ('full',))
    found = analyse(small_data / 'cuhk.npz', test_set, 1, 1)
    read = load_predictions(
        *(small_data / 'cuhk.npz', 'cuhk-sysu', test_set.data_root, ['all'])
    )
    sizes = [searched.size for searched in found.sizes]
    assert sizes == sorted(sizes) and len(set(sizes)) > 1
    for searched in found.sizes:
        protocol = read.task.protocols[searched.protocol]
        assert searched.size == round(np.mean([*map(len, protocol.galleries)]))
    assert 'occlusion' not in {s.protocol for s in found.sizes}


def test_missing_pictures_are_a_note(small_data, tmp_path, prw):
    for path in (small_data / 'PRW').iterdir():
        if path.name != 'frames':
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / 'frames').mkdir()
    moved = TestSet('prw', str(tmp_path), ('all',))
    found = analyse(small_data / 'prw.npz', moved, 1, 1)
    assert found.worst and not found.img_paths
    assert any('130 of 130 images are missing' in n for n in found.notes)


def test_damaged_predictions_are_named(tmp_path, prw):
    path = tmp_path / 'results.npz'
    path.write_bytes(b'junk')
    with pytest.raises(InputError, match='results.npz'):
        analyse(path, prw, 1, 1)
