"""Gowin's rPLL (UG286): dividers, and what keeps its loop stable.

The fuses lie in three tiles beside the PLL's own. Of the reference's frequency the file knows only
its effect on the loop: the settings LOCK, CURRENT and RESISTOR.
"""

import math

from ..circuit import Cell, DecodeError
from .database import domain, fuses

__all__ = ["INPUTS", "attributes", "clock_hz", "pll_cell", "read", "settings_of",
           "wires"]

INPUTS = ("CLKIN", "CLKFB", "RESET", "RESET_P", *(f"{word}{n}" for word in ("FBDSEL", "IDSEL",
          "ODSEL") for n in range(6)), *(f"{word}{n}" for word in ("PSDA", "DUTYDA", "FDLY")
                                         for n in range(4)))
# Parameters that choose a pin over a divider -> attribute.
DYNAMIC = {"DYN_IDIV_SEL": "IDIVSEL", "DYN_FBDIV_SEL": "FDIVSEL", "DYN_ODIV_SEL": "ODIVSEL"}
# Attributes that every PLL of apycula's packer has (gowin_pack, _default_pll_internal_attrs).
COMMON = {"INSEL": "CLKIN1", "FBSEL": "CLKFB3", "PLOCK": "ENABLE", "FLOCK": "ENABLE",
          "FLTOP": "ENABLE", "GMCMODE": 15, "CLKOUTDIV3": "ENABLE", "CLKOUTDIV": "ENABLE",
          "CLKOUTPS": "ENABLE", "PDN": "ENABLE", "IRSTEN": "DISABLE", "SRSTEN": "DISABLE",
          "PWDEN": "ENABLE", "RSTEN": "ENABLE", "OSDLY": "DISABLE", "OPDLY": "DISABLE",
          "SDIV": 2, "PHASE": 0, "DUTY": 8, "PASEL": 0, "GMCGAIN": 0}
# Setting -> attribute with a number.
NUMBERS = {"IDIV": "IDIV", "FBDIV": "FDIV", "ODIV": "ODIV", "LOCK": "FLDCOUNT",
           "CURRENT": "ICPSEL", "RESISTOR": "LPR"}
ALLOWED = {"DEVICE", "FCLKIN", "IDIV_SEL", "FBDIV_SEL", "ODIV_SEL", "CLKFB_SEL", *DYNAMIC}
FIRST_RESISTOR = 22  # R1 is value 23 of apycula.attrids.pll_attrvals

# Lowest reference in MHz of each resistor, and the resistor in ohms, of GW1N and of GW2A.
RESISTORS = {
    "GW1N": ((2.6, 65100), (3.87, 43800), (7.53, 22250), (14.35, 11800), (28.51, 5940),
             (57.01, 2970), (114.41, 1480), (206.34, 820)),
    "GW2A": ((2.4, 69410), (3.53, 47150), (6.82, 24430), (12.93, 12880), (25.7, 6480),
             (51.4, 3240), (102.81, 1620), (187.13, 890)),
}
CAPACITOR = 6.69244e-11  # farads
LARGEST_CURRENT = 0.00028  # amperes


def tiles(chip, column):
    """Columns of the tiles of the PLL whose own tile this is."""
    return [column + (n if column < chip.columns // 2 else -n) for n in range(4)]


def attributes(settings):
    """Attributes of a PLL's settings: IDIV, FBDIV, ODIV (what is divided by), LOCK, CURRENT,
    RESISTOR, and the names of `DYNAMIC`, 0 or 1."""
    found = dict(COMMON)
    for name, attribute in NUMBERS.items():
        found[attribute] = settings[name]
    found["LPR"] = FIRST_RESISTOR + settings["RESISTOR"] if settings["RESISTOR"] else 0
    for name, attribute in DYNAMIC.items():
        if settings[name]:
            found[attribute] = "DYN"
    return found


def read(chip, bitmap, row, column):
    """Settings of the PLL whose own tile this is; None if it is unused.

    Raises
    ------
    DecodeError
        They are not what the packer would set for any PLL.
    """
    columns, place = tiles(chip, column), f"X{column}Y{row}/PLL"
    tables = [chip.table(row, c, "PLL") for c in columns]
    found = [bitmap.fuses(row, c) & domain(table)
             for c, table in zip(columns, tables, strict=True)]
    if not any(found):
        return None
    settings = {}
    for name, attribute in NUMBERS.items():
        values = chip.values("PLL", attribute, tables)
        every = [set().union(*(sets[n] for sets in values.values())) for n in range(len(tables))]
        seen = [set_ & of_it for set_, of_it in zip(found, every, strict=True)]
        number = next((value for value, sets in values.items() if sets == seen), None)
        if number is None and any(seen):
            raise DecodeError(f"{place}: no value of {name} has the fuses {seen}")
        settings[name] = number or 0
    if settings["RESISTOR"]:
        settings["RESISTOR"] -= FIRST_RESISTOR
    for name, attribute in DYNAMIC.items():
        wanted = [fuses(table, chip.codes("PLL", {attribute: "DYN"})) - fuses(table, set())
                  for table in tables]
        settings[name] = int(any(wanted) and all(
            w <= f for w, f in zip(wanted, found, strict=True)))
    codes = chip.codes("PLL", attributes(settings))
    for c, table in zip(columns, tables, strict=True):
        bitmap.expect(row, c, domain(table), fuses(table, codes), f"settings of {place}")
        bitmap.use_each(row, c, chip.names("PLL", table), "pll", place)
    return settings


def wires(chip, row, column):
    """Pin -> name of the wire of an input of the PLL whose own tile this is."""
    found = chip.tile(row, column).bels["RPLLA"].portmap
    return {pin: (row, column, found[pin]) for pin in INPUTS}


def settings_of(cell, chip):
    """Settings of a cell of nextpnr's netlist.

    Parameters
    ----------
    cell : dict
        Of type rPLL.
    chip : database.GowinDatabase

    Raises
    ------
    DecodeError
        A parameter is not known.
    """
    given = {name: value.strip() for name, value in cell["parameters"].items()}
    unknown = set(given) - ALLOWED
    if unknown or given.get("CLKFB_SEL", "internal").lower() != "internal":
        raise DecodeError("rPLL has parameters that are not known: "
                          f"{', '.join(sorted(unknown)) or 'an external CLKFB_SEL'}")
    made = {"IDIV": 1 + int(given.get("IDIV_SEL", "0"), 2),
            "FBDIV": 1 + int(given.get("FBDIV_SEL", "0"), 2),
            "ODIV": int(given.get("ODIV_SEL", "1000"), 2)}
    made |= {name: int(given.get(name, "false").lower() == "true") for name in DYNAMIC}
    return made | _loop(chip.name[:4], float(given.get("FCLKIN", "100")), made)


def _loop(family, reference, made):
    """LOCK, CURRENT and RESISTOR for a reference in MHz (gowin_pack, calc_pll_pump)."""
    detector = reference / made["IDIV"]
    factor = made["FBDIV"] * made["ODIV"]
    oscillator = detector * factor
    step = int((detector - 1) // 30)
    if step == 16 or any(step == at and detector <= most
                         for at, most in ((13, 395), (14, 430), (15, 465))):
        step -= 1
    if family == "GW2A":
        root = math.sqrt(837.407844 - (385.07 - oscillator) * 0.9892)
        k = (root - 28.938) / 0.4846
        gain = 0.1942 * k * k - 13.173 * k + 518.86
    else:
        root = math.sqrt(247506.25 - (2675.4 - oscillator) * 78.46)
        k = (497.5 - root) / 39.23
        gain = 4.8714 * k * k + 6.5257 * k + 142.67
    steps = RESISTORS[family]
    for number, (lowest, ohms) in reversed(list(enumerate(steps))):
        current = 1.8769 / (ohms * ohms * gain * 1e6 * CAPACITOR) * 4 * factor
        if lowest < detector and current <= LARGEST_CURRENT:
            return {"LOCK": 16 * (step + 1), "CURRENT": 10 * int(current * 1e5 + 0.5),
                    "RESISTOR": len(steps) - 1 - number}
    raise DecodeError(f"no loop filter of the PLL is stable at {detector:g} MHz")


def clock_hz(settings, reference_hz):
    """Clock that a PLL makes from a reference."""
    if any(settings[name] for name in DYNAMIC):
        raise DecodeError("the dividers of the PLL are set by pins")
    return reference_hz * settings["FBDIV"] / settings["IDIV"]


def pll_cell(settings, sources):
    """Cell of a PLL."""
    return Cell("rPLL", settings, sources)
