"""A board of the user's own: a Python file that defines BOARD."""

from dataclasses import replace

import pytest

from cortigate.boards.board import BOARDS, BoardSpec, board
from cortigate.boards.flow import flow
from cortigate.boards.own import fault
from cortigate.golden.spec import preset

OWN = '''
from dataclasses import replace

from cortigate.boards.colorlight import BOARDS

BOARD = replace(BOARDS[0], name="mine", clock_hz=50_000_000)
'''


def written(folder, text):
    path = folder / "my_board.py"
    path.write_text(text)
    return str(path)


def test_a_file_is_a_board(tmp_path):
    mine = board(written(tmp_path, OWN))
    assert isinstance(mine, BoardSpec) and (mine.name, mine.clock_hz) == ("mine", 50_000_000)
    files = flow(mine, mine.core(preset("tiny"))).files
    assert 'SITE "P3"' in files["mine.lpf"]


def test_its_options_reach_the_tools(tmp_path):
    mine = board(written(tmp_path, OWN.replace(
        "name=", "options={'synthesis': '-dff', 'nextpnr_opts': '--threads 1'}, name=")))
    steps = flow(mine, mine.core(preset("tiny")))
    assert "synth_ecp5 -abc9 -dff -top mine" in steps.files["mine.ys"]
    assert "--threads" in steps.placement(1)


@pytest.mark.parametrize("text, message", [
    ("x = 1", "my_board.py does not define BOARD: it must be a cortigate.boards.board.BoardSpec"),
    ("BOARD = 3", "my_board.py defines BOARD as an object of the type int: it must be"),
    ("def", "my_board.py is not Python: line 1"),
    ("import nothing_of_the_kind", "my_board.py failed in line 1: ModuleNotFoundError"),
    (OWN.replace("name=", "options={'synth_opts': '-abc9'}, name="),
     "my_board.py failed in line 6: ValueError: options of mine must be among .* not 'synth_opts'"),
    (OWN.replace("name=", "options={'icepack_opts': '-s'}, name="), "not 'icepack_opts'"),
    (OWN.replace("name=", "options={'synthesis': ['-abc9']}, name="),
     "my_board.py failed in line 6: TypeError: options must be a dictionary of strings to strings"),
    ("BOARD = undefined", "my_board.py failed in line 1: NameError: name 'undefined'"),
    ("assert 1 == 2", "my_board.py failed in line 1: AssertionError"),
    ("raise SystemExit(0)", "my_board.py failed in line 1: SystemExit: 0"),
    ("raise BaseException('gone')", "my_board.py failed in line 1: BaseException: gone"),
    ("class Own(Exception): pass\nraise Own('mine')", "my_board.py failed in line 2: Own: mine"),
])
def test_what_is_wrong_with_a_file(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        board(written(tmp_path, text))


LINES = """
from amaranth.build import Attrs, Clock, Pins, PinsN, Resource
from amaranth.vendor import LatticeECP5Platform
from cortigate.boards.board import BoardSpec
from cortigate.boards.chip import ECP5, ECP5_25
from cortigate.boards.clocks.ecp5 import clock_from
from cortigate.boards.pins import uart, usb


class Platform(LatticeECP5Platform):
    device, package, speed, default_clk, connectors = "LFE5U-25F", "BG256", "6", "clk25", []
    resources = [Resource("clk25", 0, Pins("P6", dir="i"), Clock(25e6)),
                 uart("A9", "B9", ECP5),
                 Resource("led", 0, PinsN("A11", dir="o"))]


BOARD = BoardSpec(name="mine", title="Mine", chip=ECP5_25, platform=Platform,
                  presets={"pal": "pal"}, clock=clock_from("clk25", 25_000_000),
                  clock_hz=75_000_000)
"""


@pytest.mark.parametrize("old, new, message", [
    ('uart("A9", "B9", ECP5),', "", "uart#0 does not exist. The platform has clk25#0, led#0"),
    ('"led"', '"lamp"', "led#0 does not exist. The platform has clk25#0, uart#0, lamp#0"),
    ('clock_from("clk25"', 'clock_from("clk12"', "clk12#0 does not exist. The platform has"),
    ('"A11"', '"B9"', "led_0 uses physical pin B9, but it is already used by .* uart_0.tx"),
    ('"B9"', '"A9"', "uart_0.tx uses physical pin A9, but it is already used by .* uart_0.rx"),
    ('"P6", dir="i"', '"P6", dir="o"', 'clk25#0 must have dir="i"'),
    ('"A11", dir="o"', '"A11", dir="i"', 'led#0 must have dir="o"'),
    ('uart("A9", "B9", ECP5)', 'Resource("uart", 0, Pins("A9", dir="i"))',
     "uart#0 must have the subsignal rx"),
    ("25_000_000", "50_000_000", "made from 50 MHz, but the resource clk25 has 25 MHz"),
    ('"LFE5U-25F"', '"LFE5U-85F"', "for the chip LFE5U-85F, but chip is LFE5U-25F"),
    ("LatticeECP5Platform", "LatticeICE40Platform",
     "must be a subclass of amaranth.vendor.LatticeECP5Platform for the chip LFE5U-25F"),
    ("clocks.ecp5", "clocks.ice40", "clocks.ice40, but the PLL of LFE5U-25F is in .*clocks.ecp5"),
    ('name="mine"', 'usb="usb", name="mine"', "usb#0 does not exist. The platform has clk25#0"),
    ('uart("A9", "B9", ECP5)', 'usb("A9", "B9", "B8")', "uart#0 does not exist. The platform has"),
    ("ecp5 import clock_from", "ecp5_usb import clock_with_usb as clock_from",
     "the clock drives usb and usb_io, too, but usb is None"),
    ('{"pal": "pal"}', "{}", "presets must name a design"),
    ("75_000_000", "87_654_321", "clock_hz must be a frequency .* 87.5 MHz or .* not 87654321"),
    ("75_000_000", "75_000_000, clocks={'pal': 12_345_678}",
     "clocks..pal.. must be a frequency .* 12.5 MHz, not 12345678"),
    ("clock_from(", "(lambda *a, **k: lambda hz: clock_from('clk25', 5_000_000)(hz))(",
     "clock: reference_hz must be 8 .. 400 MHz .*, not 5"),
    ('"pal": "pal"', '"ghost": "pal"', "has pal for the rule ghost, but it is of the rule pal"),
])
def test_what_contradicts_itself(tmp_path, old, new, message):
    assert old in LINES and board(written(tmp_path, LINES)).name == "mine"
    with pytest.raises(ValueError, match=f"my_board.py: .*{message}"):
        board(written(tmp_path, LINES.replace(old, new)))


def test_a_board_with_usb(tmp_path):
    mine = LINES.replace('uart("A9", "B9", ECP5)', 'usb("A9", "B9", "B8")').replace(
        'name="mine"', 'usb="usb", name="mine"')
    with pytest.raises(ValueError, match="with usb the clock must drive .* too: .*clock_with_usb"):
        board(written(tmp_path, mine))
    found = board(written(tmp_path, mine.replace(
        "ecp5 import clock_from", "ecp5_usb import clock_with_usb as clock_from")))
    assert list(found.domains) == ["sync", "usb_io", "usb"]
    with pytest.raises(ValueError, match="baud must be None where usb is given"):
        replace(found, baud=115_200)


def test_it_stores_what_its_chip_has_room_for(tmp_path):
    assert board(written(tmp_path, LINES)).design()[1].sample_capacity == 992
    few = board(written(tmp_path, LINES.replace('name="mine"', 'name="mine", samples=10')))
    assert few.design()[1].sample_capacity == 10


def test_an_oscillator_without_a_frequency(tmp_path):
    with pytest.raises(ValueError, match="my_board.py: the platform of mine must say the oscill"):
        board(written(tmp_path, LINES.replace(", Clock(25e6)", "")))


@pytest.mark.parametrize("name", BOARDS)
def test_no_board_contradicts_itself(name):
    assert fault(board(name)) is None


def test_no_such_file(tmp_path):
    with pytest.raises(ValueError, match="there is no file .*missing.py: it must be Python and "):
        board(str(tmp_path / "missing.py"))
