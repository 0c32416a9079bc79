"""Carry chains of nextpnr's Gowin netlists: the tables of their cells, and faulty heads.

A carry cell is a lookup table and a multiplexer: S = T[I3, I2, I1, I0], SUM = S ^ CIN, and COUT is
CIN where S is 1, else T[0, 0, I1, I0]. nextpnr connects I2 of every cell in use to 1.
"""

__all__ = ["MODES", "alu_table", "heads"]

# ALU_MODE -> table, bit i is T[i]. From apycula 0.32, chipdb.fse_luts.
MODES = {
    "0": 0x606a, "1": 0x909a, "2": 0x609a, "3": 0x909f, "4": 0x909a, "6": 0xa0a0, "7": 0x505f,
    "8": 0xaf5a, "9": 0x7888, "C2L": 0x0000, "ONE2C": 0x000f,
}


def alu_table(parameters):
    """Table of a carry cell of nextpnr's netlist.

    Parameters
    ----------
    parameters : dict
        Of the cell: ALU_MODE, or RAW_ALU_LUT, which goes first.

    Raises
    ------
    ValueError
        The mode is unknown.
    """
    if "RAW_ALU_LUT" in parameters:
        bits = parameters["RAW_ALU_LUT"].strip()[-16:]
        return int(bits * (16 // len(bits)), 2)
    mode = parameters.get("ALU_MODE", "").strip()
    if mode not in MODES and mode and not set(mode) - {"0", "1"}:
        mode = str(int(mode, 2))
    if mode not in MODES:
        raise ValueError(f"ALU_MODE must be one of {', '.join(MODES)}, not {mode!r}")
    return MODES[mode]


def heads(design, steady=lambda cell: False):
    """Names of the carry cells that hear a carry that nothing drives.

    Parameters
    ----------
    design : dict
        What nextpnr writes after routing.
    steady : callable
        ``steady(cell)``: whether a cell without a carry input has a constant carry of its own.
    """
    found = []
    for name, cell in design["modules"]["top"]["cells"].items():
        pins = cell["connections"]
        if cell["type"] != "ALU" or pins.get("CIN") or steady(cell):
            continue
        # S for every I0, I1 and I3, with I2 = 1.
        passes = alu_table(cell["parameters"]) & 0xf0f0
        if pins.get("SUM") or pins.get("COUT") and passes:
            found.append(name)
    return found
