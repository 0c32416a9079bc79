"""Equilibrium networks with the output clamped, and with Langevin noise."""

import numpy as np
import pytest

from cortigate.golden.initial import glorot_weights
from cortigate.golden.reference.equilibrium.measures import convergence
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.relaxation import (
    CLAMPED,
    Langevin,
    clamped,
    energy,
    pull_of,
    relax,
    residual,
    start_state,
)
from cortigate.golden.reference.equilibrium.rule import EqPropRule, Nudge, Relaxation, Start
from cortigate.golden.reference.samples import targets_of

SIZES = (7, 6, 5, 4)
CLAMP = {"nudge": Nudge.CLAMP, "free_steps": 300, "nudged_steps": 300}


def network(scale=1.0, **changes):
    """A model whose states are mostly inside 0 .. 1, nine inputs and their targets."""
    generator = np.random.default_rng(3)
    weights = {f"W{m}": np.column_stack([
        scale * generator.normal(0.0, 0.35 / np.sqrt(SIZES[m - 1]), (SIZES[m], SIZES[m - 1])),
        generator.uniform(0.2, 0.6, SIZES[m])]) for m in (1, 2, 3)}
    x = generator.uniform(size=(9, SIZES[0]))
    return EqPropModel(EqPropRule(SIZES, **changes), weights), x, targets_of(np.arange(9) % 4, 4)


@pytest.mark.parametrize("start", [Start.ZERO, Start.NAIVE, Start.SHARE])
@pytest.mark.parametrize("relaxation", list(Relaxation))
def test_the_clamped_phase_ends_where_every_other_layer_follows_its_soma(start, relaxation):
    model, x, target = network(scale=2.0, relaxation=relaxation)
    net, states = model.net, clamped(start_state(model.net, x, start), 3.0 * target - 1.0)
    np.testing.assert_array_equal(states[-1], target)  # as far as rates go
    levels = [energy(net, states)]
    for _ in range(300):
        states, _ = relax(net, states, 1, CLAMPED)
        levels.append(energy(net, states))
    assert np.diff(levels, axis=0).max() <= 1e-14 and (levels[-1] < levels[0] - 1e-3).all()
    np.testing.assert_array_equal(states[-1], target)
    w = {m: net[f"W{m}"][:, :-1] for m in (1, 2, 3)}
    b = {m: net[f"W{m}"][:, -1] for m in (1, 2, 3)}
    somas = [x @ w[1].T + b[1] + states[2] @ w[2], states[1] @ w[2].T + b[2] + target @ w[3]]
    for soma, rate in zip(somas, states[1:3], strict=True):
        np.testing.assert_allclose(np.clip(soma, 0.0, 1.0), rate, atol=1e-9)
    assert max(abs(r).max() for r in residual(net, states, CLAMPED)) < 1e-9
    assert not residual(net, states, CLAMPED)[-1].any()


def test_one_hidden_layer_rests_after_one_sweep():
    generator = np.random.default_rng(0)
    model = EqPropModel(EqPropRule((5, 6, 3)), glorot_weights((5, 6, 3), 1))
    x, target = generator.uniform(size=(4, 5)), targets_of(np.arange(4) % 3, 3)
    states = clamped(start_state(model.net, x, Start.ZERO), target)
    once, _ = relax(model.net, states, 1, CLAMPED)
    assert max(abs(r).max() for r in residual(model.net, once, CLAMPED)) < 1e-12


def test_what_is_learned_is_the_difference_of_clamped_and_free_states():
    model, x, target = network(rate=0.25, **CLAMP)
    before = {name: w.copy() for name, w in model.weights.items()}
    free = model.settle(x, steps=300)[0]
    held, _ = relax(model.net, clamped(free, target), 300, CLAMPED)
    model.learn(x, np.arange(9) % 4)
    for m in (1, 2, 3):
        change = 0.25 * (held[m].T @ held[m - 1] - free[m].T @ free[m - 1]) / 9
        np.testing.assert_allclose(model.weights[f"W{m}"][:, :-1] - before[f"W{m}"][:, :-1],
                                   change, atol=1e-12)
        np.testing.assert_allclose(model.weights[f"W{m}"][:, -1] - before[f"W{m}"][:, -1],
                                   0.25 * (held[m] - free[m]).mean(axis=0), atol=1e-12)


def test_finished_phases_are_the_same_from_any_start():
    found = [network(clamped_start=start, **CLAMP)[0].phases(*network()[1:]).pulled
             for start in (None, Start.ZERO, Start.SHARE)]
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            np.testing.assert_allclose(one, same, atol=1e-9)


def test_convergence_leaves_out_what_is_clamped():
    model, x, target = network(relaxation=Relaxation.LEAKY)
    rest = clamped(model.settle(x, steps=500)[0], target)
    rest, _ = relax(model.net, rest, 500, CLAMPED)
    there = convergence(model, x, rest, target=target)
    assert there.distance < 1e-6 and there.gradient < 1e-6 and there.steps == (0.0, 0.0)
    assert convergence(model, x, Start.ZERO, target=target).distance == pytest.approx(1.0)


@pytest.mark.parametrize("kept, shape", [(0.0, (200_000,)), (0.5, (200_000,))])
def test_noise_of_a_temperature_keeps_its_variance(kept, shape):
    noise, h = Langevin(0.04, np.random.default_rng(1)), np.zeros(shape)
    for _ in range(20):
        h = kept * h + noise.draw(shape, kept)
    assert h.var() == pytest.approx(0.04, rel=0.02) and abs(h.mean()) < 0.01
    assert noise.draw(shape, curvature=4.0).var() == pytest.approx(0.01, rel=0.02)


def test_noise_samples_the_energy_s_distribution():
    """Far from the limits the states are normal: covariance T (I - J)^-1, around the rest."""
    model = EqPropModel(EqPropRule((1, 2, 1)), {
        "W1": np.array([[0.2, 0.3], [-0.1, 0.5]]), "W2": np.array([[0.3, -0.4, 0.5]])})
    x, temperature = np.full((20_000, 1), 0.5), 2.0**-9
    rest = np.concatenate(model.settle(x[:1], steps=200)[0][1:], axis=1)[0]
    states = model.settle(x, steps=30, temperature=temperature)[0]
    found = np.concatenate(states[1:], axis=1)
    coupling = np.zeros((3, 3))
    coupling[2, :2] = coupling[:2, 2] = [0.3, -0.4]
    wanted = temperature * np.linalg.inv(np.eye(3) - coupling)
    np.testing.assert_allclose(found.mean(axis=0), rest, atol=2e-3)
    np.testing.assert_allclose(np.cov(found.T), wanted, atol=0.05 * temperature)


def test_without_a_temperature_nothing_is_drawn_and_a_clamped_output_has_no_noise():
    model, x, target = network()
    assert model.noise() is None and model.noise(0.0) is None
    np.testing.assert_array_equal(model.predict(x), model.predict(x, temperature=0.0))
    for relaxation in Relaxation:
        noisy, _, _ = network(temperature=0.1, relaxation=relaxation, **CLAMP)
        phases = noisy.phases(x, target)
        np.testing.assert_array_equal(phases.pulled[-1], target)
        again = network(temperature=0.1, relaxation=relaxation, **CLAMP)[0].phases(x, target)
        np.testing.assert_array_equal(phases.free[1], again.free[1])  # from the seed
        assert abs(phases.free[1] - model.settle(x)[0][1]).max() > 0.05


def test_a_clamp_has_no_strength():
    assert pull_of(Nudge.CLAMP, 0.5, np.zeros((1, 4)), np.zeros((1, 4))) is CLAMPED
    with pytest.raises(ValueError, match="temperature must be 0.0 or more, not -1.0"):
        EqPropRule(SIZES, temperature=-1.0)
