"""Learning rates and orders of epochs."""

from dataclasses import replace

import pytest

from cortigate.boards.learn.training import (
    design_by_name,
    epoch_run,
    initial_generators,
    reached_shifts,
)
from cortigate.golden.integer import epoch_mask
from cortigate.golden.spec import QFormat, Rounding, preset


def shifts(design, milestones):
    runs = [epoch_run(design, 1, epoch, 9, milestones=milestones) for epoch in range(5)]
    return [run.update_shift for run in runs], [run.second_update_shift for run in runs]


def test_milestones_halve_the_learning_rate():
    design = design_by_name((64, 8, 10), mechanism="A-sameR")
    assert shifts(design, (2, 4)) == ([4, 4, 5, 5, 6], [4, 4, 5, 5, 6])
    own = design.replace(rule=replace(design.rule, ghost_rate_shift=5))
    assert shifts(own, (2, 4)) == ([4, 4, 5, 5, 6], [5] * 5)
    assert shifts(design, ()) == ([4] * 5, [4] * 5)
    assert shifts(preset("inversion"), (2, 4)) == ([5, 5, 6, 6, 7], [5, 5, 6, 6, 7])
    # The branches go on learning while the task's rate falls.
    assert shifts(preset("equilibrium"), (2, 4)) == ([4, 4, 5, 5, 6], [9] * 5)
    assert shifts(preset("microcircuit"), (2, 4)) == ([9, 9, 10, 10, 11], [9, 9, 10, 10, 11])
    # The feedback weights go on decaying, so that they must go on learning.
    assert shifts(preset("pal"), (2, 4)) == ([6, 6, 7, 7, 8], [7] * 5)


def test_the_order_belongs_to_seed_and_epoch():
    runs = [epoch_run(preset("digits"), 7, epoch, 100, first=5) for epoch in range(3)]
    assert [run.mask for run in runs] == [epoch_mask(7, epoch, 11) for epoch in range(3)]
    assert {(run.size, run.first, run.state, run.samples) for run in runs} == {(100, 5, 0, 100)}


def test_designs_by_name_are_the_presets():
    assert design_by_name((64, 32, 10)) == preset("digits")
    assert design_by_name((64, 64, 32, 10), mechanism="A-copy", schedule="relaxation",
                          lanes=16) == preset("digits-relax")
    assert design_by_name((64, 32, 10), learning_rate_shift=6).rule.learning_rate == 1 / 64
    for rule, name in (("eqprop", "equilibrium-deep"), ("inversion", "inversion-deep")):
        assert design_by_name((64, 64, 32, 10), rule=rule, lanes=16) == preset(name)
    assert design_by_name((64, 32, 10), rule="pal", lanes=16) == preset("pal")
    assert design_by_name((64, 32, 10), rule="microcircuit", lanes=4) == preset(
        "microcircuit")


def test_generators_start_from_the_design():
    assert initial_generators(preset("tiny")).size == 0
    design = preset("tiny").replace(weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC))
    states = initial_generators(design)
    assert states.shape == (design.lanes,) and (states > 0).all()
    assert (states != initial_generators(design.replace(generator_seed=2))).any()
    noisy = preset("tiny-pal")
    assert initial_generators(noisy).shape == (noisy.lanes + 1,)
    assert initial_generators(noisy.replace(weight=QFormat(2, 14))).shape == (1,)


def test_unknown_rules_are_refused():
    with pytest.raises(ValueError, match="rule must be one of ghost, equilibrium, inversion, pal,"):
        design_by_name((64, 8, 10), rule="hebb")


def test_feedback_follows_the_learning_rate():
    usual, slow = (design_by_name((64, 32, 10), rule="pal", learning_rate_shift=shift).rule
                   for shift in (None, 9))
    for name in ("learning_rate_shift", "feedback_rate_shift", "decay_shift"):
        assert getattr(slow, name) == getattr(usual, name) + 3
    own = design_by_name((64, 32, 10), rule="pal", learning_rate_shift=9,
                         rule_parameters={"feedback_rate_shift": 9}).rule
    assert (own.feedback_rate_shift, own.decay_shift) == (9, usual.decay_shift + 3)


def test_a_rate_that_cannot_fall_so_far_is_said():
    base = design_by_name((64, 8, 10), rule="pal")
    wide = base.replace(rate=QFormat(3, 13), state=QFormat(4, 13))  # carries one octave
    assert reached_shifts(wide, 1) == (7, 7)
    with pytest.raises(ValueError, match="to be halved 2 times, but rate Q3.13 leaves room for 1"):
        reached_shifts(wide, 2)
    with pytest.raises(ValueError, match="rate Q3.13 leaves room for 1"):
        epoch_run(wide, 0, 9, 5, milestones=(2, 3))
