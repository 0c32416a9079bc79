"""Gowin's multipliers: 18 x 18 bits, two in each of the two halves of a DSP block (UG287).

A block lies over nine tiles; the tables of its halves are DSP0 and DSP1. A multiplier is made of
two of the block's parts of 9 bits, whose attributes have the letter L or H, or the part's number.
"""

from functools import lru_cache

from ..circuit import Cell, DecodeError
from .database import domain, fuses

__all__ = ["PINS", "attributes", "multiplier_cell", "read", "settings_of", "wires"]

TILES = 9
REGISTERS = ("AREG", "BREG", "ASIGN_REG", "BSIGN_REG", "PIPE_REG", "OUT_REG", "SOA_REG")
CONTROLS = ("CLK", "CE", "RESET")
PINS = (*(f"{operand}{n}" for operand in "AB" for n in range(18)),
        "ASIGN", "BSIGN", "ASEL", "BSEL")
SHIFTED = {"GND": 0, "VCC": 1, "": 0}  # else the pin says whether the operand is shifted in
PIN = 2


def _by_part(n, half):
    """Register -> attributes that take it out, and letters and names of its clock, enable, reset.

    Parameters
    ----------
    n : int
        Of the multiplier within its half of the block.
    half : int
        Part of 9 bits: 0 with the lower bits, or 1.
    """
    letter, part = "LH"[half], 2 * n + half
    registers = {
        "AREG": ([f"IR{kind}_IREG{n}A{letter}_{4 * n + half}" for kind in ("BY", "NS")],
                 [(letter, f"REGMA{n}")]),
        "BREG": ([f"IR{kind}_IREG{n}B{letter}_{4 * n + 2 + half}" for kind in ("BY", "NS")],
                 [(letter, f"REGMB{n}")]),
        "ASIGN_REG": ([f"CIN{kind}_{3 * n}" for kind in ("NS", "BY")], [("", f"ASIGN{n}1")]),
        "BSIGN_REG": ([f"CIN{kind}_{3 * n + 1}" for kind in ("NS", "BY")], [("", f"BSIGN{n}1")]),
        "PIPE_REG": ([f"CPR{kind}_{3 * n + m}" for kind in ("NS", "BY") for m in (0, 1)]
                     + [f"PPREG{n}_{kind}{letter}_{part}" for kind in ("NS", "BYP")],
                     [("", f"ASIGN{n}2"), ("", f"BSIGN{n}2"), (letter, f"REGP{n}")]),
        "OUT_REG": ([f"OREG{n}_{kind}{letter}_{part}" for kind in ("BYP", "NS")],
                    [(letter, f"OREG{n}")]),
    }
    if n:
        registers["SOA_REG"] = ([f"IR{kind}_IRMATCH{letter}_{8 + half}" for kind in ("BY", "NS")],
                                [(letter, "REGSD")])
    return registers


def attributes(settings, n):
    """Attributes of a multiplier as apycula's packer sets them (gowin_pack, set_mult9x9_attrs).

    Parameters
    ----------
    settings : dict
        The registers, 0 or 1; CLK, CE and RESET, which of four pins they use; SYNC; ASHIFT and
        BSHIFT, 0 or 1, or 2 where a pin says so.
    n : int
        Of the multiplier within its half of the block, 0 or 1.
    """
    found = {f"IRASHFEN_{n}": "1", f"IRBSHFEN_{n}": "1"}
    if n:
        found["MATCH_SHFEN"] = "ENABLE"
    if settings["ASHIFT"] == 1:
        found[f"AIRMUX1_{n}"] = "ENABLE"
    elif settings["ASHIFT"] == PIN:
        found[f"AIRMUX1_SEL_{n}"] = "ENABLE"
    if settings["BSHIFT"] == 1:
        found[f"BIRMUX1_{2 * n}"] = "ENABLE"
    elif settings["BSHIFT"] == PIN:
        for m in (0, 1):
            found[f"BIRMUX{m}_{2 * n}"] = found[f"BIRMUX{m}_{2 * n + 1}"] = "ENABLE"
    for half in (0, 1):
        found[f"OR2CIB_EN{n}{'LH'[half]}_{2 * n + half}"] = "ENABLE"
        for register, (out, names) in _by_part(n, half).items():
            if not settings[register]:
                found.update(dict.fromkeys(out, "ENABLE"))
                continue
            for letter, name in names:
                for control, pin in (("CLK", "CLKIN"), ("CE", "CEIN"), ("RST", "RSTIN")):
                    number = settings[control.replace("RST", "RESET")]
                    if number:
                        found[f"{control}{letter}MUX_{name}"] = f"{pin}{number}"
                if settings["SYNC"]:
                    found[f"RSTGEN{letter}MUX_{name}"] = "SYNC"
    return found


@lru_cache
def _tables(chip, row, column, macro):
    return [chip.table(row, column + n, f"DSP{macro}") for n in range(TILES)]


def read(chip, bitmap, row, column):
    """Settings of the multipliers of the block whose first tile this is.

    Returns
    -------
    dict
        Name of a place, such as MULT18X1800, of a multiplier in use -> settings.

    Raises
    ------
    DecodeError
        They are not what the packer would set for any multipliers of 18 x 18 bits.
    """
    made = {}
    for macro in (0, 1):
        tables = _tables(chip, row, column, macro)
        found = [bitmap.fuses(row, column + n) & domain(tables[n]) for n in range(TILES)]
        if not any(found):
            continue

        def has(attribute, value, tables=tables, found=found):
            wanted = [fuses(table, chip.codes("DSP", {attribute: value})) for table in tables]
            return any(wanted) and all(w <= f for w, f in zip(wanted, found, strict=True))

        codes = set()
        for n in (0, 1):
            if has(f"OR2CIB_EN{n}L_{2 * n}", "ENABLE"):
                settings = made[f"MULT18X18{macro}{n}"] = _settings(has, n)
                codes |= chip.codes("DSP", attributes(settings, n))
        place = f"X{column}Y{row}/DSP{macro}"
        for n in range(TILES):
            bitmap.expect(row, column + n, domain(tables[n]), fuses(tables[n], codes),
                          f"settings of {place}")
            bitmap.use_each(row, column + n, chip.names("DSP", tables[n]), "multiplier", place)
    return made


def _settings(has, n):
    """Settings of multiplier `n` of a half, from what is set in it."""
    found, parts = {}, _by_part(n, 0)
    for register in REGISTERS:
        # Without a pin for its output, the register of the shifted operand has no attribute.
        found[register] = int(register in parts and not all(
            has(attribute, "ENABLE") for attribute in parts[register][0]))
    names = [name for register in REGISTERS if found[register]
             for name in parts[register][1]]
    for control, word, pin in (("CLK", "CLK", "CLKIN"), ("CE", "CE", "CEIN"),
                               ("RESET", "RST", "RSTIN")):
        found[control] = 0
        for letter, name in names[:1]:
            # The fuses of pin 3 are those of the pins 1 and 2.
            found[control] = next((number for number in (3, 2, 1)
                                   if has(f"{word}{letter}MUX_{name}", f"{pin}{number}")), 0)
    found["SYNC"] = int(any(has(f"RSTGEN{letter}MUX_{name}", "SYNC") for letter, name in names[:1]))
    found["ASHIFT"] = (1 if has(f"AIRMUX1_{n}", "ENABLE")
                       else PIN if has(f"AIRMUX1_SEL_{n}", "ENABLE") else 0)
    found["BSHIFT"] = (PIN if has(f"BIRMUX0_{2 * n}", "ENABLE")
                       else 1 if has(f"BIRMUX1_{2 * n}", "ENABLE") else 0)
    return found


def wires(chip, row, column, name, settings):
    """Pin -> name of the wire of an input of a multiplier; of CLK, CE and RESET the ones in use.

    Parameters
    ----------
    chip : database.GowinDatabase
    row, column : int
        Of the first tile of the block.
    name : str
        Such as MULT18X1800.
    settings : dict
    """
    found = chip.tile(row, column).bels[name].portmap
    made = {pin: (row, column, found[pin]) for pin in PINS}
    return made | {control: (row, column, found[f"{control}{settings[control]}"])
                   for control in CONTROLS}


def settings_of(cell, n):
    """Settings of a cell of nextpnr's netlist.

    Parameters
    ----------
    cell : dict
        Of type MULT18X18.
    n : int
        Of the multiplier within its half of the block.

    Raises
    ------
    DecodeError
        A parameter is not known.
    """
    given, said = dict(cell["parameters"]), cell["attributes"]
    found = {register: int(given.pop(register, "0"), 2) for register in REGISTERS}
    if not n:
        found["SOA_REG"] = 0  # only the second multiplier of a half has it
    sync = given.pop("MULT_RESET_MODE", "").strip().upper() == "SYNC"
    if given:
        raise DecodeError(f"MULT18X18 has the parameters {', '.join(given)}, which are not known")
    registered = any(found.values())
    found["SYNC"] = int(sync and registered)
    for control in CONTROLS:
        found[control] = int(said.get(control, "0"), 2) if registered else 0
    for pin in "AB":
        found[f"{pin}SHIFT"] = SHIFTED.get(said.get(f"NET_{pin}SEL", "").strip(), PIN)
    return found


def multiplier_cell(settings, sources):
    """Cell of a multiplier; its control pins are CLK, CE and RESET, whichever they are."""
    return Cell("MULT18X18", settings, sources)
