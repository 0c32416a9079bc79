"""How the last weights are stored goes with layers and lanes, where nobody has chosen."""

import pytest

from cortigate.golden.spec import Network, preset, resized
from cortigate.golden.spec.rules.ghost import design_for

WIDE = Network((64, 32, 10))


@pytest.mark.parametrize(("layers", "lanes", "better"), [
    ("64-32-10", 8, True), ("64-24-10", 8, True), ("64-23-10", 8, False), ("64-32-11", 8, True),
    ("64-32-12", 8, False), ("64-32-8", 8, False), ("64-32-10", 4, False), ("64-32-5", 4, True),
    ("64-64-20", 16, False)])
def test_what_is_recommended(layers, lanes, better):
    network = Network.parse(layers)
    assert design_for(network, lanes=lanes).transposed is better
    assert design_for(network, lanes=lanes, transposed=not better).transposed is not better
    assert resized(design_for(WIDE, lanes=8), network=network, lanes=lanes).transposed is better


def test_engines_that_cannot_are_left_alone():
    for name in ("equilibrium", "pal", "inversion", "microcircuit", "digits-relax", "digits-learn"):
        assert not resized(preset(name), lanes=8).transposed


def test_what_was_chosen_stays():
    chosen = design_for(WIDE, lanes=8, transposed=False)
    assert not resized(chosen, sample_capacity=5).transposed
    assert resized(preset("mnist-wide"), network=Network((20, 16, 10)), lanes=17).transposed
    assert not resized(design_for(WIDE, lanes=8), transposed=False, lanes=8).transposed
    with pytest.raises(ValueError, match="neuron_lanes must divide the 3 lanes, not 2"):
        resized(design_for(WIDE, lanes=8), lanes=3, neuron_lanes=2)
