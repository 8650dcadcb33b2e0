"""Visualizer of persons and identities for MMEngine."""

import numpy as np
from mmdet.visualization import DetLocalVisualizer
from mmengine.structures import InstanceData

from mmdmr.registry import VISUALIZERS
from mmdmr.visualization.palette import PERSONS, UNLABELLED


@VISUALIZERS.register_module()
class PersonSearchVisualizer(DetLocalVisualizer):
    """MMDetection's visualizer, with identities in place of the class.

    Instances with ``person_ids`` are drawn with the identity that the data
    set's files name, each identity in a colour of its own. Unlabelled persons
    are grey. Instances without ``person_ids``, such as detections, are drawn
    as MMDetection draws them.

    Args:
        *args: Arguments of :class:`mmdet.visualization.DetLocalVisualizer`.
        **kwargs: Keyword arguments of the same class.
    """

    @property
    def dataset_meta(self) -> dict:
        """dict: Meta information of the drawn data set.

        If several test sets give a list, the first entry, without names of
        identities.
        """
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict | list[dict]) -> None:
        if isinstance(meta, list):
            meta = dict(meta[0], person_id_names=())
        self._dataset_meta = meta or {}

    def _draw_instances(
        self,
        image: np.ndarray,
        instances: InstanceData,
        classes: list[str] | None,
        palette: list[tuple] | None,
    ) -> np.ndarray:
        if 'person_ids' in instances and len(instances):
            instances = instances[:]
            person_ids = np.asarray(instances.person_ids)
            instances.label_names = [self._name(i) for i in person_ids]
            instances.labels = np.where(
                person_ids < 0, len(PERSONS), person_ids % len(PERSONS)
            )
            palette = [*PERSONS, UNLABELLED]
        return super()._draw_instances(image, instances, classes, palette)

    def _name(self, person_id: int) -> str:
        names: tuple[str, ...] = self.dataset_meta.get('person_id_names') or ()
        if person_id < 0:
            return 'unlabelled'
        return (
            f'id {names[person_id]}'
            if person_id < len(names)
            else f'id {person_id}'
        )
