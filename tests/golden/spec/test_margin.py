"""Samples that are left alone: where a design may have a margin, and what its program is then."""

from dataclasses import replace

import pytest

from cortigate.golden.spec import (
    RULES,
    Design,
    Network,
    Operation,
    Program,
    Target,
    preset,
)
from cortigate.golden.spec.sampler import DesignSampler

TINY = preset("tiny")
KNOWING = ("tiny", "digits-relax", "tiny-equilibrium", "tiny-inversion")


def test_designs_without_a_margin_keep_their_record():
    assert "margin_shift" not in TINY.to_dict() and TINY.margin is None
    design = TINY.replace(margin_shift=0)
    assert design.to_dict()["margin_shift"] == 0 and design.digest != TINY.digest
    assert Design.from_dict(design.to_dict()) == design
    assert [TINY.replace(margin_shift=k).margin for k in (0, 3, TINY.rate.fraction)] == [
        TINY.rate.one, TINY.rate.one // 8, 1]


@pytest.mark.parametrize(("name", "changes", "message"), [
    ("tiny", {"margin_shift": -1}, r"margin_shift must lie in 0 \.\. 8, not -1"),
    ("tiny", {"margin_shift": 9}, r"margin_shift must lie in 0 \.\. 8, not 9"),
    ("tiny", {"target": Target.VECTOR}, "margin_shift must be None unless the targets are classes"),
    ("tiny", {"network": Network((5, 4, 1))}, "None unless the targets are classes, two or more"),
    ("tiny-pal", {}, "margin_shift must be None for the rule pal, which learns of every sample"),
    ("tiny-microcircuit", {}, "margin_shift must be None for the rule microcircuit"),
])
def test_what_a_design_refuses(name, changes, message):
    with pytest.raises(ValueError, match=message):
        preset(name).replace(**{"margin_shift": 2} | changes)


@pytest.mark.parametrize("name", KNOWING)
def test_one_step_more_stands_behind_the_free_phase(name):
    before, after = (Program.of(preset(name).replace(margin_shift=k)) for k in (None, 2))
    place = after.free_phase
    step = after.steps[place]
    assert step.operation is Operation.QUIT and step.leading and step.wait and step.learning
    assert place == before.free_phase and not after.runs(place, False)
    # Loops behind it are where they were, one step later.
    rest = [replace(s, first=s.first - 1) if s.operation is Operation.REPEAT and s.first > place
            else s for s in (*after.steps[:place], *after.steps[place + 1:])]
    assert rest == [*before.steps]


@pytest.mark.parametrize("rule", RULES)
def test_drawn_designs_have_a_margin_now_and_then(rule):
    drawn = [RULES[rule].draw(DesignSampler(3, number)) for number in range(40)]
    found = {design.margin_shift for design in drawn}
    assert (len(found) > 2) == RULES[rule].knows_margins
    assert RULES[rule].knows_margins == (rule in ("ghost", "equilibrium", "inversion"))
