"""The ports of `Core`, read off its signature, and what its docstring says of them."""

import inspect
import re

from amaranth.hdl import Fragment, Shape
from amaranth.lib.wiring import In

from cortigate.golden.spec import QFormat, Rounding, preset
from cortigate.hdl.core import Core

from .tables import table

__all__ = ["core_ports", "ports_of"]

DIGITS = preset("digits")
# Designs that together have every port; later ones name those that the first has not.
DESIGNS = {
    "": DIGITS,
    "`Design.results`": DIGITS.replace(results=True),
    "stochastic rounding or noise":
        DIGITS.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC)),
    "a rule that is always on": preset("pal"),
}


def ports_of(design):
    """Name of each port, with dots -> its bits and its direction, as the core sees it."""
    found, core = {}, Core(design)
    Fragment.get(core, platform=None)  # Amaranth warns of what nobody elaborates
    for path, member in core.signature.members.flatten():
        if member.is_signature:
            continue
        shape = Shape.cast(member.shape)
        found[".".join(path)] = (f"{shape.width}{' signed' * shape.signed}",
                                 "in" if member.flow is In else "out")
    return found


def meanings():
    """Names, as the docstring has them together -> what it says of them."""
    said = inspect.getdoc(Core).partition("Members\n-------\n")[2].partition("\n\n")[0]
    entries = re.findall(r"^(\w[^:\n]*)(?: : [^\n]*)?\n((?:    .*\n?)+)", said, re.MULTILINE)
    return {names: " ".join(text.split()) for names, text in entries}


def core_ports():
    """Every port with its bits in `digits`, then what they are for."""
    rows, known = [], set()
    for condition, design in DESIGNS.items():
        for name, (bits, direction) in ports_of(design).items():
            if name not in known:
                rows.append((f"`{name}`", bits, direction, condition))
        known |= set(ports_of(design))
    told = [f"- {', '.join(f'`{name}`' for name in names.split(', '))}: {text}"
            for names, text in meanings().items()]
    return "\n\n".join([
        table(("port", "bits in `digits`", "direction", "only with"), rows),
        "Ports that `digits` has not have the bits of a design like it.", "\n".join(told)])
