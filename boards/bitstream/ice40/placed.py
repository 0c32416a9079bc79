"""The circuit that nextpnr has placed on an iCE40UP5K."""

import re

from ..circuit import Circuit, DecodeError
from .blocks import MAC16_SETTINGS, PINS, PLL_SETTINGS, PULL_UPS, Block, cells
from .chipdb import database
from .decode import package

__all__ = ["placed"]

LC_SETTINGS = ("LUT_INIT", "CARRY_ENABLE", "DFF_ENABLE", "NEG_CLK", "SET_NORESET", "ASYNC_SR")
# All parameters that are understood, by the type of cell.
PARAMETERS = {
    "ICESTORM_LC": {*LC_SETTINGS, "CIN_CONST", "CIN_SET"},
    "ICESTORM_RAM": {"READ_MODE", "WRITE_MODE", "NEG_CLK_R", "NEG_CLK_W",
                     *(f"INIT_{digit:X}" for digit in range(16))},
    "ICESTORM_SPRAM": set(),
    "ICESTORM_DSP": {*MAC16_SETTINGS, "NEG_TRIGGER"},
    # Words that nextpnr turns into numbers of other parameters; PIN names stay beside them.
    "ICESTORM_PLL": {*PLL_SETTINGS, "SHIFTREG_DIVMODE", "PLLOUT_SELECT", "PLLOUT_SELECT_PORTA",
                     "PLLOUT_SELECT_PORTB", "DELAY_ADJUSTMENT_MODE_FEEDBACK",
                     "DELAY_ADJUSTMENT_MODE_RELATIVE"},
    "SB_IO": {"PIN_TYPE", "PULLUP", "NEG_TRIGGER", "IO_STANDARD"},
    "SB_GB": set(),
}
# nextpnr makes them of these blocks and writes no bit for them.
UNWRITTEN = {"NEG_TRIGGER", "SHIFTREG_DIVMODE"}
STANDARDS = ("SB_LVCMOS", "SB_LVTTL")
# Pins that all input/output cells of a tile share.
SHARED = ("CLOCK_ENABLE", "INPUT_CLK", "OUTPUT_CLK")
DUAL, PAD = ("SB_PLL40_2_PAD", "SB_PLL40_2F_PAD", "SB_PLL40_2F_CORE"), "_PAD"
# Resistors' bits, as `PULL_UPS` has them, by name.
RESISTORS = {name for name in PULL_UPS.values() if name != "none"}


def placed(design, board):
    """The circuit that nextpnr has placed on the chip of `board`.

    Parameters
    ----------
    design : dict
        What nextpnr writes (``--write``) after routing.
    board : Board

    Raises
    ------
    DecodeError
        A cell or one of its parameters is not understood.
    """
    chip = database()
    (module,) = design["modules"].values()
    reader = _Reader(chip, module["cells"])
    blocks = reader.blocks()
    pins = {pin: name for pin, name in package(chip, board).items() if name in blocks}
    return Circuit(cells(blocks), pins)


class _Reader:
    """Cells of the JSON by their places."""

    def __init__(self, chip, found):
        self._chip = chip
        self._bels = {bel.name: bel for bel in chip.bels}
        self._cells = {}
        self._drivers, self._heard = {}, set()
        for name, cell in found.items():
            place = cell["attributes"].get("NEXTPNR_BEL")
            if cell["type"] not in PARAMETERS or self._type(place) != cell["type"]:
                raise DecodeError(f"{name} is an {cell['type']} at {place}: such a cell is not "
                                  "understood there")
            if unknown := cell["parameters"].keys() - PARAMETERS[cell["type"]]:
                raise DecodeError(f"{name} at {place} has the parameters "
                                  f"{', '.join(sorted(unknown))}, which are not understood")
            for parameter in UNWRITTEN & cell["parameters"].keys():
                if cell["type"] != "SB_IO" and _number(cell, parameter):
                    raise DecodeError(f"{name} at {place} has {parameter}, for which nextpnr "
                                      "writes nothing")
            self._cells[place] = cell
            for port, nets in cell["connections"].items():
                if cell["port_directions"][port] == "output":
                    self._drivers |= {net: (place, port) for net in nets}
                else:
                    self._heard |= set(nets)
        self._plls = [place for place, cell in self._cells.items()
                      if cell["type"] == "ICESTORM_PLL"]
        self._pll_pads = self._ways()

    def blocks(self):
        """Place -> `Block`."""
        found = {}
        for place, cell in self._cells.items():
            settings = {"ICESTORM_LC": self._logic_cell, "ICESTORM_RAM": self._block_ram,
                        "ICESTORM_PLL": self._pll, "SB_IO": self._pad,
                        "ICESTORM_DSP": self._multiplier,
                        "SB_GB": self._buffer}.get(cell["type"], self._none)(place, cell)
            found[place] = Block(cell["type"], settings, self._inputs(place, cell))
        for place, cell in self._cells.items():
            inputs = found[place].inputs
            if cell["type"] == "SB_GB" and found[place].settings["FOR_PAD_IN"]:
                inputs["USER_SIGNAL_TO_GLOBAL_BUFFER"] = self._pad_of(place)
            elif cell["type"] == "ICESTORM_PLL" and self._with_pad(place):
                inputs["PACKAGEPIN"] = (cell["attributes"]["BEL_PAD_INPUT"], "PAD_IN")
        self._share(found)
        return found

    def _type(self, place):
        bel = self._bels.get(place)
        return bel and bel.type

    def _ways(self):
        """Input/output cell whose way into the chip an output of the PLL takes -> that output."""
        found = {}
        for place in self._plls:
            dual = self._cells[place]["attributes"]["TYPE"] in DUAL
            for port in ("PLLOUT_A", "PLLOUT_B") if dual else ("PLLOUT_A",):
                wire = self._bels[place].outputs[port]
                found |= {bel.name: port for bel in self._chip.bels
                          if bel.type == "SB_IO" and bel.outputs["D_IN_0"] == wire}
        return found

    def _with_pad(self, place):
        return self._cells[place]["attributes"]["TYPE"].endswith(PAD)

    def _pad_of(self, place):
        """What drives a buffer that is driven by a pad."""
        bel = self._bels[place]
        (x, y, z), = (pad for at, pad, _ in self._chip.networks if at == (bel.x, bel.y))
        pad = f"X{x}/Y{y}/io{z}"
        return (self._plls[0], self._pll_pads[pad]) if pad in self._pll_pads else (pad, "PAD_IN")

    def _inputs(self, place, cell):
        """Sources of a cell's pins that are connected."""
        known = PINS.get(cell["type"], ("I0", "I1", "I2", "I3", "CIN", "CLK", "CEN", "SR"))
        found = {}
        for pin, nets in cell["connections"].items():
            if cell["port_directions"][pin] == "output" or not nets or pin == "PACKAGE_PIN":
                continue
            if pin not in known or len(nets) != 1 or nets[0] not in self._drivers:
                raise DecodeError(f"{place} has the net {nets} at {pin}, which is not understood")
            found[pin] = self._drivers[nets[0]]
        if cell["type"] == "ICESTORM_LC":
            self._carry_in(place, cell, found)
        return found

    def _carry_in(self, place, cell, inputs):
        """The chain input of a carry, where the silicon has it."""
        tile, z = place.rsplit("/lc", 1)
        if _number(cell, "CIN_CONST"):
            inputs["CIN"] = _number(cell, "CIN_SET")
        elif "CIN" not in inputs and int(z) and _number(cell, "CARRY_ENABLE"):
            inputs["CIN"] = (f"{tile}/lc{int(z) - 1}", "COUT")

    def _share(self, blocks):
        """Give both input/output cells of a tile what they share, where one leaves it open."""
        for place, block in blocks.items():
            if block.type == "SB_IO":
                other = blocks.get(place[:-1] + str(1 - int(place[-1])))
                for pin in SHARED if other else ():
                    if pin in other.inputs:
                        block.inputs.setdefault(pin, other.inputs[pin])

    def _none(self, _place, _cell):
        return {}

    def _logic_cell(self, _place, cell):
        return {name: _number(cell, name) for name in LC_SETTINGS}

    def _block_ram(self, _place, cell):
        settings = {name: _number(cell, name) for name in ("WRITE_MODE", "READ_MODE", "NEG_CLK_R",
                                                           "NEG_CLK_W")}
        return settings | {"INIT": sum(_number(cell, f"INIT_{digit:X}") << 256 * digit
                                       for digit in range(16))}

    def _multiplier(self, _place, cell):
        return {name: _number(cell, name) for name in MAC16_SETTINGS}

    def _pll(self, _place, cell):
        settings = {name: _number(cell, name) for name in PLL_SETTINGS}
        gates = {"PLLOUT_A": "ENABLE_ICEGATE_PORTA", "PLLOUT_B": "ENABLE_ICEGATE_PORTB"}
        for port, gate in gates.items():
            used = port in self._pll_pads.values()
            settings[f"{port}_PATH"] = (1 | settings[gate] << 1) if used else 0
        return settings

    def _pad(self, place, cell):
        standard = cell["parameters"].get("IO_STANDARD", STANDARDS[0])
        if standard not in STANDARDS:
            raise DecodeError(f"{place} has the standard {standard}, which is not understood")
        resistor = cell["attributes"].get("PULLUP_RESISTOR", "100K")
        if resistor not in RESISTORS:
            raise DecodeError(f"{place} has a pull-up resistor of {resistor}, which is not "
                              "understood")
        listens = any(net in self._heard for pin in ("D_IN_0", "D_IN_1")
                      for net in cell["connections"].get(pin, ()))
        kind = _number(cell, "PIN_TYPE")
        if place in self._pll_pads:
            # The way in is the PLL's; as its reference the pad is listened to all the same.
            kind &= ~3
            listens = any(self._cells[pll]["attributes"].get("BEL_PAD_INPUT") == place
                          for pll in self._plls)
        clocked = any(cell["connections"].get(pin) for pin in ("INPUT_CLK", "OUTPUT_CLK"))
        return {"PIN_TYPE": kind, "INPUT_ENABLE": int(listens or self._global(cell)),
                "PULLUP": resistor if _number(cell, "PULLUP") else "none",
                "NEG_TRIGGER": _number(cell, "NEG_TRIGGER") if clocked else 0}

    @staticmethod
    def _global(cell):
        return "GLOBAL" in cell["attributes"]

    @staticmethod
    def _buffer(_place, cell):
        return {"FOR_PAD_IN": int("FOR_PAD_IN" in cell["attributes"])}


def _number(cell, name):
    """A parameter as a number; 0 if there is none, as nextpnr has it; x is 0."""
    value = cell["parameters"].get(name, "0")
    text = str(value).strip()
    if not re.fullmatch("[01xz]+", text):
        raise DecodeError(f"the parameter {name} must be binary digits, not {value!r}")
    return int(re.sub("[xz]", "0", text), 2)
