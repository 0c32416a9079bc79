"""What is the same on every device: designs by name, order of samples, learning rates."""

from dataclasses import replace
from enum import Enum

import numpy as np

from ...golden.integer import RoundingGenerator, epoch_mask
from ...golden.spec import Activation, Design, Mechanism, MemoryMap, Network, Schedule, design_for
from ...golden.spec.ghost import GhostRule
from .device import Run

__all__ = ["design_by_name", "epoch_run", "initial_generators"]


def design_by_name(sizes, *, rule="ghost", mechanism="C1", schedule="sweep", hidden="clip",
                   learning_rate_shift=None, **changes):
    """Design with the recommended formats, its choices given as words.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    rule : str
        ``ghost``.
    mechanism : str
        ``C1``, ``A-copy``, ``A-sameR`` or ``N``.
    schedule : str
        ``sweep`` or ``relaxation``.
    hidden : str
        ``clip`` or ``relu``.
    learning_rate_shift : int or None
        eta = 2**-learning_rate_shift; None takes the rule's own.
    **changes
        Further parameters of `Design`, such as lanes.

    Raises
    ------
    ValueError
        A word or a value is not among those allowed; the message lists them.
    """
    if rule != GhostRule.name:
        raise ValueError(f"rule must be {GhostRule.name}, not {rule!r}")
    design = design_for(Network(tuple(sizes), choice("hidden", hidden, Activation)),
                        choice("mechanism", mechanism, Mechanism),
                        choice("schedule", schedule, Schedule), **changes)
    if learning_rate_shift is None:
        return design
    return design.replace(rule=replace(design.rule, learning_rate_shift=learning_rate_shift))


def choice(name, value, kind: type[Enum]):
    """Member of an Enum by its value."""
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(member.value for member in kind)
        raise ValueError(f"{name} must be one of {allowed}, not {value!r}") from None


def initial_generators(design: Design):
    """States of the rounding generators after reset, int64 array; empty if there are none."""
    if not design.stochastic:
        return np.zeros(0, np.int64)
    return RoundingGenerator(design.lanes, design.generator_seed).states


def epoch_run(design: Design, seed, epoch, size, *, first=0, milestones=()):
    """Run of one epoch over `size` stored samples.

    Parameters
    ----------
    seed, epoch : int
        They give the order of the samples.
    milestones : iterable of int
        Epochs from which on the learning rate is half of what it was before; plastic ghosts whose
        rate is not given by itself follow.
    """
    rule = design.rule
    halvings = sum(epoch >= milestone for milestone in milestones)
    follow = halvings if rule.ghost_rate_shift is None else 0
    return Run(size, epoch_mask(seed, epoch, MemoryMap(design).shuffle_bits),
               rule.update_shift + halvings, rule.ghost_update_shift + follow, first)
