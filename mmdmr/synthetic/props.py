"""Things in a scene that hide parts of people."""

from collections.abc import Sequence

import cv2
import numpy as np

from .colours import Colour, rgb

SUPERSAMPLING = 3
#: Kinds of things by kind of scene.
PROPS = dict(
    street=('pole', 'bin', 'car'),
    park=('bush', 'bench', 'pole'),
    hall=('plant', 'bin', 'column'),
    station=('pole', 'bench', 'bin'),
)
#: Width and height of a thing in body heights.
SIZES = dict(
    pole=(0.09, 1.9),
    column=(0.2, 2.2),
    bin=(0.28, 0.46),
    car=(1.9, 0.72),
    bush=(0.62, 0.42),
    plant=(0.42, 0.62),
    bench=(1.0, 0.4),
)


def _coloured(rng: np.random.Generator, *colours: Colour) -> np.ndarray:
    """Choose one of the colours."""
    return rgb(colours[int(rng.integers(len(colours)))])


def draw_prop(
    kind: str, rng: np.random.Generator, body: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a thing on a transparent ground.

    Args:
        kind (str): A key of ``SIZES``.
        rng (np.random.Generator): Source of randomness.
        body (float): Height of a person at its place, in pixels.

    Returns:
        tuple[np.ndarray, np.ndarray]: (h, w, 3) float32 colours times
            coverage and (h, w) float32 coverage in 0..1. The thing stands on
            the lower edge.
    """
    width, height = (max(int(side * body), 3) for side in SIZES[kind])
    w, h = width * SUPERSAMPLING, height * SUPERSAMPLING
    drawing = np.zeros((h, w, 3), np.float32)
    alpha = np.zeros((h, w), np.float32)

    # Points are in fractions of the thing, colours in 0..1.
    def fill(points: Sequence[tuple[float, float]], colour: Colour) -> None:
        xy = np.asarray(points, np.float64) * np.array([w - 1, h - 1])
        pixels = [np.round(xy).astype(np.int32)]
        cv2.fillPoly(drawing, pixels, np.asarray(colour, np.float64).tolist())
        cv2.fillPoly(alpha, pixels, 1.0)

    def rect(
        x1: float, y1: float, x2: float, y2: float, colour: Colour
    ) -> None:
        fill([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], colour)

    def disc(x: float, y: float, r: float, colour: Colour) -> None:
        centre, radius = (int(x * w), int(y * h)), int(r * h)
        fill_colour = np.asarray(colour, np.float64).tolist()
        cv2.circle(drawing, centre, radius, fill_colour, -1)
        cv2.circle(alpha, centre, radius, 1.0, -1)

    if kind in ('pole', 'column'):
        metal = _coloured(rng, (92, 98, 104), (64, 76, 72), (176, 170, 160))
        for i in range(12):
            shade = 0.7 + 0.5 * np.sin(np.pi * (i + 1) / 14)
            rect(i / 12, 0, (i + 1) / 12, 1, np.clip(metal * shade, 0, 1))
    elif kind == 'bin':
        tin = _coloured(rng, (60, 92, 70), (80, 84, 92), (150, 120, 50))
        fill([(0.06, 0.12), (0.94, 0.12), (0.86, 1), (0.14, 1)], tin)
        fill([(0.06, 0.12), (0.4, 0.12), (0.4, 1), (0.14, 1)], tin * 1.15)
        rect(0, 0.02, 1, 0.14, tin * 0.6)
    elif kind == 'car':
        paint = _coloured(
            rng, (150, 36, 40), (40, 64, 120), (206, 208, 210), (60, 62, 66)
        )
        fill(
            [
                (0, 0.5),
                (0.06, 0.42),
                (0.24, 0.38),
                (0.36, 0.04),
                (0.72, 0.04),
                (0.84, 0.38),
                (0.97, 0.44),
                (1, 0.84),
                (0, 0.84),
            ],
            paint,
        )
        fill(
            [(0.29, 0.38), (0.385, 0.1), (0.53, 0.1), (0.53, 0.38)],
            (0.2, 0.26, 0.32),
        )
        fill(
            [(0.56, 0.38), (0.56, 0.1), (0.7, 0.1), (0.78, 0.38)],
            (0.2, 0.26, 0.32),
        )
        rect(0, 0.66, 1, 0.7, paint * 0.7)
        for x in (0.2, 0.8):
            disc(x, 0.83, 0.165, (0.08, 0.08, 0.09))
            disc(x, 0.83, 0.08, (0.6, 0.6, 0.62))
    elif kind in ('bush', 'plant'):
        top = 1.0
        if kind == 'plant':
            top = 0.62
            fill(
                [(0.25, 0.6), (0.75, 0.6), (0.66, 1), (0.34, 1)],
                (0.5, 0.3, 0.2),
            )
        for _ in range(90):
            x, y = rng.uniform(0.1, 0.9), rng.uniform(0.14, 0.95) * top
            if (x - 0.5) ** 2 * 3 + (y / top - 0.7) ** 2 < 0.5:
                green = np.array([0.2, 0.44, 0.17]) * rng.uniform(0.6, 1.35)
                disc(x, min(y, 0.93), 0.08, green)
    elif kind == 'bench':
        wood = _coloured(rng, (134, 92, 56), (96, 70, 50))
        for y in (0, 0.17, 0.34):
            rect(0, y, 1, y + 0.12, wood * (1 - y * 0.3))
        rect(0, 0.54, 1, 0.64, wood * 1.1)
        for x in (0.08, 0.84):
            rect(x, 0.1, x + 0.08, 1, (0.16, 0.16, 0.18))
    size, covered = (width, height), drawing * alpha[..., None]
    return (
        cv2.resize(covered, size, interpolation=cv2.INTER_AREA),
        cv2.resize(alpha, size, interpolation=cv2.INTER_AREA),
    )
