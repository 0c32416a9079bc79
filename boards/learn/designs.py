"""Which design runs on a board, by what the board says of itself.

A board names its design by a digest. It is looked up among the presets as boards store them, the
designs that `design_by_name` makes, and the records of builds.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from ...golden.spec import PRESETS, RULES, Design, resized
from ...golden.spec.design import NEURON_LANES
from ...golden.spec.link import Identity
from ...golden.spec.plain import Plain
from ...golden.spec.registry import rule_of_code
from ..chip import CHIPS
from ..extras import command_name
from ..host.discovery import NoBoard
from ..host.identify import describe, read_identity
from ..host.rates import open_link
from ..record import REPORT, BuildRecord, recalled
from .choices import check_choices, margin_shift
from .training import WORDS, design_by_name

__all__ = ["Known", "design_on", "fitting", "known", "rule_of"]

BUILDS = Path("build")  # where `cortigate build` writes, in the folder that it is started in


@dataclass(frozen=True)
class Known(Plain):
    """A design that was found.

    Parameters
    ----------
    design : Design
    name : str
        What it is known as.
    """

    design: Design
    name: str


def rule_of(identity: Identity) -> str | None:
    """Name of the rule of a board, None if this version does not know it."""
    rule = rule_of_code(identity.rule)
    return None if rule is None else rule.name


def known(identity: Identity, choices: dict[str, Any] | None = None,
          samples: int | None = None) -> tuple[Known | None, list[str]]:
    """The design of a board.

    Parameters
    ----------
    identity : Identity
    choices : dict or None
        Parameters that it may have been built with, by the names of `check_choices`.
    samples : int or None
        Samples that it may store, besides what boards usually do.

    Returns
    -------
    Known or None
    list of str
        Why records of builds could not be read, if the design was not found before.
    """
    for found in _candidates(identity, choices or {}, samples):
        if found.design.digest == identity.digest:
            return found, []
    problems = []
    for path in sorted(BUILDS.rglob(REPORT)):
        try:
            record = BuildRecord.read(path)
        except ValueError as error:
            problems.append(str(error))
            continue
        if record.design.digest == identity.digest:
            return Known(record.design, str(record)), problems
    try:
        record = recalled(identity.digest)
    except ValueError as error:
        problems.append(str(error))
        record = None
    return None if record is None else Known(record.design, str(record)), problems


def _candidates(identity, choices, samples):
    """Every `Known` with the rule, layers and lanes of a board that needs no record."""
    rule, sizes = rule_of(identity), identity.sizes
    if rule is None:
        return
    asked = {name: choices[name] for name in (*WORDS, "learning_rate_shift", "rule_parameters")
             if choices.get(name) is not None}
    if choices.get("margin") is not None:
        asked["margin_shift"] = margin_shift(choices["margin"])
    capacities = tuple(filter(None, (samples, choices.get("sample_capacity"),
                                     *(chip.samples for chip in CHIPS))))
    if choices.get("design") is not None:
        yield from _variants("the design that was named", choices["design"], identity.lanes,
                             capacities)
    # First those with the board's lanes: presets may differ in these alone.
    for name, design in sorted(PRESETS.items(), key=lambda item: item[1].lanes != identity.lanes):
        if (design.rule.name, design.network.sizes) == (rule, sizes):
            yield from _variants(f"preset {name}", design, identity.lanes, capacities)
    # What was asked may make a design that no word makes; without it one that contradicts is found.
    for words, more in product(_words(rule), (asked, {}) if asked else ({},)):
        try:
            design = design_by_name(sizes, rule=rule, lanes=identity.lanes, **words | more)
        except (TypeError, ValueError):
            continue
        name = ", ".join([f"{rule} {design.network}", *filter(None, words.values())])
        yield from _variants(name, design, identity.lanes, capacities)


def _words(rule):
    """The `WORDS` in which designs of a rule differ, as parameters of `design_by_name`."""
    kind = RULES[rule]
    choices = (kind.units, *(kind.choices.get(name, (None,)) for name in WORDS[1:]))
    for members in product(*choices):
        yield {name: member and member.value
               for name, member in zip(WORDS, members, strict=True)}


def _variants(name, design, lanes, capacities):
    """A design with a board's lanes, any neuron lanes, as many samples as it may store, perhaps
    some in flash memory, and the last weights stored either way."""
    for stored, capacity, neurons, flash in product(
            ({}, {"transposed": False}, {"transposed": True}),
            dict.fromkeys((design.sample_capacity, *capacities)),
            dict.fromkeys((design.neuron_lanes, *NEURON_LANES)),
            dict.fromkeys((design.flash, True))):
        try:
            variant = resized(design, lanes=lanes, neuron_lanes=neurons,
                              sample_capacity=capacity, flash=flash, **stored)
        except ValueError:
            continue  # these lanes do not go together
        changes = [f"{number} {what}" for what, number, own in (
            ("lanes", lanes, design.lanes), ("neuron lanes", neurons, design.neuron_lanes),
            ("samples", capacity, design.sample_capacity)) if number != own]
        if flash and not design.flash:
            changes.append("samples in flash")
        changes += [f"transposed = {value}" for value in stored.values()]
        yield Known(variant, ", ".join([name, *changes]))


def design_on(port: str, choices: dict[str, Any] | None = None,
              labels: dict[str, str] | None = None, *, unknown: str, samples: int | None = None,
              baud: int | None = None) -> Design:
    """The design of the board on a port.

    Parameters
    ----------
    port : str
    choices, labels : dict or None
        What the user asked of it: see `boards.learn.choices.check_choices`.
    unknown : str
        What to do if nothing here knows the design, for the message.
    samples : int or None
        Samples that the board may store, besides what boards usually do.
    baud : int or None
        Of the port; None finds it.

    Raises
    ------
    Unplugged, NoAnswer, WrongBoard
        From `boards.host.link` and `boards.host.driver`.
    NoBoard
        Its design is not known.
    ValueError
        It contradicts a choice.
    """
    choices = choices or {}
    link = open_link(port, baud=baud)
    try:
        identity = read_identity(link)
    finally:
        link.close()
    found, problems = known(identity, choices, samples)
    if found is None:
        raise NoBoard(f"{port} runs {describe(identity)}, which is neither a preset nor a build "
                      f"that is known here: {unknown}" + "".join(f"; {text}" for text in problems))
    check_choices(found.design, choices, f"the board on {port}", labels)
    return found.design


def fitting(design: Design, port: str) -> str:
    """The commands for a board with a design on a port, in words."""
    ends, name = (design.network.sizes[0], design.network.sizes[-1]), command_name()
    if ends == (64, 10):
        stream = f" or {name} stream --device {port}" if design.engine.always_on else ""
        return f"the digits fit it: {name} demo --device {port}{stream}"
    if ends == (784, 10):
        return f"MNIST fits it: {name} mnist --device {port} --data FOLDER"
    return (f"it takes data of {ends[0]} inputs and {ends[1]} classes: "
            f"CortigateClassifier(device={port!r}) of cortigate learns them")
