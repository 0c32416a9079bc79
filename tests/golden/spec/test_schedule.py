"""golden.spec.program: what must hold of every program, whatever the rule."""

from dataclasses import replace
from itertools import pairwise

import pytest

from cortigate.golden.spec import Network, Operation, Program, Quit, Repeat
from cortigate.golden.spec.observation import observed_fields, tag_bits
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Phase
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.pal import PalRule

LAYERS = ("5-4-2", "5-4-3-2", "6-5-4-3-2")
CASES = {}
for layers in LAYERS:
    network = Network.parse(layers)
    for mechanism in Mechanism:
        for schedule in Schedule:
            CASES[f"{layers} {mechanism.value} {schedule.value}"] = design_for(
                network, mechanism, schedule, lanes=2)
    CASES[f"{layers} equilibrium"] = EquilibriumRule.design(network.sizes, lanes=2)
    CASES[f"{layers} equilibrium without branches"] = EquilibriumRule.design(
        network.sizes, lanes=2, rule=EquilibriumRule(branch_rate_shift=None))
    for start in ClampedStart:
        CASES[f"{layers} clamped from {start.value}"] = EquilibriumRule.design(
            network.sizes, lanes=2, phase=Phase.CLAMPED, clamped_start=start)
    CASES[f"{layers} inversion"] = InversionRule.design(network.sizes, lanes=2)
    CASES[f"{layers} pal"] = PalRule.design(network.sizes, lanes=2)


def mode_of(step):
    """Name of the neurons' mode; an update has none."""
    return step.mode.name if step.mode else ""


@pytest.fixture(params=CASES)
def design(request):
    return CASES[request.param]


def passes(program, train=True):
    """Every step that is fetched, loops once."""
    return [(i, s) for i, s in enumerate(program.steps) if program.runs(i, train)]


def unrolled(program):
    """A learning sample's steps, every loop turned twice: what was left the turn before counts."""
    out, turned, pc = [], set(), 0
    while pc < len(program.steps):
        step = program.steps[pc]
        if step.operation is Operation.REPEAT and pc not in turned:
            turned.add(pc)
            pc = step.first
            continue
        if step.matrix is not None:
            out.append((pc, step))
        pc += 1
    return out


def test_an_inference_is_feedforward_first(design):
    program = Program.of(design)
    steps = [step for _, step in passes(program, train=False)]
    depth = design.network.depth
    assert [s.target for s in steps[:depth]] == list(range(1, depth + 1))
    assert all(mode_of(s) == "FREE" and s.wait and s.full and s.matrix.kind == "W"
               for s in steps[:depth])
    # Without passes that carry changes there is nothing to remember, so nothing to begin with.
    assert all(s.begins != isinstance(design.rule, PalRule) for s in steps[:depth])
    rest = steps[depth:]
    if isinstance(design.rule, EquilibriumRule):  # its free phase relaxes
        assert [s.target for s in rest if mode_of(s) == "SWEEP"] == list(range(1, depth + 1))
        assert rest[-1].operation is Operation.REPEAT
    else:
        assert not rest
    # Learning does the same, other passes among it.
    learning = [step for _, step in passes(program)]
    assert [s for s in learning[:program.free_phase] if not s.learning] == steps
    assert not any(mode_of(s) == "FREE" for s in learning[program.free_phase:])


def test_every_matrix_is_taught(design):
    program, depth = Program.of(design), design.network.depth
    updates = [s for s in program.steps if s.operation is Operation.UPDATE]
    looped = isinstance(design.rule, PalRule)  # every time step learns
    if isinstance(design.rule, GhostRule) and not design.rule.relaxes:
        # A layer of a sweep learns right after its error went down, and before the next one does.
        down = [i for i, s in enumerate(program.steps) if mode_of(s) == "FEEDBACK"]
        taught = [[s.matrix.layer for s in program.steps[i + 1:j] if s.matrix.kind != "B"]
                  for i, j in pairwise([*down, None])]
        assert len(down) == depth - 1
        assert [set(layers) for layers in taught] == [
            *({layer} for layer in range(depth, 2, -1)), {2, 1}]
        assert program.steps[-1].matrix.layer == 1 and program.steps[-1].wait
    else:
        assert program.steps[-len(updates) - looped:len(program.steps) - looped] == tuple(updates)
    assert all(s.mode is None and s.learning and s.events and s.lanes for s in updates)
    assert not any(s.consumes or s.changes or s.due for s in updates)
    names = [s.matrix.name for s in updates]
    wanted = [f"W{layer}" for layer in range(1, depth + 1)]
    if design.engine.second_weights:
        wanted += [f"G{layer}" for layer in range(2, depth + 1)]
    if design.engine.feedback_weights:
        wanted += [f"B{layer}" for layer in range(1, depth)]
        assert [s.matrix.name for s in updates if s.decays] == wanted[:depth - 1:-1]
    if not isinstance(design.rule, EquilibriumRule):
        assert sorted(names) == sorted(wanted)
        held = [s.matrix.layer for s in updates if s.events == "held"]
        assert bool(held) == getattr(design.rule, "held_presynaptic", False)
        assert 1 not in held
        return
    # h+ h+^T - h- h-^T in two rounds; in a third and fourth each branch learns its share.
    rounds = (depth, depth - 1) + (depth - 1, depth - 1) * design.rule.learns_branches
    assert len(names) == sum(rounds)
    first, second, *branches = (updates[sum(rounds[:i]):sum(rounds[:i + 1])]
                                for i in range(len(rounds)))
    assert [(s.matrix.layer, s.bias) for s in first] == [(n, True) for n in range(depth, 0, -1)]
    assert [(s.matrix.layer, s.bias) for s in second] == [(n, False) for n in range(depth, 1, -1)]
    for s in first + second:
        assert s.lowered == design.rule.output_rate_shift * (s.matrix.layer == depth)
        assert not s.second_rate
    assert all(s.second_rate and not s.lowered for group in branches for s in group)
    for group in (first, second, *branches):
        # One after the other: before a matrix is read again its last change is written.
        assert group[0].wait and not any(s.wait for s in group[1:])
        assert len({s.matrix.name for s in group}) == len(group)


def test_feedback_walks_the_words_of_the_layer_above(design):
    program, depth = Program.of(design), design.network.depth
    backward = [s for s in program.steps if s.operation is Operation.BACKWARD]
    assert all(s.matrix.kind == "W" and s.source == s.target + 1 and s.lanes and not s.events
               for s in backward)
    by_mode = {}
    for step in backward:
        by_mode.setdefault(mode_of(step), []).append(step.target)
    down, up = list(range(depth - 1, 0, -1)), list(range(1, depth))
    if isinstance(design.rule, EquilibriumRule):
        second = {"PULL": down, "SETTLE": down[1:]} if design.rule.clamps else {
            "PLUS": down, "MINUS": down}
        assert by_mode == {"SWEEP": [1], **{mode: s for mode, s in second.items() if s}} | (
            {"APICAL": up[1:]} if depth > 2 else {})
    elif isinstance(design.rule, InversionRule):
        assert by_mode == {"FOLLOW": [n for n in down for _ in range(2)]}
    elif design.engine.relaxes:
        assert by_mode == {"STEP": up}
    elif isinstance(design.rule, PalRule):  # weights of their own carry errors down
        assert not by_mode
        errors = [s for s in program.steps if mode_of(s) == "ERROR"]
        assert [s.matrix.name for s in errors] == [f"B{layer}" for layer in down]
        assert all(s.events == "error" and s.wait and s.learning for s in errors)
    else:
        assert by_mode == {"FEEDBACK": down}
        assert all(s.wait for s in backward)


def test_loops_go_back_to_their_own_first_pass(design):
    program = Program.of(design)
    loops = [(i, s) for i, s in enumerate(program.steps) if s.operation is Operation.REPEAT]
    rule, depth = design.rule, design.network.depth
    # The inversion's first step of each loop stands before it.
    inverts = isinstance(rule, InversionRule)
    streams = isinstance(rule, PalRule)  # it repeats whole time steps
    # The first sweep of the clamped phase stands before its loop.
    clamps = isinstance(rule, EquilibriumRule) and rule.clamps and depth > 2
    assert len(loops) == ((depth - 1 if inverts else 1 + clamps)
                          if rule.engine.relaxes or streams else 0)
    for number, step in loops:
        assert step.matrix is None
        if streams:
            assert (step.first, step.turns, number) == (0, rule.steps, len(program.steps) - 1)
            continue
        assert step.wait
        assert step.turns == (rule.clamped_steps - 1 if clamps and step is loops[1][1]
                              else rule.steps - inverts)
        inside = program.steps[step.first:number]
        assert inside and all(s.changes and not s.begins for s in inside)
    # What is carried is carried in a loop, or read out behind one.
    for number, step in enumerate(program.steps):
        assert not step.changes or number >= loops[0][1].first
    quits = [s for s in program.steps if s.operation is Operation.QUIT]
    assert len(quits) == inverts and all(s.wait and s.learning for s in quits)


def test_ghosts_speak_before_they_are_needed(design):
    spoken = set()  # layers whose ghosts' rates are those of the present phase
    depth = design.network.depth
    plastic = design.engine.second_weights
    for _, step in unrolled(Program.of(design)):
        if mode_of(step) == "GHOST":
            assert step.matrix.kind == "G" and step.operation is Operation.FORWARD and plastic
            spoken.add(step.target)
        elif mode_of(step) == "LIVE":
            assert (step.target in spoken) == plastic
        elif mode_of(step) == "STEP":
            spoken.clear()
        elif mode_of(step) == "FREE" and step.target == depth and not design.engine.relaxes:
            # It is nudged at once, so that all ghosts must have spoken.
            assert spoken == (set(range(2, depth + 1)) if plastic else set())


def test_only_the_relaxing_output_integrates(design):
    steps = Program.of(design).steps
    integrating = [i for i, s in enumerate(steps) if s.integrate]
    assert len(integrating) == (design.rule.name == "ghost" and design.engine.relaxes)
    for i in integrating:
        assert mode_of(steps[i]) == "LIVE" and steps[i].target == design.network.depth
        repeat = next(s for s in steps if s.operation is Operation.REPEAT)
        assert repeat.first <= i < steps.index(repeat)


def test_a_pass_reads_what_was_written_before_the_last_wait(design):
    # Waiting is the only ordering: a pass may use a layer's lists, words or remembered values only
    # if some step since the pass that wrote them, itself included, has waited.
    pending, left, updated = set(), set(), set()
    for _, step in unrolled(Program.of(design)):
        if step.wait:
            pending.clear()
            updated.clear()
        reads = set()
        if step.events and not (step.source == 0 and step.events == "rate"):
            reads.add(("list", step.events, step.source))
        if step.lanes:
            reads.add(("words", step.lanes, step.matrix.layer))
        assert not reads & pending, step
        assert reads <= left, f"nobody leaves what {step} reads"
        assert step.matrix.name not in updated, step
        if step.operation is Operation.UPDATE:
            updated.add(step.matrix.name)
            continue
        leaves = {(kind, name, step.target) for kind, names in (
            ("list", step.lists), ("words", step.words)) for name in names}
        # One neuron pipeline, in order: only array reads can overtake.
        pending |= leaves
        left |= leaves


def test_whoever_carries_changes_uses_them_up_and_is_due_when_its_neurons_move(design):
    program = Program.of(design)
    for number, step in enumerate(program.steps):
        if step.consumes:
            assert "change" in step.walked
        if step.changes:
            assert step.walked.endswith("change")
        assert step.changes or not step.due
        for woken in program.wakes(number):
            other = program.steps[woken]
            assert step.mode in other.due and other.target == step.target


def test_names_widths_and_what_an_inference_leaves(design):
    program = Program.of(design)
    read_lists = {s.events for s in program.steps if s.events and s.source}
    read_words = {s.lanes for s in program.steps if s.lanes}
    assert set(program.lists) == read_lists, "nothing is kept that nobody reads"
    assert set(program.words) == read_words
    assert len(program.steps) < 1 << tag_bits(design)
    names = {f.name for f in observed_fields(design)}
    assert {f"list_{n}" for n in program.lists} | {f"words_{n}" for n in program.words} <= names
    for name in program.words:
        sent = isinstance(design.rule, EquilibriumRule) and name == "change"
        assert program.leaves_words(name) and program.leaves_words(name, False) == sent


@pytest.mark.parametrize("changes, wanted", [
    ({"events": "rates"}, "the list 'rates' of layer 1"),
    ({"lanes": "err"}, "the words 'err' of layer 2"),
])
def test_what_nobody_leaves_cannot_be_used(changes, wanted):
    program = Program.of(PalRule.design((5, 4, 2), lanes=2))
    number = next(i for i, step in enumerate(program.steps)
                  if step.operation is Operation.UPDATE and step.matrix.name == "W2")
    steps = list(program.steps)
    steps[number] = replace(steps[number], **changes)
    with pytest.raises(ValueError, match=f"step {number}, of W2, must not take {wanted}, which"):
        Program(tuple(steps), program.free_phase)


def test_what_was_used_up_cannot_be_walked_at_once():
    program = Program.of(InversionRule.design((5, 4, 2), lanes=2))
    number = next(i for i, step in enumerate(program.steps) if step.consumes)
    steps = [*program.steps[:number + 1], *program.steps[number:]]
    with pytest.raises(ValueError, match=f"step {number + 1}, of W2, must not walk what the step "
                                         "before it uses up"):
        Program(tuple(steps), program.free_phase)


@pytest.mark.parametrize("matrix, changes, wanted", [
    ("W3", {"events": "hat"}, "'hat' of layer 2: .* which no other step may walk"),
    ("W1", {"events": "hat", "decays": True}, "'hat' of layer 0: .* which a sample's lacks"),
])
def test_what_decays_walks_a_list_of_its_own(matrix, changes, wanted):
    program = Program.of(PalRule.design((5, 4, 3, 2), lanes=2))
    number = next(i for i, step in enumerate(program.steps)
                  if step.operation is Operation.UPDATE and step.matrix.name == matrix)
    steps = list(program.steps)
    steps[number] = replace(steps[number], **changes)
    with pytest.raises(ValueError, match=f"of {matrix}, must not walk the list {wanted}"):
        Program(tuple(steps), program.free_phase)


@pytest.mark.parametrize("lacks, changes", [
    ("output_lists", {"output_lists": False}), ("decay_shift", {"decay_shift": None}),
])
def test_a_trait_that_the_program_needs_is_named(lacks, changes, monkeypatch):
    design = PalRule.design((5, 4, 2), lanes=2)
    engine = replace(design.engine, **changes)
    monkeypatch.setattr(PalRule, "engine", property(lambda self: engine))
    with pytest.raises(ValueError, match=f"the engine of the rule pal must have {lacks}: step"):
        Program.of(PalRule.design((5, 4, 2), lanes=2))


@pytest.mark.parametrize("step", [Quit(), Repeat(2)])
def test_a_step_without_a_matrix_says_so(step):
    for name in ("source", "target"):
        with pytest.raises(ValueError, match=f"{step.operation.name} walks no matrix"):
            getattr(step, name)
