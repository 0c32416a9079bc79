"""golden.spec.registry: the named designs are what their names say."""

import pytest

from cortigate.golden.spec import PRESETS, Activation, MemoryMap, Network, preset
from cortigate.golden.spec.rules.ghost import Mechanism, Schedule, design_for


def test_names():
    assert preset("digits") is PRESETS["digits"]
    with pytest.raises(ValueError, match="preset must be one of tiny, digits, .*, not 'nonsense'"):
        preset("nonsense")
    assert len({design.digest for design in PRESETS.values()}) == len(PRESETS)


def test_what_the_boards_run():
    digits, deep = preset("digits"), preset("digits-deep")
    assert (str(digits.network), digits.lanes) == ("64-32-10", 8)
    assert (str(deep.network), deep.lanes) == ("64-64-32-10", 16)
    for design in (digits, deep):
        assert design.rule.mechanism is Mechanism.REPLICATE
        assert design.sample_capacity == 1797  # all of scikit-learn's digits


def test_mechanisms():
    assert {preset(f"digits-{name}").rule.mechanism for name in ("copy", "learn", "none")} == {
        Mechanism.COPY, Mechanism.LEARN, Mechanism.NONE}
    assert preset("digits-relax").rule.schedule is Schedule.RELAXATION


def test_small_steps_get_finer_states():
    network = Network((64, 32, 10))
    assert design_for(network).rate.fraction == 8
    assert design_for(network, schedule=Schedule.RELAXATION).rate.fraction == 12


def test_mnist_small_fits_an_ice40up5k():
    design = preset("mnist-small")
    assert (design.network.sizes, design.lanes, design.single_port) == ((784, 64, 10), 4, True)
    # Four SPRAMs of 16384 words of 16 bits, four multipliers of 16 x 16.
    assert design.weight.width == 16 and MemoryMap(design).weight_depth <= 16384
    assert max(design.weight.width, design.difference.width) <= 16
    assert design.event.width + design.update_span + 1 <= 16
    assert design.update_shifts[0] == 6 and design.update_shifts[1] >= 10


@pytest.mark.parametrize("name, sizes, lanes", [("mnist", (784, 128, 10), 64),
                                                ("mnist-wide", (784, 128, 10), 129),
                                                ("mnist-deep", (784, 200, 200, 10), 100)])
def test_mnist_fits_native_multipliers_and_memories(name, sizes, lanes):
    design = preset(name)
    assert (design.network.sizes, design.lanes) == (sizes, lanes)
    assert design.rule.mechanism is Mechanism.REPLICATE
    assert (design.network.hidden, design.stochastic) == (Activation.RELU, True)
    assert str(design.weight) == "Q2.16"  # the 18 bits of an ECP5's block RAM and multiplier
    # What a weight is multiplied with, upwards and downwards; what an update multiplies, the
    # learning rate, 2**-6 .. 2**-10 and lower, riding as a left shift.
    assert max(design.event.width, design.difference.width) <= 18
    assert design.event.width + design.update_span + (not design.event.signed) <= 18
    assert design.update_shifts[0] == 6 and design.update_shifts[1] >= 10
