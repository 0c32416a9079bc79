"""Gowin's input/output cells and banks of them.

How a pin is set depends on the voltage of its bank, which the packer takes from the OBUF and IOBUF
in it: 3.3 V for LVCMOS33 and so on, 1.2 V for a bank with none, 1.8 V for an unused one. Several
standards and currents have the same fuses, and so have an output that can be disabled with and
without its input: what is compared is what the fuses say, in a name for each pattern of them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from ..circuit import Cell, DecodeError, understood
from .database import domain, fuses

__all__ = ["GowinPad", "Reading", "bank_cell", "pad_cell", "pad_of", "patterns", "read", "use",
           "wires"]

VOLTAGES = {"LVCMOS12": "1.2", "LVCMOS15": "1.5", "LVCMOS18": "1.8", "LVCMOS25": "2.5",
            "LVCMOS33": "3.3"}
NO_OUTPUT, UNUSED = "LVCMOS12", "LVCMOS18"  # what decides the voltage of other banks
PULLS = ("UP", "DOWN", "NONE", "KEEPER")
DRIVES = ("4", "8", "12", "16", "24")
ALLOWED = {"IO_TYPE": "standard", "PULL_MODE": "pull", "DRIVE": "drive"}
_PLACE = re.compile(r"X(\d+)Y(\d+)/IOB(.)")

# Attributes of inputs, outputs, and both (gowin_pack, _init_io_attrs).
_COMMON = {"HYSTERESIS": "NONE", "CLAMP": "OFF", "OPENDRAIN": "OFF", "LVDS_OUT": "OFF"}
_INPUT = {**_COMMON, "PADDI": "PADDI", "SLEWRATE": "SLOW", "DRIVE": "0", "DIFFRESISTOR": "OFF",
          "VREF": "OFF"}
_OUTPUT = {**_COMMON, "SLEWRATE": "FAST", "SINGLERESISTOR": "OFF", "DDR_DYNTERM": "NA",
           "TO": "INV"}
_THREE_STATE = {**_OUTPUT, "ODMUX_1": "UNKNOWN", "PERSISTENT": "OFF", "ODMUX": "TRIMUX"}
_KINDS = {"IBUF": _INPUT, "OBUF": {**_OUTPUT, "ODMUX_1": "1"}, "TBUF": _THREE_STATE,
          "IOBUF": {**_THREE_STATE, "DIFFRESISTOR": "OFF", "PADDI": "PADDI"}}


@dataclass(frozen=True)
class GowinPad:
    """How an input/output cell is set.

    Parameters
    ----------
    kind : str
        IBUF, OBUF, TBUF or IOBUF, or "" of one that is not used.
    standard : str
        A key of `VOLTAGES`.
    pull : str
        One of `PULLS`.
    drive : str
        In mA, one of `DRIVES`; "0" of an input.
    control : str
        Where the output's disable pin goes: "GND", "VCC" or "NET", or "" if it has none.
    """

    kind: str = ""
    standard: str = UNUSED
    pull: str = "UP"
    drive: str = "0"
    control: str = ""

    @property
    def drives(self):
        """Whether it has an output."""
        return self.kind in ("OBUF", "TBUF", "IOBUF")

    def attributes(self, voltage):
        """Attributes as apycula's packer sets them, in a bank with this voltage."""
        found = {"IO_TYPE": self.standard, "BANK_VCCIO": voltage}
        if not self.kind:
            return found
        found = {**_KINDS[self.kind], "PULLMODE": self.pull, **found}
        if self.drives:
            found["DRIVE"] = self.drive
            found |= {"": {"ODMUX_1": "1"}, "GND": {"TRIMUX_PADDT": "SIG"},
                      "VCC": {"ODMUX_1": "0"},
                      "NET": {"TRIMUX_PADDT": "SIG", "TO": "SIG"}}[self.control]
        return found


def _every_pad():
    """All pads that are in use, in an order in which the first of equal ones is the usual one."""
    for standard, pull in product(VOLTAGES, PULLS):
        yield GowinPad("IBUF", standard, pull)
        for drive in DRIVES:
            yield GowinPad("OBUF", standard, pull, drive)
            for kind, control in product(("TBUF", "IOBUF"), ("GND", "VCC", "NET", "")):
                yield GowinPad(kind, standard, pull, drive, control)


@lru_cache
def _domain(chip, number, half):
    return domain(chip.db.longval[number][f"IOB{half}"])


@lru_cache
def _unused(chip, number, half, voltage):
    codes = chip.codes("IOB", GowinPad().attributes(voltage))
    return fuses(chip.db.longval[number][f"IOB{half}"], codes)


@lru_cache
def _known(chip, number, half, voltage):
    """Fuses of an input/output cell -> (kind, pull, standards) of a type of tile."""
    # Codes as bits of a number, since thousands of sets are tried.
    clauses = [(sum(1 << code for code in key if code > 0),
                sum(1 << -code for code in key if code < 0), frozenset(map(tuple, places)))
               for key, places in chip.db.longval[number][f"IOB{half}"].items()]
    found = {}
    for pad in _every_pad():
        codes = sum(1 << code for code in chip.codes("IOB", pad.attributes(voltage)))
        pattern = frozenset().union(*(places for wanted, barred, places in clauses
                                      if codes & wanted == wanted and not codes & barred))
        found.setdefault(pattern, []).append(pad)
    named = {}
    for pattern, pads in found.items():
        # An output without a pin that disables it is one that is always enabled.
        kinds = {"IBUF" if pad.kind == "IBUF" else "TBUF" if pad.control else "OBUF"
                 for pad in pads}
        pulls = {pad.pull for pad in pads}
        if len(kinds) != 1 or len(pulls) != 1:
            raise AssertionError(f"different pads have the same fuses: {pads}")
        standards = sorted({f"{pad.standard} {pad.drive} mA" if pad.drives else pad.standard
                            for pad in pads})
        named[pattern] = (*kinds, *pulls, " / ".join(standards))
    return named


@dataclass(frozen=True)
class Reading:
    """Pads and banks as their fuses say.

    Parameters
    ----------
    pads : dict
        Place -> settings, of the cells in use: KIND (IBUF, OBUF or TBUF), PULL, STANDARD.
    banks : dict
        Number -> voltage.
    """

    pads: dict[str, dict[str, str]]
    banks: dict[int, str]


def _position(place):
    """(Column, row, A or B) of a place."""
    column, row, half = understood(_PLACE.fullmatch(place), place).groups()
    return int(column), int(row), half


def _cells(chip):
    """(Place, bank, row, column, type of tile, A or B) of every input/output cell with fuses."""
    for place, bank in chip.bank_of.items():
        column, row, half = _position(place)
        number = chip.type(row, column)
        if f"IOB{half}" in chip.db.longval.get(number, {}):
            yield place, bank, row, column, number, half


@lru_cache
def _bank_table(chip, bank):
    """(Row, column, table of fuses) of a bank."""
    row, column = chip.db.bank_tiles[bank]
    table = chip.table(row, column, "BANK", long=True)
    return row, column, {key[1:]: places for key, places in table.items() if key[0] == bank}


def _voltage_fuses(chip, table, voltage):
    return fuses(table, chip.codes("IOB", {"BANK_VCCIO": voltage}))


def read(chip, fuses_of):
    """`Reading` of a chip.

    Parameters
    ----------
    chip : database.GowinDatabase
    fuses_of : callable
        ``fuses_of(row, column)`` is the set of a tile's fuses that are set.

    Raises
    ------
    DecodeError
        A bank or a cell is not set as any that is known.
    """
    members = {}
    for cell in _cells(chip):
        members.setdefault(cell[1], []).append(cell)
    pads, banks = {}, {}
    for bank in chip.db.bank_tiles:
        row, column, table = _bank_table(chip, bank)
        found = fuses_of(row, column) & domain(table)
        trouble = f"X{column}Y{row}: no voltage of bank {bank} has the fuses {sorted(found)}"
        for voltage in sorted(VOLTAGES.values(), reverse=True):
            if _voltage_fuses(chip, table, voltage) != found:
                continue
            seen = {}
            for place, _, r, c, number, half in members.get(bank, ()):
                pattern = frozenset(fuses_of(r, c) & _domain(chip, number, half))
                if pattern == _unused(chip, number, half, voltage):
                    continue
                if (named := _known(chip, number, half, voltage).get(pattern)) is None:
                    trouble = f"{place}: no pad has the fuses {sorted(pattern)} at {voltage} V"
                    break
                seen[place] = dict(zip(("KIND", "PULL", "STANDARD"), named, strict=True))
            else:
                banks[bank] = voltage
                pads |= seen
                break
        else:
            raise DecodeError(trouble)
    return Reading(pads, banks)


def use(chip, bitmap, reading):
    """Account for the fuses of pads and banks."""
    for place, bank, row, column, number, half in _cells(chip):
        table = chip.db.longval[number][f"IOB{half}"]
        if place in reading.pads:
            bitmap.use_each(row, column, chip.names("IOB", table), "pad", place)
        else:
            bitmap.know(row, column, _unused(chip, number, half, reading.banks[bank]))
    for bank in reading.banks:
        row, column, table = _bank_table(chip, bank)
        bitmap.use_each(row, column, chip.names("IOB", table), "pad", f"BANK{bank}")


def patterns(chip, pads):
    """Fuses of pads and banks: (row, column) of a tile -> set of fuses.

    Parameters
    ----------
    chip : database.GowinDatabase
    pads : dict
        Place -> GowinPad, of those in use.

    Raises
    ------
    DecodeError
        Outputs of one bank want different voltages.
    """
    decided = dict.fromkeys(chip.db.bank_tiles, UNUSED)
    decided |= {chip.bank_of[place]: NO_OUTPUT for place in pads}
    driven = set()
    for place, pad in pads.items():
        bank = chip.bank_of[place]
        if pad.kind in ("OBUF", "IOBUF"):
            if bank in driven and VOLTAGES[decided[bank]] != VOLTAGES[pad.standard]:
                raise DecodeError(f"{place}: outputs of bank {bank} need different voltages")
            driven.add(bank)
            decided[bank] = pad.standard
    found = {}
    for place, bank, row, column, number, half in _cells(chip):
        voltage, tile = VOLTAGES[decided[bank]], found.setdefault((row, column), set())
        if place in pads:
            codes = chip.codes("IOB", pads[place].attributes(voltage))
            tile |= fuses(chip.db.longval[number][f"IOB{half}"], codes)
        else:
            tile |= _unused(chip, number, half, voltage)
    for bank, standard in decided.items():
        row, column, table = _bank_table(chip, bank)
        found.setdefault((row, column), set()).update(
            _voltage_fuses(chip, table, VOLTAGES[standard]))
    return found


def pad_of(cell):
    """`GowinPad` of a cell of nextpnr's netlist.

    Parameters
    ----------
    cell : dict
        Of type IBUF, OBUF, TBUF or IOBUF.

    Raises
    ------
    DecodeError
        An attribute is not known.
    """
    given = {}
    for name in cell["attributes"]:
        if name.startswith("&"):
            key, _, value = name[1:].partition("=")
            if key not in ALLOWED:
                raise DecodeError(f"a pad has {key}={value}, which is not known")
            given[ALLOWED[key]] = value
    pad = GowinPad(cell["type"], **given)
    if pad.standard not in VOLTAGES or pad.pull not in PULLS:
        raise DecodeError(f"a pad is {pad.standard}, pull {pad.pull}, which is not known")
    if not pad.drives:
        return pad
    net = cell["parameters"].get("NET_OEN", "").strip()
    return GowinPad(pad.kind, pad.standard, pad.pull, given.get("drive", "8"),
               net if net in ("GND", "VCC", "") else "NET")


def wires(chip, place, settings):
    """Pin -> name of the wire of an input of a cell: I and OEN of outputs, and what cells at the
    bottom need to drive at all (apycula, chipdb.fse_create_bottom_io)."""
    column, row, half = _position(place)
    found = chip.tile(row, column).bels[f"IOB{half}"].portmap
    pins = {"IBUF": (), "OBUF": ("I",), "TBUF": ("I", "OE")}[settings["KIND"]]
    if pins and half == "A" and row == chip.rows - 1 and found.get("BOTTOM_IO_PORT_A"):
        pins += ("BOTTOM_IO_PORT_A", "BOTTOM_IO_PORT_B")
    return {pin.replace("OE", "OEN"): (row, column, found[pin]) for pin in pins}


def pad_cell(settings, sources):
    """Cell of a pad; it drives O, the level at its pin, if it is an input."""
    return Cell("PAD", settings, sources)


def bank_cell(voltage):
    """Cell of a bank, which has settings only."""
    return Cell("BANK", {"VCCIO": voltage}, {})
