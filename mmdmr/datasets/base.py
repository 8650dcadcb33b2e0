"""What all person-search data sets have in common."""
from abc import abstractmethod
from collections.abc import Sequence as SequenceABC
from pathlib import Path
from typing import Dict, List, Sequence, Tuple, Union

import numpy as np
from mmdet.datasets import BaseDetDataset

from mmdmr.structures import (GroundTruth, Queries, SearchProtocol,
                              SearchTask)


class RemainderGalleries(SequenceABC):
    """Galleries of (almost) all images, made when asked for.

    Gallery i holds the images ``first[i]``, then all others in order but
    those in ``excluded[i]``.

    Args:
        num_images (int): Images of the split.
        first (Sequence[np.ndarray]): Per query the image indices listed
            first.
        excluded (Sequence[np.ndarray]): Per query the image indices that do
            not follow, or a (num_images,) bool mask of them.
    """

    def __init__(self, num_images: int, first: Sequence[np.ndarray],
                 excluded: Sequence[np.ndarray]) -> None:
        self.num_images = num_images
        self.first = first
        self.excluded = excluded

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, index: int) -> np.ndarray:
        follows = np.ones(self.num_images, dtype=bool)
        follows[self.first[index]] = False
        follows[self.excluded[index]] = False
        return np.concatenate([self.first[index], np.flatnonzero(follows)])


class PersonSearchDataset(BaseDetDataset):
    """Base of the person-search data sets.

    A subclass says how its annotation files are read
    (:meth:`load_ground_truth`, :meth:`load_queries`); this class makes them
    into one ``data_info`` per image::

        dict(img_id=0, img_path='.../s1.jpg', img_name='s1.jpg', cam_id=-1,
             instances=[dict(bbox=[x1, y1, x2, y2], bbox_label=0,
                             ignore_flag=0, person_id=-1)],
             queries=[dict(bbox=[x1, y1, x2, y2], query_id=0)])

    ``person_id`` runs from 0 over the labelled identities of the split and is
    -1 for unlabelled persons; ``queries`` is there in test mode only.
    ``metainfo`` also holds ``person_id_names`` (raw identity by person_id)
    and, in test mode, ``search_task``
    (:class:`~mmdmr.structures.SearchTask`).

    Args:
        protocols (Sequence[str]): Search protocols to be read in test mode,
            the headline first.
        filter_cfg (dict, optional): ``dict(filter_empty_gt=True)`` drops
            training images without any box. Images without a labelled person
            are always kept. Defaults to None.
        **kwargs: As for :class:`mmdet.datasets.BaseDetDataset`: ``data_root``,
            ``data_prefix=dict(img=...)``, ``test_mode``, ``pipeline``, ...

    Raises:
        FileNotFoundError: A folder or annotation file is missing.
        ValueError: An annotation file or an argument is wrong.
    """

    METAINFO = dict(classes=('person', ), palette=[(220, 20, 60)])

    def __init__(self, *args, protocols: Sequence[str], **kwargs) -> None:
        if isinstance(protocols, str):
            protocols = (protocols, )
        self.protocols = tuple(protocols)
        super().__init__(*args, **kwargs)

    @abstractmethod
    def load_ground_truth(self) -> Tuple[GroundTruth, Tuple[str, ...]]:
        """Read the images of this split.

        Returns:
            tuple[GroundTruth, tuple[str]]: Annotations, and the raw identity
            of each person_id.
        """

    @abstractmethod
    def load_queries(
        self, ground_truth: GroundTruth, person_id_names: Tuple[str, ...]
    ) -> Tuple[Queries, Dict[str, SearchProtocol]]:
        """Read the queries and the protocols named in ``self.protocols``.

        Args:
            ground_truth (GroundTruth): As read by :meth:`load_ground_truth`.
            person_id_names (tuple[str]): Raw identity by person_id.

        Returns:
            tuple[Queries, dict[str, SearchProtocol]]: Queries, and protocols
            by name in the order asked for.
        """

    def available_protocols(self) -> Tuple[str, ...]:
        """Names of the protocols that can be asked for.

        Returns:
            tuple[str]: Names.
        """
        raise NotImplementedError

    @property
    def metainfo(self) -> dict:
        """dict: As in MMEngine; the search task is shared, not copied."""
        self.full_init()
        metainfo = super().metainfo
        if self.test_mode:
            metainfo['search_task'] = self.search_task
        return metainfo

    def path(self, name: str) -> Path:
        """Path of a file below the data root.

        Args:
            name (str): Its path below the data root.

        Returns:
            Path: Its path.
        """
        return Path(self.data_root or '') / name

    def require(self, *paths: Union[str, Path]) -> None:
        """Check that what a data set consists of is there.

        Args:
            *paths (str | Path): Files and folders.

        Raises:
            FileNotFoundError: Some are missing; the message lists them.
        """
        missing = [str(path) for path in paths if not Path(path).exists()]
        if missing:
            raise FileNotFoundError(
                f'{type(self).__name__}: not there: {", ".join(missing)} '
                f'(looked for: {", ".join(map(str, paths))}); point data_root '
                f'(now {str(self.data_root)!r}) at the folder that holds them')

    def load_data_list(self) -> List[dict]:
        """Read all annotations.

        Returns:
            list[dict]: One ``data_info`` per image.
        """
        ground_truth, person_id_names = self.load_ground_truth()
        self._metainfo['person_id_names'] = person_id_names
        data_list = [
            self._data_info(ground_truth, img_id)
            for img_id in range(len(ground_truth.img_names))
        ]
        if self.test_mode:
            self._check_protocol_names()
            queries, protocols = self.load_queries(ground_truth,
                                                   person_id_names)
            self.search_task = SearchTask(ground_truth, queries, protocols)
            for data_info in data_list:
                data_info['queries'] = []
            for query_id, (img_id, box) in enumerate(
                    zip(queries.img_ids, queries.boxes)):
                data_list[img_id]['queries'].append(
                    dict(bbox=box.tolist(), query_id=query_id))
        return data_list

    def filter_data(self) -> List[dict]:
        """Drop training images without boxes if ``filter_cfg`` says so.

        Returns:
            list[dict]: The images kept.

        Raises:
            ValueError: ``filter_cfg`` has a key other than
                ``filter_empty_gt``.
        """
        filter_cfg = self.filter_cfg or {}
        unknown = set(filter_cfg) - {'filter_empty_gt'}
        if unknown:
            raise ValueError(
                f'{type(self).__name__}: filter_cfg knows filter_empty_gt '
                f'only, not {", ".join(sorted(unknown))}; leave it out')
        if self.test_mode or not filter_cfg.get('filter_empty_gt', False):
            return self.data_list
        return [info for info in self.data_list if info['instances']]

    def _check_protocol_names(self) -> None:
        available = self.available_protocols()
        unknown = [name for name in self.protocols if name not in available]
        if unknown or not self.protocols:
            raise ValueError(
                f'{type(self).__name__}: unknown protocol '
                f'{", ".join(map(repr, unknown)) or "(none given)"}; '
                f'available under {self.data_root}: {", ".join(available)}')

    def _data_info(self, ground_truth: GroundTruth, img_id: int) -> dict:
        name = ground_truth.img_names[img_id]
        return dict(
            img_id=img_id,
            img_path=str(Path(self.data_prefix['img']) / name),
            img_name=name,
            cam_id=int(ground_truth.cam_ids[img_id]),
            instances=[
                dict(
                    bbox=box.tolist(),
                    bbox_label=0,
                    ignore_flag=0,
                    person_id=int(person_id)) for box, person_id in zip(
                        ground_truth.boxes[img_id],
                        ground_truth.person_ids[img_id])
            ])
