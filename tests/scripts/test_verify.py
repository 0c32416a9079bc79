"""The lockstep as a command, by every rule."""

import re

import pytest
import typer

from cortigate.scripts.commands import verify as module
from cortigate.scripts.commands.verify import verify
from cortigate.sim.simulator import missing

OPTIONS = {"preset_name": "tiny", "samples": 2, "simulator": "icarus", "seed": 3,
           "random_designs": 1, "rule": "ghost", "cycles": 0}


@pytest.mark.skipif(missing("icarus") is not None, reason=str(missing("icarus")))
@pytest.mark.parametrize("rule, name", [("eqprop", "equilibrium"), ("inversion", "inversion")])
def test_a_design_of_every_rule_agrees_in_every_cycle(rule, name, capsys):
    verify(**OPTIONS | {"rule": rule})
    said = capsys.readouterr().out
    assert f" {name}, " in said and "0 mismatches" in said
    assert int(re.search(r"icarus: (\d+) cycles compared over 1 designs", said)[1]) > 100


def test_a_mismatch_ends_with_an_error(monkeypatch, capsys):
    class Result:
        samples, cycles, cycles_per_sample = 1, 10, 10.0
        divergence, waveform = "cycle 3: drive is 1, not 2", None

    monkeypatch.setattr(module, "run_lockstep", lambda design, **options: Result)
    with pytest.raises(typer.Exit) as ended:
        verify(**OPTIONS | {"random_designs": 0})
    assert ended.value.exit_code == 1
    said = capsys.readouterr().out
    assert "cycle 3: drive is 1, not 2" in said and "1 mismatches" in said


def test_an_unknown_rule_is_told():
    with pytest.raises(ValueError, match="rule must be one of ghost, equilibrium, inversion, pal,"):
        verify(**OPTIONS | {"rule": "hebb"})


@pytest.mark.parametrize(("options", "expected", "said"), [
    ({}, (None, False, "verilator"), "verilator: 10 cycles compared over 1 designs"),
    ({"target": "gowin"}, ("gowin", False, "verilator"), "gowin, verilator: 10 cycles compared"),
    ({"netlist": "ecp5"}, ("ecp5", True, "icarus"), "ecp5 netlist, icarus: 10 cycles compared"),
    ({"netlist": "ice40", "simulator": "verilator"}, ("ice40", True, "verilator"),
     "ice40 netlist, verilator: 10 cycles compared"),
])
def test_families_and_netlists(options, expected, said, monkeypatch, capsys):
    asked = []

    class Result:
        samples, cycles, cycles_per_sample, divergence, waveform = 1, 10, 10.0, None, None

    def run_lockstep(design, *, family, synthesised, simulator, **others):
        asked.append((family and family.name, synthesised, simulator))
        return Result

    monkeypatch.setattr(module, "run_lockstep", run_lockstep)
    verify(**OPTIONS | {"random_designs": 0, "simulator": None} | options)
    assert asked == [expected]
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(("options", "message"), [
    ({"netlist": "ecp5", "target": "ice40"},
     "^--family must be that of --netlist, ecp5, not 'ice40'$"),
    ({"netlist": "xilinx"}, "^family must be one of ice40, ecp5, gowin, not 'xilinx'$"),
])
def test_other_families_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        verify(**OPTIONS | options)
