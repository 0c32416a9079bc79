"""Any board opens by itself: its design, found by what it says; choices that contradict it."""

import json
import re

import pytest

from cortigate.boards import record as builds
from cortigate.boards.board import BOARDS, board
from cortigate.boards.host.discovery import NoBoard
from cortigate.boards.learn import designs
from cortigate.boards.learn.choices import check_choices
from cortigate.boards.learn.designs import design_on, fitting, known
from cortigate.golden.spec import PRESETS, Network, preset, resized
from cortigate.golden.spec.link import Space, identity
from cortigate.golden.spec.rules.ghost import design_for

from ..emulator import Emulator

# A design of one's own, which no option makes.
OWN = design_for(Network((64, 20, 10)), lanes=4, sample_capacity=321, generator_seed=7)
PAIRS = [(name, rule) for name in BOARDS for rule in board(name).presets]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Neither builds in this folder nor remembered ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path / "data"))


def report(folder, design=OWN, **changes):
    """report.json of a build, as far as it matters here."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"board": "mine", "design": design.to_dict(), "digest": design.digest} | changes
    (folder / "report.json").write_text(json.dumps(record))
    return folder / "report.json"


@pytest.mark.parametrize("name, rule", PAIRS)
def test_what_build_makes_for_a_board_opens_by_itself(name, rule):
    assert len(PAIRS) == 97
    own, design = board(name).design(rule)
    with Emulator(design) as emulator:
        assert design_on(emulator.port, {"rule": rule}, unknown="") == design
    found, problems = known(identity(design, 1))
    assert (found.design, problems) == (design, [])
    assert found.name.startswith(f"preset {own}")


@pytest.mark.parametrize("name", BOARDS)
def test_every_preset_as_every_board_stores_it(name):
    for own, design in PRESETS.items():
        stored = board(name).stored(design)
        found, _ = known(identity(stored, 1))
        assert found.design == stored and found.name.split(",")[0] == f"preset {own}"


@pytest.mark.parametrize("design, name", [
    (resized(preset("digits"), lanes=4, neuron_lanes=2), "preset digits, 4 lanes, 2 neuron lanes"),
    (preset("pal").replace(sample_capacity=496), "preset pal, 496 samples"),
    (design_for(Network((64, 20, 10)), lanes=4), "ghost 64-20-10, clip, C1, sweep"),
    (preset("digits").replace(transposed=False), "preset digits, transposed = False"),
])
def test_designs_of_options_need_no_record(design, name):
    found, _ = known(identity(design, 1))
    assert found.design == design and found.name == name


def test_a_number_of_samples_that_is_named():
    design = preset("digits").replace(sample_capacity=300)
    assert known(identity(design, 1)) == (None, [])
    assert known(identity(design, 1), samples=300)[0].design == design
    assert known(identity(design, 1), {"sample_capacity": 300})[0].design == design


def test_a_design_that_is_named_is_found_though_the_board_stores_fewer():
    stored = OWN.replace(sample_capacity=100)
    assert known(identity(stored, 1)) == (None, [])
    found, _ = known(identity(stored, 1), {"design": OWN, "sample_capacity": 100})
    assert (found.design, found.name) == (stored, "the design that was named, 100 samples")
    with Emulator(stored) as emulator:
        assert design_on(emulator.port, {"design": OWN}, unknown="", samples=100) == stored


def test_a_board_of_another_design_than_the_named_one_is_refused():
    with Emulator(preset("digits")) as emulator, pytest.raises(
            ValueError, match=f"--design 64-20-10 of ghost, configuration {OWN.digest}, contra"):
        design_on(emulator.port, {"design": OWN}, {"design": "--design"}, unknown="")


def test_reports_of_builds_are_looked_through(tmp_path):
    (tmp_path / "build" / "broken").mkdir(parents=True)
    (tmp_path / "build" / "broken" / "report.json").write_text("{")
    (tmp_path / "build" / "tools").mkdir()
    (tmp_path / "build" / "tools" / "report.json").mkdir()
    report(tmp_path / "build" / "wrong", digest="0" * 16)
    report(tmp_path / "build" / "x" / "mine")
    with Emulator(OWN) as emulator:
        assert design_on(emulator.port, unknown="") == OWN
    found, problems = known(identity(OWN, 1))
    assert found.name == "build/x/mine, built for mine" and len(problems) == 3
    assert known(identity(preset("digits"), 1))[1] == []  # nobody had to read them


def test_builds_that_are_remembered():
    assert known(identity(OWN, 1)) == (None, [])
    builds.remember(OWN, "mine", "somewhere")
    found, _ = known(identity(OWN, 1))
    assert found.design == OWN and found.name.endswith("/somewhere, built for mine")


def test_a_design_that_nobody_knows(tmp_path):
    report(tmp_path / "build", digest="0" * 16)
    with Emulator(OWN) as emulator, pytest.raises(NoBoard) as caught:
        design_on(emulator.port, unknown="do this")
    for text in (emulator.port, "64-20-10 with 4 lanes (rule ghost", OWN.digest,
                 "is neither a preset nor a build that is known here: do this",
                 "build/report.json is damaged: its design does not match its digest"):
        assert text in str(caught.value)


def test_a_board_of_a_rule_that_nobody_knows():
    with Emulator(OWN) as emulator:
        emulator.memory[Space.IDENTITY][3] = 99
        with pytest.raises(NoBoard, match="rule unknown"):
            design_on(emulator.port, unknown="")


@pytest.mark.parametrize("choices, message", [
    ({"rule": "pal"}, "rule pal contradicts the board, which has ghost "),
    ({"sizes": (64, 20, 10)}, "sizes 64-20-10 contradicts the board, which has 64-32-10 "),
    ({"hidden_layer_sizes": (20,)}, "hidden_layer_sizes 20 contradicts .* has 32 "),
    ({"hidden": "relu"}, "hidden relu contradicts the board, which has clip "),
    ({"mechanism": "N"}, "mechanism N contradicts the board, which has C1 "),
    ({"schedule": "relaxation"}, "schedule relaxation contradicts the board, which has sweep "),
    ({"learning_rate_shift": 5}, "learning_rate_shift 5 contradicts the board, which has 4 "),
    ({"lanes": 4}, "lanes 4 contradicts the board, which has 8 "),
    ({"sample_capacity": 9}, "sample_capacity 9 contradicts the board, which has 1797 "),
    ({"rule_parameters": {"steps": 3}}, "rule_parameters steps 3 contradicts .* which has 16 "),
    ({"rule_parameters": {"noise_shift": 3}}, "noise_shift 3 contradicts .* which has none "),
    ({"preset": "digits-deep"}, "preset digits-deep contradicts the board, which has another des"),
])
def test_contradictions_name_both(choices, message):
    with pytest.raises(ValueError, match=message) as caught:
        check_choices(preset("digits"), choices, "the board")
    assert preset("digits").digest in str(caught.value)
    own = {"rule": "ghost", "sizes": (64, 32, 10), "lanes": 8, "mechanism": "C1", "hidden": None}
    check_choices(preset("digits"), own, "the board")


@pytest.mark.parametrize("choices", [{"mechanism": "A-copy"}, {"schedule": "relaxation"},
                                     {"mechanism": "foo"}, {"learning_rate_shift": 7}])
def test_a_choice_that_contradicts_does_not_hide_a_design_of_options(choices):
    (name, value), = choices.items()
    with (Emulator(design_for(Network((64, 20, 10)), lanes=4)) as emulator,
          pytest.raises(ValueError, match=f"{name} {value} contradicts the board on")):
        design_on(emulator.port, choices, unknown="")


def test_a_rule_without_mechanisms_and_the_users_own_words():
    with pytest.raises(ValueError, match="--mechanism C1 contradicts it, which has none "):
        check_choices(preset("pal"), {"mechanism": "C1"}, "it", {"mechanism": "--mechanism"})


@pytest.mark.parametrize("design, choices, same", [
    (preset("pal").replace(lanes=8, sample_capacity=400), {"preset": "pal"}, True),
    (preset("pal").replace(lanes=8), {"preset": "pal-deep"}, False),
    (preset("pal-deep"), {"preset": "pal", "sizes": (64, 64, 32, 10)}, True),
    (preset("digits"), {"preset": "pal"}, False),
    (resized(preset("digits"), lanes=4), {"preset": "digits"}, True),
    (resized(preset("digits"), lanes=16, neuron_lanes=2), {"preset": "digits"}, True),
    (resized(preset("digits-deep"), lanes=8), {"preset": "digits-deep"}, True),
    (resized(preset("digits"), network=Network((64, 20, 10))),
     {"preset": "digits", "sizes": (64, 20, 10)}, True),
    (preset("digits").replace(transposed=False), {"preset": "digits"}, False),
])
def test_a_preset_may_have_been_built_with_other_lanes_and_samples(design, choices, same):
    if same:
        check_choices(design, choices, "it")
    else:
        with pytest.raises(ValueError, match=f"preset {choices['preset']} contradicts it"):
            check_choices(design, choices, "it")


@pytest.mark.parametrize("name, message", [
    ("digits", "cortigate demo --device /dev/x$"),
    ("pal", "cortigate demo --device /dev/x or cortigate stream --device /dev/x$"),
    ("mnist-small", "cortigate mnist --device /dev/x --data FOLDER"),
    ("tiny", r"5 inputs and 2 classes: CortigateClassifier\(device='/dev/x'\)"),
])
def test_the_command_that_fits_a_board(name, message):
    assert re.search(message, fitting(preset(name), "/dev/x"))


def test_builds_are_looked_for_where_build_writes_them():
    assert str(designs.BUILDS) == "build"
