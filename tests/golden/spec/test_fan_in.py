"""Recommended learning rates follow the number of inputs, and the width of hidden layers."""

import pytest

from cortigate.golden.spec import PRESETS, RULES, Target, preset
from cortigate.golden.spec.fan_in import octaves_given_back, octaves_lower, octaves_lower_of_all

# k of the learning rate 2**-k at 64, 256 and 784 inputs.
SHIFTS = {"ghost": (4, 5, 6), "equilibrium": (4, 5, 6), "inversion": (5, 6, 7), "pal": (6, 7, 8),
          "microcircuit": (9, 10, 11)}
# The same of 10 inputs and 64, 128, 256, 512 and 1024 hidden neurons: classes, then values. The
# equilibrium network and the microcircuit learn wide layers at the rate of narrow ones.
HIDDEN = (64, 128, 256, 512, 1024)
WIDE = {"ghost": ((4, 5, 6, 7, 8), (5, 6, 7, 8, 9)),
        "inversion": ((5, 6, 7, 8, 9), (6, 7, 8, 9, 10)),
        "pal": ((6, 7, 8, 9, 10), (7, 8, 9, 10, 11)),
        "equilibrium": ((4,) * 5, (6,) * 5), "microcircuit": ((9,) * 5, None)}


def shifts(rule, networks, **changes):
    """k of the rates that are recommended for networks, checked to bear two halvings."""
    designs = [RULES[rule].design(sizes, **changes) for sizes in networks]
    for design in designs:
        assert design.rule.update_shift + 2 in design.update_shift_range
    return tuple(design.rule.learning_rate_shift for design in designs)


@pytest.mark.parametrize("rule", SHIFTS)
def test_recommended_rates(rule):
    assert shifts(rule, [(inputs, 32, 10) for inputs in (64, 256, 784)]) == SHIFTS[rule]


@pytest.mark.parametrize("rule", WIDE)
def test_recommended_rates_of_wide_hidden_layers(rule):
    classes, values = WIDE[rule]
    networks = [(10, width, 4) for width in HIDDEN]
    assert shifts(rule, networks) == classes
    if values is not None:
        assert shifts(rule, networks, target=Target.VECTOR) == values


def test_few_inputs_want_no_higher_rate_and_many_half_an_octave_less_for_each_octave():
    inputs = 1, 5, 64, 128, 129, 256, 512, 784, 1024
    assert [octaves_lower((one, 3, 2)) for one in inputs] == [0, 0, 0, 0, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("sizes, classes, values", [
    ((10, 90, 4), 0, 1), ((10, 91, 4), 1, 2), ((1, 32, 1024), 0, 0), ((10, 46, 4), 0, 1),
    ((64, 64, 512, 10), 3, 3), ((64, 512, 64, 10), 3, 3), ((40, 512, 10), 3, 4),
    ((256, 512, 10), 2, 2), ((784, 1024, 10), 2, 2)])
def test_the_widest_hidden_layer_counts_from_the_inputs_or_from_a_number(sizes, classes, values):
    assert octaves_lower_of_all(sizes) == classes
    assert [octaves_lower_of_all(sizes, one) for one in (Target.VECTOR, Target.INPUT)] == [
        values, values]


@pytest.mark.parametrize("target", Target)
def test_hidden_layers_no_wider_than_the_input_change_nothing(target):
    for inputs in range(1, 1025):
        for hidden in ((inputs,), (1, inputs, inputs), (min(inputs, 7),)):
            sizes = (inputs, *hidden, 1000)
            assert octaves_lower_of_all(sizes, target) == octaves_lower(sizes)


def test_many_inputs_are_given_back_at_a_lower_rate():
    inputs = 1, 13, 16, 30, 32, 64, 256, 784
    assert [round(octaves_given_back(one), 1) for one in inputs] == [0, 0, 0, 0.9, 1, 2, 2, 2]
    networks = [(one, 8, one) for one in (13, 30, 64, 256)] + [(64, 1024, 64)]
    for rule, found in {"ghost": (4, 5, 6, 7, 10), "pal": (6, 6, 7, 8, 11),
                        "inversion": (5, 5, 5, 6, 9), "equilibrium": (6, 6, 6, 7, 6)}.items():
        assert shifts(rule, networks, target=Target.INPUT) == found


@pytest.mark.parametrize("sizes, guard", [
    ((64, 64, 512, 10), 4), ((10, 64, 65, 4), 4), ((10, 1024, 64, 4), 0), ((64, 512, 10), 0),
    ((64, 32, 2, 32, 64), 0), ((128, 64, 128, 10), 0)])
def test_wide_layers_above_a_hidden_one_are_guarded_in_dynamic_inversion(sizes, guard):
    assert RULES["inversion"].design(sizes).rule.guard == guard


def test_feedback_weights_of_pal_keep_their_size():
    rules = [RULES["pal"].design(sizes).rule
             for sizes in ((64, 32, 10), (784, 32, 10), (64, 1024, 10))]
    assert len({rule.decay_shift - rule.feedback_rate_shift for rule in rules}) == 1


def test_presets_have_the_recommended_rates():
    for name, design in PRESETS.items():
        made = RULES[design.rule.name].design(design.network.sizes)
        if name != "digits-relax":  # of another schedule
            assert made.rule.learning_rate_shift == design.rule.learning_rate_shift, name
    assert preset("mnist").rule.learning_rate_shift == 6
