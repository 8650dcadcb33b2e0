"""A supersampled picture on which the parts of a body are laid.

Body coordinates: the unit is the body height, x to the right, y upwards from
the ground, origin between the feet.
"""

from collections.abc import Sequence

import cv2
import numpy as np

#: Half width and height of the drawing area in body heights.
HALF_WIDTH, TOP = 0.48, 1.06
#: Room below the feet in body heights.
BOTTOM = 0.04
SUPERSAMPLING = 4
#: Points in body coordinates, (n, 2).
Points = Sequence[Sequence[float] | np.ndarray] | np.ndarray


class Canvas:
    """A supersampled picture on which rounded, shaded parts are laid.

    Args:
        height (float): Body height in pixels of the final picture.

    Attributes:
        scale (float): Body height in pixels of this picture.
        rgb (np.ndarray): (rows, cols, 3) float32 sRGB in 0..1.
        alpha (np.ndarray): (rows, cols) uint8, 255 where a part lies.
    """

    def __init__(self, height: float) -> None:
        self.scale = height * SUPERSAMPLING
        rows = int(np.ceil((TOP + BOTTOM) * height)) * SUPERSAMPLING
        cols = int(np.ceil(2 * HALF_WIDTH * height)) * SUPERSAMPLING
        self.rgb = np.zeros((rows, cols, 3), np.float32)
        self.alpha = np.zeros((rows, cols), np.uint8)

    def pixels(self, points: Points) -> np.ndarray:
        """Body coordinates (n, 2) to integer pixels (n, 2)."""
        xy = np.asarray(points, np.float64)
        px = np.stack([(xy[:, 0] + HALF_WIDTH), (TOP - xy[:, 1])], 1)
        return np.round(px * self.scale).astype(np.int32)

    def _pixel(self, point: Sequence[float] | np.ndarray) -> tuple[int, int]:
        x, y = self.pixels([point])[0]
        return int(x), int(y)

    def lay(
        self,
        mask: np.ndarray,
        colour: np.ndarray,
        depth: float = 0.03,
        over: np.ndarray | None = None,
    ) -> None:
        """Lay a part over the earlier parts, darker towards its rim.

        Args:
            mask (np.ndarray): (rows, cols) uint8, 255 inside the part.
            colour (np.ndarray): (3,) colour in 0..1.
            depth (float): Width of the darker rim in body heights; 0 keeps
                the shading of what lies below. Defaults to 0.03.
            over (np.ndarray | None): (rows, cols) bool, True where the part
                may lie. Defaults to None: everywhere.
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

    def polygon(self, points: Points, rounding: float = 0.012) -> np.ndarray:
        """Mask of a polygon whose corners are rounded."""
        mask = np.zeros(self.alpha.shape, np.uint8)
        cv2.fillPoly(mask, [self.pixels(points)], 255)
        size = 2 * int(rounding * self.scale) + 1
        if size == 1:
            return mask
        blurred = cv2.blur(mask, (size, size))
        return cv2.threshold(blurred, 127, 255, cv2.THRESH_BINARY)[1]

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
            self._pixel(centre),
            axes,
            0,
            start,
            end,
            255,
            -1,
        )
        return mask

    def limb(self, points: Points, widths: Sequence[float]) -> np.ndarray:
        """Mask of a chain of tapering segments with round joints."""
        mask = np.zeros(self.alpha.shape, np.uint8)
        joints = np.asarray(points, np.float64)
        for a, b, wa, wb in zip(
            joints[:-1], joints[1:], widths[:-1], widths[1:]
        ):
            along = (b - a) / max(np.linalg.norm(b - a), 1e-6)
            side = np.array([-along[1], along[0]])
            quad = [a + side * wa, b + side * wb, b - side * wb, a - side * wa]
            cv2.fillPoly(mask, [self.pixels(quad)], 255)
        for joint, width in zip(joints, widths):
            cv2.circle(
                mask,
                self._pixel(joint),
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
