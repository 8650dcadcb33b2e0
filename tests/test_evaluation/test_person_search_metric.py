import json

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import Evaluator
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.structures import InstanceData

from mmdmr.datasets import CUHKSYSUDataset, PRWDataset
from mmdmr.evaluation.functional import (
    ExpansionOptions,
    RerankingOptions,
    gt_as_detections,
    load_detections,
    load_query_feats,
    score_search,
)
from mmdmr.evaluation.metrics import PersonSearchMetric

SETS = dict(
    cuhk=(CUHKSYSUDataset, 'CUHK-SYSU', ('G100', 'G50')),
    prw=(PRWDataset, 'PRW', ('all', 'cross-camera')),
)


class Case:
    """A data set and what a model might say on its images."""

    def __init__(self, folder, name):
        reader, root, protocols = SETS[name]
        self.dataset = reader(
            data_root=str(folder / root), test_mode=True, protocols=protocols
        )
        self.metainfo = self.dataset.metainfo
        self.task = self.metainfo['search_task']
        img_names = self.task.ground_truth.img_names
        path = folder / f'{name}.npz'
        self.detections = load_detections(path, img_names)
        self.query_feats = load_query_feats(path, self.task.queries, img_names)

    def sample(self, img_id, gt_feats=None):
        rows = self.detections.slice_of(img_id)
        sample = DetDataSample(
            metainfo=dict(
                img_id=img_id,
                img_path=self.task.ground_truth.img_names[img_id],
            )
        )
        sample.pred_instances = InstanceData(
            bboxes=torch.tensor(self.detections.boxes[rows]),
            scores=torch.tensor(self.detections.scores[rows]),
            reid_feats=torch.tensor(self.detections.feats[rows]),
        )
        query_ids = np.flatnonzero(self.task.queries.img_ids == img_id)
        sample.query_instances = InstanceData(
            bboxes=torch.tensor(self.task.queries.boxes[query_ids]),
            query_ids=torch.tensor(query_ids),
            reid_feats=torch.tensor(self.query_feats[query_ids]),
        )
        if gt_feats is not None:
            sample.gt_instances = InstanceData(
                bboxes=torch.tensor(self.task.ground_truth.boxes[img_id]),
                reid_feats=torch.tensor(gt_feats),
            )
        return sample

    def samples(self):
        return [self.sample(i) for i in range(len(self.dataset))]

    def random_gt_feats(self):
        rng = np.random.default_rng(0)
        return [
            _unit(rng.normal(size=(len(boxes), 64)))
            for boxes in self.task.ground_truth.boxes
        ]


def _unit(feats):
    return (feats / np.linalg.norm(feats, axis=1, keepdims=True)).astype(
        np.float32
    )


def evaluate(case, samples, size=None, **kwargs):
    evaluator = Evaluator(PersonSearchMetric(**kwargs))
    evaluator.dataset_meta = case.metainfo
    for start in range(0, len(samples), 4):
        evaluator.process(samples[start : start + 4])
    return evaluator.evaluate(size or len(case.dataset))


@pytest.fixture(scope='module', params=SETS)
def case(request, small_data):
    return Case(small_data, request.param)


@pytest.mark.parametrize('name', SETS)
@pytest.mark.parametrize('score_thr', [0.5, 0.01])
def test_golden_metric(golden, expected, name, score_thr, tmp_path):
    case = Case(golden, name)
    out_file = tmp_path / 'new/scores.json'
    figures = evaluate(
        case, case.samples()[::-1], score_thr=score_thr, out_file=str(out_file)
    )
    stored = json.loads(out_file.read_text())
    first, second = SETS[name][2]
    keys = {f'detection@{score_thr}': 'detection'}
    if score_thr == 0.5:
        keys.update(
            {
                f'search.{first}': 'search',
                f'search.{second}': f'search.{second}',
            }
        )
    for key, short in keys.items():
        for what, value in expected[f'{name}.{key}'].items():
            assert stored[key][what] == pytest.approx(value, rel=0, abs=1e-9)
            assert figures[f'{short}/{what}'] == stored[key][what]


@pytest.mark.parametrize('name, k1, k2', [('cuhk', 10, 3), ('prw', 30, 4)])
def test_golden_context_matching(golden, expected, name, k1, k2):
    case = Case(golden, name)
    figures = evaluate(
        case,
        case.samples(),
        cbgm=dict(k1=k1, k2=k2, contexts='stored'),
        keep_thr=0.0,
    )
    first, second = SETS[name][2]
    for key, short in (
        (first, 'search+cbgm'),
        (second, f'search.{second}+cbgm'),
    ):
        for what, value in expected[f'{name}.search.{key}+cbgm'].items():
            assert figures[f'{short}/{what}'] == pytest.approx(value, abs=1e-9)


def test_every_option_has_its_row(case):
    feats = case.random_gt_feats()
    figures = evaluate(
        case,
        [case.sample(i, f) for i, f in enumerate(feats)],
        cbgm=dict(),
        cws=True,
        strict=True,
    )
    rows = {key.split('/')[0] for key in figures if key.startswith('search')}
    second = list(case.task.protocols)[1]
    options = [
        a + b + c + d
        for a in ('', '+cbgm')
        for b in ('', '+cws')
        for c in ('', '+gt')
        for d in ('', '+strict')
    ]
    assert rows == {
        f'{name}{option}'
        for name in ('search', f'search.{second}')
        for option in options
    }


def test_expanded_and_reranked_searches_have_their_rows(case):
    figures = evaluate(
        case,
        case.samples(),
        protocols=[next(iter(case.task.protocols))],
        expand_query=dict(k=2, alpha=3),
        rerank=dict(k1=10, k2=3),
    )
    rows = [key for key in figures if key.endswith('mAP')]
    assert rows == [
        'search/mAP',
        'search+qe/mAP',
        'search+rerank/mAP',
        'search+qe+rerank/mAP',
    ]
    protocol = next(iter(case.task.protocols.values()))
    alone = score_search(
        case.detections,
        case.query_feats,
        protocol,
        expansion=ExpansionOptions(2, 3),
        reranking=RerankingOptions(10, 3),
    )
    assert figures['search+qe+rerank/mAP'] == alone.metrics['mAP']


def test_predictions_are_dumped_before_they_are_scored(case, tmp_path):
    """What took hours to compute is not lost to an error of the scoring."""
    with pytest.raises(ValueError, match='protocol nowhere'):
        evaluate(
            case,
            case.samples(),
            protocols=['nowhere'],
            dump_file=str(tmp_path / 'results.npz'),
        )
    assert (tmp_path / 'results.npz').is_file()


def test_wrong_matching_options_are_refused():
    with pytest.raises(ValueError, match='suppressed or stored'):
        PersonSearchMetric(cbgm=dict(contexts='all'))
    with pytest.raises(ValueError, match='1 or more'):
        PersonSearchMetric(cbgm=dict(k1=0))
    with pytest.raises(ValueError, match='take k1 = 20 or more'):
        PersonSearchMetric(rerank=dict(num=5))


def test_names_of_the_figures(case):
    figures = evaluate(case, case.samples())
    second = list(case.task.protocols)[1]
    search = ['mAP', 'top1', 'top5', 'top10']
    assert list(figures) == [
        *(f'search/{key}' for key in search),
        *(f'search.{second}/{key}' for key in search),
        'detection/recall',
        'detection/ap',
        'detection-labelled/recall',
        'detection-labelled/ap',
    ]


def test_protocols_are_scored_in_the_order_asked_for(case):
    first, second = case.task.protocols
    both = evaluate(case, case.samples())
    figures = evaluate(case, case.samples(), protocols=[second], topk=(1, 3))
    assert list(figures)[:3] == ['search/mAP', 'search/top1', 'search/top3']
    assert figures['search/mAP'] == both[f'search.{second}/mAP']


def test_search_on_ground_truth_boxes(case):
    feats = case.random_gt_feats()
    figures = evaluate(case, [case.sample(i, f) for i, f in enumerate(feats)])
    first, second = case.task.protocols
    detections = gt_as_detections(
        case.task.ground_truth, np.concatenate(feats)
    )
    for name, key in ((first, 'search+gt'), (second, f'search.{second}+gt')):
        scores = score_search(
            detections, case.query_feats, case.task.protocols[name]
        )
        assert {
            what: figures[f'{key}/{what}'] for what in scores.metrics
        } == scores.metrics


def test_dumped_embeddings_give_the_same_figures(case, tmp_path):
    path = tmp_path / 'new/dump.npz'
    feats = case.random_gt_feats()
    figures = evaluate(
        case,
        [case.sample(i, f) for i, f in enumerate(feats)],
        dump_file=str(path),
    )
    img_names = case.task.ground_truth.img_names
    scores = score_search(
        load_detections(path, img_names),
        load_query_feats(path, case.task.queries, img_names),
        next(iter(case.task.protocols.values())),
    )
    assert scores.metrics['mAP'] == figures['search/mAP']
    np.testing.assert_array_equal(
        np.load(path)['gt_feats'], np.concatenate(feats)
    )


def test_one_small_entry_per_image(case):
    metric = PersonSearchMetric()
    metric.process({}, [s.to_dict() for s in case.samples()])
    assert len(metric.results) == len(case.dataset)
    assert (
        sum(len(r['feats']) for r in metric.results)
        == (case.detections.scores >= 0.5).sum()
    )
    assert metric.results[0]['feats'].dtype == np.float32


def test_a_batch_is_not_kept_by_its_queries(case):
    """Embeddings of a batch are views of one array."""
    metric = PersonSearchMetric()
    img_id = int(case.task.queries.img_ids[0])
    sample = case.sample(img_id, case.random_gt_feats()[img_id])
    batch = torch.rand(100, 64)
    sample.query_instances.reid_feats = batch[: len(sample.query_instances)]
    sample.gt_instances.reid_feats = batch[-len(sample.gt_instances) :]
    metric.process({}, [sample.to_dict()])
    for field in ('query_feats', 'gt_feats'):
        feats = metric.results[0][field]
        assert not np.shares_memory(feats, batch.numpy())
        assert len(feats) and feats.base is None


def test_embeddings_are_not_held_twice(case):
    """MMEngine keeps the entries while the search is scored."""
    metric = PersonSearchMetric()
    metric.dataset_meta = case.metainfo
    metric.process({}, [s.to_dict() for s in case.samples()])
    passed = [dict(entry) for entry in metric.results]
    metric.compute_metrics(passed)
    assert not metric.results
    assert not any('feats' in entry for entry in passed)


def test_padded_images_count_once(case):
    samples = case.samples()
    assert evaluate(case, samples + samples[:3]) == evaluate(case, samples)


def test_missing_image_is_named(case):
    samples = case.samples()
    name = case.task.ground_truth.img_names[7]
    with pytest.raises(ValueError, match=f'1 of .* images, {name} first'):
        evaluate(case, samples[:7] + samples[8:])


def test_missing_query_is_named(case):
    samples = case.samples()
    img_id = case.task.queries.img_ids[4]
    del samples[img_id].query_instances
    name = case.task.ground_truth.img_names[img_id]
    with pytest.raises(ValueError, match=f'quer.* no embedding.* in {name}'):
        evaluate(case, samples)


def test_missing_or_broken_embeddings_are_named(case):
    samples = case.samples()
    img_id = int(np.argmax(case.detections.num_per_image))
    name = case.task.ground_truth.img_names[img_id]
    samples[img_id].pred_instances.reid_feats[0, 0] = np.nan
    with pytest.raises(ValueError, match=f'{name}: pred_inst.*not finite'):
        evaluate(case, samples)
    samples = case.samples()
    img_id = case.task.queries.img_ids[4]
    asked = case.task.ground_truth.img_names[img_id]
    samples[img_id].query_instances.reid_feats[0, 0] = np.inf
    with pytest.raises(ValueError, match=f'{asked}: query_inst.*not finite'):
        evaluate(case, samples)
    samples = case.samples()
    img_id = int(np.argmax(case.detections.num_per_image))
    del samples[img_id].pred_instances.reid_feats
    with pytest.raises(ValueError, match=f'{name}: pred_.*no reid_feats'):
        evaluate(case, samples)


@pytest.mark.parametrize('field', ['scores', 'bboxes'])
@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_no_detection_is_dropped_for_nan(case, field, value):
    samples = case.samples()
    img_id = int(np.argmax(case.detections.num_per_image))
    name = case.task.ground_truth.img_names[img_id]
    samples[img_id].pred_instances[field][0] = value
    with pytest.raises(ValueError, match=f'{name}: scores or boxes .* not'):
        evaluate(case, samples)


def test_missing_ground_truth_embeddings_are_named(case):
    feats = case.random_gt_feats()
    samples = [case.sample(i, f) for i, f in enumerate(feats)]
    img_id = next(i for i, f in enumerate(feats) if len(f))
    name = case.task.ground_truth.img_names[img_id]
    samples[img_id] = case.sample(img_id)
    with pytest.raises(ValueError, match=f'{name}: 0 embeddings for'):
        evaluate(case, samples)


def test_unknown_protocol_lists_the_others(case):
    with pytest.raises(ValueError, match='protocol G7 .*only '):
        evaluate(case, case.samples(), protocols='G7')


def test_training_data_is_refused(case):
    evaluator = Evaluator(PersonSearchMetric())
    evaluator.dataset_meta = dict(classes=('person',))
    evaluator.process(case.samples())
    with pytest.raises(ValueError, match='test_mode=True'):
        evaluator.evaluate(len(case.dataset))


class Oracle(BaseModel):
    """Says of each image what the case holds."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, inputs, data_samples, mode):
        if mode == 'loss':
            return dict(loss=self.weight**2)
        return [self.case.sample(s.img_id) for s in data_samples]


def test_runner_keeps_the_best_checkpoint(small_data, tmp_path):
    init_default_scope('mmdet')
    case = Case(small_data, 'prw')
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='mmdmr.LoadPersonSearchAnnotations'),
        dict(type='mmdmr.PackPersonSearchInputs'),
    ]

    def loader(**kwargs):
        return dict(
            batch_size=8,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='pseudo_collate'),
            dataset=dict(
                type='mmdmr.PRWDataset',
                data_root=str(small_data / 'PRW'),
                pipeline=pipeline,
                **kwargs,
            ),
        )

    runner = Runner(
        Oracle(case),
        work_dir=str(tmp_path),
        train_dataloader=loader(),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        val_dataloader=loader(test_mode=True),
        val_cfg=dict(),
        val_evaluator=dict(type='mmdmr.PersonSearchMetric'),
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', save_best='search/mAP')
        ),
        default_scope='mmdet',
        experiment_name='best',
    )
    runner.train()
    assert (tmp_path / 'best_search_mAP_epoch_1.pth').is_file()
    checkpoint = torch.load(
        tmp_path / 'epoch_1.pth', weights_only=False, map_location='cpu'
    )
    assert 'search_task' not in checkpoint['meta']['dataset_meta']
    assert (
        runner.message_hub.get_scalar('val/search/mAP').current()
        == (evaluate(case, case.samples())['search/mAP'])
    )
