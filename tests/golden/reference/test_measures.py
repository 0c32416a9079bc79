import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.ghost import (
    ReadOut,
    ReferenceModel,
    ReferenceRule,
    alignment,
    residual_feedback,
    spectral_radius,
    steps_to_rest,
)
from cortigate.golden.spec import Feedback, preset
from cortigate.golden.spec.rules.ghost import Schedule

DEEP = (64, 64, 32, 10)
UNITS = [("clip", "linear"), ("relu", "linear"), ("sigmoid", "sigmoid")]


@pytest.fixture(scope="module")
def digits():
    data = load_digits_split(0)
    return data.x_train[:256], data.y_train[:256]


@pytest.mark.parametrize("sizes, hidden, output", [
    (sizes, *unit) for sizes in ((64, 32, 10), DEEP) for unit in UNITS
] + [((64, 10, 10, 10, 10), "clip", "linear")])
def test_ghost_update_is_the_direction_of_backprop(sizes, hidden, output, digits):
    for seed in range(3):
        rule = ReferenceRule(sizes, hidden=hidden, output=output, mechanism="A-copy")
        model = ReferenceModel(rule, seed=seed)
        assert alignment(model, *digits, beta=1 / 16).min() >= 0.99


def test_alignment_improves_with_weaker_nudging_for_any_gain_of_the_feedback(digits):
    for gamma in (0.25, 1.0):
        model = ReferenceModel(ReferenceRule(DEEP, hidden="sigmoid", output="sigmoid",
                                             gamma=gamma))
        errors = [1.0 - alignment(model, *digits, beta=beta).min() for beta in (1 / 4, 1 / 64)]
        # The direction is right to first order in beta, its cosine to second order.
        assert errors[1] < errors[0] / 100


def test_alignment_of_random_feedback_and_of_absent_ghosts_is_poor(digits):
    random = ReferenceModel(ReferenceRule(DEEP, mechanism="A-copy", feedback=Feedback.RANDOM))
    assert np.abs(alignment(random, *digits)[:2]).max() < 0.7
    assert alignment(ReferenceModel(ReferenceRule(DEEP, mechanism="N")), *digits).min() < 0.0


def test_relaxed_read_outs_are_aligned_too(digits):
    # LD wants convergence, TD an early read-out (T = L, before the feedforward echo).
    rule = ReferenceRule(DEEP, mechanism="A-copy", schedule=Schedule.RELAXATION, step=0.5,
                         ghost_step=0.5, steps=16, beta=1 / 64)
    assert alignment(ReferenceModel(rule), *digits).min() >= 0.99
    assert alignment(ReferenceModel(rule.replace(steps=6)), *digits).min() < 0.95
    early = rule.replace(steps=3, read_out=ReadOut.TEMPORAL)
    assert alignment(ReferenceModel(early), *digits).min() >= 0.99
    # Ghosts without delay lead the units that they stand for, which also have to follow: at
    # dt = tau / 2 their loop is unstable for some samples, at tau / 4 it is not.
    instant = rule.replace(ghost_step=None, steps=64)
    assert alignment(ReferenceModel(instant), *digits).min() < 0.0
    assert alignment(ReferenceModel(instant.replace(step=0.25)), *digits).min() >= 0.99


@pytest.mark.parametrize("mechanism", ["A-copy", "C1", "C2", "C3"])
def test_exact_ghosts_leave_exactly_nothing(mechanism, digits):
    absolute, relative = residual_feedback(
        ReferenceModel(ReferenceRule(DEEP, mechanism=mechanism)), digits[0])
    assert (absolute == 0.0).all() and (relative == 0.0).all()


def test_a_diverged_network_is_measured_as_not_a_number(digits):
    model = ReferenceModel(ReferenceRule((64, 8, 10), mechanism="N", hidden="relu"))
    model.weights["W1"][...] = np.nan
    with np.errstate(all="ignore"):
        assert np.isnan(alignment(model, *digits)).all()
        assert np.isnan(residual_feedback(model, digits[0])[1]).all()


def test_residual_of_other_ghosts(digits):
    def relative(mechanism, **changes):
        model = ReferenceModel(ReferenceRule(DEEP, mechanism=mechanism, **changes))
        return residual_feedback(model, digits[0])[1]

    assert (relative("H", mismatch=0.3) < 1e-15).all()
    assert (relative("N") == 1.0).all()
    assert (relative("A-sameR") > 0.5).all()  # random ghosts


def test_spectral_radius_is_that_of_the_map_it_describes():
    model = ReferenceModel.from_design(preset("tiny"), seed=3)
    x = np.random.default_rng(0).uniform(size=5)
    drives, rates = [None], model.forward(x)
    for layer in (1, 2, 3):
        drives.append(model.net.drive(f"W{layer}", rates[layer - 1])[0])
    slopes = [model.rule.activation(m).slope(drives[m]) for m in (1, 2, 3)]
    w2, w3 = (model.weights[name][:, :-1] for name in ("W2", "W3"))
    n1, n2, n3 = 4, 3, 2
    loop = np.block([
        [np.zeros((n1, n1)), w2.T * slopes[1], np.zeros((n1, n3))],
        [w2 * slopes[0], np.zeros((n2, n2)), w3.T * slopes[2]],
        [np.zeros((n3, n1)), w3 * slopes[1], np.zeros((n3, n3))],
    ])
    expected = np.abs(np.linalg.eigvals(loop)).max()
    assert spectral_radius(model, x) == pytest.approx([expected])


def test_weak_feedback_shrinks_the_loop(digits):
    full, weak = (spectral_radius(ReferenceModel(ReferenceRule(DEEP, gamma=gamma)),
                                  digits[0][:20]).mean() for gamma in (1.0, 1 / 4))
    assert weak == pytest.approx(full / 2)  # each way round passes one feedback: sqrt(gamma)
    assert 1.2 < full < 2.2


def test_free_phase_comes_to_rest(digits):
    def steps(sizes, step, ghost_step, **changes):
        rule = ReferenceRule(sizes, mechanism="A-copy", step=step, ghost_step=ghost_step)
        return steps_to_rest(ReferenceModel(rule.replace(**changes)), digits[0][:1], limit=100)

    # Ghosts as slow as their partners: the error is nilpotent, so that full steps end it.
    assert (steps((64, 32, 10), 1.0, 1.0), steps(DEEP, 1.0, 1.0)) == (3, 4)
    assert 12 <= steps((64, 32, 10), 0.5, 0.5) <= 24 and 14 <= steps(DEEP, 0.5, 0.5) <= 32
    assert steps(DEEP, 1.0, None) == 100
    assert steps(DEEP, 1.0, None, mechanism="N", hidden="relu") == 100


def test_a_zero_update_has_no_direction(digits):
    model = BackpropModel(ReferenceRule((64, 8, 6, 10)))
    silent = ReferenceModel(ReferenceRule((64, 8, 6, 10)), {
        name: 0.0 * w for name, w in model.weights.items()})
    assert np.isnan(alignment(silent, *digits)[0])
