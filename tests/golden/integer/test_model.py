"""The integer model: identities that follow from the equations, limits, errors, learning."""

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import epoch_mask, epoch_order, integer_model
from cortigate.golden.spec import Network, QFormat, Rounding, preset, resized
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule, design_for

NETWORK = Network((9, 8, 7, 5))


def model_of(design, seed=0, scale=0.6):
    rng = np.random.default_rng(seed)
    model = integer_model(design)
    model.set_weights({name: rng.uniform(-scale, scale, w.shape)
                       for name, w in model.weights.items()})
    return model


def samples_of(design, count=20, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, design.sample.one + 1, (count, design.network.sizes[0]))
    return x * (rng.random(x.shape) < 0.6), rng.integers(0, design.network.sizes[-1], count)


def test_replication_and_copy_give_identical_bits_in_the_sweep():
    one, two = (model_of(design_for(NETWORK, mechanism))
                for mechanism in (Mechanism.REPLICATE, Mechanism.COPY))
    for x, label in zip(*samples_of(one.design, 50), strict=True):
        one.learn(x, int(label))
        two.learn(x, int(label))
    assert all(np.array_equal(one.weights[name], two.weights[name]) for name in one.weights)


@pytest.mark.parametrize("mechanism", [Mechanism.REPLICATE, Mechanism.COPY])
@pytest.mark.parametrize("schedule", Schedule)
def test_residual_feedback_without_a_target_is_exactly_zero(mechanism, schedule):
    model = model_of(design_for(NETWORK, mechanism, schedule))
    for x in samples_of(model.design)[0]:
        assert all(not c.any() for c in model.residual_feedback(x))


@pytest.mark.parametrize("mechanism", [Mechanism.LEARN, Mechanism.NONE])
def test_ghosts_that_know_nothing_leave_a_residual(mechanism):
    model = model_of(design_for(NETWORK, mechanism))
    assert any(c.any() for c in model.residual_feedback(samples_of(model.design)[0][0]))


def test_plastic_ghosts_that_are_copies_stay_copies():
    model = model_of(design_for(NETWORK, Mechanism.LEARN))
    copies = dict(model.weights)
    copies.update({f"G{i}": model.weights[f"W{i}"].copy() for i in (2, 3)})
    model.set_weights(copies)
    twin = model_of(design_for(NETWORK, Mechanism.COPY))
    for x, label in zip(*samples_of(model.design, 50), strict=True):
        model.learn(x, int(label))
        twin.learn(x, int(label))
    for i in (2, 3):
        assert np.array_equal(model.weights[f"G{i}"], model.weights[f"W{i}"])
        assert np.array_equal(model.weights[f"W{i}"], twin.weights[f"W{i}"])


def test_random_ghosts_come_to_cancel():
    model = model_of(design_for(NETWORK, Mechanism.LEARN))
    x, labels = samples_of(model.design, 400)

    def residual():
        return sum(int(np.abs(c).sum()) for sample in x[:20]
                   for c in model.residual_feedback(sample))

    before = residual()
    for sample, label in zip(x, labels, strict=True):
        model.learn(sample, int(label))
    assert residual() < before / 3


def test_sweep_is_one_full_step_of_relaxation_read_at_first_arrival():
    """With dt = 1 and held ghosts, layer L has its error after one step (models: identity (*))."""
    sweep = model_of(design_for(NETWORK).replace(rule=GhostRule()))
    rule = GhostRule(schedule=Schedule.RELAXATION, step_shift=0, steps=1)
    relaxed = model_of(sweep.design.replace(rule=rule))
    x, label = samples_of(sweep.design)[0][0], 3
    last = {"W3": sweep.learn(x, label), "R3": relaxed.learn(x, label)}
    assert np.array_equal(sweep.weights["W3"], relaxed.weights["W3"])
    assert last["W3"].prediction == last["R3"].prediction


def test_stochastic_rounding_is_unbiased_and_reproducible():
    design = design_for(NETWORK, weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC))
    one, two = model_of(design), model_of(design)
    exact = model_of(design_for(NETWORK, weight=QFormat(2, 14)))
    x, labels = samples_of(design, 200)
    start = exact.weights["W1"].copy()
    for sample, label in zip(x, labels, strict=True):
        for model in (one, two, exact):
            model.learn(sample, int(label))
    assert np.array_equal(one.weights["W2"], two.weights["W2"])
    assert np.array_equal(one.generator.states, two.generator.states)
    moved = (exact.weights["W1"] - start) / 2**14
    got = (one.weights["W1"] - start // 16) / 2**10
    # 200 roundings of variance up to a quarter of 2**-20 each, and drift between the two runs.
    assert np.abs(got - moved).max() < 6 * np.sqrt(200) / 2 * 2**-10


def test_saturated_weights_are_counted_and_stay_in_range():
    design = design_for(NETWORK, weight=QFormat(1, 14))
    model = model_of(design, scale=0.99)
    for x, label in zip(*samples_of(design, 60), strict=True):
        model.learn(x, int(label))
    assert all(design.weight.contains(w) for w in model.weights.values())
    assert model.weight_saturations > 0


def test_wrong_inputs_name_what_is_allowed():
    model = model_of(preset("tiny"))
    good = np.zeros(5, np.int64)
    with pytest.raises(ValueError, match=r"x must be 5 integers"):
        model.learn(np.zeros(4, np.int64), 0)
    with pytest.raises(ValueError, match=r"x must be 5 integers"):
        model.infer(np.zeros(5))
    with pytest.raises(ValueError, match=r"x must lie in 0 \.\. 255 .*, not in -1 \.\. "):
        model.infer(good - 1)
    with pytest.raises(ValueError, match=r"label must lie in 0 \.\. 1, not 2"):
        model.learn(good, 2)
    with pytest.raises(ValueError, match=r"update_shift must lie in 4 \.\. 10, not 3"):
        model.learn(good, 0, update_shift=3)
    weights = dict(model.weights)
    with pytest.raises(ValueError, match="NaN"):
        model.set_weights(weights | {"W1": np.full((4, 6), np.nan)})
    with pytest.raises(ValueError, match=r"W1 must have shape \(4, 6\)"):
        model.set_weights(weights | {"W1": np.zeros((6, 4))})
    with pytest.raises(ValueError, match="weights must hold W1, W2, W3, not W1"):
        model.set_weights({"W1": weights["W1"]})
    assert all(model.weights[name] is weights[name] for name in weights)


def digits_accuracy(design, epochs, seed=0):
    data = load_digits_split(seed)
    model = integer_model(design)
    model.set_weights(initial_weights(design, seed))
    x = design.sample.from_float(data.x_train)
    for epoch in range(epochs):
        for i in epoch_order(design, len(x), epoch_mask(seed, epoch, model.map.shuffle_bits)):
            model.learn(x[i], int(data.y_train[i]))
    test = design.sample.from_float(data.x_test)
    return float((model.predict(test) == data.y_test).mean())


def test_digits_are_learned_and_not_without_ghosts():
    """Without ghosts the feedback itself is learned as if it were an error (beta = 1/4)."""
    rule = GhostRule(nudging_shift=2)
    deep = design_for(Network.parse("64-64-32-10")).replace(rule=rule)
    ablation = resized(deep, rule=GhostRule(Mechanism.NONE, nudging_shift=2))
    assert digits_accuracy(deep, 3) > 0.93
    assert digits_accuracy(ablation, 3) < 0.5


def test_what_only_some_rules_have_is_refused_by_the_others():
    model = integer_model(preset("tiny"))
    assert not model.states.size  # nothing is random
    with pytest.raises(ValueError, match="^a sample can stand for several turns only with a rule "
                                         "that is always on, not with ghost$"):
        model.stand()
