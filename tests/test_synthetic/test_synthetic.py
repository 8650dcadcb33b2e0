import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from mmdmr.cli.make_synthetic import main
from mmdmr.datasets import CUHKSYSUDataset
from mmdmr.evaluation.colour_histogram import colour_histogram
from mmdmr.synthetic import Settings, generate
from mmdmr.synthetic.appearance import (
    num_strong_differences,
    sample_identities,
)
from mmdmr.synthetic.cameras import make_camera
from mmdmr.synthetic.scenes import compose_scene

TINY = Settings(
    images=5, test_images=6, identities=6, test_identities=5, queries=5
)
#: The test split of the default size: the bounds hold for its gallery; fewer
#: queries leave top-1 uncertain by several points, smaller galleries are
#: easier.
SEARCHED = Settings(images=1, identities=4)


def _files(root: Path) -> dict:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny') / 'set'
    generate(root, TINY)
    return root


def _mat(root, name, variable):
    return loadmat(root / 'annotation' / f'{name}.mat')[variable]


def test_same_seed_same_bytes_and_another_seed_differs(tiny, tmp_path):
    generate(tmp_path / 'again', TINY)
    generate(tmp_path / 'other', replace(TINY, seed=1))
    first, again, other = map(
        _files, (tiny, tmp_path / 'again', tmp_path / 'other')
    )
    assert first == again
    assert first.keys() == other.keys()
    same = [name for name in first if first[name] == other[name]]
    assert same == ['annotation/pool.mat']


def test_replaces_a_former_set(tiny, tmp_path):
    generate(tmp_path / 'set', replace(TINY, images=8, seed=3))
    generate(tmp_path / 'set', TINY)
    assert _files(tmp_path / 'set') == _files(tiny)


def test_layout_is_that_of_cuhk_sysu(tiny, small_data):
    """Shapes, fields and kinds, against the project's copy of the layout."""
    for name, variable in (
        ('Images', 'Img'),
        ('pool', 'pool'),
        ('Person', 'Person'),
        ('test/train_test/Train', 'Train'),
        ('test/train_test/TestG50', 'TestG50'),
    ):
        real = _mat(small_data / 'CUHK-SYSU', name, variable)
        ours = _mat(tiny, name, variable)
        assert _skeleton(ours) == _skeleton(real), name


def _skeleton(value):
    """Nesting of the first entries, without lengths and number types."""
    if isinstance(value, np.void) or value.dtype.names:
        entry = value if isinstance(value, np.void) else value.flat[0]
        return [(f, _skeleton(entry[f])) for f in entry.dtype.names]
    if value.dtype == object:
        return (value.ndim, value.shape[1:], _skeleton(value.flat[0]))
    return 'text' if value.dtype.kind == 'U' else value.shape


def test_number_types(tiny):
    image = _mat(tiny, 'Images', 'Img')[0, 0]
    box = image['box'][0, 0]
    assert box['idlocate'].dtype in (np.uint8, np.uint16)
    assert box['ishard'].dtype == np.uint8
    assert image['nAppear'].dtype == np.uint8
    assert image['nAppear'].item() == image['box'].size


def test_gallery_lists_positives_first(tiny):
    for search in _mat(tiny, 'test/train_test/TestG50', 'TestG50')[0]:
        query = search['Query'][0, 0]
        gallery = search['Gallery'][0]
        sizes = [item['idlocate'].shape for item in gallery]
        positives = sizes.count((1, 4))
        assert positives > 0
        assert sizes == (
            [(1, 4)] * positives + [(1, 0)] * (len(sizes) - positives)
        )
        names = [item['imname'].item() for item in gallery]
        assert len(set(names)) == len(names) == TINY.test_images - 1
        assert query['imname'].item() not in names


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
    for image in _mat(tiny, 'Images', 'Img')[0]:
        path = tiny / 'Image' / 'SSM' / image['imname'].item()
        height, width = cv2.imread(str(path)).shape[:2]
        assert (width, height) == TINY.image_size
        boxes = np.stack([box['idlocate'][0] for box in image['box'][0]])
        x, y, w, h = boxes.astype(int).T
        assert (x >= 0).all() and (x + w <= width).all()
        assert (y >= 0).all() and (y + h <= height).all()
        assert (h > 45).all() and (h > w).all()


def test_labelled_persons_stay_visible_and_boxes_are_tight():
    rng = np.random.default_rng(0)
    camera = make_camera('park', rng, 384, 256)
    people = sample_identities(rng, 4)
    for _ in range(6):
        scene = compose_scene(camera, people, range(4), rng, 384, 256)
        assert (scene.visible > 0.5).all()
        assert scene.person_ids.tolist() == [0, 1, 2, 3]


def test_easy_identities_differ_in_two_strong_cues():
    people = sample_identities(np.random.default_rng(0), 60)
    for i, person in enumerate(people):
        for other in people[:i]:
            assert num_strong_differences(person, other) >= 2


def test_hard_identities_come_in_groups_of_look_alikes():
    people = sample_identities(np.random.default_rng(0), 12, 'hard')
    for i, person in enumerate(people):
        first = people[i // 6 * 6]
        assert num_strong_differences(person, first) <= 1
    assert len(set(people)) == 12


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


def test_main_writes_a_set_and_shows_progress(tmp_path, capsys):
    out = tmp_path / 'set'
    assert (
        main(
            [
                '--out',
                str(out),
                '--images',
                '4',
                '--test-images',
                '6',
                '--identities',
                '4',
                '--test-identities',
                '4',
                '--queries',
                '4',
                '--cameras',
                'park',
                'hall',
            ]
        )
        == 0
    )
    assert '10/10 images' in capsys.readouterr().out
    settings = json.loads((out / 'synthetic.json').read_text())
    assert settings['cameras'] == ['park', 'hall']
    kinds = Counter(path.suffix for path in out.rglob('*') if path.is_file())
    assert kinds == {'.jpg': 10, '.mat': 5, '.json': 1}


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['--images', '0'], '--images'),
        (['--images', 'many'], '--images'),
        (['--identities', '3'], '--identities'),
        (['--seed', '-1'], '--seed'),
        (['--image-size', '20', '20'], '--image-size'),
        (['--difficulty', 'silly'], '--difficulty'),
        (['--cameras', 'moon'], '--cameras'),
        (['--queries', '100000'], 'fewer queries'),
        (['--identities', '100000'], 'fewer identities'),
    ],
)
def test_wrong_arguments_end_with_code_2(tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as error:
        main(['--out', str(tmp_path / 'set'), *arguments])
    assert error.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / 'set').exists()


def test_refuses_a_folder_with_other_things(tmp_path, capsys):
    (tmp_path / 'holiday.jpg').write_text('mine')
    with pytest.raises(SystemExit) as error:
        main(['--out', str(tmp_path)])
    assert error.value.code == 2
    assert 'name a new folder' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['holiday.jpg']
