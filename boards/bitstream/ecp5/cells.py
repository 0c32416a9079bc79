"""Cells of ECP5 circuits in their canonical form, the same for files and for netlists."""

import re

from ..circuit import Cell, lookup

__all__ = ["DPRAM_PINS", "INVERTIBLE", "carry", "dpram", "multiplier", "predecessor", "register",
           "table", "wide_multiplexer"]

# Output = inputs[2] ? inputs[1] : inputs[0].
MULTIPLEXER = 0b11001010
DPRAM_PINS = ("A", "B", "C", "D", "WAD0", "WAD1", "WAD2", "WAD3", "WD", "WRE", "WCK")
# Pins of a register that can be inverted, and the values of the setting that says so.
INVERTIBLE = ("CLK", "CE", "LSR")
# Pins of a multiplier that only its registers hear.
CONTROL = re.compile(r"(CLK|CE|RST)[0-3]$")


def table(bits, sources):
    """A lookup table of four inputs A .. D."""
    bits, sources = lookup(bits, sources)
    return Cell("LUT", {"INIT": bits, "K": len(sources)},
                {f"I{number}": source for number, source in enumerate(sources)})


def wide_multiplexer(low, high, select):
    """The multiplexer behind two tables (PFUMX) or two multiplexers (L6MUX21)."""
    return table(MULTIPLEXER, (low, high, select))


def carry(bits, sources, carry_in, inject):
    """Half of a CCU2C: a table T of A .. D and one G of A, B, and the carry chain between them.

    F = T ^ (INJECT1 ? 0 : FCI), FCO = T ? FCI : (INJECT1 ? 0 : G); G is T where C = D = 0.
    """
    full, inputs = lookup(bits, sources)
    half, pair = lookup(bits & 0xF, sources[:2])
    pins = {f"I{number}": source for number, source in enumerate(inputs)}
    pins |= {f"G{number}": source for number, source in enumerate(pair)}
    return Cell("CARRY", {"INIT": full, "K": len(inputs), "GENERATE": half, "GENERATE_K": len(pair),
                          "INJECT1": inject}, pins | {"FCI": carry_in})


def predecessor(place):
    """Place of the half of a carry chain before a place: chains run from slice A to D and east."""
    column, row, half = place.split("/")
    slice_, number = half[5], int(half[-1])
    if number:
        return f"{column}/{row}/SLICE{slice_}.K0"
    if slice_ == "A":
        return f"X{int(column[1:]) - 1}/{row}/SLICED.K1"
    return f"{column}/{row}/SLICE{chr(ord(slice_) - 1)}.K1"


def dpram(bits, pins, settings):
    """16 x 1 bit of distributed memory: read at A .. D, written at WAD at an edge of WCK.

    Parameters
    ----------
    bits : int
        First contents; bit A + 2 B + 4 C + 8 D. WAD3, WAD1, WAD2, WAD0 are A, B, C, D.
    pins : dict
        `DPRAM_PINS` -> source.
    settings : dict
        WREMUX, WCKMUX: name of the pin, or INV.
    """
    enable, mux = folded(pins["WRE"], "WRE", settings["WREMUX"])
    return Cell("DPRAM", {"INITVAL": bits, "WREMUX": mux, "WCKMUX": settings["WCKMUX"]},
                pins | {"WRE": enable})


def register(settings, data, pins):
    """A flip-flop.

    Parameters
    ----------
    settings : dict
        REGSET, SD, GSR, LSRMODE, SRMODE, and CLKMUX, CEMUX, LSRMUX: name of the pin, or INV.
    data : source
    pins : dict
        CLK, CE and LSR -> source; None where LSR is not connected, which then never resets.
    """
    settings, inputs = dict(settings), {"D": data}
    if pins["LSR"] is None:
        settings |= {"LSRMUX": "LSR", "SRMODE": "LSR_OVER_CE"}
    for pin in INVERTIBLE:
        source = 0 if pins[pin] is None else pins[pin]
        inputs[pin], settings[f"{pin}MUX"] = folded(source, pin, settings[f"{pin}MUX"])
    return Cell("TRELLIS_FF", settings, inputs)


def multiplier(settings, inputs):
    """A multiplier. Its neighbours hear the same clocks, enables and resets: those that no register
    of its own takes are 0.

    Parameters
    ----------
    settings : dict
    inputs : dict
        Pin -> source.
    """
    heard = set()
    for name in ("INPUTA", "INPUTB", "INPUTC", "PIPELINE", "OUTPUT"):
        clock = settings[f"REG_{name}_CLK"]
        if clock != "NONE":
            heard.update([*clock.split("|"), *settings.get(f"REG_{name}_CE", "CE0").split("|"),
                          *settings.get(f"REG_{name}_RST", "RST0").split("|")])
    return Cell("MULT18X18D", settings, {
        pin: 0 if CONTROL.match(pin) and pin not in heard else source
        for pin, source in inputs.items()})


def folded(source, pin, mux):
    """(Source, setting) of a pin that can be inverted; a constant is inverted at once."""
    if isinstance(source, int) and mux == "INV":
        return 1 - source, pin
    return source, mux
