"""`cortigate ladder`, `cortigate flips` and the progress of long commands."""

import io
import json
import re
from hashlib import sha256

import jsonschema
import pytest
import typer
from rich.console import Console

from cortigate.boards.bitstream.circuit import BitUse
from cortigate.boards.board import board
from cortigate.boards.build import STAGES
from cortigate.boards.tools import BuildError
from cortigate.golden.spec import RULES, preset, tiny_preset
from cortigate.scripts import progress
from cortigate.scripts.commands import flips as flips_module
from cortigate.scripts.commands import ladder as ladder_module
from cortigate.scripts.commands.flips import flips
from cortigate.scripts.commands.ladder import BOARDS, ladder, of_few_lanes
from cortigate.scripts.document import schema_of, shape_of
from cortigate.scripts.progress import Progress
from cortigate.scripts.speaking import speaking
from cortigate.sim.flips import Flip
from cortigate.sim.ladder import Rung


@pytest.fixture
def climbs(monkeypatch):
    """What was to be climbed; every rung is equal but those of `wrong`."""
    class Climbs(list):
        wrong = {}

    climbs = Climbs()

    def climb(target, design, stages, **options):
        climbs.append((target.name, target.clock_hz, design, stages, options["samples"]))
        if "tool" in climbs.wrong:
            raise BuildError("nextpnr failed")
        for stage in stages:
            yield Rung(stage, "24 samples", stage not in climbs.wrong)

    monkeypatch.setattr(ladder_module, "climb", climb)
    return climbs


def call(**options):
    ladder(**{"boards": ["icebreaker:24", "ulx3s-85f"], "rule": ["ghost", "pal"], "samples": 24,
              "seed": 0, "jobs": 1} | options)


def test_every_rule_climbs_on_every_board(climbs, capsys):
    call()
    own = ladder_module.board("ulx3s-85f").clock_hz
    assert [(name, hz, design) for name, hz, design, *_ in climbs] == [
        ("icebreaker", 24_000_000, preset("tiny")), ("ulx3s-85f", own, preset("tiny")),
        ("icebreaker", 24_000_000, preset("tiny-pal").replace(lanes=1)),
        ("ulx3s-85f", own, preset("tiny-pal"))]
    assert {stages for *_, stages, _ in climbs} == {STAGES}
    said = capsys.readouterr().out
    assert said.startswith("4 ladders of 4 stages (rtl, netlist, placed, bitstream), 1 at a time: "
                           "one takes one to eight minutes\n")
    assert "icebreaker:24, pal: bitstream: 24 samples" in said
    assert "ladders 2/4" in said and "ladders 4/4" in said
    assert "4 of 4 ladders climbed" in said


def test_a_quiet_ladder_says_results_alone(climbs, capsys):
    with speaking(quiet=True):
        call(rule=["pal"])
    said = capsys.readouterr().out
    assert said.startswith("icebreaker:24, pal: rtl: ") and "ladders 2/2" not in said


def test_a_document_of_ladders(climbs, capsys):
    climbs.wrong = {"placed"}
    with speaking(as_json=True), pytest.raises(typer.Exit):
        call(boards=["icebreaker:24"])
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema_of(shape_of(ladder)))
    assert not found["equal"] and [(one["board"], one["rule"]) for one in found["ladders"]] == [
        ("icebreaker:24", "ghost"), ("icebreaker:24", "pal")]
    assert "placed: 24 samples" in found["ladders"][0]["rungs"]


@pytest.mark.parametrize("wrong", ["netlist", "tool"])
def test_a_rung_that_differs_or_a_tool_that_fails_ends_with_an_error(climbs, wrong, capsys):
    climbs.wrong = {wrong}
    with pytest.raises(typer.Exit) as ended:
        call(boards=["icebreaker:24"])
    assert ended.value.exit_code == 1
    said = capsys.readouterr().out
    assert "0 of 2 ladders climbed" in said and "FAILED" in said
    assert ("nextpnr failed" in said) == (wrong == "tool")


def test_flips_are_counted_by_category(tmp_path, monkeypatch, capsys):
    (tmp_path / "report.json").write_text(json.dumps({
        "board": "icebreaker", "design": preset("tiny").to_dict(),
        "digest": preset("tiny").digest, "clock_hz": 24_000_000, "baud": None}))
    found = [
        Flip((1, 1), BitUse("table", "X1", "INIT[3]"), "X1: INIT is 1", False, "24 weights wrong"),
        Flip((1, 2), BitUse("table", "X2", "INIT[4]"), None, False, None,
             "it is the same circuit"),
        Flip((1, 3), BitUse("routing", "W", "V"), "nothing drives W", True, None),
        Flip((1, 4), BitUse("contents", "R", "INIT[0]"), "R: INIT", False, None, "all may be"),
    ]
    monkeypatch.setattr(flips_module.module, "flips", lambda *args, **options: found)
    flips("icebreaker", build=tmp_path, count=4, samples=8, seed=0, jobs=1)
    said = capsys.readouterr().out
    with speaking(as_json=True):
        flips("icebreaker", build=tmp_path, count=4, samples=8, seed=0, jobs=1)
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema_of(shape_of(flips)))
    assert document["categories"][-1] == {"category": "all", "inverted": 4, "compared": 3,
                                          "refused": 1, "ran": 3, "wrong": 1, "silent": 2}
    assert document["bits"][2]["said"] == "refused: nothing drives W"
    assert "routing, W, V: refused: nothing drives W" in said
    assert "table, X2, INIT[4]: does not differ; learned without a fault: it is the same" in said
    assert "contents, R, INIT[0]: differs: R: INIT; learned without a fault: all may be" in said
    numbers = {cells[0]: cells[1:] for line in said.splitlines() if line.startswith("│")
               if (cells := [cell.strip() for cell in line.strip("│").split("│")])[0]}
    assert numbers["table"] == ["2", "1", "0", "2", "1", "1"]
    assert numbers["all"] == ["4", "3", "1", "3", "1", "2"]
    assert " ".join(said.split()).endswith(
        "3 of 4 bits. Refused before they run: 1. Shown silent: 2. The board notices 1 of the "
        "other 1.")


@pytest.mark.parametrize("text, wrong", [
    ("", "is damaged .JSONDecodeError: "), ('{"modules": {', "is damaged .JSONDecodeError: "),
    ("[]", "is damaged "), ("{}", "is damaged .KeyError: "),
    ('{"modules": {"top": 3}}', "is damaged "), (None, "cannot be read .No such file"),
    ("\xff", "is damaged ")])
def test_a_damaged_netlist_is_named(text, wrong, tmp_path):
    netlist, tiny = tmp_path / "seed1.pnr.json", preset("tiny")
    if text is not None:
        netlist.write_bytes(text.encode("latin-1"))
    (tmp_path / "out.bin").write_bytes(b"any")
    (tmp_path / "report.json").write_text(json.dumps({
        "board": "icebreaker", "design": tiny.to_dict(), "digest": tiny.digest,
        "bitstream": "out.bin", "sha256": sha256(b"any").hexdigest(), "report": {"seed": 1}}))
    with pytest.raises(ValueError, match=f"^{netlist} {wrong}.*: build it again$"):
        flips_module.module.flips(board("icebreaker"), tiny, tmp_path)


def lines_of(monkeypatch, seconds):
    """What is printed of three steps that take some seconds each."""
    clock = iter(range(0, 1000 * seconds, seconds))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    text = io.StringIO()
    with Progress(Console(file=text, force_terminal=False, width=60)) as log:
        log("synthesis: yosys …")
        log.status("synthesis: OPT [pass]")
        log("synthesis: done")
    return text.getvalue()


def test_progress_without_a_terminal(monkeypatch):
    said = lines_of(monkeypatch, 2).splitlines()
    assert [re.sub(r"^ *\d+:\d\d ", "", line) for line in said] == ["synthesis: yosys …",
                                                                    "synthesis: done"]
    said = lines_of(monkeypatch, 40).splitlines()  # nothing was said for long
    assert "synthesis: OPT [pass]" in said[1] and len(said) == 3


def test_progress_on_a_terminal_redraws_a_line():
    text = io.StringIO()
    with Progress(Console(file=text, force_terminal=True, width=60)) as log:
        log.status("synthesis: OPT [pass]")
        log("synthesis: done")
    assert "synthesis: done" in text.getvalue()


def test_lanes_of_several_multipliers_are_single():
    chips = [board(name.partition(":")[0]).chip for name in BOARDS]
    lanes = [[of_few_lanes(preset(tiny_preset(rule)), chip).lanes for rule in RULES]
             for chip in chips]
    assert lanes == [[2, 1, 1, 1, 2], [2] * 5, [2] * 5]
