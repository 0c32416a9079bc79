"""Identities of the phases and the defining property of every cancellation mechanism."""

import numpy as np
import pytest

from cortigate.golden.floats import product
from cortigate.golden.reference.ghost import (
    MECHANISMS,
    ReadOut,
    ReferenceModel,
    ReferenceRule,
    residual_feedback,
)
from cortigate.golden.reference.ghost.model import phases_of
from cortigate.golden.reference.ghost.phase import feedforward, relax, sweep
from cortigate.golden.reference.samples import targets_of
from cortigate.golden.spec import Feedback
from cortigate.golden.spec.rules.ghost import Schedule

SIZES = (7, 6, 5, 4)
EXACT = ("A-copy", "H", "C1", "C2", "C3")


def model_of(mechanism, seed=0, **changes):
    settings = {"mismatch": 0.3, "ghost_step": 0.2} if mechanism in ("H", "C2") else {}
    rule = ReferenceRule(SIZES, mechanism=mechanism, **settings | changes)
    return ReferenceModel(rule, seed=seed)


@pytest.fixture
def batch():
    generator = np.random.default_rng(1)
    return generator.uniform(size=(9, SIZES[0])), generator.integers(SIZES[-1], size=9)


def last(states):
    *_, state = states
    return state


def assert_rates_equal(a, b, tolerance=0.0):
    for one, other in zip(a.rates, b.rates, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


@pytest.mark.parametrize("feedback", list(Feedback))
@pytest.mark.parametrize("mechanism", EXACT)
def test_free_fixed_point_is_the_feedforward_pass_for_any_feedback(mechanism, feedback, batch):
    model = model_of(mechanism, feedback=feedback, step=0.5)
    free = feedforward(model.net, batch[0])
    moved = last(relax(model.net, free, 10))
    # C3 and H subtract two equal sums; the others feed back an exact zero.
    assert_rates_equal(free, moved, 1e-14)


@pytest.mark.parametrize("mechanism", ["N", "A-learnW", "A-learnB"])
def test_without_exact_ghosts_feedback_moves_the_free_state(mechanism, batch):
    net = model_of(mechanism).net
    free = feedforward(net, batch[0])
    assert np.abs(last(relax(net, free, 10)).rates[1] - free.rates[1]).max() > 0.05


@pytest.mark.parametrize("mechanism", EXACT)
def test_sweep_is_the_first_arrival_of_the_relaxation_at_full_steps(mechanism, batch):
    net = model_of(mechanism, step=1.0).net
    x, target = batch[0], targets_of(batch[1], 4)
    free = feedforward(net, x)
    swept = sweep(net, free, target, 0.5)
    for count, state in enumerate(relax(net, free, 3, target, 0.5), start=1):
        layer = 3 - count + 1
        np.testing.assert_allclose(state.rates[layer], swept.rates[layer], rtol=0, atol=1e-14)


@pytest.mark.parametrize("mechanism", EXACT)
def test_exact_mechanisms_agree_in_the_sweep_and_both_read_outs_coincide(mechanism, batch):
    x, target = batch[0], targets_of(batch[1], 4)
    expected = phases_of(model_of("C1").net, x, target).post
    for read_out in ReadOut:
        post = phases_of(model_of(mechanism, read_out=read_out).net, x, target).post
        for layer in (1, 2, 3):
            np.testing.assert_allclose(post[layer], expected[layer], rtol=0, atol=1e-14)


def test_copy_and_replication_agree_to_the_bit_over_many_samples(batch):
    copy, replica = model_of("A-copy"), model_of("C1")
    for x, label in zip(*batch, strict=True):
        assert copy.learn(x, label) == replica.learn(x, label)
    for name in copy.weights:
        np.testing.assert_array_equal(copy.weights[name], replica.weights[name])


def test_held_ghosts_keep_their_value_and_live_ghosts_follow(batch):
    x, target = batch[0], targets_of(batch[1], 4)
    for mechanism, held in (("C1", True), ("C3", True), ("H", True), ("C2", False),
                            ("A-copy", False), ("A-sameR", False)):
        net = model_of(mechanism).net
        free = feedforward(net, x)
        nudged = last(relax(net, free, 8, target, 1.0))
        same = np.array_equal(free.ghosts[2], nudged.ghosts[2])
        assert same is held is MECHANISMS[mechanism].held, mechanism


def test_the_hybrid_spans_from_copy_to_replication(batch):
    x, target = batch[0], targets_of(batch[1], 4)
    settings = {"schedule": Schedule.RELAXATION, "step": 0.25, "steps": 12, "beta": 0.25}
    states = {
        (mechanism, mismatch): phases_of(
            model_of(mechanism, mismatch=mismatch, **settings).net, x, target).nudged
        for mechanism, mismatch in (("H", 0.0), ("H", 0.5), ("H", 1.0), ("A-copy", 0.0),
                                    ("C1", 0.0))}
    assert_rates_equal(states["H", 0.0], states["A-copy", 0.0], 1e-14)
    assert_rates_equal(states["H", 1.0], states["C1", 0.0], 1e-14)
    for end in ("A-copy", "C1"):
        assert np.abs(states["H", 0.5].rates[1] - states[end, 0.0].rates[1]).max() > 1e-4


def test_ungated_replication_lets_the_error_fade(batch):
    # The upper layer jumps and stays: the ghosts close the gap by a fifth of it in each step.
    net = model_of("C2", ghost_step=0.2).net
    free = feedforward(net, batch[0])
    ghosts, upper = free.ghosts[3], free.rates[3] + 1.0
    mechanism = MECHANISMS["C2"]
    for count in range(1, 6):
        ghosts = ghosts + 0.2 * (mechanism.target(net, 3, free.rates[2], upper) - ghosts)
        left = mechanism.remainder(net, 3, free.rates[2], upper, ghosts)
        np.testing.assert_allclose(left, 0.8**count * net.feedback(3, np.ones_like(upper)))
    # In the relaxation: the feedback that reaches layer 1 is high-passed, C1's is not.
    x, target = batch[0], targets_of(batch[1], 4)
    settings = {"schedule": Schedule.RELAXATION, "step": 0.25, "steps": 80, "beta": 0.25,
                "read_out": ReadOut.TEMPORAL}
    fading = phases_of(model_of("C2", ghost_step=0.5, **settings).net, x, target)
    lasting = phases_of(model_of("C1", **settings).net, x, target)
    assert np.linalg.norm(fading.post[1]) < 0.01 * np.linalg.norm(lasting.post[1])


def test_copies_that_get_the_same_update_stay_copies(batch):
    model = model_of("A-sameR", beta=0.5)
    start = {name: w for name, w in model.weights.items() if name.startswith("W")}
    model.set_weights(start | {f"G{m}": start[f"W{m}"] for m in (2, 3)})
    for x, label in zip(*batch, strict=True):
        model.learn(x, label)
    for m in (2, 3):
        np.testing.assert_array_equal(model.weights[f"G{m}"], model.weights[f"W{m}"])


def mismatch(model):
    return max(np.abs(model.weights[f"W{m}"] - model.weights[f"G{m}"]).max() for m in (2, 3))


@pytest.mark.parametrize("mechanism", ["A-sameR", "A-learnW"])
def test_learned_ghosts_approach_their_partners(mechanism, batch):
    model = model_of(mechanism, ghost_rate=0.3)
    before = mismatch(model), residual_feedback(model, batch[0])[1]
    w = model.weights["W2"].copy()
    for _ in range(4000):
        model.learn_ghosts(batch[0])
    assert (residual_feedback(model, batch[0])[1] < 0.05 * before[1]).all()
    assert mismatch(model) < before[0]
    np.testing.assert_array_equal(model.weights["W2"], w)


def test_only_the_ungated_ghosts_hear_the_target(batch):
    changed = {}
    for mechanism in ("A-learnW", "A-sameR"):
        models = [model_of(mechanism) for _ in range(2)]
        for model, label in zip(models, (0, 1), strict=True):
            model.learn(batch[0][0], label)
        changed[mechanism] = (models[0].weights["G3"] != models[1].weights["G3"]).any()
    assert changed == {"A-learnW": False, "A-sameR": True}


def test_inhibitory_plasticity_learns_to_cancel_with_fixed_lateral_weights(batch):
    model = model_of("A-learnB", ghost_rate=0.5, ghosts_per_unit=2)
    assert model.weights["G2"].shape == (10, 7) and model.weights["I2"].shape == (10, 6)
    lateral = model.weights["G2"].copy()

    def left():
        free = feedforward(model.net, batch[0])
        return np.abs(MECHANISMS["A-learnB"].remainder(
            model.net, 2, free.rates[1], free.rates[2], free.ghosts[2])).max()

    before = left()
    for _ in range(400):
        for x in batch[0]:
            model.learn_ghosts(x)
    assert left() < 0.1 * before
    np.testing.assert_array_equal(model.weights["G2"], lateral)


def test_without_ghosts_the_whole_feedback_arrives(batch):
    net = model_of("N").net
    free = feedforward(net, batch[0])
    nudged = sweep(net, free, targets_of(batch[1], 4), 0.0)
    expected = free.potentials[2] + product(free.rates[3], net["W3"][:, :-1])
    np.testing.assert_array_equal(nudged.potentials[2], expected)


def test_held_nudge_pulls_by_the_free_error(batch):
    x, target = batch[0], targets_of(batch[1], 4)
    net = model_of("C1", step=1.0, hold_nudge=True).net
    free = feedforward(net, x)
    first, second = relax(net, free, 2, target, 0.5)
    np.testing.assert_array_equal(first.potentials[3], second.potentials[3])


@pytest.mark.parametrize("free_steps", [0, 5])
def test_relaxed_plasticity_pairs_quantities_of_one_time(free_steps, batch):
    x, target = batch[0], targets_of(batch[1], 4)
    settings = {"schedule": Schedule.RELAXATION, "step": 0.25, "steps": 6, "beta": 0.5,
                "free_steps": free_steps}
    net = model_of("A-sameR", **settings).net
    start = feedforward(net, x)
    free = last([start, *relax(net, start, free_steps)])
    nudged = last(relax(net, free, 6, target, 0.5))
    local = phases_of(net, x, target)
    assert_rates_equal(local.paired, nudged)
    temporal = phases_of(model_of("A-sameR", read_out=ReadOut.TEMPORAL, **settings).net, x, target)
    assert_rates_equal(temporal.paired, free)
    for layer in (1, 2, 3):
        own = net.rate(layer, net.drive(f"W{layer}", nudged.rates[layer - 1]))
        np.testing.assert_array_equal(local.post[layer], nudged.rates[layer] - own)
        np.testing.assert_array_equal(temporal.post[layer],
                                      nudged.rates[layer] - free.rates[layer])
