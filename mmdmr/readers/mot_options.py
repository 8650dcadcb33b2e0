"""Options for reading MOT sequences."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MotOptions:
    """Facts on sequences that their files do not tell.

    Args:
        every (int): Step between the pictures that are kept, from the first
            picture. Defaults to 1.
        min_visibility (float): Least visible share of a person in [0, 1].
            Defaults to 0.1.
        columns (tuple[str, ...] | None): Columns of gt.txt, see
            :func:`~.mot_files.read_rows`. Defaults to None.
        person_classes (tuple[int, ...] | None): Numbers of the classes of
            persons. Defaults to None: the classes called person or pedestrian
            in ``labels.txt``, or in the list of the MOT Challenge.
        unlabelled_ids (tuple[int, ...]): Numbers of persons without identity,
            beside negative numbers. Defaults to none.
        frame_offset (int | None): Number that is added to the frame of a row
            to get the number of its picture. Defaults to None: nothing is
            added. An error is raised if a row then has no picture and another
            number would give each row a picture, or if only one of rows and
            pictures counts from 0.
    """

    every: int = 1
    min_visibility: float = 0.1
    columns: tuple[str, ...] | None = None
    person_classes: tuple[int, ...] | None = None
    unlabelled_ids: tuple[int, ...] = ()
    frame_offset: int | None = None
