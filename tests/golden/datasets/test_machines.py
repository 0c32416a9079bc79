"""Machines that are computed: a vibration with a fault that grows, an arm's kinematics."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cortigate.golden.datasets.arm import (
    HIGHEST,
    LINKS,
    LOWEST,
    REACH,
    arm_kinematics,
    hand_errors,
    hand_places,
)
from cortigate.golden.datasets.vibration import BANDS, levels, machine_vibration

NORMAL = levels(np.zeros(1000), 1)


def test_a_fault_is_the_clearer_the_more_severe_it_is():
    distances = NORMAL.mean(axis=0), NORMAL.std(axis=0)
    areas = []
    for severity in (0.0, 0.05, 0.2, 0.8):
        watched = levels(np.concatenate([np.zeros(300), np.full(300, severity)]), 2)
        score = np.square((watched - distances[0]) / distances[1]).mean(axis=1)
        areas.append(roc_auc_score(np.arange(600) >= 300, score))
    assert areas == sorted(areas) and abs(areas[0] - 0.5) < 0.06
    assert areas[1] < 0.75 and areas[2] > 0.8 and areas[3] > 0.98


def test_a_fault_raises_the_bands_of_its_resonance():
    raised = levels(np.ones(1000), 1) - NORMAL  # of the same load and noise
    assert raised.mean(axis=0).argmax() == 23 and (raised >= 0.0).all()
    assert 0.08 < raised[:, 23].mean() < 0.2 and raised[:, :5].mean() < 0.01


def test_the_noise_is_that_of_eight_averages():
    free = np.arange(BANDS) > 16  # no harmonics there
    decibels = 60.0 * NORMAL[:, free]
    load = decibels.mean(axis=1, keepdims=True)
    # ln of chi-squared of 16 degrees of freedom has the variance psi'(8).
    expected = 10.0 / math.log(10.0) * math.sqrt(0.13314)
    assert (decibels - load).std(axis=0).mean() == pytest.approx(expected, rel=0.06)


def test_a_load_lifts_harmonics_together():
    together = np.corrcoef(NORMAL[:, [1, 3]].T)[0, 1]
    assert together > 0.5


def test_a_record_begins_sound():
    data = machine_vibration(50, 90, 3)
    assert data.x_train.shape == (50, BANDS) and data.x_test.shape == (90, BANDS)
    assert (data.y_train == 0).all() and (data.y_test[:30] == 0).all()
    assert data.y_test[30, 0] > 0 and data.y_test[-1, 0] == 1.0
    assert (np.diff(data.y_test[30:, 0]) > 0).all()
    assert data.x_train.min() > 0.0 and data.x_test.max() < 1.0


@pytest.mark.parametrize("severity", [[1.1], [-0.1], [[0.5]], [float("nan")]])
def test_a_severity_lies_between_none_and_all(severity):
    with pytest.raises(ValueError, match="severity must be an array"):
        levels(np.array(severity), 0)


def test_the_angles_of_an_arm_follow_from_its_places():
    data = arm_kinematics(200, 100, 1)
    places, angles = hand_places(data.y_train), LOWEST + (HIGHEST - LOWEST) * data.y_train
    for (x, y), (shoulder, elbow) in zip(places, angles, strict=True):
        cosine = (x * x + y * y - LINKS[0]**2 - LINKS[1]**2) / (2 * LINKS[0] * LINKS[1])
        up = -math.acos(cosine)
        first = math.atan2(y, x) - math.atan2(LINKS[1] * math.sin(up),
                                              LINKS[0] + LINKS[1] * math.cos(up))
        assert (first, up) == pytest.approx((shoulder, elbow), abs=1e-9)
    for x in (data.x_train, data.x_test):
        assert x.min() >= 0.0 and x.max() <= 1.0 and np.ptp(x, axis=0).min() > 0.8
    assert np.hypot(*places.T).max() <= REACH


def test_errors_of_the_hand_are_distances():
    angles = np.array([[0.3, 0.6], [0.5, 0.5]])
    assert (hand_errors(angles, angles) == 0.0).all()
    turned = angles + np.array([1 / 90, 0.0])  # the shoulder by one degree
    expected = 2 * math.sin(math.radians(0.5)) * np.hypot(*hand_places(angles).T)
    np.testing.assert_allclose(hand_errors(turned, angles), expected, rtol=1e-9)
