"""Multipliers and weights of a large chip have places of their own."""

import re
from dataclasses import replace

import pytest

from cortigate.boards.bitstream.ecp5.blocks import MULTIPLIER, RAM, blocks
from cortigate.boards.bitstream.ecp5.database import chip
from cortigate.boards.board import board
from cortigate.boards.floorplan import floorplan, placing_script
from cortigate.boards.flow import flow
from cortigate.golden.spec import preset

LARGE = board("ecpix5-85f")
WIDE = preset("mnist-wide")


@pytest.mark.parametrize(("design", "rams"), [(WIDE, 1), (preset("mnist"), 2),
                                              (preset("mnist-deep"), 2)])
def test_every_lane_has_a_multiplier_and_its_weights(design, rams):
    places = floorplan(LARGE, design)
    known = blocks(chip("LFE5UM5G-85F"))
    assert len(places) == len(set(places.values())) == design.lanes * (1 + rams)
    for cell, place in places.items():
        assert known[place] is (MULTIPLIER if cell.endswith(".multiplier.block") else RAM)
    assert {int(re.search(r"lane_(\d+)\.m", cell)[1]) for cell in places
            if "multiplier" in cell} == set(range(design.lanes))


def test_lanes_of_a_neuron_lane_stand_in_one_row_close_together():
    places = floorplan(LARGE, WIDE)
    for k in range(16):
        at = [places[f"*.array.lane_{p}.multiplier.block"].split("/") for p in range(k, 128, 16)]
        columns = [int(column[1:]) for column, _, _ in at]
        assert len({row for _, row, _ in at}) == 1
        assert max(columns) - min(columns) <= 22


def test_other_chips_and_lanes_of_several_blocks_are_left_to_the_placer():
    assert floorplan(board("ulx3s-25f"), preset("digits")) == {}
    assert floorplan(board("icebreaker"), preset("digits")) == {}
    weight = replace(preset("mnist").weight, integer=6)
    assert floorplan(LARGE, replace(preset("mnist"), weight=weight)) == {}
    assert placing_script(board("ulx3s-25f"), preset("digits")) == ""


def test_the_netlist_that_is_placed_has_them():
    design = preset("mnist")
    script = flow(LARGE, LARGE.core(design), design).files["ecpix5_85f.ys"]
    for cell, place in floorplan(LARGE, design).items():
        assert f'setattr -set BEL "{place}" c:{cell}\n' in script
    assert script.index("synth_ecp5") < script.index("setattr -set BEL")
    assert script.index("select -assert-count 192 a:BEL") < script.index("write_json ecpix5_85f.j")
