"""Several person-search data sets as one."""

from collections.abc import Sequence
from pathlib import Path

from mmdet.datasets import ConcatDataset as DetConcatDataset

from mmdmr.datasets.base import PersonSearchDataset
from mmdmr.errors import InputError
from mmdmr.registry import DATASETS


@DATASETS.register_module()
class ConcatDataset(DetConcatDataset):
    """Concatenates person-search data sets and keeps their persons apart.

    For training, the identities of a data set are numbered after the
    identities of the sets before it. Two sets that read the same annotations,
    with pipelines or ``indices`` of their own, show the same persons and share
    their numbers. For tests nothing is renumbered, since each set is a search
    of its own. MMDetection's evaluator for several sets scores the searches,
    in the order of the sets::

        test_evaluator = dict(
            type='MultiDatasetsEvaluator',
            metrics=[dict(type='mmdmr.PersonSearchMetric')] * 2,
            dataset_prefixes=['cuhk-sysu', 'prw'])

    Args:
        datasets (Sequence[dict | PersonSearchDataset]): Data sets, either all
            for training or all for tests.
        lazy_init (bool): True to read annotations later. Defaults to False.
        pipeline (list[dict] | None): Pipeline of the data sets that are given
            as ``dict`` and name none. MMDetection's inferencer looks for this
            argument. Defaults to None.

    Raises:
        InputError: A data set is no person-search data set, or training and
            test sets are mixed.
    """

    def __init__(
        self,
        datasets: Sequence[dict | PersonSearchDataset],
        lazy_init: bool = False,
        pipeline: list[dict] | None = None,
    ) -> None:
        built = [_build(d, lazy_init, pipeline) for d in datasets]
        super().__init__(
            built, lazy_init, ignore_keys=['person_id_names', 'search_task']
        )

    @property
    def metainfo(self) -> dict | list[dict]:
        """dict | list[dict]: Meta information.

        For training, the meta information of the first set, with the names of
        all identities. For tests, a list with the meta information of each
        set, as the evaluator wants. Before the annotations are read
        (``lazy_init``), the meta information of the first set.
        """
        first = self.datasets[0].metainfo
        if not self._fully_initialized:
            return first
        if self.datasets[0].test_mode:
            return [
                dict(d.metainfo, cumulative_sizes=self.cumulative_sizes)
                for d in self.datasets
            ]
        names = {
            d.person_id_offset: d.metainfo['person_id_names']
            for d in self.datasets
        }
        return dict(
            first,
            person_id_names=sum(names.values(), ()),
            cumulative_sizes=self.cumulative_sizes,
        )

    def full_init(self) -> None:
        """Read all annotations and number the identities."""
        if self._fully_initialized:
            return
        if len({d.test_mode for d in self.datasets}) > 1:
            raise InputError(
                'mmdmr.ConcatDataset: only a part of the data sets has '
                'test_mode=True; give all data sets the same test_mode'
            )
        super().full_init()
        if self.datasets[0].test_mode:
            return
        offset = 0
        offsets: dict[Path, int] = {}
        for dataset in self.datasets:
            source = dataset.annotation_source
            if source not in offsets:
                offsets[source] = offset
                offset += len(dataset.metainfo['person_id_names'])
            dataset.person_id_offset = offsets[source]


def _build(
    dataset: dict | PersonSearchDataset,
    lazy_init: bool,
    pipeline: list[dict] | None,
) -> PersonSearchDataset:
    if isinstance(dataset, dict):
        default = {} if pipeline is None else dict(pipeline=pipeline)
        # A part must not read its annotations before the whole does.
        lazy = dict(lazy_init=True) if lazy_init else {}
        dataset = DATASETS.build({**default, **dataset, **lazy})
    if not isinstance(dataset, PersonSearchDataset):
        raise InputError(
            'mmdmr.ConcatDataset takes person-search data sets only, not '
            f'{type(dataset).__name__}'
        )
    return dataset
