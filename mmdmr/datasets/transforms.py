"""Transforms that carry identities and queries through pipelines."""

import numpy as np
from mmcv.transforms import BaseTransform, to_tensor
from mmdet.datasets.transforms import LoadAnnotations, PackDetInputs
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import get_box_tensor
from mmengine.structures import InstanceData

from mmdmr.errors import InputError
from mmdmr.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadPersonSearchAnnotations(LoadAnnotations):
    """MMDetection's ``LoadAnnotations`` with identities and queries.

    The results get ``gt_person_ids`` (k,) int64 beside ``gt_bboxes``. If the
    data set gives queries (test mode), the results also get ``query_bboxes``
    (m, 4) float32 and ``query_ids`` (m,) int64. ``query_bboxes`` are in pixels
    of the original image, and no transform changes them.

    In a training pipeline this transform stands before all transforms that
    change the image's geometry, so that boxes are changed along. In a test
    pipeline it stands after these transforms, so that boxes stay in pixels of
    the original image, as predictions are.

    Args:
        **kwargs: Arguments of
            :class:`mmdet.datasets.transforms.LoadAnnotations`.

    Raises:
        InputError: An instance has no ``person_id``, or an earlier transform
            of a training pipeline resized or moved the image.
    """

    def transform(self, results: dict) -> dict:
        """Load the annotations.

        Args:
            results (dict): ``data_info`` of a person-search data set.

        Returns:
            dict: The results with ground truth and queries as arrays.
        """
        results = super().transform(results)
        instances = results.get('instances', [])
        try:
            person_ids = [instance['person_id'] for instance in instances]
        except KeyError:
            raise InputError(
                f'{results.get("img_path")}: an instance has no person_id; '
                'use a person-search data set, with -1 for unlabelled '
                'persons'
            ) from None
        results['gt_person_ids'] = np.array(person_ids, dtype=np.int64)
        if 'queries' not in results:
            if instances and _was_changed(results):
                raise InputError(
                    f'{results.get("img_path")}: the training pipeline loads '
                    'boxes after the image was resized or moved, so that '
                    'boxes are in the wrong place: put '
                    'LoadPersonSearchAnnotations first'
                )
        else:
            results['boxes_scale'] = _scale(results)
            queries = results['queries']
            results['query_bboxes'] = np.array(
                [query['bbox'] for query in queries], dtype=np.float32
            ).reshape(-1, 4)
            results['query_ids'] = np.array(
                [query['query_id'] for query in queries], dtype=np.int64
            )
        return results


@TRANSFORMS.register_module(name=['LegacyBoxEnds', 'InclusiveEnds'])
class LegacyBoxEnds(BaseTransform):
    """Let boxes end at their last pixel, ``x2 = x + w - 1``.

    MMDetection 1 had this convention, and so have weights trained with
    MMDetection 1; see ``docs/authors_weights.md``. The transform belongs where
    boxes are in pixels of the original image. ``mmdmr.InclusiveEnds`` is
    another name of the transform in configs.
    """

    def transform(self, results: dict) -> dict:
        """Take a pixel off the ends of ground truth and queries.

        Args:
            results (dict): Results of :class:`LoadPersonSearchAnnotations`.

        Returns:
            dict: The results with changed ``gt_bboxes`` and
            ``query_bboxes``.
        """
        results['gt_bboxes'].tensor[:, 2:] -= 1
        if 'query_bboxes' in results:
            results['query_bboxes'][:, 2:] -= 1
        return results


#: Name of :class:`LegacyBoxEnds` in earlier configs and imports.
InclusiveEnds = LegacyBoxEnds


@TRANSFORMS.register_module()
class PackPersonSearchInputs(PackDetInputs):
    """MMDetection's ``PackDetInputs`` with identities and queries.

    The data sample gets ``gt_instances.person_ids`` and, in test mode,
    ``query_instances`` with ``bboxes`` in pixels of the original image and
    ``query_ids``.

    Args:
        meta_keys (Sequence[str]): Meta information, see
            :class:`mmdet.datasets.transforms.PackDetInputs`.

    Raises:
        InputError: Boxes and identities differ in number, a box in training or
            a query shows nothing of the image, or a test image was changed
            other than in size.
    """

    mapping_table = dict(
        PackDetInputs.mapping_table, gt_person_ids='person_ids'
    )

    def transform(self, results: dict) -> dict:
        """Pack image and annotations.

        Args:
            results (dict): Results of the pipeline.

        Returns:
            dict: ``inputs`` (torch.Tensor) and ``data_samples``
            (:class:`mmdet.structures.DetDataSample`).
        """
        self._check_in_step(results)
        if 'query_bboxes' in results:
            self._check_only_resized(results)
        packed = super().transform(results)
        if 'query_bboxes' in results:
            packed['data_samples'].query_instances = InstanceData(
                bboxes=to_tensor(results['query_bboxes']),
                query_ids=to_tensor(results['query_ids']),
            )
        self._check_visible(results, packed['data_samples'])
        return packed

    @staticmethod
    def _check_visible(results: dict, sample: DetDataSample) -> None:
        """Check that each query, or person to learn, is in the image.

        The embedding of any other box would be noise, and a box without area
        makes losses of detectors infinite. A test learns nothing from its
        ground truth, which may reach anywhere.
        """
        if 'query_bboxes' in results:
            boxes, given = sample.query_instances.bboxes, results['queries']
            shape = results.get('ori_shape', results['img'].shape)
        elif 'bboxes' in sample.gt_instances:
            boxes = get_box_tensor(sample.gt_instances.bboxes)
            shape = results['img'].shape
            given = [
                instance
                for instance in results.get('instances', ())
                if not instance.get('ignore_flag')
            ]
        else:
            return
        height, width = shape[:2]
        size = boxes.new_tensor([width, height])
        start, end = boxes[:, :2].clamp(min=0), boxes[:, 2:].minimum(size)
        # NaN is not below any number; infinity is no place in an image.
        visible = (start < end).all(dim=1) & boxes.isfinite().all(dim=1)
        if visible.all():
            return
        first = int(visible.int().argmin())
        # A transform that mixes images leaves the boxes of one of them.
        box = boxes[first].tolist()
        if len(given) == len(boxes):
            box = given[first]['bbox']
        raise InputError(
            f'{results.get("img_path")}: the box {box} (x1, y1, x2, y2) shows '
            'nothing of the image: correct the box or remove it; "mmdmr '
            'verify_dataset" lists boxes outside their image'
        )

    @staticmethod
    def _check_in_step(results: dict) -> None:
        """Check that each box has an identity."""
        if 'gt_person_ids' not in results or 'gt_bboxes' not in results:
            return
        num_ids = len(results['gt_person_ids'])
        num_boxes = len(results['gt_bboxes'])
        if num_ids != num_boxes:
            raise InputError(
                f'{results.get("img_path")}: {num_boxes} boxes but {num_ids} '
                'person ids: a transform of the pipeline dropped or added '
                'boxes without their ids, as FilterAnnotations, the random '
                'crops and mosaics do; remove it'
            )

    @staticmethod
    def _check_only_resized(results: dict) -> None:
        """Check that the network's input is the original image, scaled.

        Queries and predictions are in pixels of the original image.
        """
        name, scale = results.get('img_path'), _scale(results)
        expected = np.diag([*scale, 1.0])
        geometry = results.get('homography_matrix', expected)
        height, width = results.get('ori_shape', results['img'].shape[:2])
        # A pixel of rounding; padding makes images larger.
        cut = np.less(
            results['img'].shape[:2],
            [height * scale[1] - 1, width * scale[0] - 1],
        )
        if (
            results.get('flip')
            or cut.any()
            or not np.allclose(geometry, expected, atol=1e-4)
        ):
            raise InputError(
                f'{name}: the test pipeline flips, crops or moves the image, '
                'or resizes it twice, so that queries would be embedded in '
                'the wrong place: leave RandomFlip and the like to training; '
                'a test cannot use test-time augmentation'
            )
        if scale != results['boxes_scale']:
            raise InputError(
                f'{name}: the test pipeline resizes image and boxes after '
                'LoadPersonSearchAnnotations, but boxes must stay in pixels '
                'of the original image: resize first'
            )


def _scale(results: dict) -> tuple[float, float]:
    """Factors of width and height that a resizing transform noted."""
    width, height = results.get('scale_factor', (1.0, 1.0))
    return float(width), float(height)


def _was_changed(results: dict) -> bool:
    """True if a transform of MMDetection or MMCV noted a changed image."""
    geometry = results.get('homography_matrix', np.eye(3))
    shapes = results.get('ori_shape'), results.get('img_shape')
    return bool(
        results.get('flip')
        or shapes[0] != shapes[1]
        or not np.array_equal(geometry, np.eye(3))
    )
