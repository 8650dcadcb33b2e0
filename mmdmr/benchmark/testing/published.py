"""A test as published repositories run it: three passes for query images."""

from collections.abc import Iterator

import torch
from mmdet.structures.bbox import bbox2roi
from mmengine.evaluator import Evaluator
from torch import Tensor
from torch.utils.data import DataLoader

from .parts import Clock, first
from .ways import TestSet, Way


class PublishedWay(Way):
    """Tests as SeqNet and the repositories after it do.

    Images go through the network one by one:

    1. The image of each query, to embed the query's box. Nothing is detected.
    2. The image of each query again, to detect and embed the persons beside
       the queried one, as context.
    3. Each image of the gallery, to detect and embed its persons.

    A query is one entry of their loaders: an image of two queries passes the
    first two passes twice. All detections are embedded.

    Source: ``evaluate_performance`` in ``engine.py`` of SeqNet (AAAI 2021),
    https://github.com/serend1p1ty/SeqNet.

    Args:
        test_set (TestSet): What is tested.
        once (bool): True to pass an image of several queries once instead of
            once a query, which no repository does. Defaults to False.
    """

    def __init__(self, test_set: TestSet, once: bool = False) -> None:
        # Groups of one shape serve batches only.
        super().__init__(test_set, 1)
        self.embed_score_thr = 0.0
        passes = _query_ids_by_pass(test_set, once)
        self._query_ids = [query_ids for _, query_ids in passes]
        self._loader = test_set.make_loader(
            test_set.img_ids, batch_size=1, batch_sampler=None
        )
        self._query_loader = test_set.make_loader(
            [img_id for img_id, _ in passes],
            batch_size=1,
            batch_sampler=None,
        )
        self.num_passes += 2 * len(passes)

    def process(
        self, clock: Clock, evaluator: Evaluator, num_batches: int | None
    ) -> None:
        """See :meth:`Way.process`."""
        network = self.test_set.network

        def batches(loader: DataLoader) -> Iterator[dict]:
            return clock.each(first(loader, num_batches), 'loading')

        feats: dict[int, Tensor] = {}
        for batch, query_ids in zip(
            batches(self._query_loader), self._query_ids
        ):
            feats.update(zip(query_ids, self._embed(clock, batch, query_ids)))
        for batch in batches(self._query_loader):
            batch['data_samples'][0].pop('query_instances')
            network.test_step(batch)
        for batch in batches(self._loader):
            queries = batch['data_samples'][0].pop('query_instances')
            (sample,) = network.test_step(batch)
            query_ids = queries.query_ids.tolist()
            # To warm up, only the first queries are embedded.
            if query_ids and feats.keys() >= set(query_ids):
                queries.reid_feats = torch.stack([feats[i] for i in query_ids])
                sample.query_instances = queries
            with clock.timed('scoring'):
                evaluator.process([sample], batch)

    def _embed(
        self, clock: Clock, batch: dict, query_ids: tuple[int, ...]
    ) -> Tensor:
        """Embeddings of queries of an image, in the order of the queries."""
        network = self.test_set.network
        data = network.data_preprocessor(batch, False)
        (sample,) = data['data_samples']
        queries = sample.query_instances
        scale = queries.bboxes.new_tensor(sample.scale_factor).repeat(2)
        places = [queries.query_ids.tolist().index(i) for i in query_ids]
        with clock.timed('network'):
            maps = network.extract_feat(data['inputs'])
            # The embedding is taken off the network's time again.
            return network.embed(
                maps, bbox2roi([queries.bboxes[places] * scale])
            )


def _query_ids_by_pass(
    test_set: TestSet, once: bool
) -> list[tuple[int, tuple[int, ...]]]:
    """Image of each pass over the queries, and the queries of the pass."""
    queries = test_set.dataset.metainfo['search_task'].queries
    by_image: dict[int, list[int]] = {}
    for query_id, img_id in enumerate(queries.img_ids.tolist()):
        by_image.setdefault(img_id, []).append(query_id)
    img_ids = by_image if test_set.img_ids is None else test_set.img_ids
    passes = [(i, tuple(by_image[i])) for i in img_ids if i in by_image]
    if once:
        return passes
    return [(i, (query_id,)) for i, ids in passes for query_id in ids]
