"""Builds: what the tools are told for each board, a real build of something small by family."""

import dataclasses
import json
import re

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cortigate.boards import build as module
from cortigate.boards.bitstream.compare import Comparison
from cortigate.boards.board import BOARDS, board
from cortigate.boards.build import Proof, build, family_of
from cortigate.boards.extras import how_to_install
from cortigate.boards.flow import flow, synthesis_script
from cortigate.boards.report import netlist_cells
from cortigate.boards.timing import MARGINS, Timing
from cortigate.boards.tools import BuildError, run, tool
from cortigate.golden.spec import PRESETS, preset


class Echo(wiring.Component):
    """Sends back what it receives; a counter gives it a clock to be timed."""

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        count = Signal(20)
        m.d.sync += [self.tx.eq(self.rx), count.eq(count + 1)]
        m.d.comb += self.busy.eq(count[-1])
        return m


@pytest.fixture(scope="module")
def flows():
    """Board -> flow of the smallest design, made once."""
    made = {}

    def made_for(name):
        if name not in made:
            target = board(name)
            made[name] = flow(target, target.core(preset("tiny")))
        return made[name]

    return made_for


@pytest.mark.parametrize("name", BOARDS)
def test_flow_of_the_whole_design(name, flows):
    target, steps = board(name), flows(name)
    assert target.name == name and steps.name == name.replace("-", "_")
    constraints = steps.files[steps.constraints]
    # Line in, line out, LED and the oscillator; and what is held at a level.
    assert len(re.findall(r"set_io|LOCATE COMP|IO_LOC", constraints)) >= 4
    placement = steps.placement(3)
    # The clock that the PLL makes must be met, with the margin that a build demands.
    asked = target.clock_hz * (1 + MARGINS[target.chip.family.name])
    found = [float(number) for numbers in re.findall(
        r"set_frequency \S+ (\S+)|FREQUENCY NET \S+ (\S+) HZ|--freq (\S+)",
        constraints + " ".join(placement)) for number in numbers if number]
    assert any(abs(one / asked - 1) < 1e-6 or abs(one * 1e6 / asked - 1) < 1e-6 for one in found)
    assert placement[placement.index("--seed") + 1] == "3"
    assert {"seed3.pnr.json", "seed3.json", "seed3.tim"} < set(placement)
    assert "--quiet" not in placement
    known = {"nextpnr-ice40": ("icepack", ".bin"), "nextpnr-ecp5": ("ecppack", ".bit"),
             "nextpnr-himbaechel-gowin": ("gowin_pack", ".fs")}
    packing = steps.packing(3)
    assert (packing[0], steps.suffix) == known[placement[0]]
    assert {"seed3.asc", "seed3.config", "seed3.pnr.json"} & set(packing)


@pytest.mark.parametrize("name", BOARDS)
def test_builds_are_synthesised_by_the_script_of_the_checks(name, flows):
    steps, target = flows(name), board(name)
    script = steps.files[f"{steps.name}.ys"]
    assert script == (synthesis_script(target, steps.name) + f"write_json {steps.name}.json\n")
    checked = synthesis_script(target, steps.name, blocks=False).splitlines()
    assert [line for line in script.splitlines() if line in checked] == checked
    assert "COLLISION_X_MASK" in script and "-dsp" not in script


def test_the_environment_changes_no_option(monkeypatch, flows):
    """Amaranth would take its overrides from there, where no check sees them."""
    monkeypatch.setenv("AMARANTH_nextpnr_opts", "--freq 1")
    target = board("icebreaker")
    steps = flow(target, target.core(preset("tiny")))
    assert steps == flows("icebreaker")


def test_options_of_family_device_and_board_are_added():
    target = board("tang-nano-9k")
    assert target.words("synthesis") == "synth_gowin -setundef -noiopads -family gw1n"
    own = dataclasses.replace(board("ecpix5-85f"), options={"nextpnr_opts": "--threads 1"})
    assert own.words("nextpnr_opts") == "--placer static --router router2 --tmg-ripup --threads 1"


def test_a_preset_may_have_a_clock_of_its_own():
    target = dataclasses.replace(board("icebreaker"), clock_hz=39_000_000,
                                 clocks={"mnist-small": 33_000_000})
    assert target.running("mnist-small").clock_hz == 33_000_000
    assert target.running("digits") == target
    assert target.running("mnist-small", 24_000_000).clock_hz == 24_000_000
    for name in BOARDS:
        assert set(board(name).clocks) <= set(PRESETS)
    assert board("icebreaker").running("microcircuit").clock_hz == 37_500_000
    assert board("icebreaker").running("digits").clock_hz == 40_500_000


def test_the_placement_that_is_known_to_be_good_comes_first():
    target = dataclasses.replace(board("icebreaker"), seeds={"digits": 3})
    assert target.placements("digits", count=4) == (3, 1, 2, 4)
    assert target.placements("digits", count=1) == (3,)
    assert target.placements("mnist-small", count=3) == (1, 2, 3)
    assert target.placements("digits", first=7, count=2) == (7, 8)


def test_a_design_for_every_rule():
    ulx = board("ulx3s-85f")
    assert ulx.preset == "digits-deep" and ulx.design()[1] == preset("digits-deep")
    assert ulx.design("equilibrium") == ("equilibrium-deep", preset("equilibrium-deep"))
    assert ulx.design("inversion", "inversion") == ("inversion", preset("inversion"))
    for target in map(board, BOARDS):
        for rule, name in target.presets.items():
            assert preset(name).rule.name == rule
    with pytest.raises(ValueError, match="preset digits is of the rule ghost, not inversion"):
        ulx.design("inversion", "digits")
    with pytest.raises(ValueError, match="for the rules ghost, microcircuit, not for 'inversion'"):
        board("icebreaker").design("inversion")


def test_unknown_board():
    with pytest.raises(ValueError, match="board must be one of icebreaker, .*, not 'de10'"):
        board("de10")


@pytest.mark.parametrize("said, meant", [
    ("ULX3S", ["ulx3s-12f", "ulx3s-25f", "ulx3s-45f", "ulx3s-85f", "ulx3s-25f-usb",
               "ulx3s-85f-usb"]),
    ("tang-nano", ["tang-nano-9k", "tang-nano-20k"]), ("icebraker", ["icebreaker"])])
def test_a_name_that_is_almost_one_of_a_board(said, meant):
    with pytest.raises(ValueError, match=f"^there is no board '{said}': did you mean "
                                         f"{', '.join(meant)}") as caught:
        board(said)
    assert f"{caught.value}".endswith("?")


def test_a_board_in_large_letters():
    assert board("iCEBreaker") is board("icebreaker")


# What a bitstream of each family begins with: the synchronisation word, the words before the
# chip's identity, the chip's identity in its command.
BITSTREAMS = {"icebreaker": (b"\x7e\xaa\x99\x7e", 64), "colorlight-i5": (b"\xff\xff\xbd\xb3", 512),
              "tang-nano-9k": (f"{0x06000000:032b}{0x1100481B:032b}".encode(), 1000),
              "tang-nano-20k": (f"{0x06000000:032b}{0x0000081B:032b}".encode(), 1000),
              "tang-primer-25k": (f"{0x06000000:032b}{0x0001281B:032b}".encode(), 1000)}


@pytest.mark.parametrize("name", [
    # The other Gowin chip climbs the whole ladder in tests/sim.
    pytest.param(name, marks=[pytest.mark.campaign] if name == "tang-nano-20k" else [])
    for name in BITSTREAMS])
def test_every_family_reaches_a_bitstream(name, tmp_path):
    result = build(board(name), preset("tiny"), tmp_path / "echo", core=Echo(),
                   log=lambda line: None)
    words, within = BITSTREAMS[name]
    assert words in result.bitstream.read_bytes()[:within]
    used = {row.name: row.used for row in result.report.resources}
    assert 20 <= used["FF"] <= 80 and used["LUT"] > 10 and used["DSP"] == used["block RAM"] == 0
    assert result.timing.met and result.report.critical
    assert result.comparison.differences == () and result.comparison.cells > 60
    assert result.proof is None
    if name.startswith("tang"):
        cells = family_of(board(name)).decode(result.bitstream, board(name)).circuit.cells
        kinds = sorted(cell.settings["KIND"] for cell in cells.values() if cell.kind == "PAD")
        assert kinds == ["IBUF", "IBUF", "OBUF", "OBUF"]
    if family_of(board(name)).__name__.endswith("gowin"):
        # The two outputs are in banks of their own.
        voltages = [cell.settings["VCCIO"] for cell in cells.values() if cell.kind == "BANK"]
        assert voltages.count("3.3") == 2


def test_a_real_bitstream(tmp_path):
    lines = []
    target, output = board("icebreaker"), tmp_path / "echo"
    result = build(target, preset("tiny"), output, core=Echo(), seeds=(1, 2), log=lines.append)
    # An iCE40 bitstream: comment, then the synchronisation word.
    assert b"\x7e\xaa\x99\x7e" in result.bitstream.read_bytes()[:64]
    record = json.loads((output / "report.json").read_text())
    assert record["digest"] == preset("tiny").digest
    assert record["report"]["seed"] == result.report.seed
    assert record["tools"]["synthesis"].startswith("Yosys ")
    assert "nextpnr" in record["tools"]["placement"]
    assert result.circuit == family_of(target).decode(result.bitstream, target).circuit
    used = {row.name: row.used for row in result.report.resources}
    assert 20 <= used["FF"] <= 60
    assert (used["DSP"], used["block RAM"]) == (0, 0)
    assert result.timing.met and result.report.achieved > target.clock_hz / 1e6
    assert record["timing"]["margin"] == result.timing.margin
    assert record["proof"] is None and record["comparison"]["differences"] == []
    assert result.report.critical
    assert result.report.seed == 1
    assert not any("seed 2" in line for line in lines)  # the first one was fast enough
    assert [path.name for path in tmp_path.iterdir()] == ["echo"]  # nothing temporary is left


def test_too_slow_fails_and_keeps_the_last_good_build(tmp_path, monkeypatch):
    output = tmp_path / "echo"
    output.mkdir()
    (output / "good").touch()
    monkeypatch.setattr(module, "judged", lambda *args: Timing(30.0, 0.1, None, False))
    target = board("icebreaker")
    with pytest.raises(BuildError, match=f"runs at {target.clock_hz / 1e6:g} MHz, for which a "
                       r"placement must reach [\d.]+ MHz, but the best of seeds 7, 8 reaches "
                       "30.00 MHz, margin 10 %"):
        build(target, preset("tiny"), output, core=Echo(), seeds=(7, 8), log=lambda line: None)
    assert (output / "good").exists()
    assert (tmp_path / "echo.failed" / "seed8.tim").exists()


def quiet(text):
    """Nobody listens."""


def test_a_file_that_is_not_what_was_placed_is_no_build(tmp_path, monkeypatch):
    other = Comparison(1, 1, 1, 1, {}, ("X1: LUT in the file, nothing was placed there",))
    monkeypatch.setattr(module, "compare", lambda *circuits: other)
    with pytest.raises(BuildError, match=r"(?s)icebreaker.bin is not what was placed: .*X1: LUT"):
        build(board("icebreaker"), preset("tiny"), tmp_path / "out", core=Echo(), log=quiet)
    assert not (tmp_path / "out").exists() and (tmp_path / "out.failed").is_dir()


@pytest.mark.parametrize(("made", "told"), [
    (40_000_000.0, "the clock in icebreaker.bin is 40 MHz, not the 39 MHz of icebreaker"),
    (ValueError("there is no PLL"), "icebreaker.bin cannot be read back: there is no PLL")])
def test_another_clock_than_the_boards_is_no_build(made, told, tmp_path, monkeypatch):
    def made_hz(target, circuit):
        if isinstance(made, ValueError):
            raise made
        return made

    monkeypatch.setattr(module, "made_hz", made_hz)
    target = dataclasses.replace(board("icebreaker"), clock_hz=39_000_000)
    with pytest.raises(BuildError, match=told):
        build(target, preset("tiny"), tmp_path / "out", core=Echo(), log=quiet)


def test_a_block_that_packing_changes_is_no_build(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "lost",
                        lambda given, netlist, packed: ["A has lost B"] if packed else [])
    with pytest.raises(BuildError, match="(?s)packing has changed blocks .*A has lost B"):
        build(board("icebreaker"), preset("tiny"), tmp_path / "out", core=Echo(), log=quiet)


def test_more_blocks_than_the_chip_has_are_refused_before_a_placer_looks_for_them(
        tmp_path, monkeypatch):
    counted = module.netlist_cells
    monkeypatch.setattr(module, "netlist_cells", lambda netlist: counted(netlist) | {"DP16KD": 57})
    with pytest.raises(BuildError, match="needs 57 block RAM of 56 on colorlight-i5: the largest"):
        build(board("colorlight-i5"), preset("tiny"), tmp_path / "out", core=Echo(), log=quiet)
    assert not (tmp_path / "out").exists()


def test_the_proof_gets_the_circuit_of_the_file_and_is_recorded(tmp_path):
    seen = []

    def prove(target, design, circuit, log):
        seen.append((target.name, design, len(circuit.pads)))
        return Proof("bitstream", 24, 47, 24, 1000)

    found = build(board("icebreaker"), preset("tiny"), tmp_path / "out", core=Echo(), prove=prove,
                  log=quiet)
    assert seen == [("icebreaker", preset("tiny"), 4)] and found.proof.samples == 24
    record = json.loads((tmp_path / "out" / "report.json").read_text())
    assert record["proof"]["stage"] == "bitstream" and record["proof"]["weights"] == 47


def test_a_chip_whose_files_are_not_read_back_is_told(tmp_path):
    """What was placed is run in place of the file, and nobody says that the file is proven."""
    target, lines, seen = board("icebreaker"), [], []
    target = dataclasses.replace(target, chip=dataclasses.replace(target.chip, readable=False))

    def prove(target, design, circuit, log, *, stage):
        seen.append((stage, len(circuit.pads)))
        return Proof(stage, 24, 47, 24, 1000)

    found = build(target, preset("tiny"), tmp_path / "out", core=Echo(), prove=prove,
                  log=lines.append)
    assert found.comparison is None and seen == [("placed", 4)]
    (said,) = [line for line in lines if "WARNING" in line]
    assert "files for iCE40UP5K cannot be read back yet" in said and "not been compared" in said
    record = json.loads((tmp_path / "out" / "report.json").read_text())
    assert record["comparison"] is None and record["proof"]["stage"] == "placed"


def test_pins_and_oscillators_that_cannot_be(tmp_path):
    target = board("icebreaker")

    class Platform(target.platform):
        default_clk = None

    without = dataclasses.replace(target, platform=Platform, clock=lambda hz: None)
    with pytest.raises(ValueError, match="platform of icebreaker must say the oscillator's freq"):
        assert without.reference_hz
    with pytest.raises(ValueError, match="name must be letters, digits, - and _, .*, not 'a b'"):
        dataclasses.replace(target, name="a b")
    assert board("ulx3s-85f").reference_hz == 25_000_000


def test_missing_tool_is_named(monkeypatch):
    monkeypatch.setenv("YOSYS", "no-such-yosys")
    with pytest.raises(BuildError, match=re.escape(
            f"no-such-yosys is not installed: {how_to_install('build')}, or name")):
        tool("yosys")


def test_failing_tool_is_quoted(tmp_path, monkeypatch):
    script = tmp_path / "yosys"
    script.write_text("#!/bin/sh\necho 'ERROR: out of luck'\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(script))
    with pytest.raises(BuildError, match="synthesis: yosys failed: ERROR: out of luck"):
        build(board("icebreaker"), preset("tiny"), tmp_path / "out", core=Echo(),
              log=lambda line: None)


def test_a_tool_tells_what_it_is_at(tmp_path, monkeypatch):
    script = tmp_path / "yosys"
    script.write_text("#!/bin/sh\necho '2.3. Executing OPT pass (twice).'\necho nothing\n"
                      "echo 'Info: Routing..'\n")
    script.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(script))

    class Told(list):
        def __call__(self, line):
            self.append(line)

        def status(self, text):
            self.append(("at", text))

    told = Told()
    run(["yosys"], tmp_path, "synthesis", told)
    assert told == ["synthesis: yosys …", ("at", "synthesis: OPT pass (twice)"),
                    ("at", "synthesis: Routing.."), "synthesis: done in 0 s"]
    assert "nothing" in (tmp_path / "yosys.log").read_text()


@pytest.mark.parametrize(("line", "told"), [
    ("Routing 9713 arcs.", "routing, 9713 wires left"),
    ("      11000 |     2109       8495 |  329   651 |      1724|       0.56       6.69|",
     "routing, 1724 wires left"),
    ("    iter=3 wires=52345 overused=217 overuse=230 archfail=NA", "routing, 217 wires left"),
    ("   IterCnt |  w/ripup   wo/ripup |  w/r  wo/r |      arcs| batch(sec) total(sec)|", None),
    ("[ 28678,  29071) |+", None),
    ("Routing complete.", "Routing complete."),
    ("   at iteration #3, temp = 0.0", "at iteration #3, temp = 0.0"),
])
def test_a_router_tells_what_is_left(line, told, tmp_path, monkeypatch):
    script = tmp_path / "nextpnr"
    script.write_text(f"#!/bin/sh\necho 'Info: {line}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("NEXTPNR_ICE40", str(script))

    seen = []

    def log(text):
        """Nobody listens."""

    log.status = seen.append
    run(["nextpnr-ice40"], tmp_path, "placement", log)
    assert seen == ([] if told is None else [f"placement: {told}"])


def test_an_obsolete_packer_is_refused(monkeypatch):
    monkeypatch.setattr("cortigate.boards.tools.metadata.version", lambda name: "0.1")
    with pytest.raises(BuildError, match="obsolete package yowasp-nextpnr-gowin .* pip uninstall"):
        tool("gowin_pack")


def test_netlist_cells_counts_the_top():
    netlist = {"modules": {
        "cell": {"attributes": {"blackbox": "1"}, "cells": {}},
        "design": {"attributes": {"top": "00000000000000000000000000000001"},
                   "cells": {"a": {"type": "LUT"}, "b": {"type": "LUT"}, "c": {"type": "FF"}}},
    }}
    assert netlist_cells(netlist) == {"LUT": 2, "FF": 1}
