"""Settings of a whole Gowin chip: global set and reset, and pins that are free for a design.

Also the fuses that are the same in every file ("const" in apycula's database).
"""

import json
from functools import lru_cache

from amaranth.hdl import Module

from ..circuit import Cell
from .database import domain, fuses

__all__ = ["PLACE", "configuration_cell", "options_given", "options_of", "read", "wires"]

PLACE = "X0Y0/CONFIGURATION"
# Pins of the configuration that may be free for a design: setting -> option of gowin_pack.
FREE = {f"{name}_AS_GPIO": f"--{option}_as_gpio" for name, option in (
    ("JTAG", "jtag"), ("SSPI", "sspi"), ("MSPI", "mspi"), ("DONE", "done"),
    ("RECONFIG", "reconfign"), ("READY", "ready"))}
# gowin_pack, gsr: an attribute with two values stands twice.
ALWAYS = ({"GSR": "USED", "GOE": "F0"}, {"GSR": "F0", "DONE": "F0", "GWD": "F0"})


def configuration_cell(settings, sources):
    """Cell of the chip's settings; its pin GSRI resets every register while it is 0."""
    return Cell("CONFIGURATION", settings, sources)


def wires(chip):
    """Pin -> name of its wire."""
    ((row, column), wire), = ((place, found["gsr"]["wire"])
                              for place, found in chip.db.extra_func.items() if "gsr" in found)
    return {"GSRI": (row, column, wire)}


def read(chip, bitmap):
    """Settings in a file, and account for their fuses.

    Raises
    ------
    DecodeError
        They are not what the packer would set with any options.
    """
    settings = dict.fromkeys(FREE, 0)
    reset = chip.codes("GSR", {"GSRMODE": "ACTIVE_LOW"})
    for row in range(chip.rows):
        for column in range(chip.columns):
            number = chip.type(row, column)
            if number in chip.db.const:
                bitmap.know(row, column, {tuple(fuse) for fuse in chip.db.const[number]})
                bitmap.expect(row, column, {tuple(fuse) for fuse in chip.db.const[number]},
                              {tuple(fuse) for fuse in chip.db.const[number]}, "constant fuses")
            for logic in ("CFG", "GSR"):
                table = chip.table(row, column, logic)
                if not table:
                    continue
                codes = set(reset)
                if logic == "CFG":
                    codes = set().union(*(chip.codes("CFG", part) for part in ALWAYS))
                    for name in FREE:
                        code = chip.codes("CFG", {name: "YES"})
                        wanted = fuses(table, code)
                        if wanted and wanted <= bitmap.fuses(row, column):
                            settings[name] = 1
                            codes |= code
                bitmap.expect(row, column, domain(table), fuses(table, codes),
                              "settings of the chip")
                bitmap.use_each(row, column, chip.names(logic, table), "pad", PLACE)
    return settings


def options_of(board):
    """Settings that the packer is told for a board."""
    given = options_given(board)
    return {name: int(option in given) for name, option in FREE.items()}


def options_given(board):
    """Words of the packer's command for a board."""
    return _options(board.platform, board.words("gowin_pack_opts"))


@lru_cache
def _options(platform, words):
    """What Amaranth's platform tells the packer."""
    given = {"gowin_pack_opts": words} if words else {}
    made = platform().build(Module(), "pins", do_build=False, **given).files
    return tuple(json.loads(made["build_pins.json"])["commands"][-1])
