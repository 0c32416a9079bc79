"""`cortigate attest`: records of virtual boards, checked by the integer model."""

import json

import pytest

from cortigate.boards.learn.attestation import AttestedCourse, attest
from cortigate.boards.learn.opening import open_device
from cortigate.golden.spec import preset
from cortigate.scripts.cli import main
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import BAUD, CLOCK_HZ, VirtualBoard

from ...boards.test_record import REPORT, folder_of
from ...campaign import some

needs_verilator = pytest.mark.skipif(missing("verilator") is not None,
                                     reason=str(missing("verilator")))
FEW = ("--samples", "40", "--portion", "16", "--held-out", "8")


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command: (exit code, standard output in one line, standard error)."""
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["cortigate", "attest", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, " ".join(said.out.split()), said.err

    return run


@needs_verilator
@pytest.mark.parametrize("name", some(["tiny", "tiny-equilibrium", "tiny-inversion", "tiny-pal",
                                       "tiny-microcircuit"], every=5))
def test_a_virtual_board_is_attested(name, run, tmp_path):
    path, model = tmp_path / "run.json", tmp_path / "model.json"
    code, said, _ = run("--preset", name, *FEW, "-o", path)
    assert code == 0 and f"cortigate attest --check {path}" in said
    assert run("--device", "integer", "--preset", name, *FEW, "-o", model)[0] == 0
    code, said, _ = run("--check", path)
    assert code == 0
    assert "recorded on, by the record's own account: virtual board, 8 MHz" in said
    assert "equal: all 4 links of the chain and 8 predictions are the integer model's" in said
    board, integer = (json.loads(file.read_text()) for file in (path, model))
    assert board["board"] == {"device": "virtual board", "name": None, "clock_hz": CLOCK_HZ,
                              "baud": BAUD}
    assert integer["board"]["clock_hz"] is None
    cycles = [link.pop("cycles") for link in board["links"][1:]]
    assert min(cycles) > 16 and cycles[2] < cycles[0]  # 8 samples, 16
    assert [link.pop("cycles") for link in integer["links"][1:]] == [None] * 3
    for record in (board, integer):
        del record["board"], record["checksum"]
    assert board == integer


@needs_verilator
def test_a_board_that_has_learned_before_gives_the_same_record():
    design = preset("tiny-pal")
    with open_device("virtual", design) as board:
        records = [attest(board, AttestedCourse(*numbers), kind="virtual board")
                   for numbers in ((24, 24, 8), (10, 5, 3, 7), (24, 24, 8))]
    assert records[0] == records[2] != records[1]


@needs_verilator
def test_a_port_and_its_build(run, tmp_path):
    """A board behind a port, whose build's folder says what it is."""
    path = tmp_path / "run.json"
    with VirtualBoard(preset("tiny")) as port:
        code, _, said = run("--device", port, "--build", folder_of(tmp_path), *FEW, "-o", path)
        assert code == 2 and not path.exists()
        assert "the board runs at 8 MHz, the build for icebreaker at 24 MHz" in said
        own = folder_of(tmp_path, REPORT | {"clock_hz": CLOCK_HZ})
        assert run("--device", port, "--build", own, *FEW, "-o", path)[0] == 0
    record = json.loads(path.read_text())
    assert (record["board"]["device"], record["board"]["name"]) == ("board", "icebreaker")
    assert record["build"]["bitstream"] == "icebreaker.bin"
    assert record["build"]["tools"] == {"synthesis": "Yosys 0.70"}
    assert f"{port}" not in path.read_text()
    assert run("--check", path)[0] == 0


def test_a_difference_is_an_exit_code_and_a_place(run, tmp_path):
    path = tmp_path / "run.json"
    assert run("--device", "integer", "--preset", "tiny", *FEW, "-o", path)[0] == 0
    record = json.loads(path.read_text())
    record["links"][2]["weights"]["W1"] = "0" * 64
    path.write_text(json.dumps(record))
    code, said, errors = run("--check", path)
    assert (code, errors) == (1, "")
    assert "different: weights W1: portion 2, samples 17 .. 32; checksum: " in said


def test_a_file_that_is_no_record_is_one_line(run, tmp_path):
    (tmp_path / "run.json").write_text("{")
    code, said, errors = run("--check", tmp_path / "run.json")
    assert (code, said) == (2, "")
    assert errors.startswith("cortigate: ") and errors.count("\n") == 1
    code, _, errors = run("--check", tmp_path / "missing.json")
    assert code == 2 and errors.count("\n") == 1 and "missing.json" in errors


def test_an_older_record_is_kept(run, tmp_path):
    path = tmp_path / "run.json"
    path.write_text("older")
    options = ("--device", "integer", "--preset", "tiny", *FEW, "-o", path)
    code, said, errors = run(*options)
    assert (code, said) == (2, "")
    assert errors == f"cortigate: {path} exists: name another file, or overwrite it with --force\n"
    assert path.read_text() == "older"
    assert run(*options, "--force")[0] == 0
    assert run("--check", path)[0] == 0


def test_layers_and_rules_need_no_preset(run, tmp_path):
    path = tmp_path / "run.json"
    assert run("--device", "integer", "--layers", "7-3-6-5", "--rule", "eqprop", "--lanes", "3",
               *FEW, "-o", path)[0] == 0
    design = json.loads(path.read_text())["design"]
    assert (design["name"], design["lanes"], design["network"]["sizes"]) == (
        "equilibrium", 3, [7, 3, 6, 5])
    assert run("--check", path)[0] == 0


@pytest.mark.parametrize(("options", "message"), [
    ((), "name the file of the record: -o run.json"),
    (("-o", "FOLDER/no/run.json"), "there is no folder"),
    (("-o", "FOLDER/run.json", "--file", "FOLDER"), "there is no finished build in"),
    (("-o", "FOLDER/run.json", "--file", "FOLDER", "--device", "integer"),
     "--file cannot be combined with --device: leave out one"),
    (("-o", "FOLDER/run.json", "--board", "mine.py"), "--board can only be given with --file"),
    (("-o", "FOLDER/run.json", "--preset", "tiny", "--rule", "pal"),
     "preset tiny is of the rule ghost, not pal"),
    (("-o", "FOLDER/run.json", "--device", "backprop", "--preset", "tiny"),
     "only a device that computes in integers can be attested"),
    (("-o", "FOLDER/run.json", "--device", "/dev/nothing"), "/dev/nothing does not open"),
    (("--check", "FOLDER/run.json", "--device", "integer"),
     "--check cannot be combined with --device: leave out one"),
    (("-o", "FOLDER/run.json", "--samples", "0"), "samples must lie in 1 .. 100000, not 0"),
])
def test_wrong_options_give_one_clear_line(options, message, run, tmp_path):
    code, said, errors = run(*(part.replace("FOLDER", str(tmp_path)) for part in options))
    assert code == 2 and errors.startswith("cortigate: ") and message in errors, (said, errors)
    assert errors.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
