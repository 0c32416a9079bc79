"""The netlist that nextpnr writes after routing, by places."""

import re

from ..circuit import DecodeError
from .logic import PINS_OF_RAMW

__all__ = ["RAMW", "REGISTER", "TABLE", "Netlist", "number", "text"]

# Cells that carry their signals on, and those of logic.
RAMW, TABLE, REGISTER = "TRELLIS_RAMW", "TRELLIS_COMB", "TRELLIS_FF"

# Parameters that are understood.
PARAMETERS = {kind: re.compile(f"(?:{names})$") for kind, names in {
    TABLE: "MODE|INITVAL|CCU2_INJECT1|WREMUX|WCKMUX",
    REGISTER: "REGSET|SD|GSR|LSRMODE|SRMODE|CLKMUX|CEMUX|LSRMUX",
    "DP16KD": r"INITVAL_[0-3][0-9A-F]|(?:AD|DI)[AB]\d+MUX|CS[AB][0-2]MUX|"
              "(?:CLK|CE|OCE|WE|RST)[AB]MUX|(?:DATA_WIDTH|REGMODE|WRITEMODE|CSDECODE)_[AB]|"
              "RESETMODE|ASYNC_RESET_RELEASE|GSR",
    "MULT18X18D": r"[ABC]\d+MUX|REG_(?:INPUT[ABC]|PIPELINE|OUTPUT)_(?:CLK|CE|RST)|CLK[0-3]_DIV|GSR|"
                  "SOURCEB_MODE|RESETMODE",
    "EHXPLLL": r"CLKI_DIV|CLKFB_DIV|CLKO\w+|FEEDBK_PATH|OUTDIVIDER_MUX[A-D]|PLL_LOCK_MODE|"
               "STDBY_ENABLE|REFIN_RESET|SYNC_ENABLE|INT_LOCK_STICKY|DPHASE_SOURCE|PLLRST_ENA|"
               "INTFB_WAKE",
    "TRELLIS_IO": "DIR|DATAMUX_ODDR|DATAMUX_OREG|DATAMUX_MDDR|TRIMUX_TSREG",
}.items()}
# Parameters that nextpnr brings into no file, and the one value that they may have.
ONLY = {"DP16KD": {"INIT_DATA": "STATIC"},
        "MULT18X18D": {"REG_OUTPUT_CE": "CE0", "REG_INPUTC_CE": "CE0", "REG_INPUTC_RST": "RST0",
                       "HIGHSPEED_CLK": "NONE", "CAS_MATCH_REG": "FALSE",
                       "MULT_BYPASS": "DISABLED"}}


class Netlist:
    """Cells of a netlist by their places.

    Parameters
    ----------
    design : dict

    Attributes
    ----------
    cells : dict
        Place -> cell, as nextpnr writes it.
    """

    def __init__(self, design):
        modules = list(design["modules"].values())
        if len(modules) != 1:
            raise DecodeError(f"a placed netlist must have one module, not {len(modules)}")
        self.cells, self._drivers, self._ports = {}, {}, {}
        for name, cell in modules[0]["cells"].items():
            place = cell["attributes"].get("NEXTPNR_BEL")
            if place is None or place in self.cells:
                raise DecodeError(f"cell {name} must have a place of its own, not {place}")
            self.cells[place] = cell
            _check_parameters(place, cell)
            for port, bits in cell["connections"].items():
                if cell["port_directions"][port] == "output" and bits:
                    self._drivers[bits[0]] = place, port
        self._cache = {}

    def mode(self, place):
        """Mode of the table at a place."""
        return text(self.cells[place], "MODE", "LOGIC")

    def source(self, place, port):
        """The driver of a pin, None if nothing drives it."""
        bits = self.cells[place]["connections"].get(port)
        if not bits:
            return None
        (bit,) = bits
        if bit not in self._cache:
            self._cache[bit] = self._driver(bit)
        return self._cache[bit]

    def is_driven(self, place, port):
        """Whether an output is connected."""
        return bool(self.cells[place]["connections"].get(port))

    def _driver(self, bit):
        if bit in ("0", "1"):
            return int(bit)
        if bit not in self._drivers:
            return None
        place, port = self._drivers[bit]
        kind = self.cells[place]["type"]
        if kind == RAMW:
            return self.source(place, PINS_OF_RAMW[port])
        if kind == TABLE:
            if port == "OFX":
                return f"{place}.OFX", "O"
            if port == "F" and self.mode(place) == "LOGIC":
                return place, "O"
        return place, port


def _check_parameters(place, cell):
    """DecodeError if a cell has a parameter that would be passed over."""
    kind = cell["type"]
    only = ONLY.get(kind, {})
    for name, value in cell["parameters"].items():
        if name in only:
            if value.strip() != only[name]:
                raise DecodeError(f"{place}: {name} must be {only[name]}, not {value}")
        elif kind not in PARAMETERS or not PARAMETERS[kind].match(name):
            raise DecodeError(f"{place}: parameter {name} of {kind} is not understood")


def text(cell, name, default=None, where="parameters"):
    """A parameter as text, without the blank behind what looks like bits."""
    value = cell[where].get(name, default)
    return value.strip() if isinstance(value, str) else value


def number(cell, name, default, where="parameters"):
    """A parameter as a number: bits as Yosys writes them, or decimal text."""
    value = cell[where].get(name)
    if value is None:
        return default
    if value.endswith(" ") or set(value) - {"0", "1"}:
        return int(value)
    return int(value, 2)
