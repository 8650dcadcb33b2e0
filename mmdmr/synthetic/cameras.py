"""Cameras and their effect on the light: cast, contrast, noise, shadows."""

from dataclasses import dataclass

import cv2
import numpy as np

from .backgrounds import HORIZON, draw_background

#: Range of an image's brightness and of the slow drift of its white balance.
EXPOSURE = (0.7, 1.38)
WHITE_BALANCE = (0.91, 1.09)
#: Range of an image's factors on the camera's saturation and gamma: haze.
SATURATION, GAMMA = (0.75, 1.12), (0.88, 1.14)
#: Range of the share of light that the shadow in an image takes away.
SHADOW = (0.25, 0.5)
#: Room around a background within which an image's view may be shifted, as a
#: fraction of the image.
MARGIN = 0.04


@dataclass(frozen=True)
class Camera:
    """A place and a camera looking at it.

    Args:
        kind (str): Kind of scene, a key of ``backgrounds.PAINTERS``.
        background (np.ndarray): The empty scene, larger than an image by
            ``MARGIN`` on each side, (H, W, 3) float32 sRGB in 0..1.
        horizon (float): Height of the horizon, fraction of the image.
        gains (tuple[float, float, float]): Factors on linear red, green and
            blue: the colour cast.
        saturation (float): Factor on the distance from grey.
        gamma (float): Exponent of the tone curve; above 1 is darker.
        noise (float): Standard deviation of the sensor's noise, of 1.
    """

    kind: str
    background: np.ndarray
    horizon: float
    gains: tuple[float, float, float]
    saturation: float
    gamma: float
    noise: float


#: Cast, saturation, gamma and noise of the camera at each kind of scene.
_TUNING = dict(
    street=((0.96, 1.00, 1.05), 0.96, 0.94, 0.010),
    park=((1.01, 1.03, 0.95), 1.02, 1.04, 0.012),
    hall=((1.06, 1.00, 0.90), 0.98, 0.95, 0.010),
    station=((0.95, 1.02, 0.99), 0.90, 1.10, 0.018),
)


def make_camera(
    kind: str, rng: np.random.Generator, width: int, height: int
) -> Camera:
    """Set up a camera.

    Args:
        kind (str): Kind of scene, a key of ``backgrounds.PAINTERS``.
        rng (np.random.Generator): Source of randomness.
        width (int): Width of its images in pixels.
        height (int): Height of its images in pixels.

    Returns:
        Camera: The camera.
    """
    gains, saturation, gamma, noise = _TUNING[kind]
    room = [int(np.ceil(side * (1 + 2 * MARGIN))) for side in (width, height)]
    # Two cameras at places of one kind differ a little.
    jitter = rng.uniform(0.96, 1.04, 3)
    red, green, blue = np.multiply(gains, jitter).tolist()
    return Camera(
        kind=kind,
        background=draw_background(kind, rng, *room),
        horizon=HORIZON[kind],
        gains=(red, green, blue),
        saturation=saturation,
        gamma=float(gamma * rng.uniform(0.97, 1.03)),
        noise=noise,
    )


def light_map(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Uneven light: a broad shadow with a soft edge somewhere in the image.

    Args:
        rng (np.random.Generator): Source of randomness.
        width (int): Width in pixels.
        height (int): Height in pixels.

    Returns:
        np.ndarray: (height, width, 1) float32 factors on linear light.
    """
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None]
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    angle = rng.uniform(-0.5, 0.5) + rng.choice([0, np.pi])
    distance = x * np.cos(angle) + y * np.sin(angle) + rng.uniform(-0.4, 0.4)
    depth = rng.uniform(*SHADOW)
    return (1 - depth / (1 + np.exp(-distance / 0.03)))[..., None]


def expose(
    camera: Camera, scene: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Take a picture of a scene.

    Args:
        camera (Camera): The camera.
        scene (np.ndarray): (h, w, 3) sRGB in 0..1.
        rng (np.random.Generator): Source of randomness.

    Returns:
        np.ndarray: (h, w, 3) uint8 sRGB.
    """
    h, w = scene.shape[:2]
    linear = np.clip(scene, 0, 1) ** 2.2
    gains = np.asarray(camera.gains, np.float32) * rng.uniform(
        *WHITE_BALANCE, 3
    )
    exposure = rng.uniform(*EXPOSURE)
    saturation = camera.saturation * rng.uniform(*SATURATION)
    gamma = camera.gamma * rng.uniform(*GAMMA)
    linear = linear * (gains * exposure).astype(np.float32)
    linear = linear * light_map(rng, w, h)
    grey = linear.mean(axis=2, keepdims=True)
    linear = grey + (linear - grey) * saturation
    picture = np.clip(linear, 0, None) ** (gamma / 2.2)
    picture = 1.06 * picture / (1 + 0.06 * picture**4)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.45)
    picture += rng.normal(0, camera.noise, picture.shape)
    return np.clip(np.round(picture * 255), 0, 255).astype(np.uint8)
