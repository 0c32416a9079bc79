"""A rule in a package of its own, installed beside cortigate: no file of cortigate knows it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cortigate.golden.spec import RULES
from cortigate.golden.spec.entries import LAYERS

PACKAGE = Path(__file__).with_name("delta")
COMMAND = "from cortigate.scripts.cli import main; main()"
FACTS = """
import json, sys
from cortigate.boards import fit
from cortigate.boards.board import BOARDS, board
from cortigate.golden.spec import RULES, preset, tiny_preset
from cortigate.scripts.experiments.accuracy.table import rows_of
from cortigate.sim.lockstep.draw import draw_design
ulx = board("ulx3s-85f")
name, design = ulx.design("delta")
((_, _, runs),) = rows_of("rules")
print(json.dumps({
    "rules": list(RULES), "tiny": tiny_preset("delta"), "board": name,
    "luts": fit.need(design, ulx.chip).luts, "short": fit.shortage(design, ulx.chip),
    "boards": sum("delta" in board(each).presets for each in BOARDS) == len(BOARDS),
    "drawn": sorted({draw_design(0, n, "delta").rule.name for n in range(20)}),
    "table": [run.label for run in runs if run.design.rule.name == "delta"]}))
"""


def run(site, *command):
    done = subprocess.run([sys.executable, *map(str, command)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=site,
                          env=os.environ | {"PYTHONPATH": str(site)})
    return done.returncode, done.stdout


def installed(folder, change=lambda project: project):
    """A folder with the package in it, its pyproject.toml changed."""
    source, site = folder / "source", folder / "site"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    project = source / "pyproject.toml"
    project.write_text(change(project.read_text()))
    code, said = run(folder, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
                     "--no-build-isolation", "--target", site, source)
    assert code == 0, said
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return installed(tmp_path_factory.mktemp("delta"))


def test_it_is_drawn_estimated_built_and_in_the_table(site):
    assert "delta" not in RULES  # of this process, which does not have the package
    code, said = run(site, "-c", FACTS)
    assert code == 0, said
    facts = json.loads(said.splitlines()[-1])
    assert facts["rules"] == [*RULES, "delta"]
    assert (facts["tiny"], facts["board"]) == ("tiny-delta", "delta-deep")
    assert facts["boards"] and facts["drawn"] == ["delta"]
    assert 4000 < facts["luts"] < 12_000 and facts["short"] == []
    assert facts["table"] == ["integer", "float", "backprop", "feedback alignment"]


def test_its_hardware_equals_its_integers(site):
    code, said = run(site, "-c", COMMAND, "verify", "--rule", "delta", "--random",
                     "1", "--cycles", "4000")
    assert code == 0 and " 0 mismatches" in said, said


@pytest.mark.campaign  # an ordinary run has the lockstep above
def test_it_learns_in_the_demo_on_the_virtual_board(site, tmp_path):
    code, said = run(site, "-c", COMMAND, "demo", "--rule", "delta", "--layers",
                     "64-16-10", "--lanes", "4", "--epochs", "2", "--samples", "400", "--output",
                     tmp_path / "picture.png")
    assert code == 0 and "identical" in said and "The delta rule learns the digits" in said, said


@pytest.mark.parametrize("group", LAYERS)
def test_a_part_that_is_missing_is_named_in_a_sentence(group, tmp_path):
    site = installed(tmp_path, lambda project: project.replace(
        f'[project.entry-points."{group}"]', '[project.entry-points."cortigate.elsewhere"]'))
    code, said = run(site, "-c", f"from cortigate.golden.spec.entries import part_of\n"
                                 f"part_of('delta', {group!r})")
    assert code == 1
    assert (f"ValueError: the rule delta has no {LAYERS[group]}: its package, cortigate-delta, "
            f"lacks the entry point 'delta' in {group}") in said


def test_hardware_that_cannot_be_made_is_told_in_a_line(tmp_path):
    site = installed(tmp_path)
    pipeline = site / "cortigate_delta" / "pipeline.py"
    pipeline.write_text(pipeline.read_text().replace("target_3 - rate_3", "target_3 << s_3"))
    code, said = run(site, "-c", COMMAND, "verify", "--rule", "delta")
    assert code == 2
    (line,) = said.splitlines()[1:]
    assert line.startswith("cortigate: Shift amount must be unsigned (in a pipeline or "), said
    assert line.endswith(": CORTIGATE_TRACEBACK=1 shows where)"), said


@pytest.mark.parametrize("old, new, wrong", [
    ("delta =", "pal =", "two packages offer 'pal' in cortigate.rules: "),
    ("cortigate_delta.rule:DeltaRule", "cortigate_delta.rule:Mode",
     "the entry point 'delta' in cortigate.rules must be the class of the rule of that name"),
])
def test_rules_that_cannot_be_told_apart_are_refused(old, new, wrong, tmp_path):
    site = installed(tmp_path, lambda project: project.replace(old, new))
    code, said = run(site, "-c", "from cortigate.golden.spec import RULES; list(RULES)")
    assert code == 1 and wrong in said, said


@pytest.mark.parametrize("old, new, wrong", [
    ("def draw(", "def drawn(",
     ":DeltaRule, cannot be imported: TypeError: the rule DeltaRule must define draw"),
    ("code = 64", 'code = "64"', "TypeError: code of the rule delta must be an integer, not '64'"),
    ("code = 64", "code = 9",
     "rule:DeltaRule, must have a code of 64 .. 255, not 9: the codes below are cortigate's own"),
    ('name = "delta"', 'name = "epsilon"',
     "the entry point 'delta' in cortigate.rules must have the name of its rule, 'epsilon'"),
    ("lanes=16)", "lanes=None)",
     "the rule delta cannot make its presets: TypeError: lanes must be an integer, not None"),
])
def test_a_mistake_in_the_class_is_told_by_whatever_needs_the_rules(old, new, wrong, tmp_path):
    site = installed(tmp_path)
    rule = site / "cortigate_delta" / "rule.py"
    rule.write_text(rule.read_text().replace(old, new))
    code, said = run(site, "-c", "from cortigate import preset\npreset('none')")
    assert code == 1 and wrong in said.splitlines()[-1], said
