"""Predictions, scores, tables of queries: what the scoring reads."""

import json

import numpy as np
from PIL import Image
from prw_samples import write_prw

from mmdmr.apis.calibration import load_calibration, write_calibration
from mmdmr.evaluation.calibration import Calibration
from mmdmr.evaluation.functional import FalseAlarms, OperatingPoint
from mmdmr.evaluation.per_query import read_per_query
from mmdmr.evaluation.saving import save_predictions
from mmdmr.evaluation.scores import read_scores
from mmdmr.readers import CocoReader, PRWReader
from mmdmr.structures import Detections, ModelInfo

from .cases import Case, claim
from .guard import call
from .readers import write_coco


def _predict(reader, path):
    """Write detections that are the boxes, with embeddings of numbers."""
    truth = reader.ground_truth()
    names = reader.available_protocols(truth)[:1]
    task = reader.search_task(truth, names)
    rng = np.random.default_rng(0)
    counts = [len(boxes) for boxes in truth.boxes]
    boxes = np.concatenate(truth.boxes)

    def unit(num):
        feats = rng.standard_normal((num, 8)).astype(np.float32)
        return feats / np.linalg.norm(feats, axis=1, keepdims=True)

    found = Detections.from_counts(
        boxes, rng.uniform(0, 1, len(boxes)), unit(len(boxes)), counts
    )
    queries = unit(len(task.queries.img_ids))
    save_predictions(path, task, found, queries, unit(len(boxes)), 0.3, 'ab12')


def make_coco(folder):
    write_coco(folder)
    (folder / 'images').mkdir()
    for number in range(1, 9):
        picture = Image.new('RGB', (80, 60), (9 * number, 0, 0))
        picture.save(folder / f'images/{number}.jpg')
    _predict(CocoReader(folder, test=True), folder / 'found.npz')


def make_prw(folder):
    write_prw(folder)
    _predict(PRWReader(folder, test=True), folder / 'found.npz')


def _score(*dataset):
    def run(folder, out):
        call(
            'score_search',
            *(*dataset, '--data-root', folder),
            *('--detections', folder / 'found.npz'),
            *('--cross-camera', '--cbgm', '--cws', '--gt', '--strict'),
            *('--out', out / 'scores.json', '--per-query', out / 'a.csv'),
        )
        scores = read_scores(out / 'scores.json')
        claim(scores, 'no scores')
        # JSON has no NaN: what others read must not hold it.
        text = (out / 'scores.json').read_text('utf-8')
        json.loads(text, parse_constant=lambda name: claim(False, name))
        read_per_query(out / 'a.csv')

    return run


def _browse(folder, out):
    call(
        'browse_search',
        *('--dataset', 'coco', '--data-root', folder),
        *('--detections', folder / 'found.npz', '--out', out / 'a.html'),
        *('--queries', 2, '--matches', 2),
    )
    text = (out / 'a.html').read_text('utf-8')
    claim('<script' not in text, 'a name becomes a part of the page')


def _make_tables(folder):
    rows = ['search,query,img_name,x1,y1,x2,y2,person_id,to_find,ap,top1']
    for search in ('search.all', 'search.cross-camera'):
        rows += [
            f'{search},{i},"{i},é.jpg",{i}.5,0,9,9,7,2,{i / 8},{i % 2}'
            for i in range(6)
        ]
    for name in ('a', 'b'):
        (folder / f'{name}.csv').write_text('\n'.join(rows), 'utf-8')


def _compare(folder, out):
    said, _ = call(
        'compare_searches',
        *(folder / 'a.csv', folder / 'b.csv', '--resamples', 50),
    )
    claim('nan' not in said.lower(), 'a comparison is NaN')


def _make_curves(folder):
    scores = {
        f'search.G{size}': dict(mAP=0.9, top1=0.95, top5=1.0)
        for size in (50, 100, 500)
    }
    (folder / 'a.json').write_text(json.dumps(scores))
    published = {'other': {'50': [93.2, 94.2], '100': [90, None]}}
    (folder / 'p.json').write_text(json.dumps(published))


def _plot(folder, out):
    call(
        'plot_gallery_size',
        *(folder / 'a.json', '--published', folder / 'p.json'),
        *('--out', out / 'a.png'),
    )
    with Image.open(out / 'a.png') as picture:
        claim(min(picture.size) > 100, 'a picture without size')


MODEL = ModelInfo('osnet.onnx', 'ab12', 512)


def _make_calibration(folder):
    points = (
        OperatingPoint(0.01, 0.5, 0.0099, 0.9),
        OperatingPoint(0.001, None, None, None),
    )
    measured = FalseAlarms(points, 90_000, 500, 50, 440)
    write_calibration(
        folder / 'two.calibration.json',
        Calibration(MODEL, 'PRW', 0.5, measured),
    )


def _calibrated(folder, out):
    calibration, note = load_calibration(folder / 'two.yaml', MODEL)
    if calibration is None:
        claim(isinstance(note, str), 'no reason')
    else:
        verdict = calibration.verdict(0.4)
        claim(verdict in ('likely', 'unsure', 'unlikely'), verdict)
        calibration.describe(100).encode()


def targets():
    """Cases of the target ``dumps``."""
    often = {'found.npz': 40, 'annotations/test.json': 8}
    return {
        'score_coco': Case(
            make_coco, _score('--dataset', 'coco'), weight=6, often=often
        ),
        'score_prw': Case(
            make_prw,
            _score('--dataset', 'prw'),
            weight=2,
            often={'found.npz': 60},
        ),
        'browse_search': Case(make_coco, _browse, weight=4, often=often),
        'compare_searches': Case(_make_tables, _compare, weight=6),
        'plot_gallery_size': Case(_make_curves, _plot),
        'calibration': Case(_make_calibration, _calibrated, weight=4),
    }
