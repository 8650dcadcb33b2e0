import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmdet.structures.bbox import HorizontalBoxes
from mmengine.registry import init_default_scope
from PIL import Image

from mmdmr import datasets
from mmdmr.datasets import LoadPersonSearchAnnotations
from mmdmr.errors import InputError
from mmdmr.registry import DATASETS, TRANSFORMS

BOXES = [[10, 20, 50, 100], [70, 30, 110, 120], [130, 10, 190, 110]]
PERSON_IDS = [4, -1, 0]
SHADES = {4: 60, -1: 120, 0: 200}


@pytest.fixture
def info(tmp_path):
    """An image whose persons are painted in a shade of their own."""
    init_default_scope('mmdet')
    img = np.zeros((128, 200, 3), dtype=np.uint8)
    for (x1, y1, x2, y2), person_id in zip(BOXES, PERSON_IDS):
        img[y1:y2, x1:x2] = SHADES[person_id]
    path = tmp_path / 'scene.png'
    cv2.imwrite(str(path), img)
    return dict(
        img_id=3,
        img_path=str(path),
        instances=[
            dict(bbox=box, bbox_label=0, ignore_flag=0, person_id=person_id)
            for box, person_id in zip(BOXES, PERSON_IDS)
        ],
        queries=[dict(bbox=BOXES[2], query_id=17)],
    )


LOAD = dict(type='mmdmr.LoadPersonSearchAnnotations', with_bbox=True)


def compose(info, *steps):
    return Compose(
        [
            dict(type='LoadImageFromFile'),
            *steps,
            dict(type='mmdmr.PackPersonSearchInputs'),
        ]
    )(dict(info))


def run(info, *between):
    """As in training: without queries, boxes change with the image."""
    info = {k: v for k, v in info.items() if k != 'queries'}
    return compose(info, LOAD, *between)


def run_test(info, *before):
    """As in a test: boxes stay in pixels of the original image."""
    return compose(info, *before, LOAD)


@pytest.mark.parametrize(
    'between',
    [
        [],
        [dict(type='Resize', scale=(300, 256), keep_ratio=True)],
        [dict(type='RandomFlip', prob=1.0)],
        [dict(type='RandomFlip', prob=1.0, direction='vertical')],
        [
            dict(type='Resize', scale=(400, 160), keep_ratio=False),
            dict(type='RandomFlip', prob=1.0),
        ],
    ],
)
def test_person_ids_stay_with_their_boxes(info, between):
    packed = run(info, *between)
    instances = packed['data_samples'].gt_instances
    assert instances.person_ids.dtype == torch.int64
    assert instances.person_ids.tolist() == PERSON_IDS
    for box, person_id in zip(
        instances.bboxes.tensor, instances.person_ids.tolist()
    ):
        x, y = (box[:2] + box[2:]).div(2).int().tolist()
        assert (packed['inputs'][:, y, x] == SHADES[person_id]).all()


def test_queries_stay_in_original_coordinates(info):
    sample = run_test(
        info,
        dict(type='Resize', scale=(400, 256), keep_ratio=False),
        dict(type='RandomFlip', prob=0.0),
    )['data_samples']
    queries = sample.query_instances
    assert queries.bboxes.dtype == torch.float32
    assert queries.bboxes.tolist() == [BOXES[2]]
    assert queries.query_ids.tolist() == [17]
    assert sample.gt_instances.bboxes.tensor.tolist() == BOXES
    assert sample.img_id == 3 and not sample.flip
    assert sample.ori_shape == (128, 200) and sample.img_shape == (256, 400)
    assert sample.scale_factor == (2.0, 2.0)


def test_image_without_persons_or_queries(info):
    info.update(instances=[], queries=[])
    sample = run_test(info, dict(type='Resize', scale=(90, 90)))[
        'data_samples'
    ]
    assert sample.gt_instances.person_ids.shape == (0,)
    assert sample.gt_instances.person_ids.dtype == torch.int64
    assert sample.query_instances.bboxes.shape == (0, 4)


@pytest.mark.parametrize(
    'steps',
    [
        [dict(type='RandomFlip', prob=1.0)],
        [dict(type='RandomFlip', prob=1.0, direction='vertical')],
        [dict(type='RandomFlip', prob=1.0, direction='diagonal')],
        [
            dict(type='Resize', scale=(100, 64)),
            dict(type='RandomFlip', prob=1.0),
        ],
        [
            dict(
                type='RandomCrop',
                crop_size=(60, 60),
                allow_negative_crop=True,
            )
        ],
        [dict(type='Rotate', prob=1.0, level=5)],
        [dict(type='TranslateX', prob=1.0, level=5)],
        [dict(type='Resize', scale=(100, 64)), dict(type='Resize', scale=2)],
    ],
)
@pytest.mark.parametrize('load_first', [False, True])
def test_a_test_image_that_is_moved_is_refused(info, steps, load_first):
    steps = [LOAD, *steps] if load_first else [*steps, LOAD]
    if 'Crop' in str(steps):  # drops boxes without their ids otherwise
        info['instances'] = []
    with pytest.raises(ValueError, match='scene.png.*(flips|resizes)'):
        compose(info, *steps)


@pytest.mark.parametrize(
    'step',
    [
        dict(type='Resize', scale=(100, 64)),
        dict(type='Resize', scale=(100, 100), keep_ratio=False),
    ],
)
def test_boxes_of_a_test_are_loaded_after_resizing(info, step):
    with pytest.raises(ValueError, match='resize first'):
        compose(info, LOAD, step)
    assert run_test(info, step)['data_samples'].query_instances is not None


def test_boxes_of_a_training_are_loaded_before_resizing(info):
    del info['queries']
    with pytest.raises(ValueError, match='LoadPersonSearchAnnotations first'):
        compose(info, dict(type='Resize', scale=(100, 64)), LOAD)
    # there is nothing to be in the wrong place
    info['instances'] = []
    compose(info, dict(type='Resize', scale=(100, 64)), LOAD)


@pytest.mark.parametrize(
    'step',
    [
        dict(type='mmcv.Resize', scale=(100, 64)),
        dict(type='mmcv.CenterCrop', crop_size=60),
        dict(type='mmcv.RandomFlip', prob=1.0),
    ],
)
def test_mmcvs_own_transforms_move_images_too(info, step):
    """They keep no homography."""
    if step['type'] == 'mmcv.Resize':
        assert run_test(info, step)['data_samples'].scale_factor == (0.5, 0.5)
    else:
        with pytest.raises(ValueError, match='scene.png.*flips'):
            compose(info, step, LOAD)
    del info['queries']
    with pytest.raises(ValueError, match='LoadPersonSearchAnnotations first'):
        compose(info, step, LOAD)


@pytest.mark.parametrize('width', [333, 127, 64])
def test_sizes_that_do_not_divide_and_padding(info, width):
    """A pixel of rounding is no crop, nor is a border."""
    sample = run_test(
        info,
        dict(type='Resize', scale=(width, 999), keep_ratio=True),
        dict(type='Pad', size_divisor=32),
    )['data_samples']
    assert sample.query_instances.bboxes.tolist() == [BOXES[2]]


def test_training_samples_have_no_queries(info):
    assert 'query_instances' not in run(info)['data_samples']


def test_ignored_persons_are_packed_apart_with_their_ids(info):
    info['instances'][0]['ignore_flag'] = 1
    sample = run(info)['data_samples']
    assert sample.gt_instances.person_ids.tolist() == [-1, 0]
    assert sample.gt_instances.bboxes.tensor.tolist() == BOXES[1:]
    assert sample.ignored_instances.person_ids.tolist() == [4]


def test_boxes_dropped_without_their_ids_are_an_error(info):
    with pytest.raises(
        ValueError, match='scene.png: 1 boxes but 3 person ids'
    ):
        run(info, dict(type='FilterAnnotations', min_gt_bbox_wh=(50, 50)))


def test_instance_without_person_id_is_an_error(info):
    del info['instances'][1]['person_id']
    with pytest.raises(InputError, match='scene.png.*person_id'):
        LoadPersonSearchAnnotations()(info)


def test_image_is_upright(info, tmp_path):
    path = tmp_path / 'turned.jpg'
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(path, exif=exif)
    info.update(img_path=str(path), instances=[])
    assert run(info)['inputs'].shape == (3, 30, 20)


def test_data_set_through_the_registry(small_data):
    init_default_scope('mmdet')
    dataset = DATASETS.build(
        dict(
            type='mmdmr.PRWDataset',
            data_root=str(small_data / 'PRW'),
            test_mode=True,
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='Resize', scale=(320, 160), keep_ratio=True),
                dict(type='mmdmr.LoadPersonSearchAnnotations'),
                dict(type='mmdmr.PackPersonSearchInputs'),
            ],
        )
    )
    truth = dataset.metainfo['search_task'].ground_truth
    sample = dataset[5]['data_samples']
    assert sample.img_id == 5
    np.testing.assert_array_equal(
        sample.gt_instances.bboxes.tensor, truth.boxes[5]
    )
    np.testing.assert_array_equal(
        sample.gt_instances.person_ids, truth.person_ids[5]
    )


@pytest.mark.parametrize('name', ['LegacyBoxEnds', 'InclusiveEnds'])
def test_earlier_configs_find_the_legacy_ends(name):
    transform = TRANSFORMS.build(dict(type=f'mmdmr.{name}'))
    assert type(transform) is datasets.LegacyBoxEnds
    assert datasets.InclusiveEnds is datasets.LegacyBoxEnds


NAN, INF = float('nan'), float('inf')
#: Boxes that show nothing of an image of 200 x 128 pixels.
UNSEEN = [
    [50, 50, 50, 90],
    [50, 50, 90, 50],
    [90, 90, 50, 50],
    [200, 10, 240, 110],
    [10, 128, 50, 180],
    [-40, 10, 0, 110],
    [NAN, 10, 50, 110],
]
#: Resizing cuts infinite boxes at the border.
INFINITE = [[10, 10, INF, 110], [-INF, -INF, INF, INF]]
RESIZE = dict(type='Resize', scale=(300, 256), keep_ratio=True)


def changed(info, box, ignored=False):
    """A copy of the annotations in which the second box is another."""
    instances = [dict(instance) for instance in info['instances']]
    instances[1].update(bbox=box, ignore_flag=int(ignored))
    return dict(info, instances=instances)


@pytest.mark.parametrize(
    'box, steps',
    [(box, []) for box in UNSEEN + INFINITE]
    + [(box, [RESIZE]) for box in UNSEEN],
)
def test_a_box_in_training_shows_something(info, box, steps):
    """The message names image and box, as annotated behind a crowd."""
    info['instances'][0]['ignore_flag'] = 1
    with pytest.raises(InputError) as caught:
        run(changed(info, box), *steps)
    assert str(caught.value).startswith(
        f'{info["img_path"]}: the box {box} (x1, y1, x2, y2) shows nothing'
    )
    # An ignored region is not learnt, and a test learns nothing.
    run(changed(info, box, ignored=True), *steps)
    run_test(changed(info, box), *steps)


@pytest.mark.parametrize('steps', [[], [RESIZE]], ids=['plain', 'resized'])
@pytest.mark.parametrize('box', UNSEEN + INFINITE, ids=str)
def test_a_query_shows_something(info, box, steps):
    info['queries'] = [
        dict(bbox=BOXES[0], query_id=1),
        dict(bbox=box, query_id=2),
    ]
    with pytest.raises(InputError) as caught:
        run_test(info, *steps)
    assert str(caught.value).startswith(
        f'{info["img_path"]}: the box {box} (x1, y1, x2, y2) shows nothing'
    )


@pytest.mark.parametrize(
    'box', [[-40, 10, 1, 110], [199.5, 10, 240, 110], [-9, -9, 999, 999]]
)
def test_boxes_may_reach_beyond_the_image(info, box):
    sample = run(changed(info, box), RESIZE)['data_samples']
    found = sample.gt_instances.bboxes.tensor[1]
    assert (found[:2] < found[2:]).all()  # cut at the border
    info['queries'] = [dict(bbox=box, query_id=1)]
    queries = run_test(info, RESIZE)['data_samples'].query_instances
    assert queries.bboxes.tolist() == [box]


def test_a_mixture_of_images_is_named_by_its_first_box(info):
    """Its annotations are those of one of the images."""
    pack = TRANSFORMS.build(dict(type='mmdmr.PackPersonSearchInputs'))
    results = dict(
        img_path='a.jpg',
        img=np.zeros((128, 200, 3), np.uint8),
        img_shape=(128, 200),
        instances=info['instances'],
        gt_bboxes=HorizontalBoxes([*BOXES, [9, 9, 9, 9], [7, 7, 7, 7]]),
        gt_person_ids=np.zeros(5, np.int64),
    )
    with pytest.raises(InputError, match=r'a.jpg: the box \[9, 9, 9, 9\]'):
        pack(results)
