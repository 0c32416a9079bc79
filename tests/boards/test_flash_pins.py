"""Flash memories of boards: at their pins, and refused where there are none."""

import re

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.flow import flow
from cortigate.boards.pins import parts_of
from cortigate.golden.spec import preset
from cortigate.golden.spec.flash import ERASE_BYTES, FlashChip

TINY = preset("tiny").replace(flash=True)


def test_the_lines_reach_the_pins():
    target = board("ulx3s-25f")
    files = flow(target, target.core(target.stored(TINY))).files
    [netlist] = [text for name, text in files.items() if name.endswith(".il")]
    assert len(re.findall(r"cell \\USRMCLK ", netlist)) == 1
    [places] = [text for name, text in files.items() if name.endswith(".lpf")]
    for line, pin in (("chip", "R2"), *((f"data__io[{k}]", pin) for k, pin in enumerate(
            ("W2", "V2", "Y2", "W1")))):
        name = "chip__io" if line == "chip" else line
        assert f'LOCATE COMP "flash_0__{name}" SITE "{pin}";' in places


@pytest.mark.parametrize("name", BOARDS)
def test_boards_that_have_one_have_its_pins(name):
    target = board(name)
    if target.flash is None:
        with pytest.raises((ValueError, TypeError), match="flash"):
            target.core(target.stored(TINY))
        return
    found = parts_of(target.platform().request("flash", 0, dir="-"))
    assert len(found["data"]) == 4 and len(found["chip"]) == 1
    assert target.flash.first >= 1 << 21  # a bitstream for the largest of these chips


@pytest.mark.parametrize("wrong, message", [
    ({"first": 1000}, "first must be a multiple of 65536"),
    ({"first": 1 << 20, "size": 1 << 20}, "first must lie below the size"),
    ({"first": 0, "lines": 3}, "lines must be 1, 2 or 4"),
    ({"first": 0, "size": 1 << 25}, "size must lie in")])
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        FlashChip(**wrong)
    assert FlashChip(ERASE_BYTES).lines == 4
