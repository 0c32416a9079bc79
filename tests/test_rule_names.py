"""Outside its own files nothing branches on a rule: not even its name is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cortigate.golden.spec import RULES

ROOT = Path(__file__).parents[1]
FOLDERS = ("golden/spec", "golden/timeline", "hdl", "sim", "boards", "scripts")
# Files of scripts that are about rules of their own: an experiment, a measurement, an option.
ABOUT = {
    "scripts/commands/stream.py",
    "scripts/experiments/accuracy/report.py",
    "scripts/experiments/accuracy/run.py", "scripts/experiments/accuracy/table.py",
    "scripts/experiments/autoencoder.py", "scripts/experiments/events.py",
    "scripts/experiments/figures.py", "scripts/experiments/latents/batches.py",
    "scripts/experiments/latents/rows.py", "scripts/experiments/latents/training.py",
    "scripts/experiments/margins.py", "scripts/experiments/noise/command.py",
    "scripts/experiments/noise/measures.py", "scripts/experiments/operations.py",
    "scripts/experiments/utilisation.py", "scripts/experiments/teacher.py",
    "scripts/insights/depth.py", "scripts/tables.py",
}
# Rules of other packages may be called by any word.
OWN = [name for name, rule in RULES.items() if rule.__module__.startswith("cortigate.")]
# As a word of its own, of several, or in the name of a class: pal_rule, ghosts, PalRule.
WORDS = "|".join(f"{name}s?(?![a-z])|{name.capitalize()}s?(?![a-z])" for name in OWN)
PARTS = "|".join(f"{name.capitalize()}s?(?![a-z])" for name in OWN)
NAMED = re.compile(f"(?<![A-Za-z])(?:{WORDS})|(?<=[a-z])(?:{PARTS})")
LOADED = """
import sys
from cortigate.golden.spec import preset
from cortigate.hdl.core import Core
Core(preset({name!r})).elaborate(None)
print(*[name for name in sys.modules if name.startswith("cortigate.golden.")])
"""


def own(path):
    """True if it is a file of one rule: named so, or in a folder that is."""
    return any(part.removesuffix(".py") in RULES for part in path.relative_to(ROOT).parts)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_rule_is_named_outside_its_own_files(folder):
    found = {f"{path.relative_to(ROOT)}:{number}: {line.strip()}": path.relative_to(ROOT).as_posix()
             for path in sorted((ROOT / folder).rglob("*.py")) if not own(path)
             for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
             if NAMED.search(line)}
    assert set(found.values()) == {name for name in ABOUT if name.startswith(folder)}, "\n".join(
        line for line, path in found.items() if path not in ABOUT)


@pytest.mark.parametrize("line", [
    'if rule.name == "ghost":', "from .pal import PalModel", "kind = EquilibriumRule", "of ghosts",
    "# Dynamic inversion alone", "def inversion_rule(design):"])
def test_a_name_is_found(line):
    assert NAMED.search(line)


@pytest.mark.parametrize("line", ["palette", "principal", "microcircuitry", "conversion"])
def test_another_word_is_not(line):
    assert not NAMED.search(line)


@pytest.mark.parametrize("rule", RULES)
def test_the_hardware_finds_its_pipeline_without_any_golden_model(rule):
    name = next(iter(RULES[rule].presets()))
    out = subprocess.run([sys.executable, "-c", LOADED.format(name=name)], text=True, check=True,
                         stdout=subprocess.PIPE).stdout.split()
    assert "cortigate.golden.spec" in out
    assert [module for module in out if not module.startswith("cortigate.golden.spec")] == []
