"""Drawing one walking person, from the far arm to the near arm.

Body coordinates: the unit is the body height, x to the right, y upwards from
the ground, origin between the feet.
"""

import cv2
import numpy as np

from .appearance import HAIR, SKIN, Appearance, colour_of
from .canvas import Canvas
from .colours import rgb
from .pose import Figure, Joints, Pose

#: Brightness of a far limb, darker in the shade of the near limb.
_FAR_ARM, _FAR_LEG = (0.78, 0.95), (0.82, 0.96)


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
            stand at column w / 2, ``canvas.BOTTOM * height`` above the lower
            edge.
    """
    canvas = Canvas(height)
    figure = Figure(look.build, pose)
    near, from_front = figure.near, int(figure.flat >= 0.6)
    # Parts hide each other: the farthest is laid first.
    _draw_arm(canvas, look, figure.arm(-near), _FAR_ARM[from_front])
    if look.bag == 'backpack' and figure.front >= -0.5:
        _draw_backpack_behind(canvas, look, figure)
    toe = float(np.clip(figure.turn * 1.3, -1, 1))
    _draw_leg(canvas, look, figure.leg(-near), toe, _FAR_LEG[from_front])
    _draw_leg(canvas, look, figure.leg(near), toe, 1.0)
    _draw_hips(canvas, look, figure)
    _draw_torso(canvas, look, figure)
    if look.bag == 'backpack' and figure.front < -0.5:
        _draw_backpack_in_front(canvas, look)
    elif look.bag == 'backpack' and figure.front > 0.3:
        _draw_straps(canvas, look, figure)
    near_arm = figure.arm(near)
    _draw_arm(canvas, look, near_arm, 1.0)
    if look.bag == 'handbag':
        _draw_handbag(canvas, look, near_arm[-1])
    _draw_head(canvas, look, pose.yaw, figure.lean * 1.2)
    return canvas.picture()


def _draw_leg(
    canvas: Canvas, look: Appearance, joints: Joints, toe: float, dim: float
) -> None:
    """Draw a shoe, then the leg; ``toe`` points right (1) or left (-1)."""
    hip, knee, ankle = joints
    skin = rgb(SKIN[look.skin])
    cloth = colour_of(look.lower)
    stout = 0.5 + 0.5 * look.build
    widths = [0.052 * stout, 0.042 * stout, 0.03 * stout]
    bare = look.lower_kind != 'trousers'
    tip = ankle + [0.055 * toe, -0.012]
    canvas.lay(
        canvas.limb([ankle + [-0.012 * toe, -0.012], tip], [0.024, 0.02]),
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


def _draw_arm(
    canvas: Canvas, look: Appearance, joints: Joints, dim: float
) -> None:
    """Draw a bare arm, then the sleeve over it."""
    shoulder, elbow, hand = joints
    name = look.second if look.pattern == 'sleeves' else look.upper
    widths = [0.036 * look.build, 0.03 * look.build, 0.022 * look.build]
    skin = rgb(SKIN[look.skin])
    canvas.lay(canvas.limb([shoulder, elbow, hand], widths), skin * dim, 0.02)
    sleeve = [shoulder, shoulder + (elbow - shoulder) * 0.8]
    if look.long_sleeves:
        sleeve = [shoulder, elbow, hand - (hand - elbow) * 0.18]
    canvas.lay(
        canvas.limb(sleeve, [w * 1.1 for w in widths[: len(sleeve)]]),
        colour_of(name) * dim,
        0.025,
    )


def _draw_hips(canvas: Canvas, look: Appearance, figure: Figure) -> None:
    """Draw the skirt, or the hips of trousers and shorts."""
    hips = figure.hips
    if look.lower_kind == 'skirt':
        hem = hips * 1.45 + abs(np.sin(figure.swing) * figure.turn) * 0.12
        cloth = canvas.polygon(
            [(-hips, 0.54), (hips, 0.54), (hem, 0.29), (-hem, 0.29)]
        )
    else:
        cloth = canvas.polygon(
            [
                (-hips, 0.54),
                (hips, 0.54),
                (hips * 1.02, 0.44),
                (-hips * 1.02, 0.44),
            ],
            0.02,
        )
    canvas.lay(cloth, colour_of(look.lower))


def _draw_torso(canvas: Canvas, look: Appearance, figure: Figure) -> None:
    """Draw the torso with its pattern and chest print."""
    half, hips, lean = figure.half, figure.hips, figure.lean
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
    pattern = _torso_pattern(canvas, look.pattern, figure)
    if pattern is not None:
        second = cv2.bitwise_and(pattern, torso)
        canvas.lay(second, colour_of(look.second), 0.015)
    if look.logo != 'none':
        chest = canvas.ellipse(
            (lean + 0.04 * figure.turn, 0.71), 0.05 + 0.015 * figure.flat, 0.05
        )
        canvas.lay(cv2.bitwise_and(chest, torso), colour_of(look.logo), 0.01)


def _torso_pattern(
    canvas: Canvas, pattern: str, figure: Figure
) -> np.ndarray | None:
    """Mask of the second colour, (rows, cols); None if it is not seen."""
    half, lean = figure.half, figure.lean
    top, bottom = 0.845, 0.47
    wide = 0.3
    if pattern == 'halves':
        return canvas.polygon(
            [
                (-wide, bottom - 0.05),
                (wide, bottom - 0.05),
                (wide, 0.655),
                (-wide, 0.655),
            ],
            0,
        )
    if pattern == 'stripes':
        mask = np.zeros(canvas.alpha.shape, np.uint8)
        for i in range(4):
            y = top - 0.05 - i * 0.1
            mask |= canvas.polygon(
                [(-wide, y), (wide, y), (wide, y - 0.05), (-wide, y - 0.05)], 0
            )
        return mask
    if pattern == 'sash':
        # Over the same shoulder, seen from the front or from behind.
        sign = 1 if figure.front >= 0 else -1
        return canvas.polygon(
            [
                (-half * sign, top),
                (-half * sign, top - 0.13),
                (half * sign, bottom),
                (half * sign, bottom + 0.13),
            ],
            0,
        )
    if pattern == 'panel':
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


def _draw_backpack_behind(
    canvas: Canvas, look: Appearance, figure: Figure
) -> None:
    """Draw a backpack that the torso will hide in part."""
    bag = canvas.ellipse(
        (figure.lean - 0.1 * figure.turn, 0.7),
        0.09 + 0.02 * figure.flat,
        0.125,
    )
    canvas.lay(bag, colour_of(look.bag_colour))


def _draw_backpack_in_front(canvas: Canvas, look: Appearance) -> None:
    """Draw the backpack of a person seen from behind, with its pocket."""
    colour = colour_of(look.bag_colour)
    bag = canvas.polygon(
        [(-0.095, 0.82), (0.095, 0.82), (0.105, 0.58), (-0.105, 0.58)], 0.03
    )
    canvas.lay(bag, colour)
    pocket = canvas.polygon(
        [(-0.06, 0.68), (0.06, 0.68), (0.06, 0.6), (-0.06, 0.6)], 0.01
    )
    canvas.lay(pocket, colour * 0.75, 0.01)


def _draw_straps(canvas: Canvas, look: Appearance, figure: Figure) -> None:
    """Draw the straps of the backpack of a person seen from the front."""
    for sign in (-1, 1):
        x = figure.lean + sign * figure.half * 0.6
        strap = canvas.limb([(x, 0.84), (x * 1.05, 0.64)], [0.013] * 2)
        canvas.lay(strap, colour_of(look.bag_colour), 0.01)


def _draw_handbag(canvas: Canvas, look: Appearance, hand: np.ndarray) -> None:
    """Draw a handbag that hangs from the hand, with its handle."""
    colour = colour_of(look.bag_colour)
    handle = canvas.limb([hand, hand + [0, -0.05]], [0.008] * 2)
    canvas.lay(handle, colour * 0.7, 0)
    x, y = hand + [0, -0.09]
    bag = canvas.polygon(
        [
            (x - 0.05, y + 0.045),
            (x + 0.05, y + 0.045),
            (x + 0.06, y - 0.05),
            (x - 0.06, y - 0.05),
        ],
        0.015,
    )
    canvas.lay(bag, colour)


def _draw_head(canvas: Canvas, look: Appearance, yaw: float, x: float) -> None:
    """Draw neck, head, hair, face and hat around column ``x``."""
    skin, hair = rgb(SKIN[look.skin]), rgb(HAIR[look.hair])
    facing, turn = np.cos(yaw), np.sin(yaw)
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
        top = canvas.ellipse((x - 0.012 * turn, 0.945), 0.06, 0.058, 180, 360)
        canvas.lay(top, hair)
        if abs(turn) > 0.5:
            back = canvas.ellipse((x - 0.034 * turn, 0.935), 0.034, 0.055)
            canvas.lay(back, hair)
        _draw_face(canvas, skin, facing, turn, centre[0])
    if look.hat != 'none':
        _draw_hat(canvas, look, facing, turn, x)


def _draw_face(
    canvas: Canvas, skin: np.ndarray, facing: float, turn: float, x: float
) -> None:
    """Draw the eyes that are seen, and from the front the mouth."""
    for side in (-1, 1):
        if facing > 0.25 or side * turn > 0:
            eye = (x + 0.03 * turn + side * 0.02 * max(facing, 0.25), 0.922)
            canvas.lay(
                canvas.ellipse(eye, 0.007, 0.008),
                np.array([0.12, 0.1, 0.1], np.float32),
                0,
            )
    if facing > 0.25:
        mouth = (x + 0.02 * turn, 0.886)
        canvas.lay(
            canvas.ellipse(mouth, 0.016, 0.004), skin * [0.75, 0.5, 0.5], 0
        )


def _draw_hat(
    canvas: Canvas, look: Appearance, facing: float, turn: float, x: float
) -> None:
    """Draw a cap with its brim or a beanie with its band."""
    colour = colour_of(look.hat_colour)
    rise = 0.066 if look.hat == 'cap' else 0.078
    crown = canvas.ellipse((x - 0.004 * turn, 0.945), 0.066, rise, 180, 360)
    canvas.lay(crown, colour)
    if look.hat == 'cap' and facing > -0.3:
        brim = canvas.ellipse((x + 0.05 * turn, 0.946), 0.06, 0.014)
        canvas.lay(brim, colour * 0.8, 0.01)
    elif look.hat == 'beanie':
        band = canvas.limb([(x - 0.055, 0.95), (x + 0.055, 0.95)], [0.014] * 2)
        canvas.lay(band, colour * 0.8, 0.01)
