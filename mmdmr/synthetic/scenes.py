"""Composing an image: people and things in front of a background."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import iou

from .appearance import Appearance
from .cameras import MARGIN, Camera, expose
from .canvas import BOTTOM
from .people import draw_person
from .pose import random_pose
from .props import PROPS, SIZES, draw_prop

#: Body height of the nearest and farthest person, fraction of the image.
NEAR, FAR = 0.62, 0.32
#: Least visible share of a labelled and of an unlabelled person.
LABELLED_VISIBLE, UNLABELLED_VISIBLE = 0.75, 0.6
#: Largest overlap (IoU) of two persons' boxes.
MAX_IOU = 0.20
#: Places that are tried for a person.
ATTEMPTS = 60


#: Rows and columns.
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Scene:
    """One picture and its annotation.

    Args:
        image (np.ndarray): (h, w, 3) uint8 sRGB.
        boxes (np.ndarray): (k, 4) int64 ``x, y, w, h`` in pixels, around
            each whole body, hidden parts included.
        person_ids (np.ndarray): (k,) int64, -1 for passers-by.
        visible (np.ndarray): (k,) float64 visible share of each body.
    """

    image: np.ndarray
    boxes: np.ndarray
    person_ids: np.ndarray
    visible: np.ndarray


@dataclass
class _Cutout:
    """A drawn thing or person and its place in the picture.

    Args:
        rgb (np.ndarray): (h, w, 3) float32 sRGB times coverage in 0..1.
        alpha (np.ndarray): (h, w) float32 coverage in 0..1.
        x (int): Column of the picture of the left edge.
        y (int): Row of the picture of the upper edge.
        foot (float): Row of the picture at which it stands.
        body (float): Height of a person at its place, in pixels.
        person (int | None): Identity, -1 for a passer-by. Defaults to None:
            a thing.
    """

    rgb: np.ndarray
    alpha: np.ndarray
    x: int
    y: int
    foot: float
    body: float
    person: int | None = None

    def window(self, shape: tuple[int, int]) -> tuple[Window, Window]:
        """Slices of the picture and of the cutout where they overlap."""
        h, w = self.alpha.shape
        y1, x1 = max(self.y, 0), max(self.x, 0)
        y2, x2 = min(self.y + h, shape[0]), min(self.x + w, shape[1])
        return (
            np.s_[y1:y2, x1:x2],
            np.s_[y1 - self.y : y2 - self.y, x1 - self.x : x2 - self.x],
        )


def _box(cutout: _Cutout) -> np.ndarray:
    """Tight ``x, y, w, h`` around a cutout."""
    x, y, w, h = cv2.boundingRect((cutout.alpha > 0.4).astype(np.uint8))
    return np.array([x + cutout.x, y + cutout.y, w, h])


def _body_height(foot: float, horizon: float, height: int) -> float:
    """Body height of a person whose feet are at row ``foot``, in pixels.

    On flat ground the height grows linearly with the distance from the
    horizon. At the lower edge of the image it is ``NEAR`` of the image.
    """
    return NEAR * (foot - horizon * height) / (0.97 - horizon)


def _foot_range(horizon: float) -> tuple[float, float]:
    """Rows of the farthest and of the nearest feet, of the image."""
    return horizon + FAR / NEAR * (0.97 - horizon), 0.97


def _stand_person(
    look: Appearance,
    person: int,
    camera: Camera,
    rng: np.random.Generator,
    width: int,
    height: int,
) -> _Cutout:
    """Draw a person somewhere on the ground."""
    foot = rng.uniform(*_foot_range(camera.horizon)) * height
    body = _body_height(foot, camera.horizon, height)
    body *= rng.uniform(0.94, 1.06)
    rgb, alpha = draw_person(look, random_pose(rng), body)
    h, w = alpha.shape
    x, y, bw, bh = cv2.boundingRect((alpha > 0.4).astype(np.uint8))
    left = int(rng.integers(1, max(width - bw - 1, 2)))
    top = int(round(foot - h + BOTTOM * body))
    return _Cutout(rgb, alpha, left - x, top, foot, body, person)


def _stand_prop(
    camera: Camera, rng: np.random.Generator, width: int, height: int
) -> _Cutout:
    """Draw a thing somewhere on the ground."""
    kinds = PROPS[camera.kind]
    kind = kinds[int(rng.integers(len(kinds)))]
    foot = rng.uniform(*_foot_range(camera.horizon)) * height
    body = _body_height(foot, camera.horizon, height)
    rgb, alpha = draw_prop(kind, rng, body)
    left = int(rng.integers(-int(SIZES[kind][0] * body / 2), width - 2))
    return _Cutout(rgb, alpha, left, int(foot) - alpha.shape[0], foot, body)


def _visible(
    cutouts: Sequence[_Cutout], shape: tuple[int, int]
) -> list[float]:
    """Share of each cutout that no nearer cutout hides; nearest last."""
    hidden = np.zeros(shape, bool)
    shares = []
    for cutout in reversed(cutouts):
        in_picture, in_cutout = cutout.window(shape)
        mask = cutout.alpha[in_cutout] > 0.4
        total = max(int((cutout.alpha > 0.4).sum()), 1)
        shares.append(float((mask & ~hidden[in_picture]).sum()) / total)
        hidden[in_picture] |= mask
    return shares[::-1]


def _acceptable(cutouts: Sequence[_Cutout], shape: tuple[int, int]) -> bool:
    """True if each person is inside the picture, visible and apart."""
    boxes = np.array([_box(c) for c in cutouts if c.person is not None])
    start, size = np.split(boxes.reshape(-1, 4), 2, axis=1)
    if (start < 0).any() or (start + size > shape[::-1]).any():
        return False
    corners = np.hstack([start, start + size])
    if (np.triu(iou(corners[:, None], corners), 1) > MAX_IOU).any():
        return False
    for cutout, share in zip(cutouts, _visible(cutouts, shape)):
        if cutout.person is not None:
            least = (
                LABELLED_VISIBLE if cutout.person >= 0 else UNLABELLED_VISIBLE
            )
            if share < least:
                return False
    return True


def _shadow(scene: np.ndarray, cutout: _Cutout) -> None:
    """Darken the ground under a cutout."""
    h, w = scene.shape[:2]
    centre = (
        cutout.x + cutout.alpha.shape[1] // 2 + int(0.05 * cutout.body),
        int(cutout.foot),
    )
    box = _box(cutout)
    half = max(int(0.5 * box[2]), int(0.13 * cutout.body))
    mask = np.zeros((h, w), np.float32)
    cv2.ellipse(
        mask,
        centre,
        (half, max(int(0.035 * cutout.body), 1)),
        0,
        0,
        360,
        1.0,
        -1,
        cv2.LINE_AA,
    )
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.02 * cutout.body, 0.5))
    scene *= 1 - 0.42 * mask[..., None]


def compose_scene(
    camera: Camera,
    people: Sequence[Appearance],
    person_ids: Sequence[int],
    rng: np.random.Generator,
    width: int,
    height: int,
) -> Scene:
    """Place people in front of a camera and take the picture.

    Args:
        camera (Camera): The camera.
        people (Sequence[Appearance]): Persons to place.
        person_ids (Sequence[int]): Identities of the persons, -1 for
            passers-by. A passer-by without room in the picture is not drawn.
        rng (np.random.Generator): Source of randomness.
        width (int): Width in pixels.
        height (int): Height in pixels.

    Returns:
        Scene: The picture and its annotation; labelled persons first.

    Raises:
        InputError: No arrangement was found: too many people for the image.
    """
    shape = (height, width)
    cutouts: list[_Cutout] = []
    for look, person in zip(people, person_ids):
        for _ in range(ATTEMPTS):
            new = _stand_person(look, int(person), camera, rng, width, height)
            trial = sorted(cutouts + [new], key=lambda c: c.foot)
            if _acceptable(trial, shape):
                cutouts = trial
                break
        else:
            if person < 0:
                continue
            raise InputError(
                f'no room for {len(people)} people in an image '
                f'of {width} x {height} pixels; make it wider'
            )
    for _ in range(int(rng.integers(0, 3))):
        new = _stand_prop(camera, rng, width, height)
        trial = sorted(cutouts + [new], key=lambda c: c.foot)
        if _acceptable(trial, shape):
            cutouts = trial

    shift = [
        int(rng.integers(0, int(side * 2 * MARGIN) + 1)) for side in shape
    ]
    scene = camera.background[
        shift[0] : shift[0] + height, shift[1] : shift[1] + width
    ].copy()
    for cutout in cutouts:
        _shadow(scene, cutout)
    for cutout in cutouts:
        in_picture, in_cutout = cutout.window(shape)
        scene[in_picture] *= 1 - cutout.alpha[in_cutout][..., None]
        scene[in_picture] += cutout.rgb[in_cutout]

    shares = dict(zip(map(id, cutouts), _visible(cutouts, shape)))
    persons = [(c.person, c) for c in cutouts if c.person is not None]
    persons.sort(key=lambda pair: (pair[0] < 0, pair[0]))
    return Scene(
        image=expose(camera, scene, rng),
        boxes=np.array([_box(c) for _, c in persons], np.int64).reshape(-1, 4),
        person_ids=np.array([person for person, _ in persons], np.int64),
        visible=np.array([shares[id(c)] for _, c in persons]),
    )
