"""What is the same on every device: designs by name, order of samples, learning rates."""

from dataclasses import fields, replace
from enum import Enum

from ...golden.integer import RoundingGenerator, epoch_mask
from ...golden.spec import RULES, Activation, Design, MemoryMap, Network
from ...golden.spec.plain import plain, shown
from ...golden.spec.rules.ghost import Mechanism, Schedule, design_for
from .device import Run

__all__ = ["ALIASES", "design_by_name", "epoch_run", "halved_shifts", "initial_generators",
           "rule_name"]

ALIASES = {"eqprop": "equilibrium"}
# Hidden units that a rule's integers and float reference both know, its own first.
HIDDEN = {"ghost": (Activation.CLIP, Activation.RELU), "equilibrium": (Activation.CLIP,),
          "inversion": (Activation.TANH, Activation.LINEAR), "pal": (Activation.SOFT,),
          "microcircuit": (Activation.SPIKE,)}
# The parameter that gives a rule's second learning rate by itself, if it is not None.
SECOND_RATE = {"ghost": "ghost_rate_shift", "equilibrium": "branch_rate_shift",
               "pal": "feedback_rate_shift"}


def rule_name(text):
    """Name of a rule, of which `text` may be an alias."""
    name = ALIASES.get(text, text) if isinstance(text, str) else None
    if name not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, not {shown(text)}")
    return name


def design_by_name(sizes, *, rule="ghost", mechanism=None, schedule=None, hidden=None,
                   learning_rate_shift=None, rule_parameters=None, **changes):
    """Design with the recommended formats, its choices given as words.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    rule : str
        ``ghost``, ``equilibrium`` (or ``eqprop``), ``inversion``, ``pal`` or ``microcircuit``.
    mechanism : str or None
        Ghost units: ``C1``, ``A-copy``, ``A-sameR`` or ``N``; None is C1.
    schedule : str or None
        Ghost units: ``sweep`` or ``relaxation``; None is sweep.
    hidden : str or None
        Hidden units: ``clip`` or ``relu`` of ghost units, ``clip`` of an equilibrium network,
        ``tanh`` or ``linear`` of dynamic inversion, ``soft`` of phaseless alignment learning,
        ``spike`` of the microcircuit; None is the first of them.
    learning_rate_shift : int or None
        eta = 2**-learning_rate_shift; None takes the rule's own.
    rule_parameters : dict or None
        Further parameters of the rule by name: see `GhostRule`, `EquilibriumRule`,
        `InversionRule`, `PalRule` and `MicrocircuitRule` of golden.spec.
    **changes
        Further parameters of `Design`, such as lanes.

    Raises
    ------
    ValueError
        A word or a value is not among those allowed; the message lists them.
    """
    rule = rule_name(rule)
    units = hidden_units(rule, hidden)
    if rule == "ghost":
        design = design_for(
            Network(sizes, units),
            choice("mechanism", "C1" if mechanism is None else mechanism, Mechanism),
            choice("schedule", "sweep" if schedule is None else schedule, Schedule), **changes)
    else:
        for name, value in (("mechanism", mechanism), ("schedule", schedule)):
            if value is not None:
                raise ValueError(f"{name} belongs to the rule ghost, not to {rule}")
        design = RULES[rule].design(sizes, **changes)
        network = replace(design.network, hidden=units)
        design = design.replace(network=network)
    parameters = plain("rule_parameters", {} if rule_parameters is None else rule_parameters,
                       dict[str, object])
    allowed = [field.name for field in fields(design.rule)
               if field.name not in ("mechanism", "schedule", "learning_rate_shift")]
    for name in parameters:
        if name not in allowed:
            raise ValueError(f"rule_parameters of {rule} are {', '.join(allowed)}, "
                             f"not {shown(name)}")
    if learning_rate_shift is not None:
        parameters["learning_rate_shift"] = learning_rate_shift
    return design.replace(rule=replace(design.rule, **parameters)) if parameters else design


def hidden_units(rule, value):
    """Activation of the hidden units of a rule by its value, or the rule's own."""
    if value is None:
        return HIDDEN[rule][0]
    for unit in HIDDEN[rule]:
        if isinstance(value, str) and value == unit.value:
            return unit
    allowed = ", ".join(unit.value for unit in HIDDEN[rule])
    raise ValueError(f"hidden must be one of {allowed} for the rule {rule}, not {shown(value)}")


def choice(name, value, kind: type[Enum]):
    """Member of an Enum by its value."""
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(member.value for member in kind)
        raise ValueError(f"{name} must be one of {allowed}, not {shown(value)}") from None


def initial_generators(design: Design):
    """States of the generators after reset, int64 array: the lanes', the noise's; or empty."""
    return RoundingGenerator.of(design).states


def halved_shifts(rule, halvings):
    """(k, k of the second rate) of a rule's learning rates 2**-k after so many halvings.

    A second rate that is given by itself stays: the branches of an equilibrium network go on
    learning to predict the rates, plastic ghosts to follow, and feedback weights, which decay, to
    point where the forward weights do, while the task's rate falls.
    """
    own = SECOND_RATE.get(rule.name)
    follows = own is None or getattr(rule, own) is None
    return rule.update_shift + halvings, rule.second_update_shift + halvings * follows


def epoch_run(design: Design, seed, epoch, size, *, first=0, milestones=()):
    """Run of one epoch over `size` stored samples.

    Parameters
    ----------
    seed, epoch : int
        They give the order of the samples.
    milestones : iterable of int
        Epochs from which on the learning rate is half of what it was before: see `halved_shifts`.
    """
    halvings = sum(bool(epoch >= milestone) for milestone in milestones)
    return Run(size, epoch_mask(seed, epoch, MemoryMap(design).shuffle_bits),
               *halved_shifts(design.rule, halvings), first)
