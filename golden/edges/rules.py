"""The edges of every rule's pipeline, and why some of their cases cannot be met."""

from ..integer.arithmetic import soft_edges
from ..spec.design import Activation, Design
from ..spec.microcircuit import ERROR_BITS
from .edge import clip, comparison, halving, rounding

__all__ = ["edges_of"]


def edges_of(design: Design):
    """Edges of a design's neurons and weights: tuple of Edge."""
    pipelines = {"ghost": _relaxation if design.rule.relaxes else _sweep,
                 "equilibrium": _equilibrium, "inversion": _inversion, "pal": _pal,
                 "microcircuit": _microcircuit}
    return tuple(pipelines[design.rule.name](design) + _weights(design))


def _drives(design):
    discard = design.drive_fraction - design.state.fraction
    return rounding("drive", discard) + clip("drive")


def _weights(design):
    shift = design.update_discard
    return rounding("update", shift, design.weight.rounding) + clip("weight") + comparison("winner")


def _rates(design, name="rate"):
    """Clips of hidden and output rates; of soft ones the pieces."""
    edges = []
    for layer, kind in (("hidden", design.network.hidden), ("output", design.network.output)):
        if kind is Activation.SOFT:
            for edge in soft_edges(design.rate.one):
                edges += comparison(f"{name}, slope {edge}")
        else:
            edges += clip(f"{name}, {layer}")
    return edges


def _sweep(design):
    return (_drives(design) + _rates(design, "rate of a drive") + _rates(design)
            + rounding("nudge", design.rule.nudging_shift) + clip("state"))


def _relaxation(design):
    # A state beyond either end of the target is nudged back, and a step that is no whole one
    # leaves half of the state that it starts from.
    inside = "a small step towards a drive in the format does not leave it" * bool(
        design.rule.step_shift)
    return (_drives(design) + _rates(design, "rate of a drive") + _rates(design)
            + rounding("nudge", design.rule.nudging_shift) + clip("state", inside, inside)
            + rounding("step", design.rule.step_shift) + comparison("moved"))


def _equilibrium(design):
    return (_drives(design) + _rates(design) + rounding("nudge", design.rule.nudging_shift)
            + clip("state") + comparison("rise") + comparison("fall"))


def _inversion(design):
    rule = design.rule
    return (_drives(design) + _rates(design)
            + rounding("control", rule.leak_shift + rule.control_shift)
            + rounding("follow", rule.follow_shift) + clip("controller") + clip("follower")
            + _gate(design.network.hidden) + comparison("error") + comparison("moved"))


def _gate(hidden):
    """Drives between which the slope of a hard activation is 1."""
    edges = [] if hidden is Activation.LINEAR else comparison("gate, low")
    if hidden in (Activation.TANH, Activation.CLIP):
        edges += comparison("gate, high")
    return edges


def _pal(design):
    edges = _drives(design) + _rates(design) + clip("state") + clip("change") + clip("error")
    for k in (1, 2, 3):
        edges += rounding(f"error, slope 1/{1 << k}", k)
    for edge in soft_edges(design.rate.one):
        edges += comparison(f"error, slope {edge}")
    return edges


def _microcircuit(design):
    rule, sizes, state = design.rule, design.network.sizes, design.state
    spikes = max(sizes[:-1]) << (design.weight.width - 1)  # the largest drive of spikes
    errors = max(sizes[2:]) << rule.magnitude_bits  # of error spikes
    reasons = [_few("spikes", spikes, state.maximum)]
    # A current halves, a potential loses a quarter: at most they add up to this much.
    reasons.append(_few("currents", 2 * spikes, state.maximum))
    upper = _few("currents below a spike", 2 * spikes + state.one, state.maximum)
    lower = _few("currents", 8 * spikes, state.maximum)
    cell = _few("error spikes", 2 * errors, 1 << (ERROR_BITS - 1))
    return (clip("drive", reasons[0], reasons[0]) + clip("current", reasons[1], reasons[1])
            + clip("potential", lower, upper) + clip("error cell", cell, cell)
            + comparison("spike") + comparison("gate, low") + comparison("gate, high")
            + comparison("top error, E+") + comparison("top error, E-")
            + comparison("error, E+") + comparison("error, E-") + halving("error halved")
            + comparison("input") + comparison("charge"))


def _few(what, most, end):
    """Why a clip is out of reach, or nothing."""
    return f"at: {what} of this network add up to {most} at most" if most < end - 1 else ""
