"""Cells of GW5A circuits in the four elements of the simulator.

Those of Gowin's older families, and multipliers after UG305. Kinds and settings:
boards/bitstream/gw5a.
"""

from ...boards.bitstream.circuit import Circuit
from ...boards.bitstream.gw5a.multiplier import CLOCKS, OUTPUTS
from . import gowin
from .lowering import lowered
from .network import FabricNet

__all__ = ["lower"]

A, B = 27, 18  # bits of the operands of a half of a multiplier


def lower(circuit: Circuit, network: FabricNet):
    """Add every cell of a GW5A circuit to a network, as `sim.fabric.gowin.lower` does.

    Raises
    ------
    ValueError
        A cell is used in a mode that has no model; the message names its place.
    """
    lowered(circuit, network, BUILDERS, gowin.GowinPlace)


def _multiplier(cell):
    """A pair of halves, at the upper one, "AUX"."""
    if cell.settings["ROLE"] == "MAIN":
        return
    main = cell.sibling(cell.inputs["CASI"][0])
    if main is None or main.settings.get("ROLE") != "MAIN":
        raise ValueError(f"{cell.place}: half of a multiplier has no model")
    # Of the other pins none is looked at: those of the adder before the multiplication.
    if any(main.inputs[pin] != cell.inputs[pin]
           for pin in (*CLOCKS, *(f"A{bit}" for bit in range(A)))):
        cell.refuse("a multiplier whose halves differ in clock or first operand")
    a = cell.registers([cell.pin(f"A{bit}") for bit in range(A)], True, CLOCKS)
    b = cell.registers([half.pin(f"B{bit}") for half in (main, cell) for bit in range(B)], True,
                       CLOCKS)
    out = [cell.network.fresh() for _ in range(A + 2 * B)]
    cell.network.product(out, a, b, 1, 1)
    out = cell.registers(out, True, CLOCKS)
    for half, nets in ((main, out[:B]), (cell, out[B:])):
        for bit, net in enumerate(nets[:OUTPUTS[half.settings["ROLE"]]]):
            half.show(f"DOUT{bit}", net)


BUILDERS = {**gowin.BUILDERS, "MULT27X18": _multiplier, "PINCFG": gowin.BUILDERS["BANK"]}
