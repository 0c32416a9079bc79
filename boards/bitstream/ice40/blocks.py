"""Blocks of an iCE40UP5K as both sides find them, and the one form in which they are compared.

A `Block` is one of nextpnr's: a logic cell with table, carry and register, for instance. `cells`
takes logic cells apart: X5/Y6/lc3 is the table, X5/Y6/lc3/carry the carry, X5/Y6/lc3/ff the
register. A table that passes one input on is a piece of wire and no cell: nextpnr's router makes
some of those by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..circuit import Cell, DecodeError, Source, lookup

__all__ = ["DEFAULTS", "MAC16_SETTINGS", "PINS", "PLL_SETTINGS", "PULL_UPS", "Block", "cells",
           "tables"]

# Bits of each setting of a multiplier and of the PLL (nextpnr 0.11.1, ice40/bitstream.cc).
MAC16_SETTINGS = {
    "C_REG": 1, "A_REG": 1, "B_REG": 1, "D_REG": 1, "TOP_8x8_MULT_REG": 1, "BOT_8x8_MULT_REG": 1,
    "PIPELINE_16x16_MULT_REG1": 1, "PIPELINE_16x16_MULT_REG2": 1, "TOPOUTPUT_SELECT": 2,
    "TOPADDSUB_LOWERINPUT": 2, "TOPADDSUB_UPPERINPUT": 1, "TOPADDSUB_CARRYSELECT": 2,
    "BOTOUTPUT_SELECT": 2, "BOTADDSUB_LOWERINPUT": 2, "BOTADDSUB_UPPERINPUT": 1,
    "BOTADDSUB_CARRYSELECT": 2, "MODE_8x8": 1, "A_SIGNED": 1, "B_SIGNED": 1,
}
PLL_SETTINGS = {
    "DELAY_ADJMODE_FB": 1, "DELAY_ADJMODE_REL": 1, "DIVF": 7, "DIVQ": 3, "DIVR": 4,
    "ENABLE_ICEGATE_PORTA": 1, "ENABLE_ICEGATE_PORTB": 1, "FDA_FEEDBACK": 4, "FDA_RELATIVE": 4,
    "FEEDBACK_PATH": 3, "FILTER_RANGE": 3, "PLLOUT_SELECT_A": 2, "PLLOUT_SELECT_B": 2,
    "PLLTYPE": 3, "SHIFTREG_DIV_MODE": 2, "TEST_MODE": 1,
}
# What the four bits for a pull-up resistor say, lowest for 3.3 kOhm (nextpnr, as above).
PULL_UPS = {0b0000: "100K", 0b1100: "10K", 0b1010: "6P8K", 0b1001: "3P3K", 0b1000: "none"}
# Input pins of each type of block but the logic cell.
PINS = {
    "ICESTORM_RAM": [
        "RCLK", "RCLKE", "RE", "WCLK", "WCLKE", "WE",
        *(f"{name}_{bit}" for name, width in (("RADDR", 11), ("WADDR", 11), ("WDATA", 16),
                                              ("MASK", 16)) for bit in range(width))],
    "ICESTORM_SPRAM": [
        "CLOCK", "CHIPSELECT", "WREN", "STANDBY", "SLEEP", "POWEROFF",
        *(f"{name}_{bit}" for name, width in (("ADDRESS", 14), ("DATAIN", 16), ("MASKWREN", 4))
          for bit in range(width))],
    "ICESTORM_DSP": [
        "CLK", "CE", "CI", *(f"{name}_{bit}" for name in "ABCD" for bit in range(16)),
        *(f"{name}HOLD" for name in "ABCD"), "IRSTTOP", "IRSTBOT", "ORSTTOP", "ORSTBOT", "OLOADTOP",
        "OLOADBOT", "ADDSUBTOP", "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT"],
    "ICESTORM_PLL": [
        "REFERENCECLK", "PACKAGEPIN", "EXTFEEDBACK", "BYPASS", "RESETB", "LATCHINPUTVALUE", "SDI",
        "SCLK", *(f"DYNAMICDELAY_{bit}" for bit in range(8))],
    "SB_IO": ["D_OUT_0", "D_OUT_1", "OUTPUT_ENABLE", "CLOCK_ENABLE", "INPUT_CLK", "OUTPUT_CLK",
              "LATCH_INPUT_VALUE"],
    "SB_GB": ["USER_SIGNAL_TO_GLOBAL_BUFFER"],
}
# An open pin reads as 0 but for these (icebox_vlog for clock enables; nextpnr leaves a CE open
# that must be 1).
DEFAULTS = {"CEN": 1, "CE": 1, "RCLKE": 1, "WCLKE": 1, "CLOCK_ENABLE": 1}


@dataclass(frozen=True)
class Block:
    """One of nextpnr's blocks in use.

    Parameters
    ----------
    type : str
        nextpnr's type.
    settings : dict
        All of them; of a logic cell LUT_INIT, CARRY_ENABLE, DFF_ENABLE, NEG_CLK, SET_NORESET,
        ASYNC_SR.
    inputs : dict
        Pin -> a constant or (name of a block, its port); an open pin is left out.
    """

    type: str
    settings: Mapping[str, int | str]
    inputs: dict[str, Source]


def cells(blocks):
    """Name -> `Cell` of name -> `Block`."""
    net = _Net(blocks)
    used = {source for block in blocks.values() for source in block.inputs.values()}
    found = {}
    for name, block in blocks.items():
        if block.type == "ICESTORM_LC":
            read = block.settings["DFF_ENABLE"] or (name, "O") in used or (name, "LO") in used
            found.update(_logic_cell(net, name, block, read))
        else:
            _cascaded(name, block)
            inputs = {pin: net.source(block.inputs.get(pin, DEFAULTS.get(pin, 0)))
                      for pin in PINS[block.type]}
            found[name] = Cell(block.type, block.settings, inputs)
    return found


def tables(blocks):
    """Name of a logic cell -> what drives the four inputs of its table, pieces of wire followed."""
    net = _Net(blocks)
    return {name: net.inputs(name) for name, block in blocks.items()
            if block.type == "ICESTORM_LC"}


def _cascaded(name, block):
    """Refuse a multiplier that listens to the one below it (Lattice FPGA-TN-02007)."""
    for setting, value in (("BOTADDSUB_CARRYSELECT", 2), ("BOTADDSUB_LOWERINPUT", 3)):
        if block.settings.get(setting) == value:
            raise DecodeError(f"{name} has {setting} {value}: cascades of multipliers are not "
                              "understood")


def _logic_cell(net, name, block, read):
    """The up to three cells of a logic cell; `read`: something looks at its table."""
    found = {}
    settings = block.settings
    table, sources = net.function(name)
    if (table, len(sources)) != (0b10, 1) if read else settings["LUT_INIT"]:
        found[name] = Cell("LUT", {"INIT": table, "K": len(sources)},
                           {f"I{i}": source for i, source in enumerate(sources)})

    def pin(pin):
        return net.source(block.inputs.get(pin, DEFAULTS.get(pin, 0)))

    if settings["CARRY_ENABLE"]:
        # The sum of three bits does not care for their order; the chain keeps its own.
        first, second = sorted((pin("I1"), pin("I2")), key=str)
        found[f"{name}/carry"] = Cell("ICE40_CARRY", {}, {"A": first, "B": second,
                                                         "CI": pin("CIN")})
    if settings["DFF_ENABLE"]:
        found[f"{name}/ff"] = Cell(
            "ICE40_FF", {key: settings[key] for key in ("NEG_CLK", "SET_NORESET", "ASYNC_SR")},
            {"D": net.table(name), "CLK": pin("CLK"), "CEN": pin("CEN"), "SR": pin("SR")})
    return found


class _Net:
    """Sources of blocks as sources of cells."""

    def __init__(self, blocks):
        self._blocks = blocks
        self._functions, self._pending = {}, set()

    def source(self, source: Source) -> Source:
        """Where a source is in the circuit."""
        if isinstance(source, int):
            return source
        name, port = source
        block = self._blocks.get(name)
        if block is None:
            raise DecodeError(f"{name} {port} drives something, but {name} is not in use")
        if block.type != "ICESTORM_LC":
            return source
        if port == "COUT":
            if not block.settings["CARRY_ENABLE"]:
                raise DecodeError(f"{name} drives a carry without making one")
            return f"{name}/carry", "CO"
        if port == "O" and block.settings["DFF_ENABLE"]:
            return f"{name}/ff", "Q"
        return self.table(name)

    def table(self, name: str) -> Source:
        """What a table's output comes from: the table, or what it passes on."""
        if name in self._pending:  # a ring of tables
            return name, "O"
        table, sources = self.function(name)
        return sources[0] if (table, len(sources)) == (0b10, 1) else (name, "O")

    def inputs(self, name):
        """Sources of the four inputs of a table."""
        inputs = self._blocks[name].inputs
        return [self.source(inputs.get(f"I{i}", 0)) for i in range(4)]

    def function(self, name):
        """(Table, sources) of a logic cell, canonical."""
        if name not in self._functions:
            self._pending.add(name)
            found = lookup(self._blocks[name].settings["LUT_INIT"], self.inputs(name))
            self._pending.discard(name)
            self._functions[name] = found
        return self._functions[name]
