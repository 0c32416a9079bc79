"""`cortigate init` and `cortigate explain`: what they write, what they say, what they refuse."""

import json
import re
from dataclasses import replace

import pytest

from cortigate.boards.design_file import DesignFile, schema_text
from cortigate.golden.spec import PRESETS, RULES, Target, preset
from cortigate.scripts import cli


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command line in an empty folder: (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    def call(*words):
        monkeypatch.setattr("sys.argv", ["cortigate", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_the_file_of_the_defaults_and_of_a_preset(run, tmp_path):
    code, said, _ = run("init")
    found = DesignFile.read(tmp_path / "design.toml")
    assert code == 0 and found.design == preset("digits") and found.data is None
    assert f"digest {preset('digits').digest}" in said and "cortigate explain design.toml" in said
    code, *_ = run("init", "mnist.toml", "--preset", "mnist", "--lanes", "32", "--data", "idx",
                   "--schema", "schema.json")
    found = DesignFile.read("mnist.toml")
    assert found.design == preset("mnist").replace(lanes=32) and str(found.folder) == "idx"
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == schema_text()
    assert json.loads(schema_text())["required"] == ["network", "rule"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target, layers, sizes", [
    ("input", (), (64, 32, 64)), ("vector", (), (64, 32, 10)), ("class", (), (64, 32, 10)),
    ("vector", ("--layers", "9-4-300"), (9, 4, 300))])
def test_a_target_brings_what_the_rule_recommends_for_it(run, rule, target, layers, sizes):
    code, said, errors = run("init", "a.toml", "--rule", rule, "--target", target, *layers)
    if rule == "microcircuit" and target != "class":
        assert (code, said) == (2, "") and errors.startswith(
            "cortigate: target must be a class for spiking neurons, whose outputs are taught when ")
        return
    found = DesignFile.read("a.toml").design
    assert code == 0 and found == RULES[rule].design(
        sizes, lanes=8, target=Target(target), results=target != "class")
    assert f"digest {found.digest}" in said


def test_a_preset_gets_a_target(run):
    assert run("init", "a.toml", "--preset", "tiny-pal", "--target", "input")[0] == 0
    base, found = preset("tiny-pal"), DesignFile.read("a.toml").design
    assert found == base.replace(network=replace(base.network, sizes=(5, 4, 3, 5)),
                                 target=Target.INPUT, results=True)
    for words, said in ((("--target", "input", "--layers", "8-4-5"), "as many neurons as there "),
                        (("--target", "values"), "'values' is not one of 'class', 'vector', 'inp"),
                        (("--layers", "8-4-300"), "output layer size must lie in 1 .. 256")):
        code, said_out, errors = run("init", "b.toml", *words)
        assert code == 2 and said in errors and not said_out


def test_older_files_stay(run, tmp_path):
    (tmp_path / "design.toml").write_text("mine")
    (tmp_path / "folder").mkdir()
    for words, said in (((), "design.toml exists: name another file, or replace it with --force"),
                        (("a.toml", "--schema", "design.toml"), "design.toml exists"),
                        (("a.toml", "--schema", "./a.toml"), "must be two files, not both a.toml"),
                        (("folder",), "folder is a folder"),
                        (("no/a.toml",), "there is no folder no")):
        code, _, errors = run("init", *words)
        assert code == 2 and said in errors and len(errors.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["design.toml", "folder"]
    assert (tmp_path / "design.toml").read_text() == "mine"
    assert run("init", "--force")[0] == 0
    assert DesignFile.read("design.toml").design == preset("digits")


def test_a_file_that_stores_the_last_weights_as_others_keeps_to_it(run, tmp_path):
    said = 'network = "64-32-10"\nrule = "ghost"\nengine.lanes = 4\n'
    (tmp_path / "my.toml").write_text(said + "engine.transposed = false\n")
    _, text, _ = run("explain", "my.toml", "--lanes", "8")
    assert preset("digits").replace(transposed=False).digest in text
    _, text, _ = run("explain", "--layers", "64-32-10", "--lanes", "8")
    assert preset("digits").digest in text


def test_a_design_explained(run, tmp_path):
    (tmp_path / "my.toml").write_text('network = "64-32-10"\nrule = "ghost"\nengine.lanes = 4\n')
    code, said, errors = run("explain", "my.toml", "--board", "icebreaker", "--board", "ulx3s-25f")
    assert (code, errors) == (0, "")
    design = preset("digits").replace(lanes=4, transposed=False)
    for text in ("my: 64-32-10, hidden clip, output linear, target class; 2368 weights",
                 "4 lanes, 1 neuron", "weight Q2.14, rate Q2.8, state Q4.8, sample U1.7",
                 f"digest {design.digest}"):
        assert text in said
    assert re.search(r"│ W2 +│ 520 +│ 99 +│ 10 × 33 +│ last", said)
    assert re.search(r"│ 0 +│ FORWARD +│ W1 +│ rate", said)
    dense, mean = map(int, re.search(r"sample: (\d+) if .*, (\d+) with first", said).groups())
    assert 500 < mean < dense < 2000
    assert re.search(r"│ icebreaker .* 4 of 8 .*│ fits; up to \d+ lanes, \d+ hidden", said)
    assert re.search(r"│ ulx3s-25f .* 4 of 28 .*│ 992 ", said)
    assert "took up to 15 % more LUTs: what fits has room for that" in said
    for preset_name, layers, lanes, room in (
            ("digits", "64-32-10", 8, r"fits; up to 8 lanes, \d+ hidden"),  # the board's own
            ("digits", "8-16-6-4", 8, "close: build to be sure; up to 8 lanes"),
            ("microcircuit", "64-32-10", 8, "5524 LUT of 5016; close: build to be sure")):
        code, said, _ = run("explain", "--board", "icebreaker", "--preset", preset_name,
                            "--layers", layers, "--lanes", lanes)
        assert code == 0 and re.search(room, said)


def test_what_would_fit_is_said(run):
    code, said, _ = run("explain", "--preset", "digits-deep", "--board", "tang-nano-9k",
                        "--lanes", "20")
    assert code == 0 and re.search(r"\d+ LUT of 8208; would fit with \d+ lanes", said)
    code, said, _ = run("explain", "--preset", "digits-deep", "--board", "icebreaker")
    assert code == 0 and re.search(r"16 DSP of 8, .*; no lanes would fit", said)
    code, said, _ = run("explain", "--preset", "mnist-small", "--board", "icebreaker")
    assert code == 0 and "with first weights on a sample without a zero" in said


def test_cycles_of_other_targets(run, tmp_path):
    """An autoencoder's are those of digits, a vector's of a sample without a zero."""
    for target, sizes, of in (("input", "64-8-64", "the first 20 samples of digits"),
                              ("vector", "64-8-10", "a sample without a zero")):
        (tmp_path / "my.toml").write_text(f'network = "{sizes}"\nrule = "ghost"\n'
                                          f'engine.target = "{target}"\n')
        code, said, _ = run("explain", "my.toml", "--board", "ulx3s-25f")
        assert code == 0 and f"with first weights on {of}" in said and f"target {target}" in said


@pytest.mark.parametrize("words, said", [
    (("bench", "--design", "vector.toml"), "the target of vector is the vector"),
    (("attest", "-o", "a.json", "--design", "vector.toml"),
     "only a design whose target is a class can be attested, not one whose target is the vector"),
    (("stream", "--design", "vector.toml"), "the target of 64-8-10 is the vector, but the digits"),
    (("demo", "--design", "vector.toml"), "the target of 64-8-10 is the vector, but the digits"),
    (("explain", "bad.toml"), "bad.toml, line 3: lanes must lie in 1 .. 256, not 0"),
    (("explain", "bad.toml", "--preset", "tiny"), "leave out one or the other"),
    (("explain", "--preset", "no"), f"preset must be one of {next(iter(PRESETS))}"),
    (("verify", "--design", "bad.toml"), "bad.toml, line 3: lanes must lie"),
    (("build", "icebreaker", "--design", "no.toml"), "no.toml cannot be read: No such file"),
    (("virtual", "--design", "."), ". cannot be read: Is a directory"),
    (("demo", "--design", "bad.toml"), "bad.toml, line 3: lanes must lie"),
    (("mnist", "--design", "good.toml"), "with --data, or in the file of --design"),
    (("bench", "--design", "bad.toml"), "bad.toml, line 3: lanes must lie"),
    (("bench", "--design", "good.toml", "--design", "good.toml"), "two of the designs have the"),
    (("bench", "--rule", "pal", "--preset", "digits"), "preset digits is of the rule ghost"),
    (("stream", "--design", "good.toml"), "stream"),
    (("attest", "-o", "r.json", "--design", "bad.toml"), "bad.toml, line 3: lanes must lie"),
    (("fuzz", "data", "--design", "bad.toml"), "bad.toml, line 3: lanes must lie")])
def test_what_is_wrong_is_one_line(run, tmp_path, words, said):
    (tmp_path / "bad.toml").write_text('network = "5-4-2"\nrule = "ghost"\nengine.lanes = 0')
    (tmp_path / "vector.toml").write_text(
        'network = "64-8-10"\nrule = "ghost"\nengine.target = "vector"')
    (tmp_path / "good.toml").write_text('network = "64-8-10"\nrule = "ghost"')
    code, _, errors = run(*words)
    assert code == 2 and said in errors and len(errors.splitlines()) == 1
