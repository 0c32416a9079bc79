"""Recommended learning rates follow the number of inputs."""

import pytest

from cortigate.golden.spec import PRESETS, RULES, preset
from cortigate.golden.spec.fan_in import octaves_lower

# k of the learning rate 2**-k at 64, 256 and 784 inputs.
SHIFTS = {"ghost": (4, 5, 6), "equilibrium": (4, 5, 6), "inversion": (5, 6, 7), "pal": (6, 7, 8),
          "microcircuit": (9, 10, 11)}


@pytest.mark.parametrize("rule", SHIFTS)
def test_recommended_rates(rule):
    designs = [RULES[rule].design((inputs, 32, 10)) for inputs in (64, 256, 784)]
    assert tuple(design.rule.learning_rate_shift for design in designs) == SHIFTS[rule]
    for design in designs:  # the engine can carry two halvings of it
        assert design.rule.update_shift + 2 in design.update_shift_range


def test_few_inputs_want_no_higher_rate_and_many_half_an_octave_less_for_each_octave():
    inputs = 1, 5, 64, 128, 129, 256, 512, 784, 1024
    assert [octaves_lower((one, 3, 2)) for one in inputs] == [0, 0, 0, 0, 1, 1, 2, 2, 2]


def test_feedback_weights_of_pal_keep_their_size():
    rules = [RULES["pal"].design((inputs, 32, 10)).rule for inputs in (64, 784)]
    assert len({rule.decay_shift - rule.feedback_rate_shift for rule in rules}) == 1


def test_presets_have_the_recommended_rates():
    for name, design in PRESETS.items():
        made = RULES[design.rule.name].design(design.network.sizes)
        if name != "digits-relax":  # of another schedule
            assert made.rule.learning_rate_shift == design.rule.learning_rate_shift, name
    assert preset("mnist").rule.learning_rate_shift == 6
