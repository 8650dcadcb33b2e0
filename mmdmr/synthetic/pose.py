"""Poses of a walking person, and the joints of the limbs.

Body coordinates: the unit is the body height, x to the right, y upwards from
the ground, origin between the feet.
"""

from dataclasses import dataclass

import numpy as np

#: Three joints of a limb, (2,) body coordinates each, from the trunk on.
Joints = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pose:
    """Direction and phase of a walk, as one image shows them.

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


class Figure:
    """Lengths and joints of a body in a pose, in body coordinates.

    Args:
        build (float): Width of the body, 0.85 (slim) to 1.2 (stout).
        pose (Pose): The pose.

    Attributes:
        front (float): Share of the body that faces the camera, -1 (its back)
            to 1.
        turn (float): Share that faces right, -1 (left) to 1.
        flat (float): Share of the shoulders' width that is seen, 0 to 1.
        half (float): Half the width of the shoulders.
        hips (float): Half the width of the hips.
        swing (float): Angle between a thigh and the upright, in radians.
        lean (float): Shift of the shoulders to the right.
        near (int): Side of the limbs nearer to the camera: -1 left, 1 right.
    """

    def __init__(self, build: float, pose: Pose) -> None:
        self.build = build
        self.front, self.turn = np.cos(pose.yaw), np.sin(pose.yaw)
        self.flat = abs(self.front)
        self.half = 0.125 * build * (0.62 + 0.38 * self.flat)
        self.hips = 0.088 * build * (0.75 + 0.25 * self.flat)
        self.swing = pose.stride * np.sin(pose.phase)
        self.lean = 0.015 * self.turn
        self.near = -1 if self.turn >= 0 else 1

    def leg(self, side: int) -> Joints:
        """Joints of a leg.

        Args:
            side (int): -1 for the left one of the picture, 1 for the right.

        Returns:
            tuple[np.ndarray, np.ndarray, np.ndarray]: Hip, knee, ankle.
        """
        angle = self.swing * side
        # The knee bends while the leg swings back.
        bend = max(0.0, -angle) * 0.9
        thigh = np.array([np.sin(angle) * self.turn, -np.cos(angle)])
        hip = np.array(
            [side * self.hips * 0.52 * self.flat + 0.01 * self.turn, 0.5]
        )
        knee = hip + thigh * 0.245
        shin = np.array(
            [np.sin(angle - bend) * self.turn, -np.cos(angle - bend)]
        )
        ankle = knee + shin * 0.236
        lift = 0.03 * bend + 0.035 * self.flat * max(angle, 0)
        return hip, knee, ankle + [0, lift]

    def arm(self, side: int) -> Joints:
        """Joints of an arm, which swings against the leg of its side.

        Args:
            side (int): -1 for the left one of the picture, 1 for the right.

        Returns:
            tuple[np.ndarray, np.ndarray, np.ndarray]: Shoulder, elbow, hand.
        """
        angle = -self.swing * side * 0.9
        spread = (0.1 + 0.05 * self.build) * self.flat * side
        shoulder = np.array(
            [side * self.half * 0.96 * self.flat + self.lean, 0.8]
        )
        elbow = shoulder + [
            np.sin(angle) * 0.17 * self.turn + spread * 0.3,
            -0.165,
        ]
        forward = np.sin(angle) + 0.25
        hand = elbow + [
            forward * 0.14 * self.turn + spread * 0.05,
            -0.15 + 0.03 * abs(forward),
        ]
        return shoulder, elbow, hand
