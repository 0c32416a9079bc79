"""Rules after the first: checks, and what follows from their parameters."""

import pytest

from cortigate.golden.spec import (
    RULES,
    Activation,
    Design,
    Feedback,
    Operation,
    Program,
    QFormat,
    Rule,
    preset,
    registry,
)
from cortigate.golden.spec.rules import inversion, microcircuit
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Phase
from cortigate.golden.spec.rules.ghost import GhostRule
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.golden.spec.spikes import feedback_masks


@pytest.mark.parametrize("rule, changes, error, message", [
    (EquilibriumRule, {"learning_rate_shift": 17}, ValueError,
     r"learning_rate_shift must lie in 0 \.\. 16, not 17"),
    (EquilibriumRule, {"output_rate_shift": 4}, ValueError,
     r"output_rate_shift must lie in 0 \.\. 3, not 4"),
    (EquilibriumRule, {"nudging_shift": 7}, ValueError,
     r"nudging_shift must lie in 0 \.\. 6, not 7"),
    (EquilibriumRule, {"share_shift": 2}, ValueError,
     "share_shift must be 1 where branches learn, so that both have the same share, not 2"),
    (EquilibriumRule, {"share_shift": 3, "branch_rate_shift": None}, ValueError,
     r"share_shift must lie in 0 \.\. 2, not 3"),
    (EquilibriumRule, {"branch_rate_shift": 17}, ValueError,
     r"branch_rate_shift must lie in 0 \.\. 16, not 17"),
    (EquilibriumRule, {"steps": 0}, ValueError, r"steps must lie in 1 \.\. 255, not 0"),
    (EquilibriumRule, {"steps": 2.5}, TypeError, r"steps must be an integer, not 2\.5"),
    (EquilibriumRule, {"clamped_steps": 256}, ValueError,
     r"clamped_steps must lie in 1 \.\. 255, not 256"),
    (EquilibriumRule, {"phase": "clamped"}, TypeError,
     r"phase must be a Phase \(nudged, clamped\), not 'clamped'"),
    (EquilibriumRule, {"tolerance_shift": 0}, ValueError,
     r"tolerance_shift must lie in 1 \.\. 13, not 0"),
    (InversionRule, {"learning_rate_shift": -1}, ValueError,
     r"learning_rate_shift must lie in 0 \.\. 16, not -1"),
    (InversionRule, {"control_shift": 7}, ValueError,
     r"control_shift must lie in 0 \.\. 6, not 7"),
    (InversionRule, {"follow_shift": -1}, ValueError,
     r"follow_shift must lie in 0 \.\. 6, not -1"),
    (InversionRule, {"leak_shift": 11}, ValueError,
     r"leak_shift must lie in 0 \.\. 10, not 11"),
    (InversionRule, {"steps": 1}, ValueError, r"steps must lie in 2 \.\. 255, not 1"),
    (InversionRule, {"steps": True}, TypeError, r"steps must be an integer, not True"),
    (PalRule, {"learning_rate_shift": 17}, ValueError,
     r"learning_rate_shift must lie in 0 \.\. 16, not 17"),
    (PalRule, {"noise_shift": 0}, ValueError, r"noise_shift must lie in 1 \.\. 8, not 0"),
    (PalRule, {"feedback_rate_shift": -1}, ValueError,
     r"feedback_rate_shift must lie in 0 \.\. 16, not -1"),
    (PalRule, {"decay_shift": 21}, ValueError, r"decay_shift must lie in 1 \.\. 20, not 21"),
    (PalRule, {"clip_shift": 9}, ValueError, r"clip_shift must lie in 0 \.\. 8, not 9"),
    (PalRule, {"steps": 0}, ValueError, r"steps must lie in 1 \.\. 255, not 0"),
    (PalRule, {"steps": 4.0}, TypeError, r"steps must be an integer, not 4\.0"),
    (PalRule, {"feedback": Feedback.TRANSPOSE}, ValueError,
     "^feedback of phaseless .* must be learned, from noise, or random and fixed, not transpose$"),
    (PalRule, {"feedback": Feedback.CONCORDANT}, ValueError, "random and fixed, not concordant$"),
    (PalRule, {"feedback": "random"}, TypeError, "feedback must be a Feedback .*, not 'random'"),
])
def test_checks(rule, changes, error, message):
    with pytest.raises(error, match=message):
        rule(**changes)


def test_every_rule_has_a_name_of_its_own_and_answers_for_the_others():
    assert RULES == {"ghost": GhostRule, "equilibrium": EquilibriumRule,
                     "inversion": InversionRule, "pal": PalRule,
                     "microcircuit": MicrocircuitRule}
    for name, kind in RULES.items():
        rule = kind()
        assert isinstance(rule, Rule) and rule.name == name
        assert rule.engine.signed_events == (name not in ("ghost", "microcircuit"))
        assert rule.engine.spiking == (not rule.engine.biases) == (name == "microcircuit")
        assert rule.engine.always_on == (name == "pal")
        assert rule.engine.relaxes == (name in ("equilibrium", "inversion"))
        assert rule.engine.feedback_weights == (name == "pal")
        assert rule.learning_rate == 2.0**-rule.learning_rate_shift
        assert not rule.engine.second_weights


def test_a_rule_of_a_design():
    assert PalRule.of(preset("pal")) is preset("pal").rule
    with pytest.raises(TypeError, match=r"^the design's rule must be a PalRule, not GhostRule\("):
        PalRule.of(preset("tiny"))


def test_learning_rates():
    rule = EquilibriumRule(5, output_rate_shift=2, nudging_shift=2, branch_rate_shift=8)
    assert (rule.update_shift, rule.engine.lowered, rule.second_update_shift) == (5, 2, 8)
    assert rule.learns_branches and rule.nudging == 0.25
    plain = EquilibriumRule(5, branch_rate_shift=None)
    assert not plain.learns_branches and plain.second_update_shift == 5
    rule = InversionRule(6)
    assert (rule.update_shift, rule.second_update_shift, rule.engine.lowered) == (6, 6, 0)
    rule = PalRule(5, feedback_rate_shift=8)
    assert (rule.update_shift, rule.second_update_shift, rule.engine.lowered) == (5, 8, 0)


def test_presets_of_the_relaxing_rules():
    for name, layers in (("tiny-equilibrium", "5-4-3-2"), ("equilibrium", "64-64-10"),
                         ("equilibrium-deep", "64-64-32-10")):
        design = preset(name)
        assert (str(design.network), design.rule) == (layers, EquilibriumRule())
        assert design.network.hidden is design.network.output is Activation.CLIP
    for name, layers in (("tiny-inversion", "5-4-3-2"), ("inversion", "64-32-10"),
                         ("inversion-deep", "64-64-32-10")):
        design = preset(name)
        assert (str(design.network), design.rule) == (layers, InversionRule())
        assert (design.network.hidden, design.network.output) == (
            Activation.TANH, Activation.CLIP)
    for name, layers in (("tiny-pal", "5-4-3-2"), ("pal", "64-32-10"),
                         ("pal-narrow", "64-32-4-32-10")):
        design = preset(name)
        assert (str(design.network), design.rule) == (layers, PalRule())
        assert (design.network.hidden, design.network.output) == (
            Activation.SOFT, Activation.LINEAR)
        # One generator for each lane that rounds, and the noise's.
        assert design.stochastic and design.generators == design.lanes + 1
        nearest = QFormat(2, 14)
        assert design.replace(weight=nearest).generators == 1
    assert preset("digits").rule == GhostRule()


def names(design):
    """Program as text, one word for each step."""
    def word(step):
        if step.matrix is None:
            return step.operation.name.lower() + (
                f"-{step.first}x{step.turns}" if step.operation is Operation.REPEAT else "")
        kind = step.mode.name.lower() if step.mode else f"{step.lanes}*{step.events or '0'}"
        return kind + str(step.target)

    return " ".join(word(step) for step in Program.of(design).steps)


def test_program_of_an_equilibrium_network():
    assert names(EquilibriumRule.design((5, 4, 3, 2))) == (
        "free1 free2 free3 "
        "sweep1 apical2 sweep2 sweep3 repeat-3x3 "
        "basal_error1 apical_error1 basal_error2 apical_error2 "
        "plus3 plus2 plus1 minus3 minus2 minus1 "
        "difference*nudged3 difference*nudged2 difference*rate1 "
        "minus*difference3 minus*difference2 "
        "basal*rate1 basal*rate2 rate*apical2 rate*apical3")
    plain = EquilibriumRule.design((5, 4, 2), rule=EquilibriumRule(branch_rate_shift=None, steps=9))
    assert names(plain) == ("free1 free2 sweep1 sweep2 repeat-2x9 plus2 plus1 minus2 minus1 "
                            "difference*nudged2 difference*rate1 minus*difference2")


def test_programs_with_a_clamped_phase():
    """From the free state, and anew; one hidden layer alone needs neither a start nor a loop."""
    def clamped(sizes, start, **rule):
        return names(EquilibriumRule.design(sizes, rule=EquilibriumRule(
            branch_rate_shift=None, phase=Phase.CLAMPED, clamped_start=start, **rule)))

    free = "free1 free2 free3 free4 sweep1 apical2 sweep2 apical3 sweep3 sweep4 repeat-4x3 "
    relaxed = ("clamp4 pull3 pull2 pull1 settle3 basal2 settle2 settle1 repeat-{}x2 "
               "difference*clamped4 difference*clamped3 difference*clamped2 difference*rate1 "
               "rate*difference4 rate*difference3 rate*difference2")
    assert clamped((5, 4, 3, 3, 2), ClampedStart.FREE) == free + relaxed.format(15)
    for start in (ClampedStart.FORWARD, ClampedStart.ZERO):
        assert clamped((5, 4, 3, 3, 2), start) == (
            free + "begin1 begin2 begin3 " + relaxed.format(18))
    assert "settle" not in clamped((5, 4, 3, 3, 2), ClampedStart.ZERO, clamped_steps=1)
    for start in ClampedStart:
        assert clamped((5, 4, 2), start) == (
            "free1 free2 sweep1 sweep2 repeat-2x3 clamp2 pull1 "
            "difference*clamped2 difference*rate1 rate*difference2")


def test_program_of_dynamic_inversion():
    design = InversionRule.design((5, 4, 3, 2))
    assert names(design) == (
        "free1 free2 free3 quit "
        "control3 follow2 control3 follow2 repeat-6x19 "
        "control2 follow1 control2 follow1 repeat-11x19 "
        "post*rate3 post*rate2 post*rate1")
    # A loop's first step begins without a list, the others carry what has changed.
    first, second = [s for s in Program.of(design).steps
                     if s.mode is inversion.Mode.CONTROL and s.target == 3]
    assert first.begins and not first.events and not first.changes
    assert second.changes and second.consumes and second.due == (inversion.Mode.CONTROL,)


def test_microcircuit_checks():
    for changes, message in (
            ({"learning_rate_shift": 3}, r"learning_rate_shift must lie in 4 \.\. 16, not 3"),
            ({"steps": 65}, r"steps must lie in 2 \.\. 64, not 65"),
            ({"magnitude_bits": 5}, r"magnitude_bits must lie in 1 \.\. 4, not 5"),
            ({"feedback_seed": 0}, r"feedback_seed must lie in 1 \.\. \d+, not 0")):
        with pytest.raises(ValueError, match=message):
            MicrocircuitRule(**changes)
    with pytest.raises(TypeError, match="concordant must be True or False, not 1"):
        MicrocircuitRule(concordant=1)
    design = MicrocircuitRule.design((5, 4, 2))
    with pytest.raises(ValueError, match="the microcircuit must be spike, not clip"):
        design.replace(network=preset("tiny").network)
    with pytest.raises(ValueError, match="rate must have 4 fraction bits, those of a trace, not"):
        design.replace(rate=QFormat(2, 8))
    with pytest.raises(ValueError, match="state must have the weight's 10 fraction bits, not Q6.9"):
        design.replace(state=QFormat(6, 9))
    with pytest.raises(ValueError, match="state must have at most 16 bits, not Q7.10"):
        design.replace(state=QFormat(7, 10))


def test_thresholds_of_error_cells():
    """Of models with 10 and 32 neurons above: half of 1/sqrt(n) in units of a mean of 7.5 or 1."""
    assert [MicrocircuitRule().threshold(n) for n in (1, 10, 32, 1024)] == [2, 6, 11, 60]
    assert [MicrocircuitRule(magnitude_bits=1).threshold(n) for n in (1, 10, 32, 100)] == [
        1, 1, 1, 2]


def test_feedback_masks_differ_from_lane_to_lane():
    masks = [mask for lane in range(16) for mask, _ in feedback_masks(1, lane)]
    assert len(set(masks)) == len(masks) and all(0 < mask < 1 << 16 for mask in masks)
    assert feedback_masks(1, 3) != feedback_masks(2, 3)


def test_program_of_the_microcircuit():
    program = Program.of(MicrocircuitRule.design((5, 4, 3, 2)))
    told = [(s.operation, s.matrix.name if s.matrix else "", s.mode, s.walked, s.lanes)
            for s in program.steps]
    assert told == [
        (Operation.FORWARD, "W1", microcircuit.Mode.MEMBRANE, "spike", ""),
        (Operation.FORWARD, "W2", microcircuit.Mode.MEMBRANE, "spike", ""),
        (Operation.FORWARD, "W3", microcircuit.Mode.MEMBRANE, "spike", ""),
        (Operation.BACKWARD, "W3", microcircuit.Mode.ERROR, "error", "error"),
        (Operation.BACKWARD, "W2", microcircuit.Mode.ERROR, "error", "error"),
        (Operation.UPDATE, "W3", None, "trace", "error"),
        (Operation.UPDATE, "W2", None, "trace", "error"),
        (Operation.UPDATE, "W1", None, "trace", "error"),
        (Operation.REPEAT, "", None, "", "")]
    assert program.lists == ("spike", "trace") and program.words == ("error",)
    # An inference takes the same time steps, without errors and updates.
    assert [program.runs(i, False) for i in range(9)] == [True] * 3 + [False] * 5 + [True]
    assert not any(s.full for s in program.steps)
    # Only error cells that still have a potential want another turn.
    assert [program.wakes(i) for i in range(3, 5)] == [(3,), (4,)]
    assert program.wakes(0) == ()


def test_program_of_phaseless_alignment_learning():
    program = Program.of(PalRule.design((5, 4, 3, 2)))
    assert names(PalRule.design((5, 4, 3, 2))) == (
        "free1 free2 free3 error2 error1 error*rate3 error*rate2 error*rate1 "
        "noise*hat2 noise*hat1 repeat-0x4")
    # An inference goes up once; every other time step is whole, so that all weights always learn.
    assert program.free_phase == 3 and program.steps[-1].first == 0
    assert program.lists == ("rate", "hat", "error") and program.words == ("noise", "error")
    assert program.dense == ("hat",)
    for step in program.steps:
        feedback = step.operation is Operation.UPDATE and step.matrix.kind == "B"
        assert step.decays == step.second_rate == feedback
        if step.matrix and step.matrix.kind == "B":
            assert step.source == step.matrix.layer + 1 and not step.full
    # The input layer has no hat, the output layer no noise.
    left = {step.target: (step.lists, step.words) for step in program.steps[:3]}
    assert left == {1: (("rate",), ("noise",)), 2: (("rate", "hat"), ("noise",)),
                    3: (("hat", "error"), ("error",))}


def test_program_with_fixed_feedback():
    fixed = PalRule(feedback=Feedback.RANDOM)
    design = PalRule.design((5, 4, 3, 2), rule=fixed)
    assert names(design) == (
        "free1 free2 free3 error2 error1 error*rate3 error*rate2 error*rate1 repeat-0x4")
    program = Program.of(design)
    assert program.lists == ("rate", "error") and program.words == ("error",)
    assert not any(getattr(step, "second_rate", False) for step in program.steps)
    assert fixed.engine.feedback_weights and fixed.engine.noise and not fixed.engine.decays
    assert "fixed feedback" in fixed.describe() and "fixed" not in PalRule().describe()


def test_a_record_names_the_feedback_only_where_it_is_fixed():
    learned = PalRule.design((5, 4, 3, 2))
    fixed = learned.replace(rule=PalRule(feedback=Feedback.RANDOM))
    assert "feedback" not in learned.to_dict()["rule"]
    assert fixed.to_dict()["rule"]["feedback"] == "random"
    assert fixed.digest != learned.digest
    for design in (learned, fixed):
        assert Design.from_dict(design.to_dict()) == design


def test_small_networks_have_programs_too():
    assert names(InversionRule.design((1, 1, 1))) == (
        "free1 free2 quit control2 follow1 control2 follow1 repeat-5x19 post*rate2 post*rate1")
    assert names(PalRule.design((1, 1, 1))) == (
        "free1 free2 error1 error*rate2 error*rate1 noise*hat1 repeat-0x4")
    assert names(EquilibriumRule.design((1, 1, 1))).startswith(
        "free1 free2 sweep1 sweep2 repeat-2x3 ")


def test_two_rules_of_one_code_are_refused(monkeypatch):
    class Point:
        value = "elsewhere"

        def __init__(self, name):
            self.name = name

        def load(self):
            return type(self.name, (GhostRule,), {"name": self.name, "code": 64, "aliases": (),
                                                  "__module__": self.value})

    points = {name: Point(name) for name in ("first", "second")}
    monkeypatch.setattr(registry, "offered", lambda group: points)
    with pytest.raises(ValueError, match="the rules first and second have the same code, 64: give "
                                         "one another code or uninstall it"):
        registry._rules()
