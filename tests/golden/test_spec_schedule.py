"""golden.spec.schedule: what must hold of every program, whatever the rule."""

import itertools

import pytest

from cortigate.golden.spec import (
    Mechanism,
    Mode,
    Network,
    Operation,
    Program,
    Schedule,
    design_for,
)

CASES = list(itertools.product(("5-4-2", "5-4-3-2", "6-5-4-3-2"), Mechanism, Schedule))


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1].value}-{case[2].value}")
def design(request):
    layers, mechanism, schedule = request.param
    return design_for(Network.parse(layers), mechanism, schedule, lanes=2)


def passes(design, train=True):
    program = Program.of(design)
    return [program.steps[number] for number in program.order(train)]


def test_free_phase_is_the_feedforward_pass(design):
    program = Program.of(design)
    free = passes(design, train=False)
    assert [step.target for step in free] == list(range(1, design.network.depth + 1))
    assert all(step.mode is Mode.FREE and step.wait and not step.matrix.ghost for step in free)
    # Learning does it, too, with the ghosts' passes among it.
    learning = passes(design)
    assert [s for s in learning[: program.free_phase] if s.mode is Mode.FREE] == free
    assert not any(step.mode is Mode.FREE for step in learning[program.free_phase:])


def test_every_matrix_is_updated_once_and_last(design):
    steps = passes(design)
    updates = [step for step in steps if step.operation is Operation.UPDATE]
    assert steps[-len(updates):] == updates
    names = [step.matrix.name for step in updates]
    depth = design.network.depth
    wanted = {f"W{layer}" for layer in range(1, depth + 1)}
    if design.rule.plastic_ghosts:
        wanted |= {f"G{layer}" for layer in range(2, depth + 1)}
    assert sorted(names) == sorted(wanted)
    for step in updates:
        assert step.mode is None
        assert step.held == (design.rule.held_presynaptic and step.matrix.layer > 1)


def test_feedback_comes_down_layer_by_layer(design):
    program = Program.of(design)
    backward = [s for s in passes(design) if s.operation is Operation.BACKWARD]
    assert all(step.source is None and not step.matrix.ghost for step in backward)
    depth = design.network.depth
    if design.rule.relaxes:
        once = list(range(1, depth))
        assert [step.target for step in backward] == once * design.rule.steps
        assert {step.mode for step in backward} == {Mode.STEP}
        assert program.loop[2] == design.rule.steps
    else:
        assert [step.target for step in backward] == list(range(depth - 1, 0, -1))
        assert {step.mode for step in backward} == {Mode.FEEDBACK}
        assert all(step.wait for step in backward)
        assert program.loop is None


def test_ghosts_speak_before_they_are_needed(design):
    spoken = set()  # layers whose ghosts' rates are those of the present phase
    depth = design.network.depth
    for step in passes(design):
        if step.mode is Mode.GHOST:
            assert step.matrix.ghost and step.operation is Operation.FORWARD
            assert design.rule.plastic_ghosts
            spoken.add(step.target)
        elif step.mode is Mode.LIVE:
            assert (step.target in spoken) == design.rule.plastic_ghosts
        elif step.mode is Mode.STEP:
            spoken.clear()
        elif step.mode is Mode.FREE and step.target == depth and not design.rule.relaxes:
            # It is nudged at once, so that all ghosts must have spoken.
            assert spoken == (set(range(2, depth + 1)) if design.rule.plastic_ghosts else set())


def test_only_the_relaxing_output_integrates(design):
    program = Program.of(design)
    for number, step in enumerate(program.steps):
        if step.integrate:
            assert step.mode is Mode.LIVE
            assert step.target == design.network.depth
            assert program.loop[0] <= number < program.loop[1]
    assert any(step.integrate for step in program.steps) == design.rule.relaxes


def test_a_pass_reads_what_was_written_before_the_last_wait(design):
    # Waiting is the only ordering: a pass may use a layer's values only if some step since
    # the pass that wrote them, itself included, has waited.
    pending = set()
    for step in passes(design):
        if step.wait:
            pending.clear()
        reads = set()
        if step.operation is Operation.BACKWARD:
            reads = {("post", step.matrix.layer)}
        elif step.operation is Operation.UPDATE:
            reads = {("post", step.matrix.layer)}
            if not step.held:
                reads.add(("rate", step.source))
        else:
            reads = {("rate", step.source)}
        assert not reads & pending, step
        if step.mode in (Mode.FREE, Mode.STEP) or step.integrate:
            pending.add(("rate", step.target))
        if step.mode in (Mode.FEEDBACK, Mode.LIVE) or (
            step.mode is Mode.FREE and step.target == design.network.depth
        ):
            pending.add(("post", step.target))
