"""golden.spec.design: every check, the derived formats, identity and its record."""

import json
from dataclasses import replace

import pytest

from cortigate.golden.spec import (
    PRESETS,
    Activation,
    Design,
    Feedback,
    MemoryKind,
    Network,
    Overflow,
    QFormat,
    Rounding,
    preset,
)
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Phase
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule

NETWORK = Network((64, 32, 10))
CLIP = Activation.CLIP
CLIPPED = Network((64, 32, 10), CLIP, CLIP)
SOFT = Network((64, 32, 10), Activation.SOFT)


@pytest.mark.parametrize("arguments, error, message", [
    (((64, 10),), ValueError, r"sizes must name 3 \.\. 8 layers, input to output, not \(64, 10\)"),
    (((4,) * 9,), ValueError, r"sizes must name 3 \.\. 8 layers"),
    (((64, 0, 10),), ValueError, r"layer size must lie in 1 \.\. 1024, not 0"),
    (((64, 1025, 10),), ValueError, r"layer size must lie in 1 \.\. 1024, not 1025"),
    (((64, 3.5, 10),), TypeError, r"sizes must be a sequence of integers, not \(64, 3\.5, 10\)"),
    (((64, 32, 10), "clip"), TypeError, r"hidden must be an Activation \(clip, .*\), not 'clip'"),
    (((64, 32, 10), Activation.CLIP, "linear"), TypeError, r"output must be an Activation "),
])
def test_network_checks(arguments, error, message):
    with pytest.raises(error, match=message):
        Network(*arguments)


def test_network_from_text():
    network = Network.parse("64-64-32-10", Activation.RELU)
    assert network == Network((64, 64, 32, 10), Activation.RELU)
    assert (str(network), network.depth, network.synapses) == ("64-64-32-10", 3, 6464)
    for text in ("64,32,10", "", "64--10"):
        with pytest.raises(ValueError, match="layers must look like 64-32-10, not"):
            Network.parse(text)


@pytest.mark.parametrize("changes, error, message", [
    ({"network": (64, 32, 10)}, TypeError, r"network must be a Network, not \(64, 32, 10\)"),
    ({"rule": "ghost"}, TypeError, r"rule must be a Rule, not 'ghost'"),
    ({"weight": 16}, TypeError, r"weight must be a QFormat, not 16"),
    ({"rate": 8}, TypeError, r"rate must be a QFormat, not 8"),
    ({"state": 8}, TypeError, r"state must be a QFormat, not 8"),
    ({"sample": 8}, TypeError, r"sample must be a QFormat, not 8"),
    ({"weight_memory": "auto"}, TypeError, r"weight_memory must be a MemoryKind \(.*, not 'auto'"),
    ({"lanes": 0}, ValueError, r"lanes must lie in 1 \.\. 256, not 0"),
    ({"lanes": 257}, ValueError, r"lanes must lie in 1 \.\. 256, not 257"),
    ({"lanes": 8.0}, TypeError, r"lanes must be an integer, not 8\.0"),
    ({"neuron_lanes": 0}, ValueError, r"neuron_lanes must lie in 1 \.\. 16, not 0"),
    ({"neuron_lanes": 32}, ValueError, r"neuron_lanes must lie in 1 \.\. 16, not 32"),
    ({"neuron_lanes": 3}, ValueError, r"neuron_lanes must be 1, 2, 4, 8 or 16, not 3"),
    ({"neuron_lanes": 2.0}, TypeError, r"neuron_lanes must be an integer, not 2\.0"),
    ({"neuron_lanes": True}, TypeError, r"neuron_lanes must be an integer, not True"),
    ({"lanes": 6, "neuron_lanes": 4}, ValueError,
     r"neuron_lanes must divide the 6 lanes, not 4"),
    ({"lanes": 1, "neuron_lanes": 2}, ValueError,
     r"neuron_lanes must divide the 1 lanes, not 2"),
    ({"sample_capacity": 0}, ValueError, r"sample_capacity must lie in 1 \.\. 65536, not 0"),
    ({"generator_seed": 0}, ValueError, r"generator_seed must lie in 1 \.\. 2147483647, not 0"),
    ({"weight": QFormat(2, 14, signed=False)}, ValueError, "weight must be signed and saturate"),
    ({"rate": QFormat(2, 8, overflow=Overflow.WRAP)}, ValueError, "rate must be signed and satu"),
    ({"state": QFormat(4, 8, signed=False)}, ValueError, "state must be signed and saturate"),
    ({"weight": QFormat(1, 4)}, ValueError, r"weight width must lie in 6 \.\. 24, not 5"),
    ({"weight": QFormat(9, 14)}, ValueError, r"weight integer bits must lie in 1 \.\. 8, not 9"),
    ({"weight": QFormat(0, 14)}, ValueError, r"weight integer bits must lie in 1 \.\. 8, not 0"),
    ({"rate": QFormat(1, 8)}, ValueError, r"rate integer bits must lie in 2 \.\. 4, not 1"),
    ({"rate": QFormat(2, 2)}, ValueError, r"rate fraction bits must lie in 3 \.\. 13, not 2"),
    ({"rate": QFormat(2, 14)}, ValueError, r"rate fraction bits must lie in 3 \.\. 13, not 14"),
    ({"state": QFormat(4, 9)}, ValueError, "state must have the rate's 8 fraction bits, not Q4.9"),
    ({"state": QFormat(13, 8)}, ValueError, r"state integer bits must lie in 2 \.\. 12, not 13"),
    ({"rate": QFormat(4, 8), "state": QFormat(3, 8)}, ValueError,
     r"state integer bits must lie in 4 \.\. 12, not 3"),
    ({"rate": QFormat(2, 8, rounding=Rounding.TRUNCATE)}, ValueError,
     "rate must round nearest-even"),
    ({"state": QFormat(4, 8, rounding=Rounding.STOCHASTIC)}, ValueError,
     "state must round nearest-even"),
    ({"sample": QFormat(3, 14), "rate": QFormat(4, 13), "state": QFormat(4, 13)}, ValueError,
     "sample must be at most 16 bits wide, not Q3.14"),
    ({"network": Network((64, 32, 257))}, ValueError,
     r"output layer size must lie in 1 \.\. 256, not 257"),
    ({"sample": QFormat(2, 6, signed=False)}, ValueError, "must fit into the rate Q2.8, not be U2"),
    ({"rate": QFormat(2, 6), "state": QFormat(4, 6)}, ValueError, "must fit into the rate Q2.6"),
    ({"weight": QFormat(1, 23), "rule": GhostRule(learning_rate_shift=0)}, ValueError,
     "Q1.23 must drop at least one bit of an update; with rate Q2.8 and learning_rate_shift 0 it"),
    ({"rule": GhostRule(ghost_rate_shift=3)}, ValueError,
     r"ghost_rate_shift must lie in 4 \.\. 10 where learning_rate_shift is 4, not 3"),
    ({"rule": GhostRule(ghost_rate_shift=11)}, ValueError,
     r"ghost_rate_shift must lie in 4 \.\. 10 where learning_rate_shift is 4, not 11"),
    ({"network": Network((64, 32, 10), Activation.TANH)}, ValueError,
     "the hidden rates of ghost units must be clip or relu, .* not tanh"),
    ({"network": Network((64, 32, 10), Activation.LINEAR)}, ValueError, "never negative, not lin"),
    ({"rule": EquilibriumRule()}, ValueError,
     "an equilibrium network must be clip, not clip and linear"),
    ({"rule": EquilibriumRule(), "network": Network((64, 32, 10), Activation.RELU, CLIP)},
     ValueError, "an equilibrium network must be clip, not relu and clip"),
    ({"rule": EquilibriumRule(branch_rate_shift=3), "network": CLIPPED}, ValueError,
     r"branch_rate_shift must lie in 4 \.\. 10 where .* is 4, not 3"),
    # One octave less than the operand carries: the output layer's rate lies that much lower.
    ({"rule": EquilibriumRule(branch_rate_shift=11), "network": CLIPPED}, ValueError,
     r"branch_rate_shift must lie in 4 \.\. 10 where .* is 4, not 11"),
    ({"rule": PalRule()}, ValueError, "must be soft and linear, not clip and linear"),
    ({"rule": PalRule(), "network": Network((64, 32, 10), Activation.SOFT, CLIP)}, ValueError,
     "must be soft and linear, not soft and clip"),
    ({"rule": InversionRule(), "network": SOFT}, ValueError,
     "must be one of clip, relu, tanh, linear, not soft"),
    ({"network": SOFT}, ValueError, "clip or relu, which are never negative, not soft"),
    ({"rule": PalRule(), "network": SOFT, "rate": QFormat(2, 3), "state": QFormat(4, 3),
      "sample": QFormat(1, 3, signed=False), "weight": QFormat(2, 6)}, ValueError,
     "rate must have 4 fraction bits or more, .*, not Q2.3"),
    ({"rule": PalRule(noise_shift=8), "network": SOFT, "rate": QFormat(2, 7),
      "state": QFormat(4, 7), "weight": QFormat(2, 8)}, ValueError,
     "noise_shift must be at most 7, the rate's fraction bits, not 8"),
    ({"rule": PalRule(clip_shift=8), "network": SOFT, "rate": QFormat(2, 7),
      "state": QFormat(4, 7), "weight": QFormat(2, 8)}, ValueError,
     "clip_shift must be at most 7, the rate's fraction bits, not 8"),
    ({"rule": PalRule(), "network": SOFT, "weight": QFormat(2, 18)}, ValueError,
     "decay_shift must be at most 11, the bits that an update of Q2.18 drops, not 13"),
])
def test_design_checks(changes, error, message):
    with pytest.raises(error, match=message):
        Design(**{"network": NETWORK} | changes)


def test_the_decay_of_any_rule_is_checked(monkeypatch):
    monkeypatch.setattr(PalRule, "check", lambda rule, design: None)
    with pytest.raises(ValueError, match="decay_shift must be at most 11"):
        Design(rule=PalRule(), network=SOFT, weight=QFormat(2, 18))


def test_derived_formats():
    design = Design(NETWORK)
    assert design.presynaptic == QFormat(1, 8, signed=False)
    assert design.difference == QFormat(3, 8)
    assert (design.update_span, design.update_shifts) == (6, (4, 10))
    assert design.update_discard == 16 + 10 - 14
    assert design.drive_fraction == 22
    assert design.event == design.presynaptic
    assert not design.stochastic
    assert design.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC)).stochastic


def test_signed_events_take_a_wider_operand():
    """Changes of rates need a sign, and the wider multipliers make room for one octave more."""
    design = Design(CLIPPED, EquilibriumRule(learning_rate_shift=4, output_rate_shift=1))
    assert design.event == design.difference == QFormat(3, 8)
    assert design.update_span == 7 and design.event.width + 7 <= 18
    # The register's largest k leaves room for the output layer's lower rate.
    assert (design.update_lowest_rate, design.update_shifts) == (11, (4, 10))
    assert Design(NETWORK, InversionRule(learning_rate_shift=5)).update_shifts == (5, 12)


@pytest.mark.parametrize("rule", [GhostRule(), EquilibriumRule(), InversionRule(), PalRule()],
                         ids=lambda rule: rule.name)
@pytest.mark.parametrize("sizes", [(64, 32, 10), (1, 1, 1), (3, 1024, 200, 255)])
def test_no_drive_overflows(sizes, rule):
    network = Network(sizes, CLIP, CLIP)
    if rule.engine.feedback_weights:
        network = Network(sizes, Activation.SOFT)
    design = Design(network, rule)
    largest = 1 << (design.drive_width - 1)
    weight, rate = -design.weight.minimum, max(design.event.maximum, -design.event.minimum)
    for fan_in in sizes[:-1]:
        assert weight * rate * (fan_in + 1) < largest
    for fan_out in sizes[2:]:
        assert weight * -design.difference.minimum * fan_out < largest


def test_no_drive_of_spikes_overflows():
    for sizes in ((64, 32, 10), (1, 1, 1), (3, 1024, 1024, 256)):
        design = MicrocircuitRule.design(sizes)
        largest = 1 << (design.drive_width - 1)
        assert -design.weight.minimum * design.rate.one * max(sizes[:-1]) < largest
        assert 15 * design.rate.one * max(sizes[2:]) < largest


VARIANTS = [
    *PRESETS.values(),
    design_for(Network((5, 4, 2), Activation.RELU), Mechanism.LEARN, Schedule.RELAXATION,
               weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC), generator_seed=7,
               weight_memory=MemoryKind.DISTRIBUTED),
    Design(NETWORK, GhostRule(ghost_rate_shift=6)),
    Design(CLIPPED, EquilibriumRule(6, 0, 2, 2, None, 7, 5)),
    Design(CLIPPED, EquilibriumRule(6, 0, 2, 2, None, 7, 5, Phase.CLAMPED, ClampedStart.ZERO, 4)),
    Design(Network((5, 4, 2), Activation.TANH), InversionRule(3, 2, 0, 5, 9)),
    PalRule.design((5, 4, 2), rule=PalRule(5, 4, 6, 12, 2, 9)),
    MicrocircuitRule.design((5, 4, 2), rule=MicrocircuitRule(7, 5, 1, False, 9)),
    Design(NETWORK, neuron_lanes=4),
]


@pytest.mark.parametrize("design", VARIANTS, ids=lambda design: design.digest)
def test_record_round_trip(design):
    record = json.loads(json.dumps(design.to_dict()))
    assert Design.from_dict(record) == design
    assert Design.from_dict(record).digest == design.digest


def test_one_neuron_lane_may_be_named_in_a_record():
    """Records and digests from before there was a choice stay valid."""
    design = Design(NETWORK)
    record = design.to_dict()
    assert "neuron_lanes" not in record
    assert Design.from_dict(record | {"neuron_lanes": 1}) == design
    with pytest.raises(ValueError, match="neuron_lanes must be 1, 2, 4, 8 or 16, not 3"):
        Design.from_dict(record | {"neuron_lanes": 3})


def test_record_checks():
    record = preset("tiny").to_dict()
    with pytest.raises(ValueError, match="rule must be one of ghost, equilibrium, inversion"):
        Design.from_dict(record | {"name": "backprop"})
    for missing in ("name", "network", "rule"):
        with pytest.raises(ValueError, match=f"design record lacks '{missing}'"):
            Design.from_dict({k: v for k, v in record.items() if k != missing})
    with pytest.raises(ValueError, match="'perceptron' is not a valid Mechanism"):
        Design.from_dict(record | {"rule": record["rule"] | {"mechanism": "perceptron"}})
    with pytest.raises(TypeError, match="unexpected keyword argument 'mechanism'"):
        Design.from_dict(record | {"name": "inversion"})
    with pytest.raises(ValueError, match="lanes must lie"):
        Design.from_dict(record | {"lanes": 0})


def test_digest_is_stable_and_covers_every_parameter():
    # Boards in the field identify themselves by it: a new value here refuses their bitstreams.
    design = Design(NETWORK)
    assert design.digest == "6111c42826fd9b85"
    changes = [
        {"network": Network((64, 33, 10))}, {"network": Network((64, 32, 10), Activation.RELU)},
        {"lanes": 4}, {"neuron_lanes": 2}, {"neuron_lanes": 4},
        {"weight": QFormat(2, 13)}, {"state": QFormat(5, 8)},
        {"sample": QFormat(1, 6, signed=False)}, {"weight_memory": MemoryKind.BLOCK},
        {"sample_capacity": 1000}, {"generator_seed": 2},
        {"weight": replace(design.weight, rounding=Rounding.TRUNCATE)},
        {"rate": QFormat(2, 9), "state": QFormat(4, 9)},
        *({"rule": GhostRule(**rule)} for rule in (
            {"mechanism": Mechanism.COPY}, {"schedule": Schedule.RELAXATION},
            {"learning_rate_shift": 5}, {"nudging_shift": 1}, {"ghost_rate_shift": 5},
            {"step_shift": 2}, {"steps": 8})),
        {"network": Network((64, 32, 10), CLIP, Activation.TANH)},
        *({"network": CLIPPED, "rule": EquilibriumRule(**rule)} for rule in (
            {}, {"learning_rate_shift": 5}, {"output_rate_shift": 0}, {"nudging_shift": 2},
            {"branch_rate_shift": None}, {"share_shift": 0, "branch_rate_shift": None},
            {"steps": 4}, {"tolerance_shift": 4}, {"phase": Phase.CLAMPED},
            {"feedback": Feedback.RANDOM}, {"decay_shift": 12},
            {"clamped_start": ClampedStart.ZERO}, {"clamped_steps": 2})),
        *({"rule": InversionRule(**rule)} for rule in (
            {}, {"learning_rate_shift": 4}, {"control_shift": 2}, {"follow_shift": 2},
            {"leak_shift": 3}, {"steps": 9})),
        *({"network": SOFT, "rule": PalRule(**rule)} for rule in (
            {}, {"learning_rate_shift": 5}, {"noise_shift": 4}, {"feedback_rate_shift": 8},
            {"decay_shift": 10}, {"clip_shift": 2}, {"steps": 8})),
    ]
    digests = [design.digest, *(design.replace(**change).digest for change in changes)]
    assert len(set(digests)) == len(digests)
