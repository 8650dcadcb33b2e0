"""What the templates show: scenes, persons in them, hits."""

from dataclasses import dataclass

import numpy as np

from mmdmr.errors import printable
from mmdmr.gallery import Scene
from mmdmr.structures import Hit
from mmdmr.structures.hits import UNCALIBRATED
from mmdmr.structures.times import write_date
from mmdmr.visualization.hit_text import (
    write_clock,
    write_sighting,
    write_time,
)


@dataclass(frozen=True)
class PersonView:
    """A person in a picture, to be clicked.

    Args:
        value (str): Value of the button.
        crop (str): Address of the crop.
        left (float): Left side in percent of the picture's width.
        top (float): Top in percent of the picture's height.
        width (float): Width in percent.
        height (float): Height in percent.
        is_hit (bool): True for the hit that led to the picture.
    """

    value: str
    crop: str
    left: float
    top: float
    width: float
    height: float
    is_hit: bool = False


def person_view(
    value: str,
    crop: str,
    box: np.ndarray,
    size: tuple[int, int],
    is_hit: bool = False,
) -> PersonView:
    """Place a person in a picture.

    Args:
        value (str): Value of the button.
        crop (str): Address of the crop.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` in pixels.
        size (tuple[int, int]): Width and height of the picture in pixels.
        is_hit (bool): True for the hit that led to the picture. Defaults to
            False.

    Returns:
        PersonView: The part of the box that lies in the picture.

    Example:
        >>> view = person_view('3', '', np.array([-5, 0, 50, 20]), (100, 40))
        >>> view.left, view.top, view.width, view.height
        (0.0, 0.0, 50.0, 50.0)
    """
    shares = 100 * np.asarray(box, float) / np.tile(size, 2)
    x1, y1, x2, y2 = np.clip(shares, 0, 100).round(3).tolist()
    return PersonView(
        value, crop, x1, y1, round(x2 - x1, 3), round(y2 - y1, 3), is_hit
    )


@dataclass(frozen=True)
class HitView:
    """A hit as the list of results shows it.

    Args:
        rank (int): Place, from 1.
        row (int): Number of the person.
        scene (int): Number of the scene.
        similarity (str): Cosine similarity with two digits.
        verdict (str): ``likely``, ``unsure``, ``unlikely``; '' if the model
            is not calibrated.
        kind (str): Verdict as the name of a colour.
        name (str): Path of the file.
        lines (list[str]): Source, camera, time, sighting.
    """

    rank: int
    row: int
    scene: int
    similarity: str
    verdict: str
    kind: str
    name: str
    lines: list[str]


def hit_view(hit: Hit, rank: int, scene: int, with_source: bool) -> HitView:
    """Describe a hit.

    Args:
        hit (Hit): The hit.
        rank (int): Place, from 1.
        scene (int): Number of its scene.
        with_source (bool): Whether to name the source.

    Returns:
        HitView: The description.
    """
    lines = [
        printable(hit.source) if with_source else '',
        f'camera {printable(hit.camera)}' if hit.camera else '',
        write_sighting(hit) or write_time(hit),
    ]
    return HitView(
        rank,
        hit.row,
        scene,
        f'{hit.similarity:.2f}',
        '' if hit.verdict == UNCALIBRATED else hit.verdict,
        hit.verdict,
        printable(hit.path),
        [line for line in lines if line],
    )


@dataclass(frozen=True)
class SceneView:
    """A scene as the browser of the gallery shows it.

    Args:
        number (int): Number of the scene.
        name (str): Path of the file.
        lines (list[str]): Number of persons, source, camera, time.
    """

    number: int
    name: str
    lines: list[str]


def scene_view(scene: Scene, with_source: bool) -> SceneView:
    """Describe a scene.

    Args:
        scene (Scene): The scene.
        with_source (bool): Whether to name the source.

    Returns:
        SceneView: The description.
    """
    when = ''
    if scene.time is not None:
        is_frame = scene.frame is not None
        when = (write_clock if is_frame else write_date)(scene.time)
    persons = 'person' if scene.num_persons == 1 else 'persons'
    lines = [
        f'{scene.num_persons} {persons}',
        printable(scene.source) if with_source else '',
        f'camera {printable(scene.camera)}' if scene.camera else '',
        when,
    ]
    return SceneView(
        scene.number, printable(scene.path), [line for line in lines if line]
    )
