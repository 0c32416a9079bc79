"""The schema is made from the code, and takes what the reader takes."""

import json
import tomllib

import jsonschema
import pytest

from cortigate.boards.design_file import SCHEMA_FILE, schema, schema_text, text_of
from cortigate.golden.spec import PRESETS, RULES, preset
from cortigate.sim.lockstep.draw import draw_design

OWN = {name: rule for name, rule in RULES.items() if rule.__module__.startswith("cortigate.")}
CHECKER = jsonschema.Draft7Validator(schema())


def test_the_file_in_the_package_is_what_the_code_makes():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(OWN), (
        "write it anew: python -c 'from cortigate.boards.design_file import SCHEMA_FILE, "
        "schema_text; SCHEMA_FILE.write_text(schema_text())'")


def test_it_is_a_schema():
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("name", PRESETS)
def test_it_takes_every_preset(name):
    CHECKER.validate(tomllib.loads(text_of(preset(name), "digits")))
    everything = "\n".join(line[1:] if line.startswith("#") and line[1:2] != " " else line
                           for line in text_of(preset(name)).splitlines())
    CHECKER.validate(tomllib.loads(everything))


@pytest.mark.parametrize("rule", RULES)
def test_it_takes_any_design(rule):
    for number in range(10):
        CHECKER.validate(tomllib.loads(text_of(draw_design(2, number, rule))))
    CHECKER.validate({"network": [5, 4, 2], "rule": rule})


@pytest.mark.parametrize("text", [
    "", 'network = "64-32-10"', 'network = "64-10"\nrule = "pal"', 'network = "5-4-2"\nrule = "x"',
    'network = "5-4-2"\nrule = "pal"\nx = 1', 'network = "5-4-2"\nrule = "pal"\nengine = 1',
    'network = "5-4-2"\nrule = "pal"\nengine.lane = 1',
    'network = "5-4-2"\nrule = "pal"\nengine.lanes = "1"',
    'network = "5-4-2"\nrule = "pal"\nengine.rate = "2.14"',
    'network = "5-4-2"\nrule = { name = "pal", mechanism = "C1" }',
    'network = { layers = "5-4-2", hidden = "x" }\nrule = "pal"'])
def test_it_refuses_what_is_none(text):
    assert not CHECKER.is_valid(tomllib.loads(text))
