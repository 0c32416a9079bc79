"""--quiet and --json: one mechanism, and one document of the shape that the pages show."""

import json
import sys
from collections import Counter

import jsonschema
import numpy as np
import pytest

from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.voice import tell
from cortigate.golden.spec import preset
from cortigate.scripts import cli, commands
from cortigate.scripts.document import documented, keys_of, schema_of, shape_of
from cortigate.scripts.speaking import emit, speaking

SHAPES = {words: shape for words, function in cli.Commands.functions()
          if (shape := shape_of(function)) is not None}
EXAMPLE = '''
from typing import Annotated
import typer
from cortigate.scripts.console import new_console, say, talk
from cortigate.scripts.document import documented
from cortigate.scripts.progress import Bars, Progress, preparing
from cortigate.scripts.speaking import emit

@documented(figure="number: one")
def example(fail: Annotated[bool, typer.Option("--fail")] = False):
    """Do it."""
    with preparing(new_console(), "hardware"), Progress() as progress:
        progress("a step")
    with Bars(*Bars.get_default_columns(), console=new_console()) as bars:
        bars.update(bars.add_task("learning", total=2), completed=2)
    say("a sentence")
    print("printed")
    if fail:
        raise ValueError("it is wrong")
    if not emit({"figure": 0.5}):
        typer.echo("figure 0.5")
'''
NOISE = ("preparing: hardware", "a step", "learning", "a sentence")


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a command line: (exit code, standard output, standard error)."""
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["cortigate", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()
    return run


@pytest.fixture
def example(tmp_path, monkeypatch, run):
    """Runs a command that shows everything that commands show."""
    (tmp_path / "example.py").write_text(EXAMPLE)
    monkeypatch.setattr(commands, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, f"{commands.__name__}.example", raising=False)
    return run


def document(run, *words):
    """The document of a command line, held to the shape of its command."""
    code, said, _ = run(*words, "--json")
    assert code in (0, 1) and said.count("\n") == 1
    found = json.loads(said)
    shape = SHAPES.get(words[:1]) or SHAPES[words[:2]]
    jsonschema.validate(found, schema_of(shape))
    return found


def test_a_command_says_everything(example):
    code, said, errors = example("example")
    assert (code, errors) == (0, "") and all(text in said for text in NOISE)
    assert said.endswith("printed\nfigure 0.5\n")


@pytest.mark.parametrize("words", [("--quiet", "example"), ("example", "--quiet"),
                                   ("--no-quiet", "example", "--quiet")])
def test_quiet_leaves_results(example, words):
    assert example(*words) == (0, "printed\nfigure 0.5\n", "")


def test_the_later_word_wins(example):
    assert "a sentence" in example("--quiet", "example", "--no-quiet")[1]


def test_a_document_stands_alone(example):
    code, said, errors = example("example", "--json")
    assert (code, json.loads(said)) == (0, {"figure": 0.5})
    assert all(text in errors for text in (*NOISE, "printed")) and "figure" not in errors
    assert example("--quiet", "example", "--json") == (0, '{"figure": 0.5}\n', "printed\n")


def test_an_error_is_a_line_beside_no_document(example):
    code, said, errors = example("example", "--json", "--quiet", "--fail")
    assert (code, said, errors) == (2, "", "printed\ncortigate: it is wrong\n")


def test_numbers_of_numpy_and_what_is_no_number(capsys, tmp_path):
    with speaking(as_json=True):
        assert emit({"a": np.float64("nan"), "b": (np.int64(3), np.bool_(True), float("inf")),
                     "c": tmp_path, "d": {"e": np.float32(0.5)}})
    assert json.loads(capsys.readouterr().out) == {
        "a": None, "b": [3, True, None], "c": str(tmp_path), "d": {"e": 0.5}}
    assert not emit({}) and capsys.readouterr().out == ""


def test_a_shape_is_a_schema():
    shape = {"a": "integer or null: one", "b?": "list of number/null: two",
             "c": [{"d": "string: three"}]}
    schema = schema_of(shape)
    good = {"a": None, "b": [1.5, None], "c": [{"d": "x"}]}
    jsonschema.validate(good, schema)
    jsonschema.validate({"a": 1, "c": []}, schema)
    for wrong in ({"c": []}, good | {"a": 1.5}, good | {"b": "x"}, good | {"c": [{}]},
                  good | {"e": 1}, good | {"c": [{"d": "x", "e": 1}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
    assert [*keys_of(shape)] == [("a", "integer or null", "one"),
                                 ("b", "list of number/null, may be missing", "two"),
                                 ("c", "list", ""), ("c[].d", "string", "three")]

    @documented(**shape)
    def command():
        pass

    assert shape_of(command) == shape and shape_of(document) is None


@pytest.mark.parametrize("words", SHAPES, ids=" ".join)
def test_every_shape_is_a_schema(words):
    jsonschema.Draft202012Validator.check_schema(schema_of(SHAPES[words]))


def test_boards(run):
    [one] = document(run, "boards", "icebreaker")["boards"]
    assert (one["clock_hz"], one["luts"], one["reason"]) == (37_500_000, 5280, None)
    [none] = document(run, "boards", "icebreaker", "--rule", "pal")["boards"]
    assert none["hidden"] is None and none["reason"]


def test_explain(run):
    found = document(run, "explain", "--preset", "tiny", "--board", "icebreaker")
    assert found["network"] == "5-4-3-2" and found["cycles"] < found["cycles_dense"]
    [board] = found["boards"]
    assert board["samples_per_second"] == pytest.approx(board["clock_hz"] / found["cycles"])


def test_fuzz_endure_and_table(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = document(run, "fuzz", "checkpoints", "--count", 40)
    assert found["what"] == "checkpoints" and sum(one["times"] for one in found["seen"]) == 40
    monkeypatch.setattr("cortigate.scripts.commands.endure.interrupt",
                        lambda count, seed, told: Counter({"fit, integer: killed once": count}))
    found = document(run, "endure", "--resets", 0, "--kills", 0, "--compilations", 0,
                     "--interruptions", 3)
    assert found["trials"] == [{"what": "interruptions", "count": 3, "times": 3,
                                "outcome": "fit, integer: killed once"}]
    found = document(run, "table", "icebreaker")
    assert found["builds"] == [] and "no finished build" in found["missing"][0]


def test_sweep_and_experiment(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.toml").write_text('data = "digits"\nestimator = "classifier"\n'
                                      'baseline = true\ngrid = { epochs = 1, seed = [0, 1] }')
    found = document(run, "sweep", "my.toml", "--jobs", 1)
    [one] = found["combinations"]
    assert found["runs"] == 4 and len(one["scores"]) == len(one["backprop"]) == 2
    assert one["mean"] == pytest.approx(sum(one["scores"]) / 2) and 0.5 < one["mean"] < 1
    found = document(run, "experiment", "regression", "--only", "linnerud", "--row", "ghost",
                     "--quick", "--seeds", 1)
    assert found == json.loads((tmp_path / "build" / "regression.json").read_text())


def test_quiet_mutes_what_the_simulators_tell(capsys):
    for quiet in (False, True):
        with speaking(quiet):
            tell("compiling")
    assert capsys.readouterr().err == "compiling\n"


def test_compare(run, tmp_path):
    for number, name in enumerate(("one", "other")):
        with IntegerDevice(preset("tiny")) as device:
            device.write_weights({layer: np.full_like(values, number)
                                  for layer, values in device.read_weights().items()})
            Checkpoint.of(device).save(tmp_path / name)
    paths = tmp_path / "one", tmp_path / "other"
    assert document(run, "compare", paths[0], paths[0])["equal"]
    found = document(run, "compare", *paths)
    assert not found["equal"] and found["differences"] and found["lanes"] == 2
