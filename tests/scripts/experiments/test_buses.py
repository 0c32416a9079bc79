# amaranth: UnusedElaboratable=no
"""What a bus costs, with a synthesis tool that only counts what it was told."""

import json
import re
from functools import partial

import pytest

from cortigate.boards.tools import BuildError
from cortigate.golden.spec import preset
from cortigate.hdl.buses.shell import Shell
from cortigate.hdl.core import Core
from cortigate.scripts.experiments import buses as experiment
from cortigate.scripts.export import export

TINY = preset("tiny")
CELLS = {"LUT4": 100, "CCU2C": 20, "TRELLIS_DPR16X4": 3, "PFUMX": 7, "TRELLIS_FF": 55, "DP16KD": 5,
         "MULT18X18D": 8}


def test_cells_are_counted_as_what_they_take():
    assert experiment.resources(CELLS) == [100 + 2 * 20 + 4 * 3, 55, 5, 8]
    assert experiment.resources({"LUT4": 1}) == [1, 0, 0, 0]


def test_the_core_stands_before_its_buses():
    made = dict(experiment.tops(TINY))
    assert list(made) == ["core alone", "bare", "axi", "wishbone"]
    assert made.pop("core alone").func is Core
    assert [(make.func, make.args[-1]) for make in made.values()] == [(Shell, bus) for bus in made]


def test_the_table_has_what_the_tool_says(tmp_path, monkeypatch, capsys):
    answer = json.dumps({"design": {"num_cells_by_type": CELLS}})
    tool = tmp_path / "yosys"
    tool.write_text(f"#!/bin/sh\ngrep -q 'module top(' top.v || exit 1\n"
                    f"test \"$2\" = 'read_verilog top.v; synth_ecp5 -abc9 -top top; "
                    f"tee -q -o cells.json stat -json' || exit 2\necho '{answer}' > cells.json\n")
    tool.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(tool))
    monkeypatch.setattr(experiment, "tops", lambda design: {
        "bare": partial(Shell, design, 1, "bare")})
    experiment.buses(preset_name="tiny", design_file=None, rule=None, layers=None, lanes=None)
    said = capsys.readouterr().out
    assert all(text in said for text in ("tiny", "synth_ecp5 -abc9", "bare", "152", "55"))
    tool.write_text("#!/bin/sh\necho ERROR: no\nexit 1\n")
    with pytest.raises(BuildError, match="ERROR: no"):
        experiment.buses(preset_name="tiny", design_file=None, rule=None, layers=None, lanes=None)


@pytest.mark.parametrize("bus", ["bare", "axi"])
def test_what_is_synthesised_is_what_is_exported(tmp_path, monkeypatch, bus):
    """To the letter, but for the name of the module."""
    tool = tmp_path / "yosys"
    tool.write_text("#!/bin/sh\necho '{\"design\": {\"num_cells_by_type\": {}}}' > cells.json\n")
    tool.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(tool))
    experiment.synthesised(experiment.tops(TINY)[bus](), tmp_path, lambda text: None)
    export(TINY, tmp_path / "out", bus=bus, name="learner", samples=1)
    exported = (tmp_path / "out" / "learner.v").read_text(encoding="utf-8")
    synthesised = (tmp_path / "top.v").read_text(encoding="utf-8")
    assert synthesised == re.sub(r"\blearner\b", "top", exported)
