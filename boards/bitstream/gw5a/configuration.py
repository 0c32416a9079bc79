"""Settings of a whole GW5A chip: global set and reset, and pins that are free for a design."""

from ..circuit import Cell
from ..gowin.configuration import PLACE, options_given
from ..gowin.database import domain, fuses

__all__ = ["PINS", "PLACE", "options_of", "pins_cell", "pins_of_cell", "read", "wires"]

# Pins of the configuration that may be free for a design: setting -> option of gowin_pack.
FREE = {f"{name}_AS_GPIO{suffix}": f"--{option}_as_gpio" for name, suffix, option in (
    ("JTAG", "", "jtag"), ("SSPI", "", "sspi"), ("MSPI", "", "mspi"), ("DONE", "", "done"),
    ("RECONFIG", "", "reconfign"), ("READY", "", "ready"), ("I2C", "", "i2c"))}
CPU = {"GW5A-25A": ("CPU_AS_GPIO_25",), "GW5AST-138C": ("CPU_AS_GPIO_0", "CPU_AS_GPIO_1")}
# gowin_pack, gsr: an attribute with two values stands twice.
ALWAYS = ({"GSR": "USED", "GOE": "F1"}, {"GSR": "F1", "DONE": "F3", "GWD": "F1"})
PINS = "PINCFG"  # the cell that tells the chip which pins are free


def options_of(board):
    """Settings that the packer is told for a board."""
    given = options_given(board)
    return {name: int(option in given)
            for name, option in _free(board.platform().chip).items()}


def _free(chip):
    """`FREE` of a chip, by its name."""
    return FREE | dict.fromkeys(CPU[chip], "--cpu_as_gpio")


def wires(chip):
    """Pin -> name of its wire: GSRI, which resets every register while it is 0."""
    ((row, column), wire), = ((place, found["gsr"]["wire"])
                              for place, found in chip.db.extra_func.items() if "gsr" in found)
    return {"GSRI": (row, column, wire)}


def pins_of_cell(chip):
    """(Place, pin -> name of its wire) of the cell that tells which pins are free."""
    ((row, column), ports), = ((place, found["pincfg"]["ins"])
                               for place, found in chip.db.extra_func.items()
                               if "pincfg" in found)
    return f"X{column}Y{row}/{PINS}", {pin: (row, column, wire) for pin, wire in ports.items()}


def pins_cell(sources):
    """Cell that tells which pins are free."""
    return Cell(PINS, {}, sources)


def read(chip, bitmap):
    """Settings in a file, and account for their fuses.

    Raises
    ------
    DecodeError
        They are not what the packer would set with any options.
    """
    settings = dict.fromkeys(_free(chip.name), 0)
    for row in range(chip.rows):
        for column in range(chip.columns):
            constant = {tuple(fuse) for fuse in chip.db.const.get(chip.type(row, column), ())}
            bitmap.expect(row, column, constant, constant, "constant fuses")
            for logic, codes in (("CFG", set().union(*(chip.codes("CFG", part)
                                                       for part in ALWAYS))),
                                 ("GSR", chip.codes("GSR", {"GSRMODE": "ACTIVE_LOW"}))):
                table = chip.table(row, column, logic)
                for name in settings if table and logic == "CFG" else ():
                    code = chip.codes("CFG", {name: "YES"})
                    wanted = fuses(table, code)
                    if wanted and wanted <= bitmap.fuses(row, column):
                        settings[name] = 1
                        codes |= code
                bitmap.expect(row, column, domain(table) - constant, fuses(table, codes) - constant,
                              "settings of the chip")
                bitmap.use_each(row, column, chip.names(logic, table), "pad", PLACE)
    return settings
