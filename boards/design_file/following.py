"""The rest of a design, of which a file says a part: what the rule recommends, formats that follow.

What is not said is what the rule's own `design` takes for these layers, at the learning rate that
is said (`Rule.at_rate`). A format that is not said follows those that are: a state has as many
fraction bits as the rate (or, of spiking neurons, as the weight), and at least as many integer bits
as the rate, and a sample fits into a rate.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from ...golden.spec import Design, Network, QFormat, Rule, Target

__all__ = ["Said", "Whole", "completed", "parts"]

MOST_OUTPUTS = 255  # of recommended designs: every rule takes as many, whatever the target is

# What a file says, or all there is to say: table -> name -> value; "engine" is the design's own.
Said = dict[str, dict[str, Any]]
Whole = Said


def parts(design: Design) -> Whole:
    """Everything that a design says, by tables: its dataclasses, and "engine", all else."""
    whole: Whole = {"network": {}, "rule": {}, "engine": {}}
    for field in fields(design):
        value = getattr(design, field.name)
        if is_dataclass(value) and field.name in whole:
            whole[field.name] = {one.name: getattr(value, one.name)
                                 for one in fields(value) if one.init}
        else:
            whole["engine"][field.name] = value
    return whole


def completed(kind: type[Rule], said: Said) -> Whole:
    """Everything that a design says, of which a part is given: see above.

    Parameters
    ----------
    kind : type
        Class of the rule.
    said : dict
        Tables network (which has `sizes`), rule and engine: name -> value.

    Raises
    ------
    TypeError, ValueError
        The rule has no design of these layers and choices.
    """
    sizes: tuple[int, ...] = Network(said["network"]["sizes"]).sizes
    choices = {name: said["rule"][name] for name in kind.choices if name in said["rule"]}
    target = said["engine"].get("target", Target.CLASS)
    if target is Target.CLASS:
        sizes = *sizes[:-1], min(sizes[-1], MOST_OUTPUTS)
    else:  # which the rule may recommend other parameters for, or refuse
        choices["target"] = target
    if "lanes" in said["engine"]:  # which how the last weights are stored depends on
        choices["lanes"] = said["engine"]["lanes"]
    usual = kind.design(sizes, **choices)
    whole = parts(usual)
    if "learning_rate_shift" in said["rule"]:
        whole["rule"] |= usual.rule.moved_along(said["rule"]["learning_rate_shift"])
    for table, values in said.items():
        whole[table] |= values
    whole["engine"] |= _following(usual, said["engine"], whole["engine"])
    return whole


def _following(usual, given, engine):
    """Formats that are not given, as those that are make them."""
    spiking, found = usual.engine.spiking, {}
    rate: QFormat = engine["rate"]
    if "rate" not in given and "state" in given and not spiking:
        found["rate"] = rate = replace(rate, fraction=engine["state"].fraction)
    if "state" not in given:
        owner = engine["weight"] if spiking else rate
        found["state"] = replace(usual.state, fraction=owner.fraction,
                                 integer=max(usual.state.integer, rate.integer))
    if "sample" not in given:
        sample = usual.sample
        found["sample"] = replace(sample, fraction=min(sample.fraction, rate.fraction),
                                  integer=min(sample.integer, rate.integer - (not sample.signed)))
    return found
