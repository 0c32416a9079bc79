"""Common to every device: designs by name, order of samples, learning rates."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from enum import Enum
from typing import Any

import numpy as np

from ...golden.integer import RoundingGenerator, epoch_mask
from ...golden.spec import RULES, Activation, Design, MemoryMap, Rule
from ...golden.spec.plain import plain, shown
from ...golden.spec.registry import default_rule
from ..device import Run

__all__ = ["WORDS", "design_by_name", "epoch_run", "halved_shifts", "initial_generators",
           "reached_shifts", "rule_name", "unreached_milestones"]

WORDS = ("hidden", "mechanism", "schedule")  # choices of `design_by_name` that are words


def rule_name(text: str | None) -> str:
    """Name of a rule, of which `text` may be an alias; None is the default rule."""
    if text is None:
        return default_rule().name
    for name, rule in RULES.items():
        if isinstance(text, str) and text in (name, *rule.aliases):
            return name
    raise ValueError(f"rule must be one of {', '.join(RULES)}, not {shown(text)}")


def design_by_name(sizes: tuple[int, ...], *, rule: str | None = None,
                   mechanism: str | None = None, schedule: str | None = None,
                   hidden: str | None = None, learning_rate_shift: int | None = None,
                   rule_parameters: dict[str, Any] | None = None, **changes: Any) -> Design:
    """Design with the recommended formats, its choices given as words.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    rule : str or None
        Name of an installed rule, or an alias: see `RULES`; None is the first of them.
    mechanism, schedule : str or None
        Words of rules that have such a choice (`Rule.choices`); None is the rule's own.
    hidden : str or None
        One of the rule's hidden units (`Rule.units`); None is the first of them.
    learning_rate_shift : int or None
        eta = 2**-learning_rate_shift, and what follows it (`Rule.at_rate`); None takes the rule's
        own.
    rule_parameters : dict or None
        Further parameters of the rule by name: see its class in golden.spec.rules.
    **changes
        Further parameters of `Design`, such as lanes.

    Raises
    ------
    ValueError
        A word or a value is not among those allowed; the message lists them.
    """
    rule = rule_name(rule)
    kind, words = RULES[rule], {"mechanism": mechanism, "schedule": schedule}
    units = hidden_units(kind, hidden)
    for name, value in words.items():
        if value is not None and name not in kind.choices:
            owners = ", ".join(other.name for other in RULES.values() if name in other.choices)
            raise ValueError(f"{name} belongs to the rule {owners}, not to {rule}")
    choices = {name: choice(name, value, kind.choices[name]) for name, value in words.items()
               if value is not None}
    parameters = plain("rule_parameters", {} if rule_parameters is None else rule_parameters,
                       dict[str, object])
    allowed = [field.name for field in fields(kind)
               if field.name not in (*words, "learning_rate_shift")]
    for name in parameters:
        if name not in allowed:
            raise ValueError(f"rule_parameters of {rule} must be among {', '.join(allowed)}, not "
                             f"{shown(name)}")
    parameters = {name: choice(name, value, kind.choices[name])
                  if name in kind.choices and isinstance(value, str) else value
                  for name, value in parameters.items()}
    # The rule recommends other formats and parameters beside some choices.
    choices |= {name: value for name, value in parameters.items() if name in kind.choices}
    design = kind.design(sizes, **changes | choices)
    design = design.replace(network=replace(design.network, hidden=units))
    return design.replace(rule=design.rule.at_rate(learning_rate_shift, **parameters))


def hidden_units(rule: type[Rule], value: str | None) -> Activation:
    """Activation of the hidden units of a rule by its value, or the rule's own."""
    if value is None:
        return rule.units[0]
    for unit in rule.units:
        if isinstance(value, str) and value == unit.value:
            return unit
    allowed = ", ".join(unit.value for unit in rule.units)
    raise ValueError(f"hidden must be one of {allowed} for the rule {rule.name}, "
                     f"not {shown(value)}")


def choice(name: str, value: str, kind: type[Enum]) -> Enum:
    """Member of an Enum by its value."""
    try:
        return kind(value)
    except ValueError:
        allowed = ", ".join(member.value for member in kind)
        raise ValueError(f"{name} must be one of {allowed}, not {shown(value)}") from None


def initial_generators(design: Design) -> np.ndarray:
    """States of the generators after reset, int64 array: the lanes', the noise's; or empty."""
    return RoundingGenerator.of(design).states


def halved_shifts(rule: Rule, halvings: int) -> tuple[int, int]:
    """(k, k of the second rate) of a rule's learning rates 2**-k after this many halvings.

    A second rate that is given by itself stays (`Rule.second_rate`): what learns by it goes on
    following, while the task's rate falls.
    """
    own = rule.second_rate
    follows = not own or getattr(rule, own) is None
    return rule.update_shift + halvings, rule.second_update_shift + halvings * follows


def reached_shifts(design: Design, halvings: int) -> tuple[int, int]:
    """`halved_shifts` of a design; ValueError unless it reaches such low rates."""
    found, room = halved_shifts(design.rule, halvings), 0
    while max(halved_shifts(design.rule, room + 1)) <= design.update_shifts[1]:
        room += 1
    if halvings > room:
        raise ValueError(f"the learning rate is to be halved {halvings} times, but rate "
                         f"{design.rate} leaves room for {room}: take a rate of fewer bits, or "
                         "fewer milestones or epochs")
    return found


def unreached_milestones(milestones: Sequence[int], epochs: int) -> str:
    """Sentence about milestones that epochs 0 .. `epochs` - 1 do not reach; "" if they reach all.

    Raises
    ------
    ValueError
        One is negative.
    """
    if any(one < 0 for one in milestones):
        raise ValueError(f"milestones must be at least 0, not {min(milestones)}")
    found = [str(one) for one in milestones if one >= epochs]
    if not found:
        return ""
    return (f"the learning rate does not fall at the milestones {', '.join(found)}, since learning "
            f"ends with epoch {epochs - 1}, counted from 0")


def epoch_run(design: Design, seed: int, epoch: int, size: int, *, first: int = 0,
              milestones: Iterable[int] = ()) -> Run:
    """Run of one epoch over `size` stored samples.

    Parameters
    ----------
    seed, epoch : int
        They give the order of the samples.
    milestones : iterable of int
        Epochs from which on the learning rate is half of what it was before: see `halved_shifts`.

    Raises
    ------
    ValueError
        The design reaches no such low rate.
    """
    halvings = sum(bool(epoch >= milestone) for milestone in milestones)
    return Run(size, epoch_mask(seed, epoch, MemoryMap(design).shuffle_bits),
               *reached_shifts(design, halvings), first)
