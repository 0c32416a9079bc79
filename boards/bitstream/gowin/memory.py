"""Gowin's block RAM: 1024 words of 18 bits with two ports, A and B (UG285).

The fuses do not tell single port, simple dual port and true dual port apart: each is two ports of
up to 18 bits, which become one of 36 where a word is doubled. So a cell here is always both ports.
"""

import re
from functools import lru_cache

import numpy as np

from ..circuit import BitUse, Cell, DecodeError
from .database import domain, fuses

__all__ = ["INPUTS", "attributes", "contents", "memory_cell", "positions", "read", "settings_of",
           "wires"]

WORDS, WORD = 1024, 18
TILES = 3  # a block lies over
ROWS = 256  # of contents of a row of blocks in the file
INPUTS = (*(f"{pin}{port}" for port in "AB" for pin in ("CLK", "CE", "OCE", "RESET", "WRE")),
          *(f"BLKSEL{port}{n}" for port in "AB" for n in range(3)),
          *(f"AD{port}{n}" for port in "AB" for n in range(14)),
          *(f"DI{port}{n}" for port in "AB" for n in range(18)))
PARAMETERS = re.compile(r"BIT_WIDTH(_[01])?|BLK_SEL(_[01])?|(READ|WRITE)_MODE[01]?|RESET_MODE|"
                        r"INIT_RAM_[0-3][0-9A-F]")
MODES = {0: None, 1: "WT", 2: "RBW"}  # normal, write-through, read before write
WIDTHS = {1: "1", 2: "2", 4: "4", 9: "9", 18: None}
# Attributes with one meaning and one value, beside those above: setting -> (attribute, value).
FLAGS = {
    **{f"REG{port}": (f"DP{port}_REGMODE", "OUTREG") for port in "AB"},
    **{f"DOUBLE{port}": (f"DBLW{port}", "X36") for port in "AB"},
    **{f"SELECT{port}{n}": (f"CS{port}_{n}", "SET") for port in "AB" for n in range(3)},
    **{f"BYTES{port}": (f"DP{port}_BELB", "ENABLE") for port in "AB"},
    "ASYNC": ("OUTREG_ASYNC", "RESET"),
    "INVERTCEA": ("CEMUX_CEA", "INV"),
}


def attributes(settings):
    """Attributes of the table BSRAM_DP as apycula's packer sets them (gowin_pack).

    Parameters
    ----------
    settings : dict
        WIDTHA and WIDTHB (1, 2, 4, 9 or 18), MODEA and MODEB (0, 1 or 2), and the flags of `FLAGS`.
        SELECTpn is 1 where the port answers to a 0 at BLKSEL. BYTESp is 1 where all bytes are
        written, whatever the lowest address pins say.
    """
    found = {"MODE": "ENABLE", "GSR": "DISABLE"}
    for port in "AB":
        if (width := WIDTHS[settings[f"WIDTH{port}"]]) is not None:
            found[f"DP{port}_DATA_WIDTH"] = width
        if (mode := MODES[settings[f"MODE{port}"]]) is not None:
            found[f"DP{port}_MODE"] = mode
        if settings[f"BYTES{port}"]:
            found[f"DP{port}_BEHB"] = "ENABLE"
    for name, (attribute, value) in FLAGS.items():
        if settings[name]:
            found[attribute] = value
    return found


@lru_cache
def _tables(chip, row, column):
    """Tables of the tiles of a block."""
    return [chip.table(row, column + n, "BSRAM_DP") for n in range(TILES)]


def read(chip, bitmap, row, column):
    """Settings of the block whose first tile this is, without its contents; None if it is unused.

    Raises
    ------
    DecodeError
        They are not what the packer would set for any block.
    """
    tables, place = _tables(chip, row, column), f"X{column}Y{row}/BSRAM"
    found = [bitmap.fuses(row, column + n) & domain(tables[n]) for n in range(TILES)]
    if not any(found):
        return None

    def has(**attributes):
        wanted = [fuses(table, chip.codes("BSRAM", attributes)) for table in tables]
        return any(wanted) and all(w <= f for w, f in zip(wanted, found, strict=True))

    settings = {name: int(has(**{attribute: value}))
                for name, (attribute, value) in FLAGS.items()}
    for port in "AB":
        # From the most fuses to the fewest.
        settings[f"WIDTH{port}"] = next(
            width for width, value in WIDTHS.items()
            if value is None or has(**{f"DP{port}_DATA_WIDTH": value}))
        settings[f"MODE{port}"] = next(
            (mode for mode, value in MODES.items()
             if value is not None and has(**{f"DP{port}_MODE": value})), 0)
    codes = chip.codes("BSRAM", attributes(settings))
    for n in range(TILES):
        bitmap.expect(row, column + n, domain(tables[n]), fuses(tables[n], codes),
                      f"settings of block RAM {place}")
        bitmap.use_each(row, column + n, chip.names("BSRAM", tables[n]), "memory", place)
    return settings


@lru_cache
def positions(chip):
    """(Rows, columns) of the bits of a block's contents, bit b of word w being number 18 w + b.

    Rows count from the first of the row of blocks, columns from the first of the block's tiles.
    The order is apycula's (gowin_pack, store_bsram_init_val; the table BSRAM_INIT).
    """
    order = chip.db.rev_logicinfo("BSRAM_INIT")
    number = np.arange(WORDS * WORD)
    word, bit = number // WORD, number % WORD
    line = np.array([order[n][0] - 1 for n in range(WORD * 4)])
    quarter = np.array([0x00, 0x80, 0x40, 0xc0])[word & 3]
    rows = ROWS - 1 - (quarter + (word >> 2 & 0x3f))
    return rows, line[bit * 4 + (word >> 8)]


def contents(chip, bitmap, row, column):
    """First contents of a block, and account for their bits."""
    rows, columns = positions(chip)
    top = chip.height + ROWS * chip.bram_rows.index(row)
    if top >= len(bitmap.bits):
        return 0  # a file without contents
    rows, columns = rows + top, columns + chip.left[column]
    place = f"X{column}Y{row}/BSRAM"
    for number, where in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        bitmap.use_bit(*where, BitUse("contents", place, f"bit {number}"))
    packed = np.packbits(bitmap.bits[rows, columns], bitorder="little")
    return int.from_bytes(packed.tobytes(), "little")


def wires(chip, row, column):
    """Pin -> name of the wire of an input of the block whose first tile this is."""
    found = chip.tile(row, column).bels["BSRAM"].portmap
    return {pin: (row, column, found[pin]) for pin in INPUTS}


def memory_cell(settings, contents_, sources):
    """Cell of a block."""
    return Cell("BSRAM", {**settings, "INIT": contents_}, sources)


def settings_of(cell, constant):
    """Settings and contents of a cell of nextpnr's netlist: (settings, contents).

    Parameters
    ----------
    cell : dict
        Of type SP, SDP, DP or ROM.
    constant : callable
        Whether a pin is connected to a constant.

    Raises
    ------
    DecodeError
        A parameter is not known.
    """
    kind, given = cell["type"], dict(cell["parameters"])
    nine = cell["attributes"]["BSRAM_SUBTYPE"].strip() == "X9"
    made = {name: 0 for name in FLAGS}
    for port, number in (("A", "0"), ("B", "1")):

        def of_port(name, suffix, missing, number=number):
            """A parameter of this port, or of both."""
            return given.get(f"{name}{suffix}{number}", given.get(name, missing)).strip()

        width = int(of_port("BIT_WIDTH", "_", ""), 2)
        _width(made, kind, port, width, constant)
        select = of_port("BLK_SEL", "_", "111")[-3:]
        for n in range(3):
            made[f"SELECT{port}{n}"] = int(select[-1 - n] == "0")
        made[f"MODE{port}"] = int(of_port("WRITE_MODE", "", "0"), 2)
        made[f"REG{port}"] = int(of_port("READ_MODE", "", "0"), 2)
    made["ASYNC"] = int(given.get("RESET_MODE", "SYNC").strip().upper() == "ASYNC")
    made["INVERTCEA"] = int(kind == "ROM")
    first = _contents(given, nine)
    unknown = [name for name in given if not PARAMETERS.fullmatch(name)]
    if unknown:
        raise DecodeError(f"{kind} has the parameters {', '.join(unknown)}, which are not known")
    return made, first


def _width(made, kind, port, width, constant):
    """Settings of a port that follow from its width in a primitive."""
    made[f"WIDTH{port}"] = {8: 9, 16: 18, 32: 18, 36: 18}.get(width, width)
    if width in (32, 36):
        made[f"DOUBLE{port}"] = int(kind != "SP")
    if kind == "ROM":
        return
    # All bytes are always written if the address pins that enable them are constants. The packer
    # forgets this for 16 and 18 bits with two ports, where the pins do it.
    enables = ("AD" if kind == "SP" else "ADA")
    if width in (32, 36) and (kind == "SP" or port == "A"):
        steady = all(constant(f"{enables}{n}") for n in range(4))
        made["BYTESA"] = made["BYTESB"] = int(steady)
    elif width in (16, 18) and kind == "SP":
        made["BYTESA"] = int(all(constant(f"{enables}{n}") for n in range(2)))
        made["BYTESB"] = 0


def _contents(given, nine):
    """First contents from the parameters INIT_RAM_00 … INIT_RAM_3F."""
    # Lowest bit first.
    text = "".join(given.get(f"INIT_RAM_{number:02X}", "").strip().rjust(288 if nine else 256, "0")
                   [::-1] for number in range(0x40))
    if not nine:
        text = "".join(f"{text[start:start + 8]}0" for start in range(0, len(text), 8))
    return int(text[::-1].replace("x", "0"), 2)
