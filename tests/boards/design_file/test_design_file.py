"""Designs in TOML files: what is written is read again; the rest follows from what is said."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cortigate.boards.design_file import DesignFile, text_of
from cortigate.boards.design_file.descriptions import described
from cortigate.boards.design_file.words import WrongValue, kinds_of, value_of, words_of
from cortigate.boards.learn.training import design_by_name
from cortigate.golden.spec import (
    PRESETS,
    RULES,
    Activation,
    Design,
    Network,
    QFormat,
    Target,
    preset,
)
from cortigate.sim.lockstep.draw import draw_design


def design_of(text):
    return DesignFile.parse(text).design


def without_comments(text):
    return "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_the_way_through_a_file(name, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(text_of(preset(name), "digits"), encoding="utf-8")
    found = DesignFile.read(path)
    assert found.design == preset(name) and found.design.digest == preset(name).digest
    assert (found.data, found.folder, found.name) == ("digits", None, "own")


@given(st.sampled_from(list(RULES)), st.integers(0, 2**32 - 1))
def test_so_does_any_design(rule, number):
    design = draw_design(0, number, rule)
    assert design_of(text_of(design)) == design


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target, sizes", [
    (Target.INPUT, (64, 8, 64)), (Target.VECTOR, (9, 4, 300))])
def test_a_target_brings_what_the_rule_recommends_for_it(rule, target, sizes):
    text = (f'network = "{"-".join(map(str, sizes))}"\nrule = "{rule}"\n[engine]\n'
            f'target = "{target.value}"\n')
    if rule == "microcircuit":
        with pytest.raises(ValueError, match="target must be a class for spiking neurons"):
            design_of(text)
    else:
        assert design_of(text) == RULES[rule].design(sizes, target=target)


@pytest.mark.parametrize("name", PRESETS)
def test_every_line_says_something(name):
    design = preset(name)
    lines = without_comments(text_of(design)).splitlines()
    for line in lines:
        if line.startswith(("[", "name =", "layers =")):
            continue
        try:
            assert design_of("\n".join(one for one in lines if one is not line)) != design, line
        except ValueError:
            pass  # what follows without it is no design


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_commented_out_is_what_holds(name):
    text = text_of(preset(name))
    body = text.partition("[network]")[2].splitlines()
    said = [line[1:] if line.startswith("#") and not line.startswith("# ") else line
            for line in body]
    assert design_of("[network]" + "\n".join(said)) == preset(name)


@pytest.mark.parametrize("rule", RULES)
def test_two_lines_are_a_design(rule):
    assert design_of(f'network = "64-32-10"\nrule = "{rule}"') == RULES[rule].design((64, 32, 10))
    assert design_of(f'network = {{ layers = [64, 32, 10] }}\nrule.name = "{rule}"\r\n'
                     ) == RULES[rule].design((64, 32, 10))


def said(engine, rule='"ghost"'):
    return design_of(f'network = "64-32-10"\nrule = {rule}\n[engine]\n{engine}')


def test_formats_follow_those_that_are_said():
    found = said('rate = "Q2.12"')
    assert (found.rate.words, found.state.words, found.sample.words) == ("Q2.12", "Q4.12", "U1.7")
    found = said('rate = "Q2.4"\nweight = "Q2.8"')
    assert (found.state.words, found.sample.words) == ("Q4.4", "U1.4")
    assert said('state = "Q6.9"').rate == QFormat(2, 9)
    assert said('rate = "Q4.8"').state == QFormat(4, 8)
    found = said('weight = "Q2.8"', '"microcircuit"')
    assert (found.state, found.rate) == (QFormat(6, 8), QFormat(2, 4))


def test_formats_follow_the_choices_of_the_rule():
    found = design_of('network = "64-32-10"\n'
                      'rule = { name = "ghost", schedule = "relaxation", steps = 9 }')
    base = RULES["ghost"].design((64, 32, 10), schedule=RULES["ghost"].choices["schedule"](
        "relaxation"))
    assert found == base.replace(rule=replace(base.rule, steps=9))
    assert found.rate == QFormat(2, 12) and found.rule.nudging_shift == 1


def test_other_targets_than_classes():
    found = design_of('network = "8-4-300"\nrule = "ghost"\nengine.target = "vector"\n'
                      'engine.target_format = "Q2.6"\nengine.sample = "Q2.6"\n')
    assert found.target_format == QFormat(2, 6) and found.sample.signed
    assert design_of(text_of(found)) == found
    found = design_of('network = "300-4-300"\nrule = "ghost"\n[engine]\ntarget = "input"\n'
                      "results = true")
    assert found.target.value == "input" and found.results
    assert design_of(text_of(found)) == found


def test_none_has_a_word():
    found = design_of('network = "64-32-10"\n[rule]\nname = "equilibrium"\nshare_shift = 0\n'
                      'branch_rate_shift = "none"')
    assert found.rule.branch_rate_shift is None and found.rule.share_shift == 0


@pytest.mark.parametrize("rule", RULES)
def test_a_learning_rate_alone_is_that_of_the_estimators(rule):
    """What must follow it does: a file says as much as a command line."""
    own = RULES[rule].design((64, 32, 10)).rule.learning_rate_shift
    for shift in (own - 2, own + 3):
        head = f'network = "64-32-10"\n[rule]\nname = "{rule}"\nlearning_rate_shift = {shift}\n'
        try:
            found = design_by_name((64, 32, 10), rule=rule, learning_rate_shift=shift)
        except ValueError as error:
            with pytest.raises(ValueError, match=re.escape(str(error))):
                design_of(head)
            continue
        assert design_of(head) == found and design_of(text_of(found)) == found
        for name in found.rule.rate_followers:  # what is said does not follow
            value = getattr(found.rule, name) + 1
            assert design_of(f"{head}{name} = {value}").rule == replace(
                found.rule, **{name: value})


def test_a_follower_that_has_no_room_can_be_said():
    text = 'network = "64-32-10"\n[rule]\nname = "pal"\nlearning_rate_shift = 15\ndecay_shift = 20'
    found = design_of(text)
    assert (found.rule.decay_shift, found.rule.feedback_rate_shift) == (20, 16)
    assert found.rule == design_by_name((64, 32, 10), rule="pal", learning_rate_shift=15,
                                        rule_parameters={"decay_shift": 20}).rule
    assert design_of(text_of(found)) == found
    with pytest.raises(ValueError, match="decay_shift .* not 22, which follows from learning_rate"):
        design_by_name((64, 32, 10), rule="pal", learning_rate_shift=15)


def test_data_is_relative_to_the_file(tmp_path):
    text = 'data = "mnist/original"\nnetwork = "784-32-10"\nrule = "ghost"\n'
    (tmp_path / "digits.toml").write_text("\ufeff" + text, encoding="utf-8")
    found = DesignFile.read(tmp_path / "digits.toml")
    assert found.folder == tmp_path / "mnist" / "original"
    assert found.name == "own-digits"  # not a preset's


def test_a_design_of_other_data_is_written_with_it():
    found = DesignFile.parse(text_of(preset("mnist"), "some where/\u00e4\"\\"), "d.toml")
    assert found.data == "some where/\u00e4\"\\" and found.design == preset("mnist")


@dataclass(frozen=True)
class Odd:
    """A parameter of several values.

    Parameters
    ----------
    shares : tuple of float
        One
        for each.
    names : dict
    pair, other : tuple
        Of two kinds.
    inner : Network or None
    """

    shares: tuple[float, ...]
    names: dict[str, Activation]
    pair: tuple[int, str]
    other: list[bool]
    inner: Network | None = None


def test_parameters_of_any_plain_kind():
    odd = Odd((0.5, 2), {"a b": Activation.SOFT}, (1, "x"), [True], Network((3, 2, 1)))
    found = value_of(("rule", "odd"), words_of(odd), Odd)
    assert found == odd and isinstance(found.names["a b"], Activation)
    assert value_of(("odd",), words_of(replace(odd, inner=None)), Odd).inner is None
    assert described(Odd) == {"shares": "One for each.", "names": "", "pair": "Of two kinds.",
                              "other": "Of two kinds.", "inner": ""}


@pytest.mark.parametrize("change, path, said", [
    ({"shares": [1, "x"]}, "shares", "shares must be a number, not 'x'"),
    ({"names": {"k": "hard"}}, "names.k", "k must be one of clip, .* not 'hard'"),
    ({"pair": [1, 2, 3]}, "pair", r"pair must be .*, not \[1, 2, 3\]"),
    ({"inner": {"sizes": [1, 1]}}, "", "sizes must name 3 .. 8 layers"),
    ({"inner": {"size": [1, 1, 1]}}, "inner.size", "inner has no 'size', only sizes"),
    ({"inner": 7}, "inner", "inner must be a table with sizes, .* or 'none'"),
])
def test_parameters_of_another_kind(change, path, said):
    plain = words_of(Odd((), {}, (1, "x"), []))
    with pytest.raises(WrongValue, match=said) as caught:
        value_of(("odd",), plain | change, Odd)
    assert not path or caught.value.path[1:][:1] == tuple(path.split("."))[:1]


@pytest.mark.parametrize("owner", [Network, Design, *RULES.values()])
def test_every_parameter_is_described(owner):
    about = described(owner)
    assert [name for name in owner.__dataclass_fields__
            if not about.get(name) and name not in ("network", "rule")] == []


@pytest.mark.parametrize("owner", [Network, Design, *RULES.values()])
def test_descriptions_say_the_range_of_numbers_and_the_meaning_of_words(owner):
    about = described(owner)
    for name, kind in kinds_of(owner).items():
        kinds = get_args(kind) or (kind,)
        if int in kinds:
            assert re.search(r"-?\d+ \.\. -?[\d*]+|\d, .* or \d", about[name]), name
        for one in kinds:
            if isinstance(one, type) and issubclass(one, Enum) and name != "output":
                assert [member for member in one if f"{member.value}: " not in about[name]
                        and "Other ones are refused" not in about[name]] == [], name
