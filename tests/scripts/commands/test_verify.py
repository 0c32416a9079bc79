"""The lockstep as a command, by every rule."""

import re

import pytest
import typer

from cortigate.golden.edges import Edge, Meetings
from cortigate.golden.spec import preset
from cortigate.scripts.commands import verify as module
from cortigate.scripts.commands.verify import verify
from cortigate.sim.ladder import Rung
from cortigate.sim.lockstep.coverage import Coverage
from cortigate.sim.simulator import missing

OPTIONS = {"preset_name": None, "samples": 2, "simulator": "icarus", "seed": 3,
           "random_designs": 1, "rule": None, "cycles": 0, "stage": "rtl", "board_name": None,
           "layers": None, "lanes": None, "clock": None, "seeds": 1, "output": None}


@pytest.mark.skipif(missing("icarus") is not None, reason=str(missing("icarus")))
@pytest.mark.parametrize("rule, name", [("eqprop", "equilibrium"), ("inversion", "inversion")])
def test_a_design_of_every_rule_agrees_in_every_cycle(rule, name, capsys):
    verify(**OPTIONS | {"rule": rule})
    said = capsys.readouterr().out
    assert f" {name}" in said and "0 mismatches" in said
    assert int(re.search(r"icarus: (\d+) cycles compared over 1 designs", said)[1]) > 100


def test_a_mismatch_ends_with_an_error(monkeypatch, capsys):
    class Result:
        samples, cycles, cycles_per_sample = 1, 10, 10.0
        divergence, waveform = "cycle 3: drive is 1, not 2", None
        coverage = Coverage(preset("tiny"))

    monkeypatch.setattr(module, "run_lockstep", lambda design, **options: Result)
    with pytest.raises(typer.Exit) as ended:
        verify(**OPTIONS | {"random_designs": 0})
    assert ended.value.exit_code == 1
    said = capsys.readouterr().out
    assert "cycle 3: drive is 1, not 2" in said and "1 mismatches" in said


@pytest.mark.parametrize(("given", "expected"), [
    ({}, "tiny"), ({"rule": "pal"}, "tiny-pal"), ({"rule": "eqprop"}, "tiny-equilibrium"),
    ({"preset_name": "tiny-inversion"}, "tiny-inversion"),
    ({"preset_name": "pal", "rule": "pal"}, "pal"),
])
def test_a_rule_alone_has_its_smallest_design_verified(given, expected, monkeypatch):
    asked = []

    class Result:
        samples, cycles, cycles_per_sample, divergence, waveform = 1, 10, 10.0, None, None
        coverage = Coverage(preset("tiny"))

    monkeypatch.setattr(module, "run_lockstep", lambda design, **options: (
        asked.append(design), Result)[1])
    verify(**OPTIONS | {"random_designs": 0} | given)
    assert asked == [preset(expected)]


@pytest.mark.parametrize(("options", "scenes"), [
    ({}, module.SCENES), ({"random_designs": 2}, 0), ({"random_designs": 2, "scenes": 5}, 5),
    ({"scenes": 0}, 0),
])
def test_scenes_follow_unless_designs_are_drawn(options, scenes, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "lockstep", lambda console, designs, samples, scenes, *rest: (
        asked.append(scenes) or [], None))
    verify(**OPTIONS | {"random_designs": 0} | options)
    assert asked == [scenes]


def test_the_table_says_what_was_met_and_what_was_not(monkeypatch, capsys):
    found = Meetings([Edge("gate", ("below", "at"), {"at": "the sum is odd"}),
                      Edge("sum", ("at",))])
    found.case("gate", "below", 7)
    monkeypatch.setattr(module, "lockstep", lambda *given: ([], found))
    monkeypatch.setattr(module, "link_coverage", lambda: Meetings([]))
    verify(**OPTIONS | {"random_designs": 0, "coverage": True})
    said = capsys.readouterr().out
    assert "below 7" in said and "at: the sum is odd" in said and "at: NOT MET" in said
    assert "3 cases: 1 met, 1 explained, 1 holes" in said
    assert "What ghost has met" in said and "What the link has met" in said


def test_a_preset_of_another_rule_is_refused():
    with pytest.raises(ValueError, match="^preset digits is of the rule ghost, not pal$"):
        verify(**OPTIONS | {"preset_name": "digits", "rule": "pal"})


def test_layers_are_of_the_rule_of_a_preset(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "lockstep", lambda console, designs, *rest: (
        asked.extend(designs) or [], None))
    verify(**OPTIONS | {"preset_name": "pal", "layers": "6-5-2", "random_designs": 0})
    assert [design.rule.name for design in asked] == ["pal"]


def test_an_unknown_rule_is_told():
    with pytest.raises(ValueError, match="rule must be one of ghost, equilibrium, inversion, pal,"):
        verify(**OPTIONS | {"rule": "hebb"})


@pytest.mark.parametrize(("options", "expected", "said"), [
    ({}, (None, False, "verilator"), "verilator: 10 cycles compared over 1 designs"),
    ({"random_designs": 3}, (None, False, "verilator"),
     "verilator: 30 cycles compared over 3 designs"),
    ({"board_name": "tang-nano-9k"}, ("tang-nano-9k", False, "verilator"),
     "tang-nano-9k rtl, verilator: 10 cycles compared"),
    ({"stage": "netlist", "board_name": "colorlight-i5"}, ("colorlight-i5", True, "icarus"),
     "colorlight-i5 netlist, icarus: 10 cycles compared"),
    ({"stage": "netlist", "board_name": "icebreaker", "simulator": "verilator"},
     ("icebreaker", True, "verilator"), "icebreaker netlist, verilator: 10 cycles compared"),
])
def test_the_stages_that_run_in_lockstep(options, expected, said, monkeypatch, capsys):
    asked, before = [], []

    class Result:
        samples, cycles, cycles_per_sample, divergence, waveform = 1, 10, 10.0, None, None
        coverage = Coverage(preset("tiny"))

    def run_lockstep(design, *, family, synthesised, simulator, **others):
        before.append(capsys.readouterr().out)
        asked.append((family and family.board.name, synthesised, simulator))
        return Result

    monkeypatch.setattr(module, "run_lockstep", run_lockstep)
    verify(**OPTIONS | {"random_designs": 0, "simulator": None} | options)
    assert asked == [expected] * max(1, options.get("random_designs", 0))
    assert said in capsys.readouterr().out
    board_name, _, simulator = expected
    what = f"{options.get('stage', 'rtl')}{f' of {board_name}' if board_name else ''}"
    assert re.fullmatch(rf"verifying .*[0-9]-.*, rule ghost: {what}, with {simulator}; .*compiling "
                        r".*\n", before[0])


@pytest.mark.parametrize("stage", ["placed", "bitstream"])
def test_the_stages_that_run_as_a_board(stage, monkeypatch, capsys):
    asked = []

    def climb(target, design, stages, **options):
        asked.append((target.name, target.clock_hz, f"{design.network}", design.lanes, stages,
                      options["samples"], options["seeds"]))
        yield Rung(stage, "2 samples", True)

    monkeypatch.setattr(module, "climb", climb)
    verify(**OPTIONS | {"random_designs": 0, "stage": stage, "board_name": "icebreaker",
                        "layers": "6-5-2", "lanes": 3, "clock": 24.0, "seeds": 2})
    assert asked == [("icebreaker", 24_000_000, "6-5-2", 3, (stage,), 2, (1, 2))]
    said = capsys.readouterr().out
    assert re.search(rf"^ +0:00 verifying 6-5-2, .*: {stage} of icebreaker, with a simulated board;"
                     " the build takes minutes$", said, re.MULTILINE)
    assert f"{stage}: 2 samples" in said
    assert f"{stage}, icebreaker: 0 differ over 1 designs" in said


@pytest.mark.parametrize(("options", "message"), [
    ({"stage": "netlist"},
     "^--stage netlist is made for a board's chip: name the board with --board$"),
    ({"stage": "silicon"},
     "^--stage must be one of rtl, netlist, placed, bitstream, not 'silicon'$"),
])
def test_stages_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        verify(**OPTIONS | options)
