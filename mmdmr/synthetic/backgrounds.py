"""Empty scenes in front of the cameras, drawn from noise and shapes.

A painter takes a random generator and the size of the picture and returns an
(h, w, 3) float32 sRGB picture in 0..1. ``HORIZON`` is the end of the ground,
as a fraction of the height: persons are scaled accordingly.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .colours import Colour, rgb

SUPERSAMPLING = 3
#: Row of the horizon by kind of scene, as a fraction of the height.
HORIZON = dict(street=0.30, park=0.34, hall=0.26, station=0.31)


def _texture(
    rng: np.random.Generator, h: int, w: int, grain: float
) -> np.ndarray:
    """Smooth noise of zero mean and unit spread, (h, w), grain in pixels."""
    small = rng.standard_normal(
        (max(int(h / grain), 2), max(int(w / grain), 2))
    ).astype(np.float32)
    return cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)


def _ramp(top: Colour, bottom: Colour, h: int, w: int) -> np.ndarray:
    """Vertical gradient between two sRGB colours 0..255."""
    t = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    top, bottom = (np.asarray(c, np.float32) for c in (top, bottom))
    ramp = (1 - t) * top + t * bottom
    return np.repeat(ramp, w, axis=1) / 255


def _fill(
    img: np.ndarray,
    points: Sequence[tuple[float, float]] | np.ndarray,
    colour: Colour,
) -> None:
    """Fill a polygon given in fractions of the picture."""
    h, w = img.shape[:2]
    xy = np.asarray(points, np.float64) * np.array([w, h])
    cv2.fillPoly(img, [np.round(xy).astype(np.int32)], rgb(colour).tolist())


def _rect(
    img: np.ndarray,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    colour: Colour,
) -> None:
    """Fill a rectangle given in fractions of the picture."""
    _fill(img, [(x1, y1), (x2, y1), (x2, y2), (x1, y2)], colour)


def _ground(
    img: np.ndarray,
    rng: np.random.Generator,
    horizon: float,
    far: Colour,
    near: Colour,
    grain: float,
) -> None:
    """Paint the ground, from the horizon to the lower edge."""
    h, w = img.shape[:2]
    y = int(horizon * h)
    ramp = _ramp(far, near, h - y, w)
    noise = 0.03 * _texture(rng, h - y, w, grain) + 0.02 * _texture(
        rng, h - y, w, 2
    )
    img[y:] = ramp + noise[..., None]


def _street(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    img = _ramp((150, 185, 225), (225, 232, 238), h, w)
    horizon = HORIZON['street']
    x = -0.03
    while x < 1:
        wide = rng.uniform(0.14, 0.26)
        top = rng.uniform(-0.1, 0.08)
        wall = np.array(
            [
                [172, 104, 84],
                [196, 180, 152],
                [140, 142, 150],
                [206, 160, 120],
            ][rng.integers(4)]
        )
        _rect(img, x, top, x + wide, horizon + 0.04, wall)
        for column in np.arange(x + 0.02, x + wide - 0.03, 0.045).tolist():
            for row in np.arange(top + 0.03, horizon - 0.09, 0.075).tolist():
                glass = rng.choice(
                    [(60, 74, 92), (120, 140, 160), (230, 214, 150)],
                    p=[0.6, 0.3, 0.1],
                )
                _rect(img, column, row, column + 0.026, row + 0.045, glass)
        shop = rng.choice(
            [(150, 40, 46), (40, 90, 72), (50, 60, 120), (190, 150, 60)]
        )
        _rect(img, x, horizon - 0.06, x + wide, horizon - 0.03, shop)
        _rect(
            img,
            x + 0.01,
            horizon - 0.03,
            x + wide - 0.01,
            horizon + 0.04,
            (52, 58, 66),
        )
        x += wide
    _ground(img, rng, horizon + 0.04, (150, 148, 146), (172, 168, 162), 8)
    _rect(img, 0, 0.5, 1, 0.515, (205, 203, 198))
    road = np.array([92, 94, 98])
    y = int(0.515 * h)
    below = int(0.8 * h)
    img[y:below] = (
        road / 255 + 0.03 * _texture(rng, below - y, w, 3)[..., None]
    )
    for start in np.arange(-0.1, 1.1, 0.22).tolist():
        _fill(
            img,
            [
                (start, 0.64),
                (start + 0.11, 0.64),
                (start + 0.1, 0.662),
                (start - 0.01, 0.662),
            ],
            (222, 220, 210),
        )
    _rect(img, 0, 0.8, 1, 0.82, (206, 204, 200))
    for start in np.arange(-0.6, 1.6, 0.13).tolist():
        cv2.line(
            img,
            (int(start * w), h),
            (int((0.5 + (start - 0.5) * 0.8) * w), int(0.82 * h)),
            (0.56, 0.55, 0.53),
            SUPERSAMPLING,
        )
    return img


def _park(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    img = _ramp((140, 190, 240), (224, 238, 246), h, w)
    horizon = HORIZON['park']
    for i in range(34):
        x = (i + rng.uniform()) / 34
        r = rng.uniform(0.05, 0.12)
        y = horizon - rng.uniform(0.02, 0.14)
        green = np.array([rng.uniform(34, 80), rng.uniform(88, 138), 50])
        for _ in range(12):
            dx, dy = rng.normal(0, r * 0.4, 2)
            shade = rng.uniform(0.75, 1.2)
            cv2.circle(
                img,
                (int((x + dx) * w), int((y + dy) * h)),
                int(r * 0.5 * h),
                (green * shade / 255).tolist(),
                -1,
            )
    _ground(img, rng, horizon, (118, 156, 84), (88, 140, 60), 6)
    path = np.array(
        [
            (0.42, horizon),
            (0.56, horizon),
            (0.74, 0.6),
            (1.1, 1.02),
            (0.12, 1.02),
            (0.3, 0.6),
        ]
    )
    _fill(img, path, (206, 186, 150))
    y = int(horizon * h)
    img[y:] += 0.035 * _texture(rng, h - y, w, 4)[..., None]
    for _ in range(160):
        x, row = rng.uniform(0, 1), rng.uniform(horizon + 0.03, 1)
        if x < 0.1 or x > 0.9 or row < 0.45:
            spot = rng.choice(
                [(240, 220, 90), (230, 240, 240), (220, 110, 140)]
            )
            cv2.circle(
                img,
                (int(x * w), int(row * h)),
                SUPERSAMPLING,
                rgb(spot).tolist(),
                -1,
            )
    return img


def _hall(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    img = _ramp((214, 208, 196), (232, 226, 214), h, w)
    horizon = HORIZON['hall'] + 0.06
    _rect(img, 0, 0, 1, 0.035, (250, 248, 238))
    x = 0.02
    while x < 1:
        wide = rng.uniform(0.15, 0.24)
        sign = rng.choice(
            [
                (180, 44, 60),
                (36, 84, 150),
                (230, 150, 40),
                (60, 130, 100),
                (90, 60, 130),
            ]
        )
        _rect(img, x, 0.07, x + wide - 0.03, 0.125, sign)
        for k in range(rng.integers(3, 6)):
            _rect(
                img,
                x + 0.02 + k * 0.024,
                0.087,
                x + 0.034 + k * 0.024,
                0.108,
                (245, 245, 240),
            )
        _rect(img, x, 0.125, x + wide - 0.03, horizon, (150, 170, 178))
        for _ in range(7):
            goods = rng.uniform(60, 230, 3)
            left = x + 0.01 + rng.uniform(0, wide - 0.07)
            _rect(
                img,
                left,
                horizon - rng.uniform(0.04, 0.14),
                left + 0.022,
                horizon - 0.01,
                goods,
            )
        x += wide
    _ground(img, rng, horizon, (188, 180, 168), (222, 214, 202), 30)
    dark = (0.66, 0.63, 0.58)
    for start in np.arange(-2, 3.1, 0.2).tolist():
        cv2.line(
            img,
            (int((0.5 + (start - 0.5) * 0.35) * w), int(horizon * h)),
            (int(start * w), h),
            dark,
            SUPERSAMPLING,
        )
    for row in (0.0, 0.06, 0.14, 0.25, 0.4, 0.6, 0.84):
        y = int((horizon + row * (1 - horizon)) * h)
        cv2.line(img, (0, y), (w, y), dark, SUPERSAMPLING)
    y = int(horizon * h)
    gloss = np.abs(_texture(rng, h - y, w, 110))[..., None]
    img[y:] += 0.04 * gloss
    return img


def _station(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    img = _ramp((66, 72, 82), (96, 102, 112), h, w)
    horizon = HORIZON['station']
    for start in np.arange(-0.1, 1.1, 0.16).tolist():
        _fill(
            img,
            [
                (start, 0),
                (start + 0.05, 0),
                (0.5 + (start - 0.4) * 0.8, 0.07),
                (0.5 + (start - 0.5) * 0.8, 0.07),
            ],
            (44, 48, 56),
        )
    base = horizon + 0.04
    _rect(img, 0, 0.08, 1, base, (188, 196, 202))
    _rect(img, 0, base - 0.07, 1, base - 0.045, (206, 50, 44))
    _rect(img, 0, base - 0.02, 1, base + 0.015, (44, 46, 52))
    for x in np.arange(0.02, 1, 0.105).tolist():
        _rect(img, x, 0.115, x + 0.075, base - 0.085, (52, 66, 84))
        _fill(
            img,
            [
                (x + 0.05, 0.115),
                (x + 0.066, 0.115),
                (x + 0.03, base - 0.085),
                (x + 0.014, base - 0.085),
            ],
            (96, 112, 130),
        )
    for x in (0.18, 0.6):
        _rect(img, x, 0.1, x + 0.006, base, (90, 96, 102))
        _rect(img, x + 0.055, 0.1, x + 0.061, base, (90, 96, 102))
    _ground(img, rng, base + 0.015, (124, 126, 132), (156, 156, 160), 14)
    _rect(img, 0, 0.42, 1, 0.445, (232, 196, 60))
    y = int(0.445 * h)
    for start in np.arange(-1, 2.1, 0.16).tolist():
        cv2.line(
            img,
            (int((0.5 + (start - 0.5) * 0.6) * w), y),
            (int(start * w), h),
            (0.46, 0.46, 0.48),
            SUPERSAMPLING,
        )
    for row in (0.55, 0.7, 0.88):
        cv2.line(
            img,
            (0, int(row * h)),
            (w, int(row * h)),
            (0.46, 0.46, 0.48),
            SUPERSAMPLING,
        )
    return img


#: Painter of each kind of scene.
PAINTERS: dict[str, Callable] = dict(
    street=_street, park=_park, hall=_hall, station=_station
)


def draw_background(
    kind: str, rng: np.random.Generator, width: int, height: int
) -> np.ndarray:
    """Draw an empty scene.

    Args:
        kind (str): A key of ``PAINTERS``.
        rng (np.random.Generator): Source of randomness.
        width (int): Width in pixels.
        height (int): Height in pixels.

    Returns:
        np.ndarray: (height, width, 3) float32 sRGB in 0..1.
    """
    large = PAINTERS[kind](rng, height * SUPERSAMPLING, width * SUPERSAMPLING)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small, 0, 1)
