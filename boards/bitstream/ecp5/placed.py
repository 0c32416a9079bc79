"""The circuit that nextpnr-ecp5 writes after routing.

Defaults of parameters, and what open pins read as: nextpnr, ecp5/bitstream.cc.
"""

from ..circuit import Circuit, DecodeError
from . import cells
from .decode import board_chip
from .netlist import RAMW, REGISTER, TABLE, Netlist, number, text
from .placed_hard import PlacedHard

__all__ = ["placed"]

def placed(design, board):
    """The circuit that nextpnr placed and routed.

    Parameters
    ----------
    design : dict
        What nextpnr-ecp5 --write gives.
    board : Board
        On which it is.

    Raises
    ------
    DecodeError
        A cell or a setting is not understood.
    """
    netlist = Netlist(design)
    hard = PlacedHard(netlist, board_chip(board), board)
    found = {}
    for place, cell in netlist.cells.items():
        kind = cell["type"]
        if kind == TABLE:
            found |= _table(netlist, place, cell)
        elif kind == REGISTER:
            found |= _register(netlist, place, cell)
        elif kind != RAMW:
            found[place] = hard.cell(place, cell)
    return Circuit(dict(sorted(found.items())), dict(sorted(hard.pads.items())))


def _table(netlist, place, cell):
    """Place -> cell of a TRELLIS_COMB: its table and the multiplexer behind it."""
    mode = netlist.mode(place)
    if mode == "RAMW_BLOCK":  # a placeholder
        return {}
    bits = number(cell, "INITVAL", 0)
    pins = {pin: netlist.source(place, pin) for pin in "ABCD"}
    # An open pin is a 1, and tables were made for that.
    sources = [1 if source is None else source for source in pins.values()]
    if mode == "CCU2":
        before = cells.predecessor(place)
        carries = before in netlist.cells and netlist.mode(before) == "CCU2"
        carry_in = (before, "FCO") if carries else 0
        if netlist.source(place, "FCI") not in (None, carry_in):
            raise DecodeError(f"{place}: its carry must come from the place before it")
        return {place: cells.carry(bits, sources, carry_in, text(cell, "CCU2_INJECT1", "YES"))}
    if mode == "DPRAM":
        return {place: _dpram(netlist, place, cell, bits, pins)}
    if mode != "LOGIC":
        raise DecodeError(f"{place}: mode {mode} is not understood")
    found = {}
    if netlist.is_driven(place, "F") or bits != 0xFFFF:
        found[place] = cells.table(bits, sources)
    if netlist.is_driven(place, "OFX"):
        if place.endswith("0"):
            low, high = (place, "O"), netlist.source(place, "F1")
        else:
            low, high = netlist.source(place, "FXA"), netlist.source(place, "FXB")
        select = netlist.source(place, "M")
        if None in (low, high, select):
            raise DecodeError(f"{place}: nothing drives an input of the multiplexer")
        found[f"{place}.OFX"] = cells.wide_multiplexer(low, high, select)
    return found


def _dpram(netlist, place, cell, bits, pins):
    for pin in cells.DPRAM_PINS[4:]:
        source = netlist.source(place, pin)
        pins[pin] = 0 if source is None else source
    for pin in "ABCD":
        pins[pin] = 1 if pins[pin] is None else pins[pin]
    settings = {name: text(cell, name, name[:3]) for name in ("WREMUX", "WCKMUX")}
    if settings["WREMUX"] in ("0", "1"):
        pins["WRE"], settings["WREMUX"] = int(settings["WREMUX"]), "WRE"
    for name, value in settings.items():
        if value not in (name[:3], "INV"):
            raise DecodeError(f"{place}: {name} must be {name[:3]} or INV, not {value}")
    return cells.dpram(bits, pins, settings)


def _register(netlist, place, cell):
    if not netlist.is_driven(place, "Q"):
        raise DecodeError(f"{place}: nothing reads this register")
    settings = {name: text(cell, name, default) for name, default in (
        ("REGSET", "RESET"), ("SD", "0"), ("GSR", "ENABLED"), ("LSRMODE", "LSR"),
        ("SRMODE", "LSR_OVER_CE"), ("CLKMUX", "CLK"), ("CEMUX", "1"), ("LSRMUX", "LSR"))}
    pins = {pin: netlist.source(place, pin) for pin in cells.INVERTIBLE}
    if settings["CEMUX"] in ("0", "1"):
        pins["CE"], settings["CEMUX"] = int(settings["CEMUX"]), "CE"
    data = netlist.source(place, "DI" if settings["SD"] == "1" else "M")
    for pin, source in {"D": data, "CLK": pins["CLK"], "CE": pins["CE"]}.items():
        if source is None:
            raise DecodeError(f"{place}: nothing drives {pin}")
    return {place: cells.register(settings, data, pins)}
