"""Hardware as the synthesis tool leaves it, simulated with models of the FPGAs' cells.

The models are those that Yosys ships and, where it ships none, the Verilog files of this folder,
written from the makers' user guides: `dp16kd.v`, `mult18x18d.v` (ECP5) and `gowin.v`, over the
common `block_ram.v` and `dsp_register.v`.
"""

from .family import FAMILIES, CellFamily, family
from .netlist import netlist, primitives
from .stimulus import disagreement, respond, simulate

__all__ = ["FAMILIES", "CellFamily", "disagreement", "family", "netlist", "primitives", "respond",
           "simulate"]
