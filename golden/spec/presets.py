"""Named designs."""

from dataclasses import replace

from .design import Activation, Design, MemoryKind, Network
from .equilibrium import EquilibriumRule
from .ghost import GhostRule, Mechanism, Schedule
from .inversion import InversionRule
from .microcircuit import MicrocircuitRule
from .pal import PalRule
from .plain import shown
from .qformat import QFormat, Rounding

__all__ = ["PRESETS", "design_for", "equilibrium_for", "inversion_for", "microcircuit_for",
           "mnist_for", "pal_for", "preset", "tiny_preset"]


def design_for(network, mechanism=Mechanism.REPLICATE, schedule=Schedule.SWEEP, **changes):
    """Ghost units with the recommended formats for a network, mechanism and schedule.

    The sweep needs 8 fraction bits of rate and state; small steps need 12, since with 8 the
    integrator's dead zone, half a unit of the last place over dt, swallows the error.
    """
    rule = GhostRule(mechanism=mechanism, schedule=schedule)
    formats = {}
    if schedule is Schedule.RELAXATION:
        rule = replace(rule, nudging_shift=1, step_shift=2)
        formats = {"rate": QFormat(2, 12), "state": QFormat(4, 12)}
    return Design(network=network, rule=rule, **formats | changes)


def mnist_for(sizes, **changes):
    """Ghost units with the recommended parameters for MNIST: rectified hidden units, weights of
    18 bits, rounded stochastically.

    784 inputs want a quarter of the digits' learning rate: 2**-5 is close to unstable. Rates that
    saturate at 2 and inputs of 4 fraction bits cost nothing: on 10,000 training samples held out
    784-128-10 and 784-200-200-10 reach 97.6 and 98.1 %, as with 4 and with 7 bits. A state must not
    be wider than the rate: feedback would not reach a saturated rate (97.5 %). So states, most of
    them far below zero, saturate all the time, and their counter says nothing.
    """
    network = Network(sizes, Activation.RELU, Activation.LINEAR)
    parameters = {"rule": GhostRule(learning_rate_shift=6), "rate": QFormat(2, 8),
                  "state": QFormat(2, 8), "sample": QFormat(1, 4, signed=False),
                  "weight": QFormat(2, 16, rounding=Rounding.STOCHASTIC)}
    return Design(**{"network": network} | parameters | changes)


def equilibrium_for(sizes, **changes):
    """Equilibrium network with the recommended parameters; every rate is clipped to 0 .. 1."""
    network = Network(sizes, Activation.CLIP, Activation.CLIP)
    return Design(**{"network": network, "rule": EquilibriumRule()} | changes)


def inversion_for(sizes, **changes):
    """Dynamic inversion with the recommended parameters: hard tanh below, clipped outputs."""
    network = Network(sizes, Activation.TANH, Activation.CLIP)
    return Design(**{"network": network, "rule": InversionRule()} | changes)


def pal_for(sizes, **changes):
    """Phaseless alignment learning with the recommended parameters: 12 fraction bits of rate,
    weights rounded stochastically."""
    network = Network(sizes, Activation.SOFT, Activation.LINEAR)
    formats = {"rate": QFormat(2, 12), "state": QFormat(4, 12),
               "weight": QFormat(2, 14, rounding=Rounding.STOCHASTIC)}
    return Design(**{"network": network, "rule": PalRule()} | formats | changes)


def microcircuit_for(sizes, **changes):
    """Sign-concordant microcircuit with the recommended parameters: weights of 12 bits, rounded
    stochastically, and potentials of 16."""
    network = Network(sizes, Activation.SPIKE, Activation.SPIKE)
    formats = {"rate": QFormat(2, 4), "sample": QFormat(1, 4, signed=False),
               "state": QFormat(6, 10), "weight": QFormat(2, 10, rounding=Rounding.STOCHASTIC)}
    return Design(**{"network": network, "rule": MicrocircuitRule()} | formats | changes)


def _digits(layers, lanes, mechanism=Mechanism.REPLICATE, schedule=Schedule.SWEEP):
    return design_for(Network.parse(layers), mechanism, schedule, lanes=lanes)


PRESETS = {
    # The smallest that has everything: two hidden layers, partly filled blocks.
    "tiny": design_for(Network((5, 4, 3, 2)), lanes=2, sample_capacity=32),
    "digits": _digits("64-32-10", 8),
    "digits-deep": _digits("64-64-32-10", 16),
    "digits-copy": _digits("64-64-32-10", 16, Mechanism.COPY),
    "digits-learn": _digits("64-64-32-10", 16, Mechanism.LEARN),
    "digits-none": _digits("64-64-32-10", 16, Mechanism.NONE),
    "digits-relax": _digits("64-64-32-10", 16, Mechanism.COPY, Schedule.RELAXATION),
    "digits-narrow": _digits("64-10-10-10-10", 8),
    # For an iCE40UP5K: an SPRAM for each lane, of whose 16384 words 12755 are used; samples are in
    # what is left of the block RAM.
    "mnist-small": mnist_for((784, 64, 10), lanes=4, sample_capacity=5,
                             weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC),
                             weight_memory=MemoryKind.SINGLE),
    # Two blocks of hidden neurons, of which one drains while the other is walked; one bank of
    # samples. Two neurons a cycle: 793 cycles for a sample instead of 886. 128 lanes take 528.
    "mnist": mnist_for((784, 128, 10), lanes=64, neuron_lanes=2,
                       sample_capacity=41, transposed=True),
    # 199,210 weights of 18 bits: 200 of an ECP5-85's 208 block RAMs.
    "mnist-deep": mnist_for((784, 200, 200, 10), lanes=100, sample_capacity=2, transposed=True),
    "tiny-equilibrium": equilibrium_for((5, 4, 3, 2), lanes=2, sample_capacity=32),
    "equilibrium": equilibrium_for((64, 64, 10), lanes=16),
    "equilibrium-deep": equilibrium_for((64, 64, 32, 10), lanes=16),
    "tiny-inversion": inversion_for((5, 4, 3, 2), lanes=2, sample_capacity=32),
    "inversion": inversion_for((64, 32, 10), lanes=16),
    "inversion-deep": inversion_for((64, 64, 32, 10), lanes=16),
    "tiny-pal": pal_for((5, 4, 3, 2), lanes=2, sample_capacity=32),
    "pal": pal_for((64, 32, 10), lanes=16),
    "pal-deep": pal_for((64, 64, 32, 10), lanes=16),
    "pal-narrow": pal_for((64, 32, 4, 32, 10), lanes=16),
    "tiny-microcircuit": microcircuit_for((5, 4, 3, 2), lanes=2, sample_capacity=32),
    # Without multipliers 8 lanes, each with its generator, are 3 % too large for an iCE40UP5K.
    "microcircuit": microcircuit_for((64, 32, 10), lanes=4),
    "microcircuit-deep": microcircuit_for((64, 48, 48, 48, 32, 10), lanes=16),
}


def tiny_preset(rule):
    """Name of a rule's smallest design."""
    return "tiny" if rule == "ghost" else f"tiny-{rule}"


def preset(name: str) -> Design:
    """The design called `name`; ValueError lists the names if there is none.

    Examples
    --------
    >>> from cortigate import preset
    >>> print(preset("mnist").network)
    784-128-10
    """
    try:
        return PRESETS[name]
    except (KeyError, TypeError):  # what cannot be a key is no name either
        raise ValueError(
            f"preset must be one of {', '.join(PRESETS)}, not {shown(name)}"
        ) from None
