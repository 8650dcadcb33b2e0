"""Verifying boxes against their images: place, unit and declared size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdmr.structures import GroundTruth

from .units import LIKE_CORNERS, like_corners
from .verification_images import ImageFile
from .verification_report import Report, some_of

#: Least number of boxes from which a unit is guessed.
_FEWEST = 3


@dataclass(frozen=True)
class Split:
    """One split.

    Args:
        name (str): ``training`` or ``test``.
        truth (GroundTruth): Annotations, with the boxes of queries.
        folder (Path): Folder of the images.
        declared (list[tuple[int, int] | None]): Per image width and height in
            pixels by the annotations, None if unknown; empty if all are.
    """

    name: str
    truth: GroundTruth
    folder: Path
    declared: list[tuple[int, int] | None]

    @property
    def paths(self) -> list[Path]:
        """list[Path]: Files of the images, in order."""
        return [self.folder / name for name in self.truth.img_names]


def check_boxes(
    report: Report, split: Split, files: dict[Path, ImageFile]
) -> None:
    """Find boxes outside their image, and boxes beyond its border.

    Args:
        report (Report): Report, to which findings are added.
        split (Split): The split.
        files (dict[Path, ImageFile]): Readable files by path.
    """
    outside, beyond = [], []
    for path, name, boxes in zip(
        split.paths, split.truth.img_names, split.truth.boxes
    ):
        if path not in files or not len(boxes):
            continue
        size = np.array(files[path].size)
        none_inside = ((boxes[:, :2] >= size) | (boxes[:, 2:] <= 0)).any(1)
        excess = np.maximum(boxes[:, 2:] - size, -boxes[:, :2]).max(1)
        outside += [f'{name} {box.tolist()}' for box in boxes[none_inside]]
        beyond += [
            (float(e), f'{name} {box.tolist()}')
            for e, box in zip(excess[~none_inside], boxes[~none_inside])
            if e > 0
        ]
    if outside:
        report.errors.append(
            f'{split.name} boxes (x1, y1, x2, y2) outside their image: '
            f'{some_of(outside)}'
        )
    report.counts[f'{split.name} boxes beyond a border'] = len(beyond)
    if beyond:
        most, where = max(beyond)
        report.notes.append(
            f'{split.name} boxes that reach beyond their '
            f'image: {len(beyond)}, by {most:g} pixels at '
            f'most ({where})'
        )


def check_units(
    report: Report, split: Split, files: dict[Path, ImageFile]
) -> None:
    """Find splits whose boxes look unlike x, y, w, h in pixels.

    Args:
        report (Report): Report, to which findings are added.
        split (Split): The split.
        files (dict[Path, ImageFile]): Readable files by path.
    """
    boxes, sizes = _boxes_and_sizes(split, files)
    if len(boxes) < _FEWEST:
        return
    starts, sides = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    as_given = np.concatenate([starts, sides], axis=1)
    beyond = (boxes[:, 2:] > sizes).any(axis=1).mean()
    may_fit = (sides <= sizes).all()
    # Corners read as x, y, w, h: most boxes end outside, none is too large.
    if beyond > 0.5 and may_fit and like_corners(as_given, _FEWEST):
        report.errors.append(
            f'{split.name} boxes look like x1, y1, x2, y2: read as x, y, w, '
            f'h, {100 * beyond:.0f} % of the boxes reach beyond their image; '
            'read as corners, none does; give x, y, width and height in '
            'pixels'
        )
    elif like_corners(as_given):
        report.notes.append(f'{split.name}: {LIKE_CORNERS}')
    elif boxes.max() <= 100 and (sizes.min(axis=0) > 150).all():
        report.notes.append(
            f'{split.name} boxes lie within 100 x 100 pixels, though images '
            f'are {sizes[0, 0]:g} x {sizes[0, 1]:g}: if boxes are in per cent '
            'of the image, give pixels'
        )


def check_sizes(
    report: Report, split: Split, files: dict[Path, ImageFile]
) -> None:
    """Find images of another size than their annotations say.

    Args:
        report (Report): Report, to which an error is added.
        split (Split): The split.
        files (dict[Path, ImageFile]): Readable files by path.
    """
    other = [
        f'{name} (annotated for {size[0]}x{size[1]}, '
        f'is {files[path].size[0]}x{files[path].size[1]}'
        f'{" after the EXIF rotation" if files[path].rotated else ""})'
        for path, name, size in zip(
            split.paths, split.truth.img_names, split.declared
        )
        if size is not None and path in files and size != files[path].size
    ]
    if other:
        report.errors.append(
            f'{split.name} images of another size than their annotations say, '
            f'so that boxes are in the wrong place: {some_of(other)}'
        )


def _boxes_and_sizes(
    split: Split, files: dict[Path, ImageFile]
) -> tuple[np.ndarray, np.ndarray]:
    """(n, 4) boxes of readable images, and (n, 2) sizes of these images."""
    boxes: list[np.ndarray] = [np.empty((0, 4))]
    sizes: list[np.ndarray] = [np.empty((0, 2))]
    for path, of_image in zip(split.paths, split.truth.boxes):
        if path in files:
            boxes.append(of_image)
            sizes.append(np.tile(files[path].size, (len(of_image), 1)))
    return np.concatenate(boxes), np.concatenate(sizes)
