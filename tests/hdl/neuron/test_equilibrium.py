# amaranth: UnusedElaboratable=no
"""Neurons of the equilibrium network: two drives that grow, and the nudged phases."""

from cortigate.golden.spec import preset

from .alone import Pass, run

# Layers of 4, 3 and 2 neurons; rates clipped to 0 .. 1, beta 1/2, half a drive for each branch.
DESIGN = preset("tiny-equilibrium")
FREE_2, FREE_3, APICAL_2, SWEEP_2, PLUS_3, MINUS_3 = 1, 2, 4, 5, 12, 15
LATENCY = 9
LEARNS = {"train": 1, "label": 1}


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
