"""Several person-search data sets as one."""

from typing import List, Sequence, Union

from mmdet.datasets import ConcatDataset as DetConcatDataset

from mmdmr.datasets.base import PersonSearchDataset
from mmdmr.registry import DATASETS


@DATASETS.register_module()
class ConcatDataset(DetConcatDataset):
    """Concatenates person-search data sets and keeps their people apart.

    For training, the identities of a data set are numbered after those of the
    sets before it. For tests nothing is renumbered: each set is a search of
    its own, to be scored by MMDetection's evaluator for several sets, in the
    same order::

        test_evaluator = dict(
            type='MultiDatasetsEvaluator',
            metrics=[dict(type='mmdmr.PersonSearchMetric')] * 2,
            dataset_prefixes=['cuhk-sysu', 'prw'])

    Args:
        datasets (Sequence[dict or PersonSearchDataset]): The data sets, all
            of them for training or all for tests.
        lazy_init (bool): Whether to read annotations later. Defaults to
            False.

    Raises:
        ValueError: Something else than a person-search data set is given, or
            training and test sets are mixed.
    """

    def __init__(
        self,
        datasets: Sequence[Union[dict, PersonSearchDataset]],
        lazy_init: bool = False,
    ) -> None:
        super().__init__(
            datasets, lazy_init, ignore_keys=['person_id_names', 'search_task']
        )

    @property
    def metainfo(self) -> Union[dict, List[dict]]:
        """dict or list[dict]: For training the first set's, with the names of
        all identities; for tests one of each set, as the evaluator wants
        them.
        """
        self.full_init()
        if self.datasets[0].test_mode:
            return [
                dict(d.metainfo, cumulative_sizes=self.cumulative_sizes)
                for d in self.datasets
            ]
        names = [d.metainfo['person_id_names'] for d in self.datasets]
        return dict(
            self.datasets[0].metainfo,
            person_id_names=sum(names, ()),
            cumulative_sizes=self.cumulative_sizes,
        )

    def full_init(self) -> None:
        """Read all annotations and number the identities."""
        if self._fully_initialized:
            return
        if not all(isinstance(d, PersonSearchDataset) for d in self.datasets):
            raise ValueError(
                'mmdmr.ConcatDataset takes person-search data sets only, not '
                + ', '.join(type(d).__name__ for d in self.datasets)
            )
        if len({d.test_mode for d in self.datasets}) > 1:
            raise ValueError(
                'mmdmr.ConcatDataset: some of the data sets have '
                'test_mode=True and some not; give all the same'
            )
        super().full_init()
        if self.datasets[0].test_mode:
            return
        offset = 0
        for dataset in self.datasets:
            dataset.person_id_offset = offset
            offset += len(dataset.metainfo['person_id_names'])
