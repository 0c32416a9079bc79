"""GW5A's multipliers: MULT27X36, made of two neighbours of 27 x 18 bits (UG305).

The main one multiplies A with the lower 18 bits of B, which have no sign, and shows the lower 18
bits of the product. It hands on the rest, CASO, through wires of its own, to CASI of the next block
to the right, which adds its product of A and the upper 18 bits of B. Both have registers at A, at B
and behind the multiplication, and nothing else of these blocks has a meaning here.
"""

from ..circuit import Cell, DecodeError
from ..gowin.database import domain, fuses

__all__ = ["CLOCKS", "OUTPUTS", "PINS", "attributes", "multiplier_cell", "read", "role_of",
           "wires"]

TILES = 3  # a block lies over
BEL = "MULTALU27X1800"
CLOCKS = ("CLK0", "CE0", "RESET0")
PINS = (*(f"A{n}" for n in range(27)), *(f"B{n}" for n in range(18)), *CLOCKS,
        *(f"D{n}" for n in range(26)), "CLK1", "CE1", "RESET1", "PSEL", "PADDSUB")
OUTPUTS = {"MAIN": 18, "AUX": 45}  # bits that are shown
# What the netlist says of both.
PARAMETERS = {"AREG_CLK": "CLK0", "BREG_CLK": "CLK0", "PREG_CLK": "CLK0", "OREG_CLK": "BYPASS",
              "MULT_RESET_MODE": "SYNC"}


def role_of(cell):
    """"MAIN" or "AUX" of a cell MULTALU27X18 of nextpnr's netlist.

    Raises
    ------
    DecodeError
        It is no part of a MULT27X36 with registers at A, B and behind the multiplication.
    """
    role = [name for name in OUTPUTS if f"MULT27X36_{name}" in cell["attributes"]]
    given = {name: value.strip() for name, value in cell["parameters"].items()}
    if len(role) != 1 or given != PARAMETERS:
        raise DecodeError(f"MULTALU27X18 must be a half of a MULT27X36 with {PARAMETERS}, not "
                          f"{given}")
    return role[0]


def attributes(chip, role):
    """Attributes of a half as apycula's packer sets them (gowin_pack, set_multalu27x18_attrs)."""
    found = {"UNK_192": "UNK_23", "CE0_MUX": "CE0_IN", "CE1_MUX": "CE1_IN", "ALU_OP0_MUX": "MULT0",
             "ALU": "ENABLE", "UNK_CLK_191": "CLK0", "A0REG_CLK": "CLK0", "B0REG_CLK": "CLK0",
             "P0REG_CLK": "CLK0"}
    if chip == "GW5A-25A":
        found |= {"O0REG_CLK": "UNKNOWN", "O1REG_CLK": "UNKNOWN"}
    found |= {f"ACCSEL_{half}_{stage}_{control}": "UNKNOWN" for half in (0, 1)
              for stage in ("IREG", "PREG") for control in ("CLK", "CE", "RESET")}
    found |= dict.fromkeys(("FB_PREG_EN", "SOA_PREG_EN", "DYN_A_SEL", "DYN_ADD_SUB_0",
                            "DYN_ADD_SUB_1", "DYN_C_SEL", "DYN_CASI_SEL", "MULT12X12_EN"), "FALSE")
    found |= dict.fromkeys(("A_SEL", "ADD_SUB_0", "ADD_SUB_1", "C_SEL", "CASI_SEL"), "0")
    found |= {f"PRELOAD_BIT_{bit}": "0" for bit in range(48)}
    if role == "MAIN":
        return found | {"MULT27X36": "ENABLE", "CASO": "ENABLE"}
    return found | {"CASI_SEL": "1"}


def read(chip, bitmap, row, column):
    """Role of the block whose first tile this is, None if it is unused.

    Raises
    ------
    DecodeError
        It is not set as either half.
    """
    tables = [chip.table(row, column + n, "5A_DSP") for n in range(TILES)]
    found = [bitmap.fuses(row, column + n) & domain(table) for n, table in enumerate(tables)]
    if not any(found):
        return None
    for role in OUTPUTS:
        codes = chip.codes("5A_DSP", attributes(chip.name, role))
        if [fuses(table, codes) for table in tables] == found:
            for n, table in enumerate(tables):
                bitmap.use_each(row, column + n, chip.names("5A_DSP", table), "multiplier",
                                f"X{column}Y{row}/{BEL}")
            return role
    raise DecodeError(f"X{column}Y{row}: no half of a multiplier has the fuses "
                      f"{list(map(sorted, found))}")


def wires(chip, row, column):
    """Pin -> name of the wire of an input of the block whose first tile this is."""
    found = chip.tile(row, column).bels[BEL].portmap
    return {pin: (row, column, found[pin]) for pin in PINS}


def multiplier_cell(chip, row, column, role, sources):
    """Cell of a half; the first tile of its block is at this row and column."""
    before = [n for n in range(column) if BEL in chip.tile(row, n).bels]
    if role == "AUX" and not before:
        raise DecodeError(f"X{column}Y{row}: no multiplier is to the left of this half")
    return Cell("MULT27X18", {"ROLE": role}, {
        **sources, "CASI": (f"X{before[-1]}Y{row}/{BEL}", "CASO") if role == "AUX" else 0})
