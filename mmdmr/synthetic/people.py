"""Drawing one walking person.

Body coordinates: the unit is the body height, x to the right, y upwards from
the ground, origin between the feet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import HAIR, SKIN, Appearance, colour_of

#: Half width and height of the drawing area in body heights.
HALF_WIDTH, TOP = 0.48, 1.06
BOTTOM = 0.04
SUPERSAMPLING = 4


@dataclass(frozen=True)
class Pose:
    """How a person is seen in one image.

    Args:
        yaw (float): Direction faced in radians: 0 towards the camera,
            pi/2 to the right, pi away from it.
        phase (float): Phase of the walk in radians.
        stride (float): Largest angle of a thigh in radians; 0 stands.
    """

    yaw: float
    phase: float
    stride: float


def random_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose: front, back or side with some slack, walking or standing.

    Args:
        rng (np.random.Generator): Source of randomness.

    Returns:
        Pose: The pose.
    """
    yaw = rng.choice([0, 0, np.pi, np.pi / 2, -np.pi / 2])
    return Pose(
        yaw=float(yaw + rng.uniform(-0.6, 0.6)),
        phase=float(rng.uniform(0, 2 * np.pi)),
        stride=float(rng.choice([0.08, 0.3, 0.42], p=[0.2, 0.4, 0.4])),
    )


class _Canvas:
    """A supersampled picture on which rounded, shaded parts are laid."""

    def __init__(self, height: float) -> None:
        self.scale = height * SUPERSAMPLING
        rows = int(np.ceil((TOP + BOTTOM) * height)) * SUPERSAMPLING
        cols = int(np.ceil(2 * HALF_WIDTH * height)) * SUPERSAMPLING
        self.rgb = np.zeros((rows, cols, 3), np.float32)
        self.alpha = np.zeros((rows, cols), np.uint8)

    def pixels(self, points: Sequence) -> np.ndarray:
        """Body coordinates (n, 2) to integer pixels (n, 2)."""
        xy = np.asarray(points, np.float64)
        px = np.stack([(xy[:, 0] + HALF_WIDTH), (TOP - xy[:, 1])], 1)
        return np.round(px * self.scale).astype(np.int32)

    def lay(
        self,
        mask: np.ndarray,
        colour: np.ndarray,
        depth: float = 0.03,
        over: np.ndarray | None = None,
    ) -> None:
        """Lay a part over what is there, darker towards its rim.

        Args:
            mask (np.ndarray): (rows, cols) uint8, 255 inside the part.
            colour (np.ndarray): (3,) colour in 0..1.
            depth (float): Width of the darker rim in body heights; 0 keeps
                the shading of what lies below. Defaults to 0.03.
            over (np.ndarray, optional): (rows, cols) bool, where the part
                may lie.
        """
        x, y, w, h = cv2.boundingRect(mask)
        if w == 0:
            return
        window = np.s_[y : y + h, x : x + w]
        part = mask[window]
        inside = part > 0
        if over is not None:
            inside &= over[window]
        padded = cv2.copyMakeBorder(part, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        rim = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
        rim = np.minimum(rim / max(depth * self.scale, 1), 1)
        across = np.linspace(1.06, 0.9, w, dtype=np.float32)
        shade = (0.72 + 0.28 * np.sqrt(rim)) * across
        painted = np.clip(colour * shade[..., None], 0, 1)
        self.rgb[window][inside] = painted[inside]
        self.alpha[window][inside] = 255

    def polygon(self, points: Sequence, rounding: float = 0.012) -> np.ndarray:
        """Mask of a polygon whose corners are rounded."""
        mask = np.zeros(self.alpha.shape, np.uint8)
        cv2.fillPoly(mask, [self.pixels(points)], 255)
        size = 2 * int(rounding * self.scale) + 1
        if size > 1:
            mask = cv2.blur(mask, (size, size))
            mask = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY)[1]
        return mask

    def ellipse(
        self,
        centre: tuple[float, float],
        rx: float,
        ry: float,
        start: float = 0,
        end: float = 360,
    ) -> np.ndarray:
        """Mask of an ellipse; angles in degrees, clockwise from the right."""
        mask = np.zeros(self.alpha.shape, np.uint8)
        axes = (max(int(rx * self.scale), 1), max(int(ry * self.scale), 1))
        cv2.ellipse(
            mask,
            tuple(map(int, self.pixels([centre])[0])),
            axes,
            0,
            start,
            end,
            255,
            -1,
        )
        return mask

    def limb(self, points: Sequence, widths: Sequence[float]) -> np.ndarray:
        """Mask of a chain of tapering segments with round joints."""
        mask = np.zeros(self.alpha.shape, np.uint8)
        points = np.asarray(points, np.float64)
        for a, b, wa, wb in zip(
            points[:-1], points[1:], widths[:-1], widths[1:]
        ):
            along = (b - a) / max(np.linalg.norm(b - a), 1e-6)
            side = np.array([-along[1], along[0]])
            quad = [a + side * wa, b + side * wb, b - side * wb, a - side * wa]
            cv2.fillPoly(mask, [self.pixels(quad)], 255)
        for point, width in zip(points, widths):
            cv2.circle(
                mask,
                tuple(map(int, self.pixels([point])[0])),
                max(int(width * self.scale), 1),
                255,
                -1,
            )
        return mask

    def picture(self) -> tuple[np.ndarray, np.ndarray]:
        """The picture at its final size.

        Returns:
            tuple[np.ndarray, np.ndarray]: (h, w, 3) float32 colour times
                coverage and (h, w) float32 coverage, both in 0..1.
        """
        size = (
            self.alpha.shape[1] // SUPERSAMPLING,
            self.alpha.shape[0] // SUPERSAMPLING,
        )
        alpha = self.alpha.astype(np.float32) / 255
        return (
            cv2.resize(
                self.rgb * alpha[..., None], size, interpolation=cv2.INTER_AREA
            ),
            cv2.resize(alpha, size, interpolation=cv2.INTER_AREA),
        )


def _torso_pattern(
    canvas: _Canvas, look: Appearance, front: float, half: float, lean: float
) -> np.ndarray | None:
    """Where the second colour lies on the torso, as a (rows, cols) mask."""
    top, bottom = 0.845, 0.47
    wide = 0.3
    if look.pattern == 'halves':
        return canvas.polygon(
            [
                (-wide, bottom - 0.05),
                (wide, bottom - 0.05),
                (wide, 0.655),
                (-wide, 0.655),
            ],
            0,
        )
    if look.pattern == 'stripes':
        mask = np.zeros(canvas.alpha.shape, np.uint8)
        for i in range(4):
            y = top - 0.05 - i * 0.1
            mask |= canvas.polygon(
                [(-wide, y), (wide, y), (wide, y - 0.05), (-wide, y - 0.05)], 0
            )
        return mask
    if look.pattern == 'sash':
        sign = 1 if front >= 0 else -1
        return canvas.polygon(
            [
                (-half * sign, top),
                (-half * sign, top - 0.13),
                (half * sign, bottom),
                (half * sign, bottom + 0.13),
            ],
            0,
        )
    if look.pattern == 'panel':
        return canvas.polygon(
            [
                (lean - 0.4 * half, bottom - 0.05),
                (lean + 0.4 * half, bottom - 0.05),
                (lean + 0.4 * half, top + 0.05),
                (lean - 0.4 * half, top + 0.05),
            ],
            0,
        )
    return None


def _draw_leg(canvas, look, hip, knee, ankle, side, dim):
    skin = np.float32(SKIN[look.skin]) / 255
    cloth = colour_of(look.lower)
    stout = 0.5 + 0.5 * look.build
    widths = [0.052 * stout, 0.042 * stout, 0.03 * stout]
    bare = look.lower_kind != 'trousers'
    toe = ankle + [0.055 * side, -0.012]
    canvas.lay(
        canvas.limb([ankle + [-0.012 * side, -0.012], toe], [0.024, 0.02]),
        colour_of(look.shoes) * dim,
        0.015,
    )
    leg = canvas.limb([hip, knee, ankle], widths)
    canvas.lay(leg, (skin if bare else cloth) * dim)
    if look.lower_kind == 'shorts':
        cut = knee + (hip - knee) * 0.15
        canvas.lay(
            canvas.limb([hip, cut], [widths[0], 0.05 * stout]), cloth * dim
        )


def _draw_arm(canvas, look, shoulder, elbow, hand, dim):
    skin = np.float32(SKIN[look.skin]) / 255
    name = look.second if look.pattern == 'sleeves' else look.upper
    cloth = colour_of(name) * dim
    widths = [0.036 * look.build, 0.03 * look.build, 0.022 * look.build]
    canvas.lay(canvas.limb([shoulder, elbow, hand], widths), skin * dim, 0.02)
    end = hand if look.long_sleeves else elbow
    points = [shoulder, elbow] + (
        [hand - (hand - elbow) * 0.18] if look.long_sleeves else []
    )
    points[-1] = (
        points[-1]
        if look.long_sleeves
        else (shoulder + (elbow - shoulder) * 0.8)
    )
    canvas.lay(
        canvas.limb(points, [w * 1.1 for w in widths[: len(points)]]),
        cloth,
        0.025,
    )
    return end


def _draw_head(canvas, look, yaw, x):
    skin = np.float32(SKIN[look.skin]) / 255
    hair = np.float32(HAIR[look.hair]) / 255
    facing = np.cos(yaw)
    turn = np.sin(yaw)
    centre = (x + 0.012 * turn, 0.925)
    if look.haircut == 'long':
        canvas.lay(canvas.ellipse((x - 0.012 * turn, 0.9), 0.066, 0.1), hair)
    if look.haircut == 'bun' and facing < 0.6:
        canvas.lay(canvas.ellipse((x - 0.05 * turn, 0.985), 0.03, 0.03), hair)
    canvas.lay(canvas.limb([(x, 0.89), (x, 0.83)], [0.026, 0.03]), skin * 0.9)
    canvas.lay(canvas.ellipse(centre, 0.054, 0.07), skin)
    if facing < -0.3:
        canvas.lay(canvas.ellipse((x, 0.935), 0.057, 0.066), hair)
        if look.haircut == 'long':
            canvas.lay(canvas.ellipse((x, 0.88), 0.062, 0.085), hair)
    else:
        cap = canvas.ellipse((x - 0.012 * turn, 0.945), 0.06, 0.058, 180, 360)
        canvas.lay(cap, hair)
        back = canvas.ellipse((x - 0.034 * turn, 0.935), 0.034, 0.055)
        if abs(turn) > 0.5:
            canvas.lay(back, hair)
        for side in (-1, 1):
            eye = (
                centre[0] + 0.03 * turn + side * 0.02 * max(facing, 0.25),
                0.922,
            )
            if facing > 0.25 or side * turn > 0:
                canvas.lay(
                    canvas.ellipse(eye, 0.007, 0.008),
                    np.float32([0.12, 0.1, 0.1]),
                    0,
                )
        if facing > 0.25:
            mouth = (centre[0] + 0.02 * turn, 0.886)
            canvas.lay(
                canvas.ellipse(mouth, 0.016, 0.004), skin * [0.75, 0.5, 0.5], 0
            )
    if look.hat != 'none':
        colour = colour_of(look.hat_colour)
        rise = 0.066 if look.hat == 'cap' else 0.078
        crown = canvas.ellipse(
            (x - 0.004 * turn, 0.945), 0.066, rise, 180, 360
        )
        canvas.lay(crown, colour)
        if look.hat == 'cap' and facing > -0.3:
            brim = canvas.ellipse((x + 0.05 * turn, 0.946), 0.06, 0.014)
            canvas.lay(brim, colour * 0.8, 0.01)
        elif look.hat == 'beanie':
            band = canvas.limb(
                [(x - 0.055, 0.95), (x + 0.055, 0.95)], [0.014] * 2
            )
            canvas.lay(band, colour * 0.8, 0.01)


def draw_person(
    look: Appearance, pose: Pose, height: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a person on a transparent ground.

    Args:
        look (Appearance): Clothes, hair, build and belongings.
        pose (Pose): Direction and phase of the walk.
        height (float): Body height in pixels.

    Returns:
        tuple[np.ndarray, np.ndarray]: (h, w, 3) float32 sRGB colours times
            coverage and (h, w) float32 coverage, both in 0..1. The feet
            stand at column w / 2, ``BOTTOM * height`` above the lower edge.
    """
    canvas = _Canvas(height)
    front, turn = np.cos(pose.yaw), np.sin(pose.yaw)
    flat = abs(front)
    half = 0.125 * look.build * (0.62 + 0.38 * flat)
    hips = 0.088 * look.build * (0.75 + 0.25 * flat)
    swing = pose.stride * np.sin(pose.phase)
    lean = 0.015 * turn

    def leg(sign):
        angle = swing * sign
        bend = max(0.0, -angle) * 0.9
        reach = np.array([np.sin(angle) * turn, -np.cos(angle)])
        hip = np.array([sign * hips * 0.52 * flat + 0.01 * turn, 0.5])
        knee = hip + reach * 0.245
        back = np.array([np.sin(angle - bend) * turn, -np.cos(angle - bend)])
        ankle = knee + back * 0.236
        lift = 0.03 * bend + 0.035 * flat * max(angle, 0)
        return hip, knee, ankle + [0, lift]

    def arm(sign):
        angle = -swing * sign * 0.9
        spread = (0.1 + 0.05 * look.build) * flat * sign
        shoulder = np.array([sign * half * 0.96 * flat + lean, 0.8])
        elbow = shoulder + [np.sin(angle) * 0.17 * turn + spread * 0.3, -0.165]
        forward = np.sin(angle) + 0.25
        hand = elbow + [
            forward * 0.14 * turn + spread * 0.05,
            -0.15 + 0.03 * abs(forward),
        ]
        return shoulder, elbow, hand

    near = -1 if turn >= 0 else 1
    toe = float(np.clip(turn * 1.3, -1, 1))
    _draw_arm(canvas, look, *arm(-near), dim=0.78 if flat < 0.6 else 0.95)
    bag = colour_of(look.bag_colour)
    if look.bag == 'backpack' and front >= -0.5:
        canvas.lay(
            canvas.ellipse(
                (lean - 0.1 * turn, 0.7), 0.09 + 0.02 * flat, 0.125
            ),
            bag,
        )
    _draw_leg(canvas, look, *leg(-near), toe, 0.82 if flat < 0.6 else 0.96)
    _draw_leg(canvas, look, *leg(near), toe, 1.0)

    if look.lower_kind == 'skirt':
        hem = hips * 1.45 + abs(np.sin(swing) * turn) * 0.12
        canvas.lay(
            canvas.polygon(
                [(-hips, 0.54), (hips, 0.54), (hem, 0.29), (-hem, 0.29)]
            ),
            colour_of(look.lower),
        )
    else:
        canvas.lay(
            canvas.polygon(
                [
                    (-hips, 0.54),
                    (hips, 0.54),
                    (hips * 1.02, 0.44),
                    (-hips * 1.02, 0.44),
                ],
                0.02,
            ),
            colour_of(look.lower),
        )
    torso = canvas.polygon(
        [
            (lean - 0.045, 0.86),
            (lean + 0.045, 0.86),
            (lean + half, 0.815),
            (half * 0.93, 0.7),
            (hips * 1.04, 0.56),
            (hips * 1.08, 0.475),
            (-hips * 1.08, 0.475),
            (-hips * 1.04, 0.56),
            (-half * 0.93, 0.7),
            (lean - half, 0.815),
        ],
        0.02,
    )
    canvas.lay(torso, colour_of(look.upper), 0.05)
    pattern = _torso_pattern(canvas, look, front, half, lean)
    if pattern is not None:
        second = cv2.bitwise_and(pattern, torso)
        canvas.lay(second, colour_of(look.second), 0.015)
    if look.logo != 'none':
        print_ = canvas.ellipse(
            (lean + 0.04 * turn, 0.71), 0.05 + 0.015 * flat, 0.05
        )
        canvas.lay(cv2.bitwise_and(print_, torso), colour_of(look.logo), 0.01)
    if look.bag == 'backpack':
        if front < -0.5:
            canvas.lay(
                canvas.polygon(
                    [
                        (-0.095, 0.82),
                        (0.095, 0.82),
                        (0.105, 0.58),
                        (-0.105, 0.58),
                    ],
                    0.03,
                ),
                bag,
            )
            canvas.lay(
                canvas.polygon(
                    [(-0.06, 0.68), (0.06, 0.68), (0.06, 0.6), (-0.06, 0.6)],
                    0.01,
                ),
                bag * 0.75,
                0.01,
            )
        elif front > 0.3:
            for sign in (-1, 1):
                x = lean + sign * half * 0.6
                canvas.lay(
                    canvas.limb([(x, 0.84), (x * 1.05, 0.64)], [0.013] * 2),
                    bag,
                    0.01,
                )
    shoulder, elbow, hand = arm(near)
    _draw_arm(canvas, look, shoulder, elbow, hand, 1.0)
    if look.bag == 'handbag':
        canvas.lay(
            canvas.limb([hand, hand + [0, -0.05]], [0.008] * 2), bag * 0.7, 0
        )
        x, y = hand + [0, -0.09]
        canvas.lay(
            canvas.polygon(
                [
                    (x - 0.05, y + 0.045),
                    (x + 0.05, y + 0.045),
                    (x + 0.06, y - 0.05),
                    (x - 0.06, y - 0.05),
                ],
                0.015,
            ),
            bag,
        )
    _draw_head(canvas, look, pose.yaw, lean * 1.2)
    return canvas.picture()
