"""Traces that do not belong to the program: what a rule's integer model may forget."""

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import preset
from cortigate.golden.timeline import Timeline


@pytest.mark.parametrize("spoil, message", [
    (lambda passes: passes.pop(), "the trace ends before step 10, which is REPEAT"),
    (lambda passes: passes.append(passes[0]), "the trace has FORWARD W1 after the last step"),
    (lambda passes: passes.reverse(), "the trace has REPEAT .* where step 0 is FORWARD W1"),
    (lambda passes: passes[0].lists.pop("rate"),
     "the trace's FORWARD W1 must leave the list 'rate', not only hat"),
    (lambda passes: passes[2].words.clear(),
     "the trace's FORWARD W3 must leave the words 'error', not only none"),
])
def test_what_is_missing_is_named(spoil, message):
    design = preset("tiny-pal")
    model = integer_model(design)
    model.set_weights(initial_weights(design, 0))
    trace = model.learn(np.arange(5), 1)
    Timeline(design).sample(trace)
    spoil(trace.passes)
    with pytest.raises(ValueError, match=message):
        Timeline(design).sample(trace)
