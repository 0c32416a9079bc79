"""golden.spec.presets: the named designs are what their names say."""

import pytest

from cortigate.golden.spec import PRESETS, Mechanism, Network, Schedule, design_for, preset


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
