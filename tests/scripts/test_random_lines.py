"""The command-line campaign, in short."""

import os
import random

import pytest

from cortigate.scripts import cli, random_lines
from cortigate.scripts.random_lines import CommandFailure, commands, drawn_line, run_line, try_lines


def test_random_command_lines_end_in_a_result_or_a_sentence(monkeypatch):
    monkeypatch.setattr(random_lines, "MOMENT", 0.1)
    place = os.getcwd()
    seen = try_lines(40, seed=3)
    assert seen.total() == 40 and seen["refused"]
    assert os.getcwd() == place


def test_lines_are_drawn_of_every_command_and_option():
    rng, known = random.Random(0), commands()
    words = {word.partition("=")[0] for _ in range(3000) for word in drawn_line(rng, known)}
    assert {name for command in known for name in command} <= words
    assert {("verify",), ("experiment", "noise")} <= set(known)
    options = {option for one in known.values() for each in one for option in each.options}
    assert options <= words and {"--layers", "--no-proof", "--test"} <= options


@pytest.mark.parametrize("line, code", [
    (["demo", "--epochs", "0", "--device", "integer"], 2), (["--version"], 0), (["boards", "x"], 2),
    (["virtual", "--factor", "nan"], 2), (["experiment", "noise", "--layers", "3-2"], 2),
    (["build", "icebreaker", "--clock", "inf"], 2),
    (["build", "icebreaker", "--clock=1e400"], 2),
    (["experiment", "microcircuit", "--seeds", "9" * 30], 2),
])
def test_single_lines(monkeypatch, line, code):
    monkeypatch.setattr(random_lines, "MOMENT", 60.0)  # none of them is accepted
    found, said = run_line(line, "ascii")
    assert found == code
    refused = said.startswith("cortigate: ") and said.count("\n") == 1
    usage = said.startswith("Usage: ") and "\nError: Invalid value for " in said
    assert code == 0 or refused or usage


@pytest.mark.parametrize("body", [
    lambda: 1 / 0, lambda: print("cortigate: a\ncortigate: b") or cli.sys.exit(3)])
def test_a_campaign_can_fail(monkeypatch, body):
    monkeypatch.setattr(cli, "app", body)
    with pytest.raises(CommandFailure, match="cortigate "):
        try_lines(3)
