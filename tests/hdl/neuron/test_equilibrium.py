# amaranth: UnusedElaboratable=no
"""Neurons of the equilibrium network: two drives that grow, and the nudged phases."""

from dataclasses import replace

import pytest

from cortigate.golden.spec import preset
from cortigate.golden.spec.rules.equilibrium import ClampedStart, Phase

from .alone import Pass, run

# Layers of 4, 3 and 2 neurons; rates clipped to 0 .. 1, beta 1/2, half a drive for each branch.
DESIGN = preset("tiny-equilibrium")
FREE_2, FREE_3, APICAL_2, SWEEP_2, PLUS_3, MINUS_3 = 1, 2, 4, 5, 12, 15
LATENCY = 9
LEARNS = {"train": 1, "label": 1}
BEGIN_2, CLAMP_3, PULL_2, SETTLE_2 = 13, 14, 15, 17


def test_a_hidden_neuron_begins_as_if_both_branches_were_the_same():
    hidden, output = run(DESIGN, LATENCY, [Pass(FREE_2, [0.25, 0.125, 0.75]),
                                           Pass(FREE_3, [0.5, 0.25])])
    assert hidden.address == [4, 5, 6] and output.address == [7, 8]
    assert hidden.state == [0.5, 0.25, 1.5]
    assert hidden.rate == hidden.words["change"] == [0.5, 0.25, 1]
    assert hidden.lists["change"] == [0, 0, 0]  # its matrix was walked with these rates
    assert output.state == [0.5, 0.25] and output.prediction == 0


def test_a_sweep_adds_both_drives_and_sends_what_has_changed():
    _, apical, sweep, again = run(DESIGN, LATENCY, [
        Pass(FREE_2, [0.25, 0.125, 0.75]), Pass(APICAL_2, [0.25, 0, -1]),
        Pass(SWEEP_2, [0, 0, 0]), Pass(SWEEP_2, [0, 0.125, 0])])
    assert apical.changed == [1, 0, 1] and apical.moved == [0, 0, 0]
    assert sweep.state == [0.5, 0.125, -0.25]
    assert sweep.rate == [0.5, 0.125, 0]
    assert sweep.lists["change"] == sweep.words["change"] == [0, -0.125, -1]
    assert sweep.moved == sweep.changed == [0, 1, 1]
    assert again.lists["change"] == [0, 0.125, 0]


def test_both_nudged_phases_start_from_the_free_one():
    """+- (t - r) / 2 beside the drives; what is learned is the difference of the phases."""
    free, plus, minus = run(DESIGN, LATENCY, [
        Pass(FREE_3, [0.5, 0.25], LEARNS), Pass(PLUS_3, [0, 0]), Pass(MINUS_3, [0, 0])])
    assert free.rate == [0.5, 0.25]
    assert plus.state == [0.25, 0.625]
    assert plus.words["feedback"] == [-0.25, 0.375]
    assert minus.state == [0.75, -0.125]
    assert minus.rate == minus.words["minus"] == [0.75, 0]
    assert minus.words["feedback"] == [0.25, -0.25]
    assert minus.words["difference"] == [-0.5, 0.625]


def clamping(start):
    """DESIGN with the output clamped."""
    return DESIGN.replace(rule=replace(DESIGN.rule, phase=Phase.CLAMPED, clamped_start=start))


@pytest.mark.parametrize("start, begins", [(ClampedStart.FORWARD, [0.5, 0.25, 1]),
                                           (ClampedStart.ZERO, [0, 0, 0])])
def test_the_clamped_phase_begins_anew(start, begins):
    _, anew, pulled = run(clamping(start), LATENCY, [
        Pass(FREE_2, [0.75, 0.5, 0.25], LEARNS), Pass(BEGIN_2, [0.25, 0.125, 0.75]),
        Pass(PULL_2, [0.25, 0, -1])])
    assert anew.rate == anew.lists["clamped"] == begins
    # The new basal drive, and the whole of the apical one; the free rates are 1, 1 and 0.5.
    assert pulled.state == [0.5, 0.125, -0.25] and pulled.rate == [0.5, 0.125, 0]
    assert pulled.lists["clamped"] == pulled.words["clamped"] == [0.5, 0.125, 0]
    assert pulled.lists["difference"] == pulled.words["difference"] == [-0.5, -0.875, -0.5]
    assert pulled.lists["change"] == [a - b for a, b in zip(pulled.rate, begins, strict=True)]
    assert pulled.words["change"] == pulled.moved == [0, 0, 0]  # the whole rate goes down


def test_a_clamped_layer_goes_on_from_where_the_free_phase_has_ended():
    design = clamping(ClampedStart.FREE)
    _, output, pulled, settled = run(design, LATENCY, [
        Pass(FREE_2, [0.25, 0.125, 0.375], LEARNS), Pass(CLAMP_3 - 2, [0, 0]),
        Pass(PULL_2 - 2, [0.25, 0, -1]), Pass(SETTLE_2 - 2, [0, 0.25, 0])])
    assert output.state == output.rate == output.words["clamped"] == [0, 1]
    assert pulled.lists["change"] == [0, -0.125, -0.75]  # from 0.5, 0.25 and 0.75
    assert settled.rate == [0.5, 0.375, 0] and settled.moved == settled.changed == [0, 1, 0]
    assert settled.lists["change"] == settled.words["change"] == [0, 0.25, 0]
    assert settled.words["difference"] == [0, 0.125, -0.75]
