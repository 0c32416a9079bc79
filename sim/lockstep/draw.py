"""Designs drawn at random within the specification's limits, to verify the engine with."""

import numpy as np

from ...golden.spec import (
    RULES,
    Activation,
    Design,
    EquilibriumRule,
    GhostRule,
    InversionRule,
    Mechanism,
    MemoryKind,
    MicrocircuitRule,
    Network,
    PalRule,
    QFormat,
    Schedule,
)
from ...golden.spec.design import NEURON_LANES
from ...golden.spec.qformat import Rounding

__all__ = ["draw_design", "with_neuron_lanes"]

LARGEST = 70
KINDS = [(m, s) for s in Schedule for m in Mechanism]


def draw_design(seed, number, rule="ghost"):
    """Design `number` of the series `seed` of a rule.

    1 to 3 hidden layers of 1 to 70 neurons, 2 to 16 lanes, 1, 2 or 4 neuron lanes, formats within
    their limits. Ghost units' mechanism and schedule take turns, so that 8 designs in a row have
    every pair of them. Networks that relax are half as large: it takes them many times the cycles.
    A third of all weights lie in memories with one port.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, not {rule!r}")
    rng = np.random.default_rng([seed, number])

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    # From generators of their own, so that whatever else is drawn is the same for all of them.
    neuron_lanes = int(np.random.default_rng([seed, number, 2]).choice(NEURON_LANES))
    memory = (MemoryKind.AUTO if np.random.default_rng([seed, number, 3]).integers(3)
              else MemoryKind.SINGLE)
    if rule == "microcircuit":
        return with_neuron_lanes(_spiking(draw, memory), neuron_lanes)

    mechanism, schedule = KINDS[(number + seed) % len(KINDS)]
    relaxes = rule != "ghost" or schedule is Schedule.RELAXATION
    hidden = draw(1, 3)
    top = LARGEST // 2 if relaxes else LARGEST
    sizes = tuple(draw(1, top) for _ in range(hidden + 2))
    fraction = draw(4, 12)
    rate = QFormat(draw(2, 3), fraction)
    if rule == "ghost":
        learning, nudging = draw(2, 6), draw(0, 2)
        drawn = GhostRule(mechanism, schedule, learning, nudging, step_shift=draw(0, 3),
                          steps=draw(1, 6))
        network = Network(sizes, (Activation.CLIP, Activation.RELU)[draw(0, 1)])
    elif rule == "equilibrium":
        learning, branches = draw(2, 6), bool(draw(0, 1))
        drawn = EquilibriumRule(
            learning, draw(0, 1), draw(0, 2), share_shift=1 if branches else draw(0, 1),
            branch_rate_shift=learning + draw(0, 1) if branches else None, steps=draw(1, 8),
            tolerance_shift=(None, draw(1, 6))[draw(0, 1)])
        network = Network(sizes, Activation.CLIP, Activation.CLIP)
    elif rule == "pal":
        learning = draw(2, 6)
        drawn = PalRule(learning, draw(1, min(5, fraction)), learning + draw(0, 1), draw(3, 8),
                        draw(0, 4), draw(1, 5))
        network = Network(sizes, Activation.SOFT, Activation.LINEAR)
    else:
        drawn = InversionRule(draw(2, 6), draw(0, 2), draw(0, 2), draw(0, 4), draw(2, 8))
        hard = [a for a in Activation if a is not Activation.SOFT]
        network = Network(sizes, hard[draw(0, 3)],
                          (Activation.CLIP, Activation.LINEAR)[draw(0, 1)])
    sample_fraction = draw(3, min(7, fraction))
    sample = QFormat(min(8 - sample_fraction, rate.integer - 1), sample_fraction, signed=False)
    # An update must drop at least one bit. Formats that are certainly allowed tell how many more.
    transposed = drawn.may_transpose and bool(np.random.default_rng([seed, number, 1]).integers(2))
    base = Design(network, drawn, rate=rate, state=QFormat(8, fraction), sample=sample,
                  weight=QFormat(4, 4), transposed=transposed)
    highest = 2 * fraction + base.update_lowest_rate - 1
    if rule == "pal":  # nor may a decay lie below an update's last bit
        highest -= drawn.decay_shift - 1
    weight_fraction = draw(min(5, highest), min(highest, 16))
    return with_neuron_lanes(Design(
        network=network, rule=drawn, lanes=draw(2, 16),
        weight=QFormat(draw(1, min(8, 24 - weight_fraction)), weight_fraction,
                       rounding=list(Rounding)[draw(0, 2)]),
        rate=rate, state=QFormat(draw(rate.integer, 8), fraction),
        sample=sample, sample_capacity=4, generator_seed=draw(1, 2**31 - 1),
        transposed=transposed, weight_memory=memory,
    ), neuron_lanes)


def with_neuron_lanes(design: Design, count):
    """The design with so many neuron lanes, and as many more lanes as they must divide."""
    return design.replace(neuron_lanes=count, lanes=-(-design.lanes // count) * count)


def _spiking(draw, memory):
    """Design of spiking neurons: magnitudes of 1 to 4 bits, signs of the weights or random ones."""
    sizes = tuple(draw(1, LARGEST // 2) for _ in range(draw(3, 5)))
    rule = MicrocircuitRule(draw(5, 10), draw(2, 9), draw(1, 4), bool(draw(0, 3)),
                            draw(1, 2**31 - 1))
    fraction = draw(5, 11)
    return Design(
        network=Network(sizes, Activation.SPIKE, Activation.SPIKE), rule=rule, lanes=draw(2, 16),
        weight=QFormat(draw(1, 4), fraction, rounding=list(Rounding)[draw(0, 2)]),
        rate=QFormat(2, 4), state=QFormat(draw(2, 16 - fraction), fraction),
        sample=QFormat(1, 4, signed=False), sample_capacity=4, generator_seed=draw(1, 2**31 - 1),
        weight_memory=memory)
