"""Drawing persons with their identities."""

import numpy as np
from mmdet.visualization import DetLocalVisualizer
from mmengine.structures import InstanceData

from mmdmr.registry import VISUALIZERS

#: Colours of labelled persons, who take turns (RGB); then that of unlabelled.
_COLOURS = [
    (230, 25, 75),
    (60, 180, 75),
    (0, 130, 200),
    (245, 130, 48),
    (145, 30, 180),
    (70, 200, 220),
    (240, 50, 230),
    (170, 110, 40),
    (0, 128, 128),
    (128, 128, 0),
    (128, 0, 0),
    (0, 0, 128),
]
_UNLABELLED = (150, 150, 150)


@VISUALIZERS.register_module()
class PersonSearchVisualizer(DetLocalVisualizer):
    """MMDetection's visualizer, with identities in place of the class.

    Instances that have ``person_ids`` are drawn with their identity as the
    data set's files name it, in a colour of its own; unlabelled persons are
    grey. Others, such as detections, are drawn as MMDetection does.

    Args:
        *args: As for :class:`mmdet.visualization.DetLocalVisualizer`.
        **kwargs: As for it.
    """

    @property
    def dataset_meta(self) -> dict:
        """dict: Of the data set that is drawn. Given a list, as for several
        test sets at once, the first one without names of identities.
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
                person_ids < 0, len(_COLOURS), person_ids % len(_COLOURS)
            )
            palette = [*_COLOURS, _UNLABELLED]
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
