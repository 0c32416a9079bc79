"""Targets that are classes, values or the input: formats, places in memory, refusals."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design, MemoryMap, Network, QFormat, Target, preset
from cortigate.golden.spec.targets import check_targets, raw_target, raw_targets

TINY = preset("tiny")
VECTOR = TINY.replace(target=Target.VECTOR, target_format=QFormat(1, 6))
BACK = TINY.replace(target=Target.INPUT, network=Network((5, 4, 3, 5)))


def test_a_target_becomes_rates():
    one = TINY.rate.one
    np.testing.assert_array_equal(raw_target(TINY, 1), [0, one])
    shift = VECTOR.rate.fraction - 6
    np.testing.assert_array_equal(raw_target(VECTOR, [-64, 63]), [-64 << shift, 63 << shift])
    x = np.arange(5)
    np.testing.assert_array_equal(raw_target(BACK, x, x), x << (BACK.rate.fraction - 7))
    both = check_targets(VECTOR, [[1, 2], [3, 4]], 2)
    np.testing.assert_array_equal(raw_targets(VECTOR, both), both << shift)


def test_designs_that_say_nothing_new_keep_their_record():
    assert not {"target", "target_format", "results"} & set(TINY.to_dict())
    for design in (VECTOR, BACK, BACK.replace(results=True)):
        assert Design.from_dict(design.to_dict()) == design
        assert design.digest != TINY.digest


def test_places_in_the_sample_memory():
    assert [getattr(MemoryMap(VECTOR), name) for name in (
        "input_words", "target_words", "label_word", "sample_words")] == [3, 2, 5, 6]
    wide = BACK.replace(sample=QFormat(2, 8), results=True)
    assert [getattr(MemoryMap(wide), name) for name in (
        "input_words", "target_words", "label_word", "result_word", "sample_words")] == [
            5, 0, 5, 6, 11]
    assert (VECTOR.feed_bits, wide.feed_bits, BACK.feed_bits) == (16, 16, 8)
    many = Network((300, 8, 300))
    assert TINY.replace(network=many, target=Target.INPUT).feed_width == 1
    assert TINY.replace(network=Network((300, 8, 10))).feed_width == 2


def test_drives_have_room_for_inputs_of_either_sign():
    design = TINY.replace(sample=QFormat(2, 8), network=Network((60, 4, 3, 2)))
    model = integer_model(design)
    low = {name: np.full(w.shape, design.weight.minimum) for name, w in model.weights.items()}
    model.set_weights(low)
    trace = model.trace_inference(np.full(60, design.sample.minimum))
    assert design.drive.contains(trace.passes[0].drive)


@pytest.mark.parametrize(("changes", "message"), [
    ({"target": Target.INPUT}, "as many neurons as there are inputs, 5, .* not 2"),
    ({"target_format": QFormat(1, 4)}, "target_format must be None unless the target is a vector"),
    ({"target": Target.VECTOR, "target_format": QFormat(3, 4)}, r"target_format must fit into"),
    ({"target": Target.VECTOR, "target_format": QFormat(1, 16)}, "at most 16 bits wide"),
    ({"sample": QFormat(2, 15)}, "sample must be at most 16 bits wide"),
    ({"sample": QFormat(2, 7, signed=False)}, "sample must fit into the rate"),
    ({"network": Network((5, 4, 300))}, r"output layer size must lie in 1 \.\. 256, not 300"),
    ({"results": True, "rate": QFormat(4, 13), "state": QFormat(4, 13)},
     "results must be False with Q4.13"),
])
def test_what_a_design_refuses(changes, message):
    with pytest.raises(ValueError, match=message):
        TINY.replace(**changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"target": Target.VECTOR}, "target must be a class for spiking neurons"),
    ({"sample": QFormat(1, 7)}, "to be coded as spikes"),
    ({"results": True}, "results must be False with spikes"),
])
def test_what_spikes_refuse(changes, message):
    with pytest.raises(ValueError, match=message):
        preset("tiny-microcircuit").replace(**changes)


@pytest.mark.parametrize(("design", "target", "message"), [
    (TINY, 2, r"label must lie in 0 \.\. 1"), (TINY, [0, 1], "label must be an integer"),
    (VECTOR, 1, r"targets must be integers of shape \(1, 2\)"),
    (VECTOR, [0.5, 1], r"not float64"), (VECTOR, [0, 64], r"must lie in -64 \.\. 63 \(raw Q1.6\)"),
    (VECTOR, None, "must be integers"),
    (BACK, [0, 0, 0, 0, 1], "target must be the sample itself"),
])
def test_targets_that_are_refused(design, target, message):
    model = integer_model(design)
    before = {name: values.copy() for name, values in model.weights.items()}
    with pytest.raises((ValueError, TypeError), match=message):
        model.learn(np.zeros(5, int), target)
    for name, values in before.items():
        np.testing.assert_array_equal(model.weights[name], values)
