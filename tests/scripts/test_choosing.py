"""--design, --preset, --rule, --layers and --lanes: one design of them, the same everywhere."""

import inspect

import pytest

from cortigate.boards.design_file import text_of
from cortigate.golden.spec import PRESETS, RULES, preset
from cortigate.scripts.choosing import (
    UNASKED,
    Asked,
    asked,
    chosen,
    like,
    recommended,
    takes_design,
)
from cortigate.scripts.cli import Commands
from cortigate.scripts.parameters import parameters

OPTIONS = {"--design", "--preset", "--rule", "--layers", "--lanes"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('data = "mnist"\nnetwork = "64-16-10"\n[rule]\nname = "pal"\nsteps = 3\n'
                    "[engine]\nlanes = 4\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("words", ["verify", "build", "virtual", "demo", "mnist", "bench", "stream",
                                   "attest", "fuzz", "export", "wave"])
def test_every_command_that_takes_a_design_takes_it_in_every_way(words):
    [function] = [one for name, one in Commands.functions() if name == (words,)]
    known = {option for one in parameters(function) for option in one.options}
    assert known >= OPTIONS
    source = inspect.getsource(inspect.getmodule(function))
    assert ("asked(" in source) != ("takes_design(" in source)


def test_no_other_command_makes_designs_of_its_own():
    for words, function in Commands.functions():
        known = {option for one in parameters(function) for option in one.options}
        if words[0] not in ("experiment", "explain", "init") and "--preset" in known:
            assert known >= OPTIONS, words


def test_a_file(file):
    found = chosen(asked(file))
    assert (found.name, found.place, found.changed) == ("mine", "mine", True)
    assert found.data == file.parent / "mnist"
    assert (found.design.rule.steps, found.design.lanes) == (3, 4)
    found = chosen(asked(file, layers="64-20-10", lanes=2, rule="pal"))
    assert (str(found.design.network), found.design.lanes) == ("64-20-10", 2)
    assert (found.design.rule.steps, found.place) == (3, "mine-64-20-10")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset(name):
    found = chosen(asked(None, name, rule=preset(name).rule.name))
    assert found.design == preset(name)
    assert (found.name, found.place, found.changed, found.data) == (name, name, False, None)


def test_a_preset_with_other_layers_and_lanes():
    found = chosen(asked(None, "digits-relax", None, "64-24-10", 6))
    assert found.design.rule == preset("digits-relax").rule
    assert (str(found.design.network), found.design.lanes) == ("64-24-10", 6)
    assert (found.name, found.place, found.changed) == ("digits-relax", "digits-relax-64-24-10",
                                                        True)
    found = chosen(asked(None, "digits", lanes=4))
    assert found.changed and found.place == "digits"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_alone_has_its_own_recommendation(rule):
    found = chosen(asked(rule=rule), like("mnist"))
    base = preset("mnist")
    if rule == base.rule.name:
        assert (found.name, found.design) == ("mnist", base)
    else:
        assert found.design == RULES[rule].design(
            base.network.sizes, lanes=base.lanes, sample_capacity=base.sample_capacity)
        assert found.place == f"{rule}-784-128-10" not in PRESETS
    assert chosen(asked(rule=rule, layers="9-8-7")).design == RULES[rule].design((9, 8, 7), lanes=8)


def test_words_of_a_rule():
    found = chosen(asked(mechanism="A-copy", schedule="relaxation"), recommended((5, 4, 2)))
    assert found.design.rule.mechanism.value == "A-copy"
    assert found.design.rate.fraction == 12
    assert chosen(asked(None, "digits-relax", mechanism="A-copy")).name == "digits-relax"


def test_contradictions(file):
    for options, said in (
            ({"preset_name": "digits"}, "--design and --preset both name a design"),
            ({"rule": "ghost"}, "mine.toml is of the rule pal, not ghost"),
            ({"mechanism": "C1"}, "mine.toml is of the mechanism None, not C1"),
            ({"layers": "64-10"}, "must name 3 .. 8 layers"), ({"rule": "x"}, "rule must be one")):
        with pytest.raises(ValueError, match=said):
            asked(file, **options)
    with pytest.raises(ValueError, match="preset digits is of the rule ghost, not pal"):
        asked(None, "digits", "pal")
    with pytest.raises(ValueError, match="preset digits is of the schedule sweep, not relaxation"):
        asked(None, "digits", schedule="relaxation")
    with pytest.raises(ValueError, match="preset must be one of tiny, "):
        asked(None, "no")
    with pytest.raises(ValueError, match="lanes must lie in 1 .. 256, not 0"):
        chosen(asked(file, lanes=0))


def test_what_a_board_must_agree_with(file):
    assert asked(None, "digits", layers="64-8-10", schedule="sweep").choices == {
        "preset": "digits", "rule": None, "sizes": (64, 8, 10), "lanes": None, "schedule": "sweep"}
    wish = asked(file, lanes=2)
    assert wish.choices == {"design": chosen(wish).design}


def test_a_file_of_a_preset_is_the_preset(tmp_path):
    path = tmp_path / "digits.toml"
    path.write_text(text_of(preset("digits")), encoding="utf-8")
    found = chosen(asked(path))
    assert found.design == preset("digits") and found.place == "own-digits"


def test_a_command_is_given_what_its_options_ask_for():
    @takes_design("mechanism")
    def command(first: int, wish: Asked = UNASKED, last: bool = False):
        return first, wish, last

    shown = list(inspect.signature(command).parameters)
    assert shown == ["first", "preset_name", "design_file", "rule", "layers", "lanes", "mechanism",
                     "last"]
    assert command(3) == (3, UNASKED, False)
    assert command(3, lanes=4, last=True, mechanism="C1") == (
        3, asked(lanes=4, mechanism="C1"), True)
    with pytest.raises(TypeError, match="wish"):
        command(3, wish=UNASKED)
    with pytest.raises(ValueError, match="rule must be one of"):
        command(3, rule="nonsense")
