"""The file of a sweep: its grid, and for every mistake the line and what is allowed."""

import re

import pytest

from cortigate.golden.spec import RULES
from cortigate.scripts.own.problem import OwnTask
from cortigate.scripts.sweep.data import problem_of_sweep, require_parts
from cortigate.scripts.sweep.file import Measure, SweepFile
from cortigate.scripts.sweep.plans import plans_of

TEXT = """\
data = "digits"
estimator = "classifier"
baseline = true

[grid]
rule = ["ghost", "pal"]
seed = [0, 3]
hidden_layer_sizes = ["16", "32-8"]
epochs = 2

[grid.pal]
steps = [2, 3]
epochs = 4

[measure]
name = "accuracy"
folds = 3
"""


def parsed(text=TEXT, **changes):
    """The sweep of a text in which the first lines that begin with these names are others."""
    for name, line in changes.items():
        text, count = re.subn(rf"^{name} = .*$", line, text, count=1, flags=re.M)
        assert count
    return SweepFile.parse(text, "my.toml")


def test_every_combination_of_each_rule():
    found = parsed()
    assert [choice.said for choice in found.choices] == [
        *({"rule": "ghost", "hidden_layer_sizes": layers, "epochs": 2}
          for layers in ([16], [32, 8])),
        *({"rule": "pal", "hidden_layer_sizes": layers, "epochs": 4, "steps": steps}
          for layers in ([16], [32, 8]) for steps in (2, 3))]
    assert found.seeds == (0, 3) and found.baseline and found.task is OwnTask.CLASSES
    assert found.measure == Measure("accuracy", 0.2, 3)
    assert found.choices[-1].estimator == {
        "rule": "pal", "hidden_layer_sizes": (32, 8), "epochs": 4, "rule_parameters": {"steps": 3}}


def test_the_least_that_a_sweep_says():
    found = SweepFile.parse('data = "digits"\nestimator = "autoencoder"\ngrid = {}')
    assert [choice.said for choice in found.choices] == [{}] and found.seeds == (0,)
    assert found.measure == Measure("error", 0.2, None) and not found.baseline


def test_words_of_a_rule_and_parameters_of_the_estimator():
    found = SweepFile.parse(
        'data = "digits"\nestimator = "classifier"\n[grid]\nmechanism = ["none", "C1"]\n'
        'milestones = [[1, 2], 3]\nearly_stopping = true').choices
    assert [(one.estimator["mechanism"], one.estimator["milestones"]) for one in found] == [
        (None, (1, 2)), (None, 3), ("C1", (1, 2)), ("C1", 3)]
    assert found[0].said["milestones"] == [1, 2] and found[0].estimator["early_stopping"] is True


@pytest.mark.parametrize("changes, said", [
    ({"data": "date = 3"}, "line 1: a sweep has no 'date', only data, estimator, baseline, grid"),
    ({"data": "data = 3"}, "line 1: source must be a string, not 3"),
    ({"data": "data = { label = 'x' }"}, "line 1: data must have a source, such as"),
    ({"data": "data = { source = 'x', labels = 'y' }"}, "line 1: data has no 'labels', only"),
    ({"estimator": "estimator = 'tree'"}, "line 2: estimator must be one of classifier, regressor"),
    ({"baseline": "baseline = 1"}, "line 3: baseline must be True or False, not 1"),
    ({"rule": "rule = ['ghost', 'x']"}, f"line 6: rule must be one of {', '.join(RULES)}, not 'x'"),
    ({"rule": "rule = 'ghost'"}, "line 11: grid has no table 'pal', only of the rules that it"),
    ({"seed": "seed = [0, 0]"}, "line 7: seed must hold every value once, not 0 twice"),
    ({"seed": "seed = -1"}, "line 7: seed must lie in 0 .. 4294967295, not -1"),
    ({"seed": "seed = []"}, "line 7: seed must hold a value, or a list of values to try"),
    ({"hidden_layer_sizes": "hidden_layer_sizes = ['x']"},
     "line 8: hidden_layer_sizes must be numbers of neurons such as '32' or '64-32', not 'x'"),
    ({"hidden_layer_sizes": "layers = '64-8-10'\nhidden_layer_sizes = 8"},
     "line 9: layers and hidden_layer_sizes both name the layers"),
    ({"epochs": "epochs = 2.5"}, "line 9: epochs must be an integer, not 2.5"),
    ({"epochs": "noise_shift = 3"},
     "line 9: grid has no 'noise_shift' with the rule ghost, only rule, seed"),
    ({"epochs": "device = 'virtual'"}, "line 9: grid has no 'device'"),
    ({"epochs": "design = 'digits'"}, "line 6: rule must be left out beside design"),
    ({"steps": "steps = 'x'"}, "line 12: steps must be an integer, not 'x'"),
    ({"name": "name = 'R2'"}, "line 16: the measure of a classifier must be accuracy, not 'R2'"),
    ({"folds": "folds = 1"}, "line 17: folds must lie in 2 .. 1000, not 1"),
    ({"folds": "folds = 3\nvalidation = 0.5"}, "line 17: folds and validation both say"),
    ({"folds": "validation = 1"}, "line 17: validation must be above 0 and below 1, not 1.0"),
    ({"folds": "folds ="}, "line 17: it is not TOML: Invalid value"),
    ({"epochs": f"epochs = {list(range(1, 150))}\nlanes = {list(range(1, 150))}"},
     "line 5: grid must have at most 10000 combinations")])
def test_a_mistake_has_its_line(changes, said):
    with pytest.raises(ValueError) as caught:
        parsed(**changes)
    assert str(caught.value).startswith(f"my.toml, {said}"), caught.value
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["data", "estimator", "grid"])
def test_what_a_sweep_must_have(name):
    text = TEXT if name != "grid" else TEXT[:TEXT.index("[grid]")]
    with pytest.raises(ValueError, match=f"^my.toml: a sweep must have {name}, such as {name} = "):
        SweepFile.parse(re.sub(rf"^{name} = .*$", "", text, flags=re.M), "my.toml")


@pytest.mark.parametrize("changes, said", [
    ({"data": "data = 'nowhere.csv'"}, "line 1: source must be one of digits, arm, vibration, or"),
    ({"data": "data = { source = 'digits', label = 'x' }"}, "line 1: digits has no columns: leave"),
    ({"data": "data = { source = 'digits', held_out = 0.5 }"},
     "line 1: digits has a test part of its own: leave out held_out"),
    ({"folds": "folds = 900"}, "line 17: folds must be another one for so few samples: one class"),
    ({"hidden_layer_sizes": "layers = '64-8-9'"},
     "line 8: layers must begin with 64 and end with 10 for digits, not be 64-8-9"),
    ({"hidden_layer_sizes": "lanes = 300"}, "line 8: lanes must lie in 1 .. 256, not 300"),
    ({"epochs": "epochs = 0"}, "line 9: epochs must lie in 1 .. 1000000000, not 0"),
    ({"epochs": f"milestones = [{[1] * 16}]"},
     "line 9: the learning rate is to be halved 16 times, but rate Q2.8 leaves room for 6"),
    ({"epochs": "epochs = 9\nmilestones = [[8], [8, 9]]"},
     "line 10: the learning rate does not fall at the milestones 9, since learning ends with ep"),
    ({"epochs": "class_weight = ['balanced', 'x']"},
     'line 9: class_weight must be "balanced", None, or a dictionary of class and weight, not '),
    ({"epochs": "early_stopping = true\nvalidation_fraction = 2.0"},
     "line 10: validation_fraction must be above 0 and below 1, not 2.0"),
    ({"steps": "steps = 0"}, "line 12: steps must"),
    ({"steps": "schedule = 'sweep'"}, "line 12: schedule belongs to the rule ghost, not to pal")])
def test_what_does_not_go_with_the_data_or_a_network_has_its_line(changes, said):
    with pytest.raises(ValueError) as caught:
        file = parsed(**changes)
        problem = problem_of_sweep(file)
        require_parts(file, problem)
        plans_of(file, problem)
    assert str(caught.value).startswith(f"my.toml, {said}"), caught.value


def test_messages_about_the_data_are_in_the_words_of_the_file(tmp_path):
    (tmp_path / "kinds.csv").write_text("a,kind\n1,low\n2,high\n3,low\n", encoding="utf-8")
    text = "[data]\nsource = 'kinds.csv'\n{}[grid]\n"
    for estimator, label, said in (
            ("regressor", "label = 'kind'\n", "for estimator = 'regressor', not 'low'"),
            ("classifier", "", "or leave the column out with ignore 'kind'")):
        file = SweepFile.parse(f"estimator = '{estimator}'\n{text.format(label)}",
                               tmp_path / "my.toml")
        with pytest.raises(ValueError) as caught:
            problem_of_sweep(file)
        assert str(caught.value).startswith(f"{tmp_path / 'my.toml'}, line 3: ")
        assert str(caught.value).endswith(said)


def test_a_design_is_a_file_beside_the_sweep(tmp_path):
    (tmp_path / "net.toml").write_text('network = "64-8-10"\nrule = "pal"\n', encoding="utf-8")
    (tmp_path / "my.toml").write_text('data = "digits"\nestimator = "classifier"\n[grid]\n'
                                      'design = ["net.toml", "digits"]\n', encoding="utf-8")
    file = SweepFile.read(tmp_path / "my.toml")
    plans = plans_of(file, problem_of_sweep(file))
    assert [str(plan.design.network) for plan in plans] == ["64-8-10", "64-32-10"]
    assert plans[0].choice.text() == "design net.toml"


def test_a_design_that_is_none_has_its_line():
    file = SweepFile.parse('data = "digits"\nestimator = "classifier"\ngrid.design = "x.toml"')
    with pytest.raises(ValueError, match="^sweep.toml, line 3: x.toml cannot be read"):
        plans_of(file, problem_of_sweep(file))


def test_what_the_grid_does_not_name_is_as_train_has_it():
    file = SweepFile.parse('data = "digits"\nestimator = "classifier"\ngrid = {}')
    [plan] = plans_of(file, problem_of_sweep(file))
    assert (plan.estimator.epochs, plan.estimator.milestones) == (60, (40, 50))
    assert str(plan.design.network) == "64-32-10"
