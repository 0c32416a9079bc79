import numpy as np
import pytest

from cortigate.golden.initial import initial_weights, random_matrix
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.ghost import ReferenceModel
from cortigate.golden.spec import Activation, Network, preset
from cortigate.golden.spec.rules.ghost import Mechanism, design_for


def test_names_and_shapes_are_those_of_the_memory_map():
    design = preset("digits-learn")
    weights = initial_weights(design, 3)
    assert {name: w.shape for name, w in weights.items()} == {
        "W1": (64, 65), "W2": (32, 65), "W3": (10, 33), "G2": (32, 65), "G3": (10, 33)}
    assert all(w.dtype == np.float64 for w in weights.values())


def test_every_mechanism_starts_from_the_same_feedforward_weights():
    with_ghosts = initial_weights(preset("digits-learn"), 5)
    without = initial_weights(preset("digits-copy"), 5)
    assert set(without) == {"W1", "W2", "W3"}
    for name, matrix in without.items():
        np.testing.assert_array_equal(matrix, with_ghosts[name])


def test_ghosts_are_drawn_independently_of_their_partners():
    weights = initial_weights(preset("digits-learn"), 0)
    correlation = np.corrcoef(weights["W2"][:, :-1].ravel(), weights["G2"][:, :-1].ravel())[0, 1]
    assert abs(correlation) < 4 / np.sqrt(32 * 64)  # four standard errors


@pytest.mark.parametrize("hidden, bias", [(Activation.CLIP, 0.25), (Activation.RELU, 0.0)])
def test_biases(hidden, bias):
    weights = initial_weights(design_for(Network((6, 5, 4, 3), hidden)), 0)
    assert (weights["W1"][:, -1] == bias).all() and (weights["W2"][:, -1] == bias).all()
    assert (weights["W3"][:, -1] == 0.0).all()


def test_weights_are_uniform_with_variance_one_over_the_fan_in():
    matrix = random_matrix(np.random.default_rng(0), 200, 100, gain=1.5)[:, :-1]
    bound = 1.5 * np.sqrt(3 / 100)
    assert 0.99 * bound < np.abs(matrix).max() <= bound
    assert matrix.var() * 100 == pytest.approx(1.5**2, rel=0.03)


def test_a_seed_gives_its_weights_again_and_another_seed_others():
    design = preset("tiny")
    first, again, other = (initial_weights(design, seed)["W1"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[:, :-1] != other[:, :-1]).all()


@pytest.mark.parametrize("hidden", [Activation.CLIP, Activation.RELU])
@pytest.mark.parametrize("mechanism", list(Mechanism))
def test_float_models_start_from_the_same_weights(hidden, mechanism):
    design = design_for(Network((6, 5, 4, 3), hidden), mechanism)
    expected = initial_weights(design, 7)
    for model in (ReferenceModel.from_design(design, seed=7),
                  BackpropModel.from_design(design, expected)):
        for name, matrix in model.weights.items():
            np.testing.assert_array_equal(matrix, expected[name])


def test_rejects_what_is_no_design():
    with pytest.raises(TypeError, match=r"^design must be a Design, not 'digits'$"):
        initial_weights("digits", 0)


def test_a_rule_must_give_every_matrix(monkeypatch):
    design = preset("tiny-pal")
    kind = type(design.rule)
    start = kind.start
    for wrong in (lambda w: {k: v for k, v in w.items() if k != "B1"},
                  lambda w: w | {"B1": w["B1"].T[:1]}, lambda w: w | {"G2": w["W2"]}):
        monkeypatch.setattr(kind, "start", lambda self, d, s, f=wrong: f(start(self, d, s)))
        with pytest.raises(ValueError, match="the initial weights of the rule pal must be {'W1': "):
            initial_weights(design, 0)
