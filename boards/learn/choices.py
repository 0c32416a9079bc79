"""Whether a design is what a user asked for."""

import math
from dataclasses import replace
from enum import Enum
from typing import Any

from ...golden.spec import Design, preset, resized
from ...golden.spec.plain import shown

__all__ = ["check_choices", "contradictions", "margin_shift"]

# Parameter of `design_by_name`, or of the classifier -> what a design has.
OWN = {
    "rule": lambda design: design.rule.name,
    "sizes": lambda design: design.network.sizes,
    "hidden_layer_sizes": lambda design: design.network.sizes[1:-1],
    "hidden": lambda design: design.network.hidden.value,
    "mechanism": lambda design: _value(design.rule, "mechanism"),
    "schedule": lambda design: _value(design.rule, "schedule"),
    "learning_rate_shift": lambda design: design.rule.learning_rate_shift,
    "lanes": lambda design: design.lanes,
    "sample_capacity": lambda design: design.sample_capacity,
    "margin": lambda design: None if design.margin_shift is None else 2.0**-design.margin_shift,
}


def margin_shift(margin: float | None) -> int | None:
    """`Design.margin_shift` of a margin; ValueError unless it is 1 or a part of it by halving."""
    if margin is None:
        return None
    if not 0.0 < margin <= 1.0 or math.frexp(margin)[0] != 0.5:
        raise ValueError(f"margin must be 1, 1/2, 1/4 and so on, or None, not {shown(margin)}")
    return 1 - math.frexp(margin)[1]


def check_choices(design: Design, choices: dict[str, Any], where: str,
                  labels: dict[str, str] | None = None) -> None:
    """Raise ValueError unless a design is what was asked.

    Parameters
    ----------
    design : Design
    choices : dict
        Parameter, a name from `OWN`, "rule_parameters", "preset" or "design" (of which a board may
        store fewer samples) -> its value; None is not asked.
    where : str
        What has the design, for the message.
    labels : dict or None
        Parameter -> what the user calls it, if not so.
    """
    for name, wanted in choices.items():
        if wanted is None:
            continue
        label = (labels or {}).get(name, name)
        if name == "preset":
            if not _is_preset(design, wanted, choices):
                _contradict(label, wanted, where, "another design", design)
        elif name == "design":
            if wanted.replace(sample_capacity=design.sample_capacity) != design:
                _contradict(label, f"{wanted.network} of {wanted.rule.name}, configuration "
                            f"{wanted.digest},", where, "another design", design)
        elif name == "rule_parameters":
            for key, value, own in _other_parameters(design, wanted):
                _contradict(f"{label} {key}", value, where, own, design)
        elif OWN[name](design) != wanted:
            _contradict(label, wanted, where, OWN[name](design), design)


def contradictions(design: Design, choices: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Parameters of an estimator that ask for something else than a design has.

    Parameters
    ----------
    design : Design
    choices : dict
        Parameter, a name from `OWN` or "rule_parameters" -> its value; None is not asked.

    Returns
    -------
    list of (parameter, its value as text, the design's as text)
    """
    found = []
    for name, wanted in choices.items():
        if wanted is None:
            continue
        if name == "rule_parameters":
            found += [(f"{name} {key}", value, own)
                      for key, value, own in _other_parameters(design, wanted)]
        elif OWN[name](design) != wanted:
            found.append((name, wanted, OWN[name](design)))
    return [(name, _shown(wanted), "none" if own is None else _shown(own))
            for name, wanted, own in found]


def _other_parameters(design, wanted):
    """(Name, value, the design's) of parameters of a rule that are other ones; words are values."""
    for key, value in wanted.items():
        own = getattr(design.rule, key, None)
        if value not in (own, getattr(own, "value", own)):
            yield key, value, own


def _contradict(label, wanted, where, own, design):
    own = "none" if own is None else _shown(own)
    raise ValueError(f"{label} {_shown(wanted)} contradicts {where}, which has {own} "
                     f"({design.network}, {design.lanes} lanes, rule {design.rule.name}, "
                     f"configuration {design.digest}): leave it out, or load a bitstream of the "
                     "design that you want")


def _is_preset(design, name, choices):
    """True if a design is a preset, but for lanes, samples, and layers that were asked."""
    wanted: dict[str, Any] = {
        key: getattr(design, key) for key in ("lanes", "neuron_lanes", "sample_capacity")}
    if choices.get("sizes") is not None:
        wanted["network"] = replace(preset(name).network, sizes=design.network.sizes)
    try:
        return resized(preset(name), **wanted) == design
    except ValueError:
        return False


def _value(rule, name):
    found = getattr(rule, name, None)
    return None if found is None else found.value


def _shown(value):
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value.value if isinstance(value, Enum) else value)
