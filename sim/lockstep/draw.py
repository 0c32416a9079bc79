"""Designs drawn at random within the specification's limits, to verify the engine with."""

import numpy as np

from ...golden.spec import RULES, Design
from ...golden.spec.design import NEURON_LANES
from ...golden.spec.plain import shown
from ...golden.spec.sampler import DesignSampler

__all__ = ["draw_design", "with_neuron_lanes"]


def draw_design(seed, number, rule):
    """Design `number` of the series `seed` of a rule, as the rule draws it.

    1 to 3 hidden layers of 1 to 70 neurons, 2 to 16 lanes, 1 to 16 neuron lanes, formats within
    their limits. Networks that relax are half as large: it takes them many times the cycles. A
    third of all weights lie in memories with one port.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, not {shown(rule)}")
    # From a generator of its own, so that whatever else is drawn is the same for all of them.
    neuron_lanes = int(np.random.default_rng([seed, number, 2]).choice(NEURON_LANES))
    return with_neuron_lanes(RULES[rule].draw(DesignSampler(seed, number)), neuron_lanes)


def with_neuron_lanes(design: Design, count):
    """The design with this many neuron lanes, and as many more lanes as they must divide."""
    return design.replace(neuron_lanes=count, lanes=-(-design.lanes // count) * count)
