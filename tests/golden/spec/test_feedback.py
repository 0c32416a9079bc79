"""Feedback of one's choice: its first weights, and what it asks of the engine."""

import numpy as np
import pytest

from cortigate.golden.spec import Feedback
from cortigate.golden.spec.feedback import engine_traits, feedback_start
from cortigate.golden.spec.start import random_weights

SIZES = (5, 4, 3, 2)
W, OTHERS = random_weights(SIZES, 1), random_weights(SIZES, [1, 2])


def test_transposed_feedback_is_not_stored():
    assert feedback_start(Feedback.TRANSPOSE, W, OTHERS) == {}
    assert engine_traits(Feedback.TRANSPOSE, 13) == {}


@pytest.mark.parametrize("kind", [f for f in Feedback if f.stored])
def test_shapes_and_sizes_are_those_of_another_draw(kind):
    start = feedback_start(kind, W, OTHERS)
    assert {name: b.shape for name, b in start.items()} == {"B1": (4, 3), "B2": (3, 2)}
    for layer in (1, 2):
        assert (abs(start[f"B{layer}"]) == abs(OTHERS[f"W{layer + 1}"][:, :-1].T)).all()
        assert not np.shares_memory(start[f"B{layer}"], OTHERS[f"W{layer + 1}"])


def test_only_concordant_feedback_has_the_signs_of_the_weights():
    def agree(kind):
        start = feedback_start(kind, W, OTHERS)
        return [(np.sign(start[f"B{m}"]) == np.sign(W[f"W{m + 1}"][:, :-1].T)).all()
                for m in (1, 2)]
    assert agree(Feedback.CONCORDANT) == [True, True]
    assert agree(Feedback.RANDOM) == agree(Feedback.LEARNED) == [False, False]


def test_only_learned_feedback_decays():
    assert {kind: engine_traits(kind, 13)["decay_shift"] for kind in Feedback if kind.stored} == {
        Feedback.RANDOM: None, Feedback.CONCORDANT: None, Feedback.LEARNED: 13}
