"""Poses and joints."""

import numpy as np
import pytest

from mmdmr.synthetic.pose import Figure, Pose, random_pose


def test_random_poses_face_front_back_or_a_side():
    poses = [random_pose(np.random.default_rng(i)) for i in range(40)]
    assert {pose.stride for pose in poses} == {0.08, 0.3, 0.42}
    fronts = [np.cos(pose.yaw) for pose in poses]
    assert min(fronts) < -0.8 and max(fronts) > 0.8


def test_limbs_of_a_person_who_stands_seen_from_the_front():
    figure = Figure(1.0, Pose(yaw=0, phase=0, stride=0))
    for joints in (figure.leg, figure.arm):
        left, right = joints(-1), joints(1)
        for a, b in zip(left, right):
            np.testing.assert_allclose(a * [-1, 1], b)
            assert b[0] >= a[0]
    hip, knee, ankle = figure.leg(1)
    assert hip[1] > knee[1] > ankle[1] > 0


@pytest.mark.parametrize('yaw,near', [(np.pi / 2, -1), (-np.pi / 2, 1)])
def test_the_near_side_of_a_person_seen_from_a_side(yaw, near):
    figure = Figure(1.0, Pose(yaw, phase=np.pi / 2, stride=0.4))
    assert figure.near == near
    # An arm swings against the leg of its side.
    thigh = figure.leg(1)[1][0] - figure.leg(1)[0][0]
    arm = figure.arm(1)[1][0] - figure.arm(1)[0][0]
    assert thigh * arm < 0
