"""The base class of data sets: annotations as ``data_info`` of MMEngine."""

import logging
import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmdmr.datasets.bad_images import SkippingDataset
from mmdmr.errors import InputError
from mmdmr.readers import Reader
from mmdmr.readers.base import require
from mmdmr.structures import GroundTruth


class PersonSearchDataset(SkippingDataset):
    """Base of the person-search data sets.

    A subclass makes the reader of its annotation files
    (:meth:`make_reader`). This class turns the annotations into one
    ``data_info`` per image::

        dict(img_id=0, img_path='.../s1.jpg', img_name='s1.jpg', cam_id=-1,
             instances=[dict(bbox=[x1, y1, x2, y2], bbox_label=0,
                             ignore_flag=0, person_id=-1)],
             width=800, height=600,
             queries=[dict(bbox=[x1, y1, x2, y2], query_id=0)])

    ``person_id`` runs from 0 over the labelled identities of the split and is
    -1 for unlabelled persons; ``queries`` exists in test mode only. ``width``
    and ``height`` are upright and in pixels; they serve to make batches of one
    aspect ratio. Both come from the annotations. Where the annotations do not
    tell, training reads both from the images, unless ``backend_args`` name
    another storage. Once the annotations are read, ``metainfo`` also holds
    ``person_id_names`` (raw identity by person_id) and, in test mode,
    ``search_task`` (:class:`~mmdmr.structures.SearchTask`).

    Args:
        protocols (Sequence[str]): Search protocols to be read in test mode,
            the headline first.
        filter_cfg (dict | None): Filter: ``dict(filter_empty_gt=True)`` drops
            training images without any box. Images without a labelled person
            are always kept. Defaults to None: no filter.
        **kwargs: Arguments of
            :class:`~mmdmr.datasets.bad_images.SkippingDataset`,
            ``on_bad_image``, and of :class:`mmdet.datasets.BaseDetDataset`:
            ``data_root``, ``data_prefix=dict(img=...)``, ``test_mode``,
            ``pipeline``, ...

    Attributes:
        person_counts (np.ndarray): (p,) int64 number of boxes by person_id.
        person_id_offset (int): Number that is added to the person_id of
            labelled persons, see :class:`ConcatDataset`.

    Raises:
        FileNotFoundError: A folder, an annotation file or an image (unless
            ``backend_args`` name another storage) is missing.
        InputError: An annotation file or an argument is wrong, or an image
            is bad.
    """

    METAINFO = dict(classes=('person',), palette=[(220, 20, 60)])

    def __init__(
        self, *args: Any, protocols: Sequence[str], **kwargs: Any
    ) -> None:
        if isinstance(protocols, str):
            protocols = (protocols,)
        self.protocols = tuple(protocols)
        self.person_id_offset = 0
        super().__init__(*args, **kwargs)

    @abstractmethod
    def make_reader(self) -> Reader:
        """Make the reader of this split's annotation files.

        Returns:
            Reader: Reader of the test split in test mode, else of the
            training split.
        """

    @property
    def is_remote(self) -> bool:
        """bool: True if images are in another storage than the file system."""
        backend = (self.backend_args or {}).get('backend', 'local')
        return backend not in ('local', 'disk')

    @property
    def annotation_source(self) -> Path:
        """Path: File of the identities; equal paths mean equal persons."""
        return self.make_reader().files()[-1].resolve()

    @property
    def metainfo(self) -> dict:
        """dict: Meta information as in MMEngine; the search task is shared,
        not copied. Before the annotations are read (``lazy_init``) the dict
        holds classes and palette only, which suffice for inference.
        """
        metainfo = super().metainfo
        if self.test_mode and self._fully_initialized:
            metainfo['search_task'] = self.search_task
        return metainfo

    def load_data_list(self) -> list[dict]:
        """Read all annotations.

        Returns:
            list[dict]: One ``data_info`` per image.
        """
        reader = self.make_reader()
        require(self.data_root, self.data_prefix['img'], *reader.files())
        ground_truth = reader.ground_truth()
        reader.check_inside(
            ground_truth.img_names, Path(self.data_prefix['img'])
        )
        self._metainfo['person_id_names'] = ground_truth.person_id_names
        ids = np.concatenate([[], *ground_truth.person_ids]).astype(np.int64)
        self.person_counts = np.bincount(
            ids[ids >= 0], minlength=len(ground_truth.person_id_names)
        )
        data_list = [
            self._data_info(ground_truth, img_id)
            for img_id in range(len(ground_truth.img_names))
        ]
        if not self.is_remote:
            self._require_images(data_list)
        for data_info, size in zip(data_list, reader.declared_sizes()):
            if size is not None:
                data_info.update(width=size[0], height=size[1])
        if self.test_mode:
            self.search_task = reader.search_task(ground_truth, self.protocols)
            for data_info in data_list:
                data_info['queries'] = []
            queries = self.search_task.queries
            for query_id, (img_id, box) in enumerate(
                zip(queries.img_ids, queries.boxes)
            ):
                data_list[img_id]['queries'].append(
                    dict(bbox=box.tolist(), query_id=query_id)
                )
        for note in reader.notes:
            print_log(note, logger='current', level=logging.WARNING)
        return data_list

    def get_data_info(self, idx: int) -> dict:
        """Annotations of one image.

        Args:
            idx (int): Position of the image.

        Returns:
            dict: Copy of the ``data_info``, with ``person_id_offset`` added to
            the identities of labelled persons, and in training with the size
            of the image; 1 x 1 for an unreadable image that is skipped.

        Raises:
            InputError: The image cannot be read.
        """
        data_info = super().get_data_info(idx)
        if not (self.test_mode or self.is_remote or 'width' in data_info):
            size = self.size_of(data_info['img_path'])
            data_info.update(width=size[0], height=size[1])
        if self.person_id_offset:
            for instance in data_info['instances']:
                if instance['person_id'] >= 0:
                    instance['person_id'] += self.person_id_offset
        return data_info

    def filter_data(self) -> list[dict]:
        """Drop training images without boxes if ``filter_cfg`` says so.

        Returns:
            list[dict]: Images that are kept.

        Raises:
            InputError: ``filter_cfg`` has a key other than
                ``filter_empty_gt``.
        """
        filter_cfg = self.filter_cfg or {}
        unknown = set(filter_cfg) - {'filter_empty_gt'}
        if unknown:
            raise InputError(
                f'{type(self).__name__}: filter_cfg knows filter_empty_gt '
                f'only, not {", ".join(sorted(unknown))}; leave it out'
            )
        if self.test_mode or not filter_cfg.get('filter_empty_gt', False):
            return self.data_list
        return [info for info in self.data_list if info['instances']]

    def _require_images(self, data_list: list[dict]) -> None:
        """Check that image files exist, by listing each folder once."""
        existing: dict[str, set[str]] = {}
        missing = []
        for data_info in data_list:
            folder, name = os.path.split(data_info['img_path'])
            if folder not in existing:
                existing[folder] = set(
                    os.listdir(folder) if os.path.isdir(folder) else ()
                )
            if name not in existing[folder]:
                missing.append(data_info['img_path'])
        self.report_missing(missing, len(data_list))

    def _data_info(self, ground_truth: GroundTruth, img_id: int) -> dict:
        """``data_info`` of one image, without queries."""
        name = ground_truth.img_names[img_id]
        instances = [
            dict(
                bbox=box.tolist(),
                bbox_label=0,
                ignore_flag=0,
                person_id=int(person_id),
            )
            for box, person_id in zip(
                ground_truth.boxes[img_id], ground_truth.person_ids[img_id]
            )
        ]
        instances += [
            dict(bbox=box.tolist(), bbox_label=0, ignore_flag=1, person_id=-1)
            for box in ground_truth.ignored_boxes[img_id]
        ]
        return dict(
            img_id=img_id,
            img_path=str(Path(self.data_prefix['img']) / name),
            img_name=name,
            cam_id=int(ground_truth.cam_ids[img_id]),
            instances=instances,
        )
