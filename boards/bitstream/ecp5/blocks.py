"""Where the bits of block RAMs, multipliers, PLLs, clock buffers and pads are, and their pins.

Beside them that of the pin which clocks the memory that the chip is configured from, CCLK.

Tiles of a block: nextpnr, ecp5/bitstream.cc (get_bram_tiles, get_dsp_tiles, get_pll_tiles,
get_pio_tile, get_pic_tile, write_dcc); wires of its pins: Project Trellis, libtrellis/src/Bels.cpp.
"""

import re

from ..circuit import DecodeError
from .database import chip as chip_of

__all__ = ["CLOCK_BUFFER", "CLOCK_PIN", "CLOCK_PIN_INPUTS", "MULTIPLIER", "MULTIPLIER_INPUTS",
           "PAD", "PLL", "PLL_INPUTS", "RAM", "RAM_INPUTS", "bank_tile", "blocks", "located",
           "ram_inputs", "sites", "tiles_of"]

# Kinds of places.
RAM = re.compile(r"EBR([0-3])$")
MULTIPLIER = re.compile(r"MULT18_([0145])$")
PLL = re.compile(r"EHXPLL_([UL][LR])$")
CLOCK_BUFFER = re.compile(r"([LRTB])DCC(\d+)$")
PAD = re.compile(r"PIO([A-D])$")
CLOCK_PIN = re.compile(r"USRMCLK$")

FIRST_RAM = ("MIB_EBR0", "EBR_CMUX_UR", "EBR_CMUX_LR", "EBR_CMUX_LR_25K")
LAST_RAM = ("MIB_EBR8", "EBR_SPINE*", "EBR_CMUX_UL", "EBR_CMUX_LL", "EBR_CMUX_LL_25K")
LAST_DSP = ("MIB_DSP8", "DSP_SPINE_UL0", "DSP_SPINE_UR0", "DSP_SPINE_UR1")
TO_CLOCK_PIN = 7
BUFFERS = {"L": 14, "R": 14, "T": 12, "B": 16}

RAM_INPUTS = (
    *(f"{name}{port}{bit}" for port in "AB" for name, bits in (("DI", 18), ("AD", 14))
      for bit in range(bits)),
    *(f"{name}{port}" for port in "AB" for name in ("CLK", "CE", "OCE", "WE", "RST")),
    *(f"CS{port}{bit}" for port in "AB" for bit in range(3)),
)
# Pins that a RAM with a port of 36 bits does not have (nextpnr, write_bram).
NOT_WIDE = ("WEA", "WEB", "ADA4")
MULTIPLIER_INPUTS = (
    *(f"{name}{bit}" for name in "ABC" for bit in range(18)),
    *(f"{name}{bit}" for name in ("CLK", "CE", "RST") for bit in range(4)),
    "SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB",
)
CLOCK_PIN_INPUTS = ("PADDO", "PADDT")  # what it is driven to; 1: it is not driven
PLL_INPUTS = ("CLKI", "CLKFB", "RST", "STDBY", "PHASEDIR", "PHASELOADREG", "PHASESEL0", "PHASESEL1",
              "PHASESTEP", "PLLWAKESYNC", "ENCLKOP", "ENCLKOS", "ENCLKOS2", "ENCLKOS3")


def ram_inputs(wide):
    """Input pins of a block RAM."""
    return tuple(pin for pin in RAM_INPUTS if not wide or pin not in NOT_WIDE)


def located(place):
    """(x, y, name) of a place such as X3/Y4/EBR1."""
    column, row, name = place.split("/")
    return int(column[1:]), int(row[1:]), name


def blocks(chip):
    """Places of all blocks that are not logic, with the pattern that says of which kind."""
    found = {}

    def add(kind, x, y, *names):
        for name in names:
            found[f"X{x}/Y{y}/{name}"] = kind

    for tile in chip.tiles:
        x, y = tile.x, tile.y
        match tile.type:
            case "MIB_EBR2" | "MIB_EBR4" | "MIB_EBR6":
                add(RAM, x, y, f"EBR{int(tile.type[-1]) // 2}")
            case "MIB_DSP0" | "MIB_DSP1" | "MIB_DSP4" | "MIB_DSP5":
                add(MULTIPLIER, x, y, f"MULT18_{tile.type[-1]}")
            case "PLL0_UL" | "PLL0_LL" | "PLL0_LR" | "PLL0_UR":
                quarter = tile.type[-2:]
                dx, dy = {"UL": (1, 0), "UR": (-1, 0)}.get(quarter, (0, -1))
                add(PLL, x + dx, y + dy, f"EHXPLL_{quarter}")
            case "LMID_0" | "RMID_0" | "TMID_0" | "BMID_0H" | "BMID_0V":
                add(CLOCK_BUFFER, x, y, *(f"{tile.type[0]}DCC{number}"
                                          for number in range(BUFFERS[tile.type[0]])))
            case "SPICB0":
                add(PAD, x, y, "PIOA")
            case "PICL0" | "PICL0_DQS2" | "PICR0" | "PICR0_DQS2":
                add(PAD, x, y, "PIOA", "PIOB", "PIOC", "PIOD")
            case "EFB3_PICB1":  # which has its setting; its wires are those of the row's first tile
                add(CLOCK_PIN, x - TO_CLOCK_PIN, y, "USRMCLK")
            case "PIOT0" | "PICB0" | "EFB0_PICB0" | "EFB2_PICB0":
                add(PAD, x, y, "PIOA", "PIOB")
        if tile.type in FIRST_RAM:
            add(RAM, x, y, "EBR0")
    return found


def sites(device):
    """Places of a device's multipliers, block RAMs, and registers: dict of lists of (x, y, place).

    Of registers there is one of every tile of logic.
    """
    whole = chip_of(device)
    found = {"multipliers": [], "rams": [], "registers": []}
    names = {MULTIPLIER: "multipliers", RAM: "rams"}
    for place, kind in blocks(whole).items():
        if kind in names:
            x, y, _ = located(place)
            found[names[kind]].append((x, y, place))
    for x, y in whole.places_of_type["PLC2"]:
        found["registers"].append((x, y, f"X{x}/Y{y}/SLICEA.FF0"))
    return found


def tiles_of(chip, place):
    """Tiles that hold the settings of a block."""
    x, y, name = located(place)
    if match := RAM.match(name):
        number = int(match[1])
        first = [chip.tile(x, y, *(FIRST_RAM if number == 0 else (f"MIB_EBR{2 * number}",))),
                 chip.tile(x + 1, y, f"MIB_EBR{2 * number + 1}")]
        if number == 0:
            return first
        return [*first, chip.tile(x + 2, y, *(LAST_RAM if number == 3 else
                                              (f"MIB_EBR{2 * number + 2}",)))]
    if match := MULTIPLIER.match(name):
        number = int(match[1])
        begin = number // 4 * 4
        found = []
        for column in range(begin, begin + 5):
            types = LAST_DSP if column == 8 else (f"MIB_DSP{column}",)
            for kinds in (types, (f"MIB2_DSP{column}",)):
                found.append(chip.tile(x - number + column, y, *kinds))
        return found
    if match := PLL.match(name):
        return {
            "UL": lambda: [chip.tile(x - 1, y, "PLL0_UL"), chip.tile(x - 1, y + 1, "PLL1_UL")],
            "LL": lambda: [chip.tile(x, y + 1, "PLL0_LL"), chip.tile(x + 1, y + 1, "BANKREF8")],
            "LR": lambda: [chip.tile(x, y + 1, "PLL0_LR"),
                           chip.tile(x - 1, y + 1, "PLL1_LR", "BANKREF4")],
            "UR": lambda: [chip.tile(x + 1, y, "PLL0_UR"), chip.tile(x + 1, y + 1, "PLL1_UR")],
        }[match[1]]()
    if match := CLOCK_BUFFER.match(name):
        return {
            "L": lambda: [chip.tile(x, y, "LMID_0")],
            "R": lambda: [chip.tile(x, y, "RMID_0")],
            "T": lambda: [chip.tile(x, y, "TMID_0"), chip.tile(x + 1, y, "TMID_1")],
            "B": lambda: [chip.tile(x, y, "BMID_0H", "BMID_0V"),
                          chip.tile(x + 1, y, "BMID_2", "BMID_2V")],
        }[match[1]]()
    if CLOCK_PIN.match(name):
        return [chip.tile(x + TO_CLOCK_PIN, y, "EFB3_PICB1")]
    if PAD.match(name):
        return _pad_tiles(chip, x, y, name)
    raise DecodeError(f"{place} is not the place of a block")


def _pad_tiles(chip, x, y, name):
    letter = name[-1]
    if y == 0:
        column = x + (letter == "B")
        return [chip.tile(column, 0, f"PIOT{'AB'.index(letter)}"),
                chip.tile(column, 1, f"PICT{'AB'.index(letter)}")]
    if y == chip.device.rows - 1:
        types = ("PICB0", "EFB0_PICB0", "EFB2_PICB0", "SPICB0") if letter == "A" else (
            "PICB1", "EFB1_PICB1", "EFB3_PICB1")
        return [chip.tile(x + (letter == "B"), y, *types)]
    side, middle = ("L", "MIB_CIB_LR") if x == 0 else ("R", "MIB_CIB_LR_A")
    pad = chip.tile(x, y + 1, f"PIC{side}1", f"PIC{side}1_DQS0", f"PIC{side}1_DQS3")
    if letter in "AB":
        return [pad, chip.tile(x, y, f"PIC{side}0", f"PIC{side}0_DQS2")]
    return [pad, chip.tile(x, y + 2, f"PIC{side}2", f"PIC{side}2_DQS1", middle)]


def bank_tile(chip, bank):
    """The tile that holds the supply voltage of a bank of pins."""
    for tile in chip.tiles:
        if tile.type.rstrip("A") == f"BANKREF{bank}":
            return tile
    raise DecodeError(f"{chip.device.name} has no bank {bank}")
