"""Edges: what is counted, what is declared, and that counting changes no number."""

from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.edges import Course, Edge, Meetings, clip, comparison, edges_of, rounding
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import RULES, Rounding, preset, tiny_preset
from cortigate.golden.spec.rules.ghost import GhostRule
from cortigate.golden.timeline import Timeline
from cortigate.sim.lockstep.coverage import Coverage
from cortigate.sim.lockstep.draw import draw_design
from cortigate.sim.proof import examples


def counts(edges, kind, name, *values):
    meetings = Meetings(edges)
    getattr(meetings, kind)(name, *values)
    return {key: dict(zip(meetings.edges[key].cases, map(int, count), strict=True))
            for key, count in meetings.counts.items()}


def test_a_comparison_counts_its_neighbours_and_nothing_else():
    values = np.array([[-3, 4], [5, 5], [6, 7]])
    assert counts(comparison("gate"), "compare", "gate", values, 5) == {
        "gate": {"one below": 1, "at": 2, "one above": 1}}


def test_a_clip_has_two_ends():
    assert counts(clip("state"), "clip", "state", np.array([-9, -8, 7, 8, 9]), -8, 7) == {
        "state, low": {"one below": 1, "at": 1, "one above": 0},
        "state, high": {"one below": 0, "at": 1, "one above": 1}}


@pytest.mark.parametrize(("value", "case"), [
    (0b0_1000, "half, even, > 0"), (0b1_1000, "half, odd, > 0"), (-0b0_1000, "half, odd, < 0"),
    (-0b1_1000, "half, even, < 0"), (0b1_0111, "one below half"), (0b1_1001, "one above half"),
    (0b1_0000, None), (0b1_1010, None),
])
def test_a_tie_goes_to_the_even_neighbour(value, case):
    found = counts(rounding("drive", 4), "round", "drive", np.array([value]), 4)["drive, tie"]
    assert {name for name, times in found.items() if times} == ({case} if case else set())


def test_one_dropped_bit_has_no_neighbours_of_its_half():
    [edge] = rounding("step", 1)
    assert len(edge.cases) == 4
    assert rounding("step", 0) == rounding("step", 3, Rounding.TRUNCATE) == []


@pytest.mark.parametrize(("shift", "rest", "random", "case"), [
    (12, 0x0FF << 4 | 15, 0, "one below"), (12, 1 << 4, 255, "at"), (12, 2 << 4, 255, "one above"),
    (4, 15, 1 << 4 | 15, "at"), (4, 15, 0, "one below"),
])
def test_a_stochastic_rounding_carries(shift, rest, random, case):
    kind = Rounding.STOCHASTIC
    found = counts(rounding("update", shift, kind), "round", "update", np.array([rest - (3 << 14)]),
                   shift, kind, np.array([random]))["update, carry"]
    assert [name for name, times in found.items() if times] == [case]


def test_holes_are_what_was_neither_met_nor_explained():
    edges = [Edge("a", ("x", "y", "z"), {"z": "there is none"}), Edge("b", ("x",))]
    meetings = Meetings(edges)
    meetings.case("a", "x", 2)
    assert meetings.met() == {("a", "x")} and meetings.holes() == [("a", "y"), ("b", "x")]
    # What another design can meet is a hole; what either has met is met.
    other = Meetings([Edge("a", ("x", "y", "z"))])
    other.case("a", "y")
    meetings.add(other)
    assert meetings.holes() == [("a", "z"), ("b", "x")]
    with pytest.raises(ValueError, match="^a must explain cases of its own, not \\['w'\\]$"):
        Edge("a", ("x",), {"w": "unknown"})


@pytest.mark.parametrize("rule", RULES)
def test_counting_changes_no_number_and_every_edge_is_declared(rule):
    for number in range(6):
        design = draw_design(7, number, rule)
        plain, counted = integer_model(design), integer_model(design)
        coverage, timeline = Coverage(design), Timeline(design)
        counted.edges = coverage.meetings
        rng = np.random.default_rng(number)
        weights = {name: rng.integers(design.weight.minimum, design.weight.maximum + 1, w.shape)
                   for name, w in plain.weights.items()}
        for model in (plain, counted):
            model.set_weights(weights)
        [x], [target] = examples(design, 1, seed=number)
        traces = [model.learn(x, target) for model in (plain, counted)]
        assert timeline.cycles(traces[0]) == timeline.cycles(traces[1])
        for name, w in plain.weights.items():
            np.testing.assert_array_equal(counted.weights[name], w)
        coverage.count(timeline, traces[1], True, target)
        assert coverage.meetings.met()
        kept = Coverage.from_dict(design, coverage.to_dict())
        assert kept.meetings.met() == coverage.meetings.met()


def test_a_course_tells_left_out_steps_and_inferences():
    design = preset(tiny_preset("equilibrium"))
    model, meetings = integer_model(design), Meetings(edges_of(design))
    model.edges, course, timeline = meetings, Course(design, meetings), Timeline(design)
    course.count(timeline, model.trace_inference(np.zeros(5, np.int64)), False, 0)
    met = meetings.met()
    assert {("sample", "inferred"), ("list rate of layer 0", "empty"),
            ("step 0: W1 forward free", "of an inference")} <= met
    # Without weights nothing changes: the sweeps carry nothing the second time.
    assert ("step 7: repeat", "at rest") in met
    assert not any("update" in name for name, _ in met)


def test_a_list_of_any_name_is_never_negative_if_events_have_no_sign(monkeypatch):
    program = GhostRule.program

    def renamed(rule, design):
        steps, free_phase = program(rule, design)
        return tuple(replace(step, **{
            name: {"rate": "all", ("rate",): ("all",)}.get(value, value)
            for name, value in (("events", step.events), ("lists", step.lists))
            if name in step.__dataclass_fields__}) for step in steps), free_phase

    monkeypatch.setattr(GhostRule, "program", renamed)
    design, meetings = preset("tiny"), Meetings([])
    Course(design, meetings)
    assert meetings.edges["list all"].without == {"< 0": "column events have no sign"}
