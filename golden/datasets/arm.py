"""Inverse kinematics of a robot's arm: from the place of the hand to the angles of two joints.

The arm lies in a plane: two links of 300 mm and 200 mm, a shoulder in the origin, an elbow. With
the shoulder at the angle a to the x axis and the forearm at the angle a + b, the hand is at

    x = 300 cos a + 200 cos(a + b),    y = 300 sin a + 200 sin(a + b)

A place has two solutions, elbow up and elbow down. Here b is always negative, elbow up, so that the
place tells the angles: a in 45° .. 135°, b in -135° .. -30°. Samples are drawn by angle, uniformly,
so that their angles are exact.
"""

import numpy as np

from ..floats import cosine, norm, sine
from ..spec.qformat import check_integer
from .dataset import Dataset

__all__ = ["LINKS", "REACH", "arm_kinematics", "hand_errors", "hand_places"]

LINKS = (300.0, 200.0)  # mm
REACH = sum(LINKS)  # mm
CORNERS = np.array([[-270.0, 0.0], [420.0, 490.0]])  # mm, around all places
DEGREE = 0.017453292519943295
LOWEST, HIGHEST = DEGREE * np.array([45.0, -135.0]), DEGREE * np.array([135.0, -30.0])


def arm_kinematics(samples: int = 4000, test_samples: int = 500, seed: int = 0) -> Dataset:
    """Places of the hand, float64 (n, 2), and the angles that reach them, float64 (n, 2).

    x of -270 .. 420 mm and y of 0 .. 490 mm are mapped to 0 .. 1, and each angle's range likewise.
    """
    samples = check_integer("samples", samples, 1, 1 << 20)
    test_samples = check_integer("test_samples", test_samples, 1, 1 << 20)
    angles = np.random.default_rng([seed, 5]).random((samples + test_samples, 2))
    places = (hand_places(angles) - CORNERS[0]) / (CORNERS[1] - CORNERS[0])
    return Dataset(places[:samples], angles[:samples], places[samples:], angles[samples:],
                   "arm-kinematics")


def hand_places(angles: np.ndarray) -> np.ndarray:
    """Where angles (n, 2), mapped to 0 .. 1, bring the hand: float64 (n, 2) in mm."""
    shoulder, elbow = (LOWEST + (HIGHEST - LOWEST) * np.asarray(angles)).T
    forearm = shoulder + elbow
    return np.stack([LINKS[0] * cosine(shoulder) + LINKS[1] * cosine(forearm),
                     LINKS[0] * sine(shoulder) + LINKS[1] * sine(forearm)], axis=1)


def hand_errors(angles: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How far from the hand's places of `wanted` angles other ones bring it: float64 (n,) in mm."""
    return norm(hand_places(angles) - hand_places(wanted), axis=1)
