"""Metric of person search for MMEngine's evaluator."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    CBGMOptions,
    ExpansionOptions,
    RerankingOptions,
    ScoreKey,
    ScoringOptions,
    notes_on,
    score_predictions,
)
from mmdmr.evaluation.functional.scoring import chosen_protocols, result_keys
from mmdmr.evaluation.metrics.row_store import RowStore
from mmdmr.evaluation.saving import save_predictions
from mmdmr.evaluation.scores import write_scores
from mmdmr.registry import METRICS
from mmdmr.structures import Detections, SearchTask


@METRICS.register_module()
class PersonSearchMetric(BaseMetric):
    """Person search and detection: mAP, top-k, recall and AP.

    The metric needs a person-search data set in test mode. The model must
    give, per image, ``pred_instances.{bboxes, scores, reid_feats}`` and
    ``query_instances.{query_ids, reid_feats}``, with boxes in pixels of the
    original image. If the model also gives ``gt_instances.reid_feats``, the
    search is scored on ground-truth boxes as well.

    Names of the metrics:

    - ``search/mAP``, ``search/top1``, ... for the first protocol;
    - ``search.NAME/mAP``, ... for further protocols;
    - ``search+gt/mAP``, ... on ground-truth boxes;
    - ``search+cbgm/mAP`` and so on for the options;
    - ``detection/recall`` and ``detection/ap`` over all persons;
    - ``detection-labelled/...`` over labelled persons.

    ``save_best='search/mAP'`` keeps the best checkpoint. Protocols and
    sources: :func:`~mmdmr.evaluation.functional.score_search` and
    :func:`~mmdmr.evaluation.functional.score_detection`.

    Args:
        protocols (Sequence[str] | None): Protocols to score, the headline
            first. Defaults to None: all protocols of the data set.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        topk (Sequence[int]): Ranks k of the top-k metrics. Defaults to
            (1, 5, 10).
        cbgm (dict | None): ``k1``, ``k2`` and ``contexts`` of
            :class:`~mmdmr.evaluation.functional.CBGMOptions`, to score with
            context matching as well. Published numbers have 10 and 3 for
            CUHK-SYSU, 30 and 4 for PRW. Defaults to None.
        cws (bool): True to score with confidence-weighted similarity as well.
            Defaults to False.
        strict (bool): True to score as well with a query's own image and
            repeated images excluded from its gallery. Defaults to False.
        expand_query (dict | None): ``k`` and ``alpha`` of
            :class:`~mmdmr.evaluation.functional.ExpansionOptions`, to score
            with expanded queries as well (``+qe``). Defaults to None.
        rerank (dict | None): ``k1``, ``k2``, ``weight`` and ``num`` of
            :class:`~mmdmr.evaluation.functional.RerankingOptions`, to score
            re-ranked searches as well (``+rerank``). ``dict()`` takes the
            paper's values. Defaults to None.
        keep_thr (float | None): Least score of a detection that is kept and
            dumped, for detection metrics at this threshold as well. Defaults
            to None: ``score_thr``.
        out_file (str | None): JSON file for the metrics at full precision,
            under keys such as ``search.G100`` and ``detection@0.5``. Defaults
            to None.
        dump_file (str | None): ``.npz`` file for detections and embeddings,
            to be scored again with
            :func:`~mmdmr.evaluation.functional.load_detections`. Defaults to
            None.
        **kwargs (Any): Keyword arguments of
            :class:`mmengine.evaluator.BaseMetric`.

    Example::

        val_evaluator = dict(
            type='mmdmr.PersonSearchMetric', out_file='work_dir/scores.json')
    """

    # Names hold their prefixes; '' keeps MMEngine from asking for one.
    default_prefix = ''

    def __init__(
        self,
        protocols: Sequence[str] | None = None,
        score_thr: float = 0.5,
        topk: Sequence[int] = (1, 5, 10),
        cbgm: dict | None = None,
        cws: bool = False,
        strict: bool = False,
        keep_thr: float | None = None,
        out_file: str | None = None,
        dump_file: str | None = None,
        expand_query: dict | None = None,
        rerank: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(protocols, str):
            protocols = (protocols,)
        self.keep_thr = score_thr if keep_thr is None else keep_thr
        self.options = ScoringOptions(
            protocols=protocols,
            score_thr=score_thr,
            topk=tuple(topk),
            cbgm=None if cbgm is None else CBGMOptions(**cbgm),
            cws=cws,
            strict=strict,
            detection_thrs=sorted({score_thr, self.keep_thr}, reverse=True),
            expansion=(
                None
                if expand_query is None
                else ExpansionOptions(**expand_query)
            ),
            reranking=None if rerank is None else RerankingOptions(**rerank),
        )
        self.out_file = out_file
        self.dump_file = dump_file
        self._store = RowStore()

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep detections and embeddings of a batch, one entry an image.

        Args:
            data_batch (dict): Batch; not used.
            data_samples (Sequence[dict]): Outputs of the model.

        Raises:
            InputError: An embedding is missing or not finite, or a score or
                a box is not finite.
        """
        self.results.extend(map(self._entry, data_samples))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Score all images.

        Args:
            results (list[dict]): One entry per image; each gives up the
                embeddings of its detections.

        Returns:
            dict[str, float]: Metrics in [0, 1].

        Raises:
            InputError: An image or the embedding of a query is missing, or a
                protocol is unknown.
        """
        task = self._search_task()
        entries = _by_image(results, task)
        # MMEngine passes other dicts of the same arrays: these would hold the
        # embeddings beside the joined ones.
        self.results.clear()
        self._store = RowStore()
        detections = _detections(entries)
        query_feats = _query_feats(entries, task)
        gt_feats = _gt_feats(entries, task)
        options = self.options
        # Dump first: an error of the scoring must not cost the predictions.
        if self.dump_file is not None:
            save_predictions(
                self.dump_file,
                task,
                detections,
                query_feats,
                gt_feats,
                options.score_thr,
            )
        for note in notes_on(
            detections,
            query_feats,
            task.ground_truth,
            gt_feats,
            options.score_thr,
        ):
            print_log(note, logger='current', level=logging.WARNING)
        result = score_predictions(
            task, detections, query_feats, gt_feats, options
        )
        if self.out_file is not None:
            write_scores(self.out_file, result.metrics)
        names = self._names(task, with_gt=gt_feats is not None)
        return {
            f'{names[key]}/{metric}': value
            for key, metrics in result.metrics.items()
            for metric, value in metrics.items()
        }

    def metric_names(self, task: SearchTask, with_gt: bool) -> list[str]:
        """Names of the metrics that :meth:`compute_metrics` will give.

        Args:
            task (SearchTask): Search task of the data set.
            with_gt (bool): True if the model embeds ground-truth boxes.

        Returns:
            list[str]: Names such as ``search/mAP``.

        Raises:
            InputError: A protocol is unknown.
        """
        search = ['mAP', *(f'top{k}' for k in self.options.topk)]
        return [
            f'{name}/{metric}'
            for key, name in self._names(task, with_gt).items()
            for metric in (
                search if ScoreKey.parse(key).is_search else ['recall', 'ap']
            )
        ]

    def _names(self, task: SearchTask, with_gt: bool) -> dict[str, str]:
        """Names in the log by key: ``search.G100+gt`` -> ``search+gt`` for
        the headline protocol, ``detection@0.5`` -> ``detection`` for the
        threshold of the search.
        """
        options = self.options
        protocols = chosen_protocols(task, options.protocols)
        headline, threshold = protocols[0].name, options.score_thr
        keys = result_keys(options, [p.name for p in protocols], with_gt)
        return {str(key): key.short(headline, threshold) for key in keys}

    def _entry(self, data_sample: dict) -> dict:
        """Arrays of one image, detections below ``keep_thr`` excluded."""
        img_path = data_sample.get('img_path', data_sample['img_id'])
        predictions = data_sample['pred_instances']
        feats = _feats(predictions, 'pred_instances', img_path)
        scores, boxes = (_numpy(predictions[k]) for k in ('scores', 'bboxes'))
        # A comparison would drop NaN silently.
        if not (np.isfinite(scores).all() and np.isfinite(boxes).all()):
            raise InputError(
                f'{img_path}: scores or boxes of pred_instances are not '
                'finite; probably the weights are not finite'
            )
        keep = scores >= self.keep_thr
        entry = dict(
            img_id=data_sample['img_id'],
            boxes=boxes[keep],
            scores=scores[keep],
            feats=self._store.keep(feats[keep]),
        )
        queries = data_sample.get('query_instances', {})
        if len(queries.get('query_ids', ())):
            entry['query_ids'] = _numpy(queries['query_ids'])
            # A view would keep the embeddings of the whole batch in memory.
            entry['query_feats'] = _feats(
                queries, 'query_instances', img_path
            ).copy()
        ground_truth = data_sample.get('gt_instances', {})
        if 'reid_feats' in ground_truth:
            entry['gt_feats'] = _feats(
                ground_truth, 'gt_instances', img_path
            ).copy()
        return entry

    def _search_task(self) -> SearchTask:
        """Search task of the data set that is evaluated."""
        task = (self.dataset_meta or {}).get('search_task')
        if task is None:
            raise InputError(
                'PersonSearchMetric: the data set gives no search_task; use a '
                'person-search data set with test_mode=True'
            )
        return task


def _numpy(value: Any) -> np.ndarray:
    """Array of a tensor or of a box structure; floats as float32."""
    tensor = getattr(value, 'tensor', value).detach().cpu()
    if tensor.is_floating_point():
        tensor = tensor.float()
    return tensor.numpy()


def _feats(instances: dict, field: str, img_path: str) -> np.ndarray:
    """(n, D) float32 embeddings of one image."""
    if 'reid_feats' not in instances:
        raise InputError(
            f'{img_path}: {field} has no reid_feats; the model '
            'must embed persons'
        )
    feats = _numpy(instances['reid_feats'])
    if not np.isfinite(feats).all():
        raise InputError(
            f'{img_path}: {field}.reid_feats is not finite; probably '
            'the weights are not finite'
        )
    return feats


def _by_image(results: Sequence[dict], task: SearchTask) -> list[dict]:
    """Entries in the image order of the data set."""
    img_names = task.ground_truth.img_names
    entries = {entry['img_id']: entry for entry in results}
    missing = [i for i in range(len(img_names)) if i not in entries]
    if missing:
        raise InputError(
            f'PersonSearchMetric: {len(missing)} of {len(img_names)} test '
            f'images, {img_names[missing[0]]} first, have no result; every '
            'image of the data set must be run'
        )
    return [entries[i] for i in range(len(img_names))]


def _detections(entries: Sequence[dict]) -> Detections:
    """Detections of all images, one entry after the other.

    Entries give up their embeddings: these are nearly all of the memory, and
    would be there twice while the search is scored.
    """
    counts = [len(entry['scores']) for entry in entries]
    return Detections.from_counts(
        boxes=np.concatenate([entry['boxes'] for entry in entries]),
        scores=np.concatenate([entry['scores'] for entry in entries]),
        feats=_moved([entry.pop('feats') for entry in entries]),
        counts=counts,
    )


def _moved(parts: list[np.ndarray]) -> np.ndarray:
    """Concatenate arrays, and free each array as soon as it is copied.

    Memory of the result is taken page by page as it is written.
    """
    end = sum(map(len, parts))
    joined = np.empty((end, *parts[0].shape[1:]), parts[0].dtype)
    while parts:
        part = parts.pop()
        joined[end - len(part) : end] = part
        end -= len(part)
    return joined


def _query_feats(entries: Sequence[dict], task: SearchTask) -> np.ndarray:
    """(q, D) embeddings of all queries, in the order of the data set."""
    feats: dict[int, np.ndarray] = {}
    for entry in entries:
        if 'query_ids' in entry:
            feats.update(
                zip(entry['query_ids'].tolist(), entry['query_feats'])
            )
    img_ids = task.queries.img_ids
    missing = [i for i in range(len(img_ids)) if i not in feats]
    if missing:
        name = task.ground_truth.img_names[img_ids[missing[0]]]
        raise InputError(
            f'PersonSearchMetric: {len(missing)} of {len(img_ids)} queries '
            f'have no embedding, the first is query {missing[0]} in {name}; '
            'the test pipeline must end with LoadPersonSearchAnnotations and '
            'PackPersonSearchInputs'
        )
    return np.stack([feats[i] for i in range(len(img_ids))])


def _gt_feats(entries: Sequence[dict], task: SearchTask) -> np.ndarray | None:
    """(N, D) embeddings of all ground-truth boxes, None if not given."""
    if not any('gt_feats' in entry for entry in entries):
        return None
    for entry, boxes in zip(entries, task.ground_truth.boxes):
        if len(entry.get('gt_feats', ())) != len(boxes):
            name = task.ground_truth.img_names[entry['img_id']]
            raise InputError(
                f'{name}: {len(entry.get("gt_feats", ()))} embeddings for '
                f'{len(boxes)} ground-truth boxes; the model must embed each '
                'box of each image'
            )
    return np.concatenate([entry['gt_feats'] for entry in entries])
