"""GW5A's input/output cells and banks of them, all at 3.3 V.

A cell's fuses may lie in a tile beside it. gowin_pack sets those of an unused cell in every cell,
and those of its use on top: so a pad without a pull-up has one all the same, and is refused here.
An input that is a clock has another fuse, and at the lower edge of the chip one in a cell of the
maker's choice, too (apycula 0.32, gowin_pack, place).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ..circuit import Cell, DecodeError, understood
from ..gowin.database import domain, fuses

__all__ = ["INPUTS", "GW5aPad", "PadReading", "bank_cell", "banks_of", "pad_cell", "pad_of", "read",
           "use", "wires"]

INPUTS = {"IBUF": (), "OBUF": ("I",)}  # kind -> pins that the chip drives
STANDARD, VOLTAGE = "LVCMOS33", "3.3"
_PLACE = re.compile(r"X(\d+)Y(\d+)/IOB(.)")
_COMMON = {"PULLMODE": "UP", "HYSTERESIS": "NONE", "CLAMP": "OFF", "OPENDRAIN": "OFF",
           "LVDS_OUT": "OFF", "PULL_STRENGTH": "MEDIUM", "IO_TYPE": STANDARD,
           "BANK_VCCIO": VOLTAGE}
_KINDS = {
    "IBUF": {**_COMMON, "PADDI": "PADDI", "SLEWRATE": "SLOW", "DRIVE": "0", "DIFFRESISTOR": "OFF",
             "VREF": "OFF"},
    "OBUF": {**_COMMON, "SLEWRATE": "FAST", "DRIVE": "8", "SINGLERESISTOR": "OFF",
             "DDR_DYNTERM": "NA", "TO": "INV", "ODMUX_1": "1", "IOB_UNKNOWN51": "TRIMUX"},
}
CLOCK, PARTNER = {"IOB_UNKNOWN67": "UNKNOWN263"}, {"IOB_UNKNOWN67": "UNKNOWN266"}
# Tile of a clock's pin at the lower edge -> tile of the cell A that is set with it (GW5A-25A).
PARTNERS = {(36, 11): (36, 30), (36, 25): (36, 32), (36, 53): (36, 28), (36, 74): (36, 90)}
_UNUSED = {"IO_TYPE": STANDARD, "BANK_VCCIO": VOLTAGE, "OPENDRAIN": "OFF", "DRIVE": "8",
           "DRIVE_LEVEL": "8"}
_DATA = re.compile(r"D(0[89]|[12]\d|3[01])")  # pins of the configuration without a pull-up
_OF_BANK = ("BANK_VCCIO", "IO_TYPE", "LVDS_OUT", "OPENDRAIN", "PULL_STRENGTH")


@dataclass(frozen=True)
class GW5aPad:
    """How an input/output cell is set; all are LVCMOS33, have a pull-up and drive 8 mA.

    Parameters
    ----------
    kind : str
        IBUF or OBUF.
    """

    kind: str


def pad_of(cell):
    """`GW5aPad` of a cell of nextpnr's netlist.

    Raises
    ------
    DecodeError
        It is of another kind, or an attribute is not known.
    """
    given = {"IO_TYPE": STANDARD, "PULL_MODE": "UP"}
    known = {**given}
    for name in cell["attributes"]:
        if name.startswith("&"):
            key, _, value = name[1:].partition("=")
            given[key] = value
    if cell["type"] not in INPUTS or given != known:
        raise DecodeError(f"a pad is {cell['type']}, {given}, which is not known")
    return GW5aPad(cell["type"])


def pad_cell(pad, sources):
    """Cell of a pad; it drives O, the level at its pin, if it is an input."""
    return Cell("PAD", {"KIND": pad.kind}, sources)


def bank_cell(used):
    """Cell of a bank, which has settings only: whether pads of it are in use."""
    return Cell("BANK", {"VCCIO": VOLTAGE, "USED": int(used)}, {})


def _unused(functions):
    """Attributes of an unused cell whose pin may have these functions (get_pullup_io)."""
    if {"TDO", "DOUT"} & set(functions):
        return {**_UNUSED, "TO": "INV", "ODMUX_1": "1", "PULLMODE": "UP"}
    pull = "UP"
    if {"RDWR", "RDWR_B", "PUDC_B"} & set(functions):
        pull = "DOWN"
    elif any(_DATA.fullmatch(name) or name in ("INITDLY0", "INITDLY1") for name in functions):
        pull = "NONE"
    return {**_UNUSED, "PADDI": "PADDI", "PULLMODE": pull}


@dataclass(frozen=True)
class _Site:
    """An input/output cell: its place, its bank, and where its fuses are."""

    place: str
    bank: int
    row: int
    column: int
    table: str
    functions: tuple[str, ...]


@lru_cache
def _sites(chip):
    """Every input/output cell of a chip."""
    found = []
    for name, functions in chip.db.io_cfg.items():
        if (bank := chip.db.pin_bank.get(name)) is None:
            continue
        place = chip.io_place(name)
        column, row, half = position(place)
        bel = chip.tile(row, column).bels.get(f"IOB{half}")
        # The packer's own exceptions, of GW5A-25A: two cells at the right edge share one tile.
        if bel is None or (row, column) == (3, 91):
            continue
        if (row, column, half) == (2, 91, "B"):
            half = "A"
        down, right = bel.fuse_cell_offset or (0, 0)
        found.append(_Site(place, int(bank), row + down, column + right, f"IOB{half}",
                           tuple(functions)))
    return found


def position(place):
    """(Column, row, A or B) of a place."""
    column, row, half = understood(_PLACE.fullmatch(place), place).groups()
    return int(column), int(row), half


def _tile(place):
    """(Row, column) of a place."""
    column, row, _ = position(place)
    return row, column


def _pattern(chip, site, *sets):
    """Fuses that sets of attributes set, together."""
    table = chip.table(site.row, site.column, site.table, long=True)
    return set().union(*(fuses(table, chip.codes("IOB", given)) for given in sets))


def _fitting(chip, bitmap, sites):
    """(Pad or "idle" or "partner", fuses) of the sites that share one table's fuses.

    An idle cell is an input with a pull-up, which something may listen to.
    """
    first, idle = sites[0], [_unused(site.functions) for site in sites]
    tries = [("idle", idle)]
    if len(sites) == 1:
        tries += [("partner", [*idle, {**_KINDS["IBUF"], **PARTNER}]),
                  (GW5aPad("IBUF"), [*idle, {**_KINDS["IBUF"], **CLOCK}]),
                  (GW5aPad("IBUF"), [*idle, _KINDS["IBUF"]]),
                  (GW5aPad("OBUF"), [*idle, _KINDS["OBUF"]])]
    table = chip.table(first.row, first.column, first.table, long=True)
    there = bitmap.fuses(first.row, first.column) & domain(table)
    for kind, sets in tries:
        if (pattern := _pattern(chip, first, *sets)) == there:
            return kind, pattern
    raise DecodeError(f"{first.place}: no pad has the fuses {sorted(there)}")


@dataclass(frozen=True)
class PadReading:
    """Pads and banks as their fuses say.

    Parameters
    ----------
    pads : dict
        Place -> GW5aPad, of outputs and of inputs that are clocks.
    idle : set of str
        Places of cells that are inputs if anything listens to them.
    banks : dict
        Number -> whether it is set as one with pads that are in use, where that makes a difference.
    """

    pads: dict[str, GW5aPad]
    idle: set[str]
    banks: dict[int, bool]


def read(chip, bitmap):
    """`PadReading` of a file, and account for its fuses.

    Raises
    ------
    DecodeError
        A bank or a cell is not set as any that is known.
    """
    found, partners, known, shared = PadReading({}, set(), {}), set(), {}, {}
    for site in _sites(chip):
        shared.setdefault((site.row, site.column, site.table), []).append(site)
    for (row, column, _), sites in shared.items():
        kind, pattern = _fitting(chip, bitmap, sites)
        known.setdefault((row, column), set()).update(pattern)
        if kind == "partner":
            partners.add(_tile(sites[0].place))
        elif isinstance(kind, GW5aPad):
            found.pads[sites[0].place] = kind
            use(chip, bitmap, sites[0].place)
        elif len(sites) == 1 and _listens(chip, sites[0], pattern):
            found.idle.add(sites[0].place)
    clocks = {_tile(place) for place, pad in found.pads.items() if pad.kind == "IBUF"}
    if partners != {PARTNERS[place] for place in clocks & PARTNERS.keys()}:
        raise DecodeError(f"cells in the tiles {sorted(partners)} are set as partners of clocks, "
                          f"which are in {sorted(clocks)}")
    for bank, (row, column) in chip.db.bank_tiles.items():
        found.banks[bank], pattern = _bank(chip, bitmap, bank, known.get((row, column), set()))
        known.setdefault((row, column), set()).update(pattern)
    for (row, column), pattern in known.items():
        bitmap.know(row, column, pattern)
    return found


def use(chip, bitmap, place):
    """Account for the fuses of a pad."""
    site, = (site for site in _sites(chip) if site.place == place)
    bitmap.use_each(site.row, site.column, chip.names(
        "IOB", chip.table(site.row, site.column, site.table, long=True)), "pad", place)


def _listens(chip, site, pattern):
    """Whether a cell's fuses are those of an input with a pull-up."""
    return _pattern(chip, site, _unused(site.functions), _KINDS["IBUF"]) == pattern


def _bank(chip, bitmap, bank, known):
    """(Whether a bank is set as one in use, its fuses); `known` are others of its tile."""
    row, column = chip.db.bank_tiles[bank]
    every = domain(_bank_table(chip, bank))
    there = bitmap.fuses(row, column) & every
    for used in (False, True):
        pattern = _bank_pattern(chip, bank, used)
        if (pattern | known) & every == there:
            return used, pattern
    raise DecodeError(f"X{column}Y{row}: bank {bank} cannot have the fuses {sorted(there)}")


def _bank_table(chip, bank):
    row, column = chip.db.bank_tiles[bank]
    return {key[1:]: places for key, places in chip.table(row, column, "BANK", long=True).items()
            if key[0] == bank}


def _bank_pattern(chip, bank, used):
    """Fuses of a bank; the drive of its pads makes no difference."""
    row, column = chip.db.bank_tiles[bank]
    more = next((table for name in ("IOBA", "IOBB")
                 if (table := chip.table(row, column, name, long=True))), {})
    given = {name: _COMMON[name] for name in _OF_BANK} | {"DRIVE": "8"} if used else {
        "BANK_VCCIO": VOLTAGE}
    codes = chip.codes("IOB", given)
    return fuses(_bank_table(chip, bank), codes) | fuses(more, codes)


def banks_of(chip, places):
    """`PadReading.banks` of a chip whose pads at these places are in use."""
    used = {chip.bank_of[place] for place in places}
    return {bank: bank in used and _bank_pattern(chip, bank, True) != _bank_pattern(chip, bank,
                                                                                     False)
            for bank in chip.db.bank_tiles}


def wires(chip, place, pad):
    """Pin -> name of the wire of an input of a cell."""
    column, row, half = position(place)
    found = chip.tile(row, column).bels[f"IOB{half}"].portmap
    return {pin: (row, column, found[pin]) for pin in INPUTS[pad.kind]}
