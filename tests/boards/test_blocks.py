"""Blocks that a design instantiates are held to what they were given."""

import copy

import pytest

from cortigate.boards.blocks import lost


def netlist(cells):
    return {"modules": {"top": {"attributes": {"top": "1"}, "cells": cells}}}


def cell(kind, parameters, connections):
    return {"type": kind, "parameters": parameters, "connections": connections}


GIVEN = netlist({
    "a.block": cell("SB_MAC16", {"A_REG": "1", "TOPOUTPUT_SELECT": "11"},
                    {"CLK": [7], "CE": ["1"], "A": [8, "0"], "O": [9]}),
    "b.ram": cell("SB_SPRAM256KA", {}, {"CLOCK": [7], "WREN": [12], "SLEEP": ["0"]}),
    "pin": cell("SB_IO", {"PIN_TYPE": "000001"}, {"D_IN_0": [3]}),
})
# Another numbering of the nets, a constant that has become one of a cell, a parameter as a word.
SYNTHESISED = netlist({
    "a.block": cell("SB_MAC16", {"A_REG": "00000000000000000000000000000001",
                                 "TOPOUTPUT_SELECT": "11 ", "B_REG": "0"},
                    {"CLK": [107], "CE": [50], "A": [108, "0"], "O": [109]}),
    "b.ram": cell("SB_SPRAM256KA", {}, {"CLOCK": [107], "WREN": [112], "SLEEP": ["0"]}),
    "one": cell("VCC", {}, {"V": [50]}),
})
PACKED = netlist({
    "a.block_DSP": cell("ICESTORM_DSP", {"A_REG": "1", "TOPOUTPUT_SELECT": "11"},
                        {"CLK": [207], "CE": [], "A_0": [208]}),
    "b.ram_RAM": cell("ICESTORM_SPRAM", {}, {"CLOCK": [207]}),
})


def test_nothing_is_lost():
    assert lost(GIVEN, SYNTHESISED, packed=False) == []
    assert lost(GIVEN, PACKED, packed=True) == []


def broken(found, name, **changes):
    """A netlist with a part of one cell changed: parameters, connections, type; None: gone."""
    found = copy.deepcopy(found)
    cells = found["modules"]["top"]["cells"]
    for part, change in changes.items():
        if change is None:
            del cells[name]
        elif part == "type":
            cells[name]["type"] = change
        else:
            cells[name][part] |= change
    return found


@pytest.mark.parametrize(("packed", "name", "changes", "told"), [
    (False, "a.block", {"parameters": {"A_REG": "0"}},
     "SB_MAC16 a.block has lost A_REG = 1: it is now 0"),
    (False, "a.block", {"connections": {"CLK": ["0"]}},
     "SB_MAC16 a.block has lost its clock CLK: it is now 0"),
    (False, "a.block", {"connections": {"CLK": [50]}},
     "SB_MAC16 a.block has lost its clock CLK: it is now 1"),
    (False, "b.ram", {"connections": {"CLOCK": [108]}},
     "SB_SPRAM256KA b.ram has lost its clock CLOCK: it is no longer that of other blocks"),
    (False, "a.block", {"connections": {"CE": [108]}}, "SB_MAC16 a.block has lost CE[0] = 1"),
    (False, "a.block", {"connections": {"A": [108]}}, "SB_MAC16 a.block has lost A[1] = 0"),
    (False, "b.ram", {"type": "SB_RAM40_4K"}, "SB_SPRAM256KA b.ram has become SB_RAM40_4K"),
    (False, "b.ram", {"type": None}, "SB_SPRAM256KA b.ram is gone"),
    (True, "a.block_DSP", {"parameters": {"TOPOUTPUT_SELECT": "00"}},
     "SB_MAC16 a.block has lost TOPOUTPUT_SELECT = 3: it is now 0"),
    (True, "a.block_DSP", {"connections": {"CLK": []}},
     "SB_MAC16 a.block has lost its clock CLK: it is now open"),
    (True, "b.ram_RAM", {"connections": {"CLOCK": [208]}},
     "SB_SPRAM256KA b.ram has lost its clock CLOCK: it is no longer that of other blocks"),
])
def test_what_is_lost_is_told(packed, name, changes, told):
    found = broken(PACKED if packed else SYNTHESISED, name, **changes)
    assert lost(GIVEN, found, packed=packed) == [told]


def test_a_block_that_becomes_two_is_in_both():
    kept = {"AREG_CLK": "CLK0"}
    given = netlist({"m.block": cell("MULT27X36", kept, {"CLK": [7, "0"], "A": [8]})})
    halves = {f"m.block_aux${n}": cell("MULTALU27X18", dict(kept), {"CLK0": [107], "A0": [108]})
              for n in (1, 2)}
    assert lost(given, netlist(halves), packed=True) == []
    one = netlist(halves)
    assert lost(given, broken(one, "m.block_aux$2", parameters={"AREG_CLK": "BYPASS"}),
                packed=True) == ["MULT27X36 m.block has lost AREG_CLK = CLK0: it is now BYPASS"]
    assert lost(given, broken(one, "m.block_aux$1", type=None), packed=True) == [
        "MULT27X36 m.block is gone"]
