"""Reading data sets: CUHK-SYSU, PRW, COCO-style files, MOT folders."""

import gzip
import json
import lzma
import re
from contextlib import suppress

import numpy as np
from cuhk_sysu_samples import (
    SEARCHES,
    write_cuhk_sysu,
    write_mat,
    write_subset,
)
from cuhk_sysu_samples import searches_struct as _searches
from mot_samples import ROWS
from PIL import Image
from prw_samples import write_prw

from mmdmr.readers import CocoReader, CUHKSYSUReader, PRWReader
from mmdmr.readers.base import NothingToScore
from mmdmr.readers.mot import find_sequences
from mmdmr.readers.mot_to_coco import convert_sequences

from .cases import Case, claim


def coco_content(first=1):
    """A file of eight images with all that the reader knows."""
    ids = range(first, first + 8)
    images = [
        dict(
            id=i,
            file_name=f'{i}.jpg',
            width=80,
            height=60,
            cam_id=i % 2,
            gallery=i != first,
        )
        for i in ids
    ]
    annotations = [
        dict(
            id=10 * i + k,
            image_id=i,
            category_id=1,
            bbox=[10 + 30 * k, 5, 20, 40 + k],
            area=800,
            iscrowd=0,
            person_id=100 * first + (i + k) % 4,
        )
        for i in ids
        for k in range(2)
    ]
    annotations[3]['person_id'] = -1
    annotations[5]['iscrowd'] = 1
    annotations[7]['category_id'] = 2
    annotations[9] = {
        k: v for k, v in annotations[9].items() if k != 'person_id'
    }
    queries = [dict(annotation_id=10 * (first + i)) for i in (0, 2, 4)]
    queries.append(
        dict(image_id=first, bbox=[1, 2, 30, 50], person_id=100 * first + 3)
    )
    return dict(
        images=images,
        annotations=annotations,
        queries=queries,
        categories=[dict(id=1, name='person'), dict(id=2, name='dog')],
    )


def write_coco(folder, name='annotations/test.json', first=1):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(coco_content(first)))


def check_truth(reader, truth):
    """Check annotations against what their class promises."""
    num = len(truth.img_names)
    claim(num == len(set(truth.img_names)) > 0, 'images are not unique')
    lists = (truth.boxes, truth.person_ids, truth.cam_ids)
    lists += (truth.ignored_boxes, truth.in_gallery)
    claim({len(x) for x in lists} == {num}, 'lists of other lengths')
    claim(truth.cam_ids.dtype == np.int64, 'cameras are no numbers')
    claim(truth.in_gallery.dtype == bool, 'gallery is no flag')
    for boxes, ids in zip(truth.boxes, truth.person_ids):
        check_boxes(boxes, len(ids))
        claim(ids.dtype == np.int64, 'identities are no numbers')
        names = len(truth.person_id_names)
        claim(((ids >= -1) & (ids < names)).all(), 'an unknown identity')
    for boxes in truth.ignored_boxes:
        check_boxes(boxes, len(boxes))
    for name in (*truth.img_names, *truth.person_id_names):
        claim(isinstance(name, str), 'a name is no text')
        name.encode()
    folder = (reader.root / reader.img_dir).resolve()
    for name in truth.img_names:
        path = folder / name.replace('\0', '')
        claim(
            any(
                path.resolve().is_relative_to(top)
                for top in (folder, reader.root.resolve())
            ),
            'an image leaves the data root',
        )
    sizes = reader.declared_sizes()
    claim(len(sizes) in (0, num), 'sizes of other images')
    for size in sizes:
        claim(size is None or min(size) > 0, 'an image without size')


def check_boxes(boxes, num):
    claim(boxes.shape == (num, 4), 'boxes of another shape')
    claim(boxes.dtype == np.float64, 'boxes are no floats')
    claim(np.isfinite(boxes).all(), 'a box is not finite')
    claim((boxes[:, 2:] > boxes[:, :2]).all(), 'a box without size')


def check_task(task):
    """Check queries and protocols."""
    truth, queries = task.ground_truth, task.queries
    num = len(queries.img_ids)
    claim(len(queries.person_ids) == num > 0, 'queries of other lengths')
    check_boxes(queries.boxes, num)
    images = len(truth.img_names)
    claim(((queries.img_ids >= 0) & (queries.img_ids < images)).all(), 'image')
    for name, protocol in task.protocols.items():
        claim(name == protocol.name, 'a protocol of another name')
        kept = len(protocol.query_ids)
        lists = (protocol.galleries, protocol.gt_img_ids, protocol.gt_boxes)
        claim({len(x) for x in lists} == {kept}, 'protocol of other lengths')
        for i in range(kept):
            gallery = protocol.galleries[i]
            claim(len(set(gallery.tolist())) == len(gallery), 'image twice')
            claim(
                np.isin(protocol.gt_img_ids[i], gallery).all(),
                'a positive outside the gallery',
            )
            check_boxes(protocol.gt_boxes[i], len(protocol.gt_img_ids[i]))


def read_all(reader):
    """Read all that a reader reads, and check it."""
    truth = reader.ground_truth()
    # As data sets, which know the folder of the images.
    reader.check_inside(truth.img_names, reader.root / reader.img_dir)
    check_truth(reader, truth)
    if reader.test:
        for name in reader.available_protocols(truth):
            with suppress(NothingToScore):
                check_task(reader.search_task(truth, [name]))
    for note in reader.notes:
        claim(isinstance(note, str) and note, 'a note without a text')
    return truth


def _read_coco(name, test):
    def run(folder, out):
        reader = CocoReader(folder, test=test, ann_file=name)
        truth = read_all(reader)
        check_nothing_lost(reader, folder / name, truth)

    return run


def check_nothing_lost(reader, path, truth):
    """Check that what is not read is told."""
    if path.suffix != '.json':
        return
    content = json.loads(path.read_bytes())
    claim(len(content['images']) == len(truth.img_names), 'images are lost')
    read = sum(map(len, truth.boxes)) + sum(map(len, truth.ignored_boxes))
    # Each box that is not read is counted in a note.
    told = sum(
        int(number)
        for note in reader.notes
        for number in re.findall(r'(?:left out|dropped)[^:]*: (\d+)', note)
    )
    claim(read + told == len(content['annotations']), 'boxes are lost')


def _pack(name, pack):
    def make(folder):
        path = folder / 'annotations' / name
        path.parent.mkdir()
        path.write_bytes(pack(json.dumps(coco_content()).encode()))

    return make


def make_cuhk(folder):
    write_cuhk_sysu(folder)
    write_mat(
        folder / 'annotation/test/train_test/TestG100.mat',
        'TestG100',
        _searches(SEARCHES),
    )
    write_subset(folder, 'Occlusion', 'Occlusion1', SEARCHES[:2])
    write_subset(folder, 'Resolution', 'Test_Size', SEARCHES[:1])


def _read(kind, test):
    def run(folder, out):
        read_all(kind(folder, test=test))

    return run


def make_mot(folder):
    """Two sequences, one with all files, one with rows and pictures."""
    for name in ('A', 'B'):
        (folder / name / 'gt').mkdir(parents=True)
        (folder / name / 'img1').mkdir()
        for number in (1, 2, 3):
            picture = Image.new('L', (12, 9), ord(name) + number)
            picture.save(folder / name / f'img1/{number:06d}.png')
    (folder / 'A/gt/gt.txt').write_text(ROWS)
    labels = 'pedestrian\nperson_on_vehicle\ncar\nd\ne\nf\ng\nh\ni\nj\nk\n'
    (folder / 'A/gt/labels.txt').write_text(f'{labels}reflection\n')
    (folder / 'A/seqinfo.ini').write_text(
        '[Sequence]\nname=A\nimDir=img1\nframeRate=25\nseqLength=3\n'
        'imWidth=120\nimHeight=90\nimExt=.png\n'
    )
    rows = [
        f'{f},{p},{p * 9},5.5,8,30,1,-1,-1,-1' for f in (1, 3) for p in (1, 2)
    ]
    (folder / 'B/gt/gt.txt').write_text('\n'.join(rows))


MOT_OFTEN = {
    'A/gt/gt.txt': 9,
    'A/gt/labels.txt': 3,
    'A/seqinfo.ini': 6,
    'B/gt/gt.txt': 6,
}


def _read_mot(folder, out):
    content, _ = convert_sequences(folder, find_sequences(folder))
    check_mot(content, folder)


def check_mot(content, folder):
    """Check what sequences became."""
    for image in content['images']:
        path = (folder / image['file_name']).resolve()
        claim(path.is_relative_to(folder.resolve()), 'an image elsewhere')
        claim(min(image['width'], image['height']) > 0, 'an image of no size')
    for ann in content['annotations']:
        claim(np.isfinite(ann['bbox']).all(), 'a box is not finite')
        claim(min(ann['bbox'][2:]) > 0, 'a box without size')


def targets():
    """Cases of the target ``readers``."""
    mats = {
        'annotation/Images.mat': 6,
        'annotation/pool.mat': 4,
        'annotation/test/train_test/Train.mat': 6,
        'annotation/test/train_test/TestG50.mat': 9,
        'annotation/test/train_test/TestG100.mat': 6,
        'annotation/test/subset/Occlusion.mat': 3,
        'annotation/test/subset/Resolution.mat': 3,
    }
    frames = {'query_info.txt': 20, 'frame_test.mat': 12, 'ID_test.mat': 12}
    frames |= {'frame_train.mat': 8, 'ID_train.mat': 8}
    frames |= {
        f'annotations/{name}.jpg.mat': 3
        for name in ('c1s1_000003', 'c1s1_000001', 'c2s1_000005')
    }
    return {
        'coco-test': Case(
            write_coco, _read_coco('annotations/test.json', True), weight=4
        ),
        'coco-train': Case(
            write_coco, _read_coco('annotations/test.json', False), weight=2
        ),
        'coco-gz': Case(
            _pack('a.json.gz', gzip.compress),
            _read_coco('annotations/a.json.gz', True),
        ),
        'coco-xz': Case(
            _pack('a.json.xz', lzma.compress),
            _read_coco('annotations/a.json.xz', True),
        ),
        'cuhk-test': Case(
            make_cuhk, _read(CUHKSYSUReader, True), weight=3, often=mats
        ),
        'cuhk-train': Case(
            make_cuhk, _read(CUHKSYSUReader, False), weight=2, often=mats
        ),
        'prw-test': Case(
            write_prw, _read(PRWReader, True), weight=3, often=frames
        ),
        'prw-train': Case(
            write_prw, _read(PRWReader, False), weight=2, often=frames
        ),
        'mot': Case(make_mot, _read_mot, weight=4, often=MOT_OFTEN),
    }
