"""The microcircuit's design in float64, held to its integers."""

from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.designs import baseline_model, reference_model
from cortigate.golden.reference.microcircuit.design import (
    MicrocircuitBackprop,
    MicrocircuitReference,
    feedback_of,
)
from cortigate.golden.spec import Feedback, preset
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule

DATA = load_digits_split(0)


def changes(model, weights, x, samples=60):
    """What a model's weights have learned from the first samples, one flat array for each."""
    model.set_weights(weights)
    for one, label in zip(x[:samples], DATA.y_train, strict=False):
        model.learn(one, int(label))
    return {name: model.weights[name] - weights[name] for name in weights}


@pytest.mark.parametrize("concordant", [True, False])
@pytest.mark.parametrize("bits", [1, 4])
def test_the_reference_learns_what_the_integers_learn(concordant, bits):
    design = preset("microcircuit")
    design = design.replace(rule=replace(design.rule, concordant=concordant, magnitude_bits=bits))
    raw = {name: design.weight.from_float(values)
           for name, values in initial_weights(design, 0).items()}
    real = {name: design.weight.to_float(values) for name, values in raw.items()}
    chip, reference = integer_model(design), reference_model(design)
    chip.set_weights(raw)
    reference.set_weights(real)
    np.testing.assert_array_equal(chip.predict(design.sample.from_float(DATA.x_test[:50])),
                                  reference.predict(DATA.x_test[:50]))
    learned = changes(chip, raw, design.sample.from_float(DATA.x_train))
    expected = changes(reference, real, DATA.x_train)
    # Rounded at random, and a spike more or less changes what comes after it.
    for name in raw:
        cosine = (learned[name] * expected[name]).sum() / (
            np.linalg.norm(learned[name]) * np.linalg.norm(expected[name]))
        assert cosine > 0.85


def test_an_error_cell_fires_in_float_where_it_does_on_the_chip():
    design = MicrocircuitRule.design((5, 40, 33, 7))
    for bits in (1, 2, 4):
        own = design.replace(rule=replace(design.rule, magnitude_bits=bits))
        chip, found = integer_model(own), feedback_of(own, concordant=True)
        signed = feedback_of(own, concordant=False)
        assert set(found) == {"M1", "M2"} and set(signed) == {"B1", "B2"}
        for layer, above in ((1, 33), (2, 7)):
            magnitudes, signs = chip.feedback[f"W{layer + 1}"]
            threshold = own.rule.threshold(above)
            np.testing.assert_array_equal(found[f"M{layer}"] >= 0.5, magnitudes.T >= threshold)
            np.testing.assert_array_equal(signed[f"B{layer}"], found[f"M{layer}"] * signs.T)


def test_feedback_alignment_has_the_magnitudes_and_random_signs():
    design = preset("microcircuit")
    aligned, exact = baseline_model(design, Feedback.RANDOM), baseline_model(design)
    reference = reference_model(design)
    assert isinstance(aligned, MicrocircuitReference) and isinstance(exact, MicrocircuitBackprop)
    np.testing.assert_array_equal(np.abs(aligned.model.feedback()[1]),
                                  np.abs(reference.model.feedback()[1]))
    assert 0.3 < (aligned.model.feedback()[1] == reference.model.feedback()[1]).mean() < 0.7
    assert set(aligned.weights) == set(reference.weights) == {"W1", "W2"}


@pytest.mark.parametrize("kind", [MicrocircuitReference, MicrocircuitBackprop])
def test_a_shift_halves_what_is_learned(kind):
    design, learned = preset("microcircuit"), []
    weights = initial_weights(design, 0)
    for shift in (None, 20, 21):
        model = kind(design)
        model.set_weights(weights)
        model.learn(DATA.x_train[0], DATA.y_train[0], shift)
        learned.append(model.weights["W2"] - weights["W2"])
    # So small that no spike changes.
    np.testing.assert_allclose(learned[1], 2.0 * learned[2], rtol=1e-6, atol=1e-12)
    assert np.abs(learned[0]).max() > 100 * np.abs(learned[1]).max() > 0


def test_inputs_above_one_count_as_one():
    design = preset("tiny-microcircuit")
    model = MicrocircuitReference(design)
    bright, white = (model.predict(np.full((1, 5), value)) for value in (1.9, 1.0))
    np.testing.assert_array_equal(bright, white)
