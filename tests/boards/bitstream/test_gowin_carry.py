"""Heads of Gowin's carry chains: the known fault of nextpnr is mended, any other one refused."""

import copy

import pytest

from cortigate.boards.bitstream.gowin.carry import MODES, alu_table, heads
from cortigate.boards.bitstream.gowin.mending import mend

WRONG, RIGHT = format(0x505A, "032b"), format(0x000A, "032b")


def alu(carry_in, carry_out, total=(), **parameters):
    return {"type": "ALU", "parameters": parameters,
            "connections": {"CIN": carry_in, "COUT": carry_out, "I0": [1], "I2": [2],
                            "SUM": list(total)}}


def design(**cells):
    return {"modules": {"top": {"cells": cells}}}


GOOD = {
    "from_logic": alu([], [3], CIN_NETTYPE="LOGIC", RAW_ALU_LUT=RIGHT),
    "from_zero": alu([], [4], ALU_MODE="C2L"),
    "from_one": alu([], [5], ALU_MODE="ONE2C"),
    "inside": alu([3], [6], RAW_ALU_LUT=WRONG),
    "last": alu([6], [], ALU_MODE=format(2, "032b")),
    "unused": alu([], [], ALU_MODE=format(2, "032b")),
    "register": {"type": "DFF", "parameters": {}, "connections": {}},
}


def carry(table, i0, i1, i3, carry_in):
    sum_without_carry = table >> (i0 | i1 << 1 | 1 << 2 | i3 << 3) & 1
    return carry_in if sum_without_carry else table >> (i0 | i1 << 1) & 1


def test_a_head_that_comes_from_logic_is_mended():
    faulty = design(**GOOD | {"from_logic": alu([], [3], CIN_NETTYPE="LOGIC", RAW_ALU_LUT=WRONG)})
    assert heads(faulty) == ["from_logic"]
    assert mend(faulty) == 1
    assert faulty == design(**GOOD)
    assert mend(faulty) == 0
    assert heads(faulty) == []


def test_the_mended_table_hears_no_carry():
    for i0 in (0, 1):
        assert {carry(0x000A, i0, i1, i3, c) for i1 in (0, 1) for i3 in (0, 1)
                for c in (0, 1)} == {i0}
    assert [carry(0x505A, 0, 0, 0, c) for c in (0, 1)] == [0, 1]


@pytest.mark.parametrize("cell", [
    alu([], [3], RAW_ALU_LUT=WRONG),  # not known to come from logic
    alu([], [3], CIN_NETTYPE="LOGIC", RAW_ALU_LUT=format(0x609A, "016b")),
    alu([], [3], ALU_MODE=format(2, "032b")),
    alu([], [], [7], ALU_MODE="C2L"),  # the sum shows the carry
])
def test_any_other_head_that_hears_a_carry_is_refused(cell):
    faulty = design(**GOOD | {"odd": cell})
    before = copy.deepcopy(faulty)
    with pytest.raises(ValueError, match="nothing drives: odd$"):
        mend(faulty)
    assert faulty == before


def test_modes():
    assert alu_table({"ALU_MODE": format(2, "032b")}) == alu_table({"ALU_MODE": "2"}) == 0x609A
    assert alu_table({"ALU_MODE": "C2L"}) == 0
    assert alu_table({"ALU_MODE": "C2L", "RAW_ALU_LUT": "10"}) == 0xAAAA
    with pytest.raises(ValueError, match="^ALU_MODE must be one of 0, 1, .*, not '5'$"):
        alu_table({"ALU_MODE": "5"})


def test_the_modes_are_those_of_the_packer():
    chipdb = pytest.importorskip("apycula.chipdb")
    resources = pytest.importorskip("importlib.resources")
    with resources.as_file(resources.files("apycula") / "GW1N-9C.msgpack.xz") as path:
        database = chipdb.load_chipdb(path)
    bels = next(tile.bels for tile in database.tiles.values() if "ALU0" in tile.bels)
    for mode, table in MODES.items():
        zeros = bels["ALU0"].modes[mode]
        assert table == sum(1 << bit for bit, fuses in bels["LUT0"].flags.items()
                            if not fuses <= zeros), mode
