"""The circuit that nextpnr has placed and routed for a GW5A."""

from ..gowin import logic
from ..gowin.carry import alu_table
from ..gowin.placed import PlacedGowin, circuit_of, position
from . import configuration, multiplier, pads

__all__ = ["placed"]

CARRIES = {"GND": 0, "VCC": 1}


def placed(design, board):
    """The circuit that nextpnr has made for a board.

    Parameters
    ----------
    design : dict
        What its option --write gives after routing, mended (`mending.mend`).
    board : boards.board.Board

    Returns
    -------
    Circuit

    Raises
    ------
    DecodeError
        A cell or a parameter is not known.
    """
    return circuit_of(_Placed, design, board, configuration.options_of(board))


class _Placed(PlacedGowin):
    """A netlist on its way to a circuit."""

    IGNORED = (*PlacedGowin.IGNORED, "PINCFG")

    def _made(self, place, cell):
        if cell["type"] == "ALU":
            sources = {f"I{bit}": self._pin(cell, f"I{bit}", 0) for bit in range(4)}
            given = cell["parameters"].get("CIN_NETTYPE", "").strip()
            carry = CARRIES.get(given, self._pin(cell, "CIN"))
            return logic.carry_cell(alu_table(cell["parameters"]), {**sources, "CIN": carry})
        if cell["type"] == "MULTALU27X18":
            column, row, bel = position(place)
            return multiplier.multiplier_cell(
                self._chip, row, column, multiplier.role_of(cell), self._block_sources(
                    cell, multiplier.wires(self._chip, row, column),
                    self._ports(row, column, bel)))
        return super()._made(place, cell)

    def run(self):
        """All cells: place -> Cell."""
        place, wires = configuration.pins_of_cell(self._chip)
        (cell,) = (one for one in self._top if one["type"] == configuration.PINS)
        return super().run() | {place: configuration.pins_cell({
            pin: self._pin(cell, pin, 0) for pin in wires})}

    def _pads(self):
        made = {place: pads.pad_cell(pads.pad_of(cell), {
            pin: self._pin(cell, pin, 0) for pin in pads.INPUTS[cell["type"]]})
            for place, cell in self._placed.items() if cell["type"] in pads.INPUTS}
        return made | {f"BANK{bank}": pads.bank_cell(used)
                       for bank, used in pads.banks_of(self._chip, made).items()}
