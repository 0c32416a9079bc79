"""The demo's tasks other than the digits, with few samples."""

import io
import json
import re
import sys

import numpy as np
import pytest
from rich.console import Console

from cortigate.boards.learn.models import IntegerDevice, ReferenceDevice
from cortigate.boards.learn.training import design_by_name
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec import preset
from cortigate.scripts.choosing import asked
from cortigate.scripts.cli import main
from cortigate.scripts.insights import Practice
from cortigate.scripts.tasks import anomaly, lesson, regression, vibration
from cortigate.scripts.tasks.lesson import backprop_shift, design_of
from cortigate.scripts.tasks.shared import digest_of, same_outputs, same_weights
from cortigate.scripts.tasks.vibration import (
    alarm_at,
    area_in_words,
    areas_of,
)


@pytest.fixture
def demo(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COLUMNS", "200")  # no sentence is broken

    def run(*options):
        monkeypatch.setattr(sys, "argv", [
            "cortigate", "demo", "--output", str(tmp_path / "a.svg"), *options])
        with pytest.raises(SystemExit) as ended:
            main()
        said, errors = capsys.readouterr()
        return ended.value.code, said, errors

    run.picture = tmp_path / "a.svg"
    return run


def figures(said, name):
    """Numbers in the row of a model."""
    [row] = re.findall(rf"│ {name} +│(.*)", said)
    return [float(one) for one in re.findall(r"\d+\.\d+", row)]


def test_a_class_left_out_is_found(demo):
    code, said, _ = demo("--task", "anomaly", "--device", "integer", "--samples", "600",
                         "--epochs", "3", "--unseen", "4", "--layers", "64-16-6-16-64")
    assert code == 0 and "the digits without the 4: 64-16-6-16-64" in said
    assert "to learn from, in epochs; 120 to judge by" in said and demo.picture.exists()
    rows = {name: figures(said, name) for name in ("integer model", "float backprop",
                                                   "IsolationForest")}
    assert all(row[0] > 0.75 for row in rows.values())
    assert rows["integer model"][2] > rows["integer model"][1]  # the unseen ones score higher


def test_a_rule_that_is_always_on_gets_a_stream(demo):
    code, said, _ = demo("--task", "regression", "--device", "integer", "--rule", "pal",
                         "--samples", "150", "--layers", "2-8-2", "--epochs", "3")
    assert code == 0 and "120 places to learn from, as a stream; 30 to judge by" in said
    assert figures(said, "integer model")[0] > 0.2


def test_a_breaking_bearing_raises_the_alarm(demo):
    code, said, _ = demo("--task", "vibration", "--device", "integer", "--samples", "600",
                         "--epochs", "3", "--preset", "tiny")
    assert code == 0 and "vibration: 32-4-3-32" in said and demo.picture.exists()
    small, *_, large, alarm = figures(said, "integer model")[:5]
    assert large > 0.95 > small and 0.0 < alarm < 0.7


class Board(IntegerDevice):
    """Stands for a virtual board; with a fault, one of its weights is not what was learned."""

    fault = 0

    def read_weights(self):
        weights = super().read_weights()
        weights["W1"][0, 0] ^= self.fault
        return weights


@pytest.mark.parametrize("rule", ["ghost", "pal"])
@pytest.mark.parametrize("fault", [0, 1])
def test_a_board_and_the_integer_model_are_compared(rule, fault, demo, monkeypatch):
    monkeypatch.setattr(Board, "fault", fault)
    monkeypatch.setattr(lesson, "open_device", lambda which, design, **line: (
        Board(design) if which == "virtual" else IntegerDevice(design)))
    code, said, errors = demo("--task", "regression", "--rule", rule, "--samples", "80",
                              "--epochs", "2", "--layers", "2-6-2")
    assert (code, errors) == (fault, "")
    assert ("Weights of the virtual board and of the integer model: "
            + ("DIFFERENT, which is a fault." if fault else "identical.")) in said
    assert "Outputs of the virtual board and of the integer model: identical." in said
    assert figures(said, "virtual board") == figures(said, "integer model")


def test_a_design_of_another_target_is_refused(demo, tmp_path):
    design = design_by_name((64, 6, 10), lanes=2)
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"board": "mine", "design": design.to_dict(),
                                  "digest": design.digest}))
    code, _, errors = demo("--task", "anomaly", "--report", str(report))
    assert code == 2 and errors.startswith("cortigate: the target of 64-6-10 is the class, but "
                                           "digits are to be given back: take a design whose ")


def test_a_difference_is_a_fault():
    console, weights = Console(file=io.StringIO(), width=200), {"W1": np.arange(6).reshape(2, 3)}
    assert same_weights("virtual", weights, weights, console)
    assert not same_weights("virtual", weights, {"W1": weights["W1"] + 1}, console)
    assert not same_outputs("virtual", weights["W1"], weights["W1"] + 1, console)
    assert console.file.getvalue().count("DIFFERENT, which is a fault") == 2


@pytest.mark.parametrize("options, message", [
    (("--task", "vibration", "--rule", "microcircuit"),
     "target must be a class for spiking neurons, whose outputs are taught when to spike"),
    (("--task", "regression", "--save", "a"), "--save belongs to --task digits, not to regression"),
    (("--task", "vibration", "--unseen", "3"), "--unseen belongs to --task anomaly, not to vibr"),
    (("--unseen", "3"), "--unseen belongs to --task anomaly, not to digits: leave it out"),
    (("--task", "regression", "--samples", "20"), "samples must lie in 50 .. 50000, not 20"),
    (("--task", "regression", "--layers", "3-9-2"), "layers must begin with 2 and end with 2 for "),
    (("--task", "anomaly", "--epochs", "0"), "epochs must be at least 1, not 0"),
    (("--task", "anomaly", "--seed", "-1"), "seed must be at least 0, not -1"),
])
def test_what_cannot_be_done_is_one_clear_line(options, message, demo):
    code, said, errors = demo(*options)
    assert (code, said) == (2, "") and errors.startswith("cortigate: ") and message in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("task, sizes, target, epochs", [
    ("digits", "64-8-10", "class", "12"), ("regression", "2-8-2", "vector", "3")])
def test_rates_out_of_reach_are_refused_before_anything_learns(
        task, sizes, target, epochs, demo, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(f'network = "{sizes}"\nrule = "inversion"\n[engine]\nrate = "Q4.13"\n'
                    f'target = "{target}"\nsample = "U1.7"\n', encoding="utf-8")
    code, said, errors = demo("--task", task, "--design", str(path), "--epochs", epochs)
    assert (code, said) == (2, "") and "is to be halved 2 times, but rate Q4.13 leaves" in errors


def test_a_preset_keeps_all_but_its_ends_and_its_target():
    lesson = anomaly.lesson_of(load_digits_split(0), 7)
    for name in ("tiny", "pal-narrow"):
        base, own = preset(name), design_of(asked(preset_name=name), lesson)
        assert own.network.sizes == (64, *base.network.sizes[1:-1], 64)
        assert own.replace(network=base.network, target=base.target, results=False) == base
    with pytest.raises(ValueError, match="spiking neurons"):
        design_of(asked(preset_name="microcircuit"), lesson)


def test_backprop_has_a_lower_rate_in_wider_layers(demo):
    assert [backprop_shift(regression.BACKPROP, sizes) for sizes in (
        regression.LAYERS, (2, 4, 2), (2, 33, 2), (2, 128, 2), (2, 8, 256, 2))] == [3, 3, 4, 5, 6]
    for task in (anomaly, vibration):
        assert backprop_shift(task.BACKPROP, task.LAYERS) == 6
    code, said, _ = demo("--task", "regression", "--device", "integer", "--samples", "60",
                         "--layers", "2-128-2", "--epochs", "1")
    assert code == 0 and figures(said, "float backprop")[0] > 0.5


@pytest.mark.parametrize("task, module, more", [
    ("regression", regression, ("--layers", "2-6-2")),
    ("anomaly", anomaly, ("--layers", "64-6-64", "--samples", "150")),
    ("vibration", vibration, ("--layers", "32-4-32"))])
def test_what_diverges_is_said_in_words(task, module, more, demo, monkeypatch):
    monkeypatch.setattr(lesson, "MOST_STEP", 2.0**20)
    monkeypatch.setattr(module, "BACKPROP", Practice(2, -8))
    code, said, errors = demo("--task", task, "--device", "integer", "--samples", "80",
                              "--epochs", "1", *more)
    [row] = re.findall(r"│ float backprop +│(.*)", said)
    assert (code, errors) == (0, "") and "nan" not in said and demo.picture.exists()
    assert row.split("│")[0].strip() == "diverged" == row.split("│")[-2].strip()
    assert re.findall(r"│ integer model +│ +\d", said)


@pytest.mark.parametrize("task", ["regression", "vibration"])
def test_a_device_that_diverges_has_no_picture(task, demo, monkeypatch):
    monkeypatch.setattr(ReferenceDevice, "outputs", lambda self, first, count, layer=None: np.full(
        (count, self.design.network.sizes[-1]), np.nan))
    layers = {"regression": "2-6-2", "vibration": "32-4-32"}[task]
    code, said, errors = demo("--task", task, "--device", "reference", "--samples", "60",
                              "--epochs", "1", "--layers", layers)
    assert (code, errors) == (0, "") and "nan" not in said and not demo.picture.exists()
    assert "No picture: the float reference has diverged, take a lower learning rate." in said


def test_weights_that_diverge_are_no_real_numbers():
    for value in (np.nan, np.inf, 1e30):
        assert digest_of({"W1": np.zeros(2), "W2": np.array([0.0, value])}) == "diverged"
    assert digest_of({"W1": np.zeros(2)}) == "real numbers"


def test_alarms_stand_after_five_in_a_row():
    scores = np.array([2.0] * 4 + [0.0] + [2.0] * 6)
    assert alarm_at(scores, 1.0) == 9
    assert alarm_at(scores[:9], 1.0) is None


def test_areas_by_severity_set_each_part_against_sound_ones():
    severity = np.array([0.0, 0.0, 0.05, 0.2, 0.8])
    low, middle, none, high = areas_of(severity, np.array([1.0, 3.0, 2.0, 4.0, 0.0]))
    assert (low, middle, high) == (0.5, 1.0, 0.0) and np.isnan(none)
    row = {"areas": [low, middle, none, high]}
    assert [area_in_words(part, row) for part in (0, 2)] == ["0.500", "none"]
