"""Sets larger than the sample memory; samples on the wire without their runs of zeros."""

import numpy as np
import pytest

from cortigate.boards.device.samples import Targets
from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import BAUD
from cortigate.boards.host.packing import sample_frames, sample_image
from cortigate.boards.learn.keeper import Keeper
from cortigate.boards.learn.models import IntegerDevice, ReferenceDevice
from cortigate.boards.learn.trainer import Trainer, learn_in_order, portions, predict_all
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Network, QFormat, Rounding, preset
from cortigate.golden.spec.link import WRITE_BYTES, Operation, Space
from cortigate.golden.spec.rules.ghost import design_for

from ..emulator import Emulator, dense

SMALL = preset("tiny").replace(
    sample_capacity=8, weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC))
WIDE = design_for(Network((300, 4, 3)), lanes=2, sample_capacity=40)
START = initial_weights(SMALL, 3)


def samples(design, count, seed=1, share=1.0):
    """Random raw inputs, of which this share is not zero, and labels."""
    rng, sizes = np.random.default_rng(seed), design.network.sizes
    inputs = rng.integers(0, design.sample.maximum // 2, (count, sizes[0]))
    return inputs * (rng.random(inputs.shape) < share), rng.integers(0, sizes[-1], count)


def test_portions_cover_everything_once():
    assert portions(8, 20) == [slice(0, 7), slice(7, 14), slice(14, 20)]
    assert portions(8, 8) == [slice(0, 8)]
    assert portions(1, 2) == [slice(0, 1), slice(1, 2)]


@pytest.mark.parametrize("count", [1, 8, 9, 30])
def test_portions_leave_the_weights_of_the_whole(count):
    inputs, labels = samples(SMALL, count)
    model, device, told = integer_model(SMALL), IntegerDevice(SMALL), []
    model.set_weights(START)
    right = model.learn_all(inputs, labels) == labels
    device.write_weights(START)
    done = learn_in_order(device, inputs, labels, progress=told.append)
    for name, values in device.read_weights().items():
        np.testing.assert_array_equal(values, model.weights[name])
    np.testing.assert_array_equal(device.read_generators(), model.generator.states)
    assert (done.samples, done.correct, done.running) == (count, right.sum(), False)
    assert done.weight_saturations == model.weight_saturations
    assert done.state_saturations == model.state_saturations
    seen = [counters.samples for counters in told]
    assert seen == sorted(seen) and seen[-1] == count
    assert [counters.running for counters in told] == [n < count for n in seen]
    np.testing.assert_array_equal(predict_all(device, inputs), model.predict(inputs))


def test_rates_reach_every_portion():
    inputs, labels = samples(SMALL, 20)
    own = SMALL.rule.update_shift, SMALL.rule.second_update_shift
    model, device = integer_model(SMALL), IntegerDevice(SMALL)
    model.set_weights(START)
    model.learn_all(inputs, labels, None, own[0] + 1, own[1] + 1)
    device.write_weights(START)
    learn_in_order(device, inputs, labels, update_shift=own[0] + 1,
                   second_update_shift=own[1] + 1)
    np.testing.assert_array_equal(device.read_weights()["W1"], model.weights["W1"])


def test_the_float_reference_learns_in_portions_too():
    inputs, labels = samples(SMALL, 20)
    device = ReferenceDevice(SMALL)
    device.write_weights(START)
    assert learn_in_order(device, inputs, labels).samples == 20
    assert np.abs(device.read_weights()["W1"] - START["W1"]).max() > 0


@pytest.mark.parametrize("inputs, labels, message", [
    (np.zeros((0, 5), int), np.zeros(0, int), "inputs must hold at least one sample"),
    (np.zeros((9, 4), int), np.zeros(9, int), r"inputs must be integers of shape \(n, 5\)"),
    (np.zeros((9, 5), int), np.zeros(8, int), r"labels must be integers of shape \(9,\)"),
    (np.zeros((9, 5), int), np.array([0] * 8 + [2]), r"labels must lie in 0 .. 1"),
])
def test_bad_sets_are_refused_before_anything_is_learned(inputs, labels, message):
    device = IntegerDevice(SMALL)
    device.write_weights(START)
    before = device.read_weights()["W1"]
    with pytest.raises(ValueError, match=message):
        learn_in_order(device, inputs, labels)
    np.testing.assert_array_equal(device.read_weights()["W1"], before)


def started(device=None):
    device = device or IntegerDevice(SMALL)
    device.write_weights(START)
    return device


def same(one, other):
    """True if two devices hold the same weights and generators."""
    weights = other.read_weights()
    return np.array_equal(one.read_generators(), other.read_generators()) and all(
        np.array_equal(values, weights[name]) for name, values in one.read_weights().items())


def test_every_epoch_divides_a_large_set_anew_and_learns_all_of_it():
    inputs, labels = samples(SMALL, 20)
    device, seen = started(), []
    trainer = Trainer(device, inputs, labels, seed=3)
    for number in (0, 1):
        parts = trainer._portions(number)
        assert [len(part) for part in parts] == [7, 7, 6]
        assert sorted(np.concatenate(parts)) == list(range(20))
        seen.append(np.concatenate(parts))
        assert trainer.epoch(number).samples == 20
    assert not np.array_equal(*seen)
    assert [list(part) for part in Trainer(device, inputs, labels)._portions(1)] == [
        list(range(20))[part] for part in portions(8, 20)]


@pytest.mark.parametrize("seed", [None, 3])
@pytest.mark.parametrize("count", [8, 20])
@pytest.mark.parametrize("every", [1, 3, 5])
def test_an_epoch_that_is_interrupted_anywhere_ends_in_the_same_bits(seed, count, every, tmp_path):
    inputs, labels = samples(SMALL, count)
    whole, pauses = started(), []
    done = Trainer(whole, inputs, labels, seed=seed).epoch(1)

    def kept(counters):
        pauses.append((counters, device.read_weights(), device.read_generators()))

    device = started()
    keeper = Keeper(tmp_path / "file", every)
    paused = Trainer(device, inputs, labels, seed=seed, keeper=keeper).epoch(1, save=kept)
    assert same(device, whole) and paused.correct == done.correct
    assert [counters.samples for counters, *_ in pauses] == list(range(every, count, every))
    for counters, weights, generators in pauses[::2]:
        device = IntegerDevice(SMALL)
        device.write_weights(weights)
        device.write_generators(generators)
        resumed = Trainer(device, inputs, labels, seed=seed).epoch(1, counters)
        assert same(device, whole)
        assert (resumed.samples, resumed.correct) == (count, done.correct)


@pytest.mark.parametrize("options, message", [
    ({"milestones": (1,)}, "milestones must be empty without a seed"),
    ({"seed": 1, "update_shift": 7}, "update_shift and second_update_shift must be None with a"),
    ({"seed": 1, "second_update_shift": 7}, "second_update_shift must be None with a seed"),
    ({"update_shift": 99}, "update_shift must lie in "),
])
def test_options_that_would_do_nothing_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Trainer(started(), *samples(SMALL, 3), **options)


class Written(IntegerDevice):
    """Remembers what is written into its sample memory: (first, count)."""

    def __init__(self, design):
        super().__init__(design)
        self.places = []

    def write_samples(self, inputs, labels, first=0):
        self.places.append((first, len(inputs)))
        super().write_samples(inputs, labels, first)


@pytest.mark.parametrize("count, others, places", [
    (5, 3, [(0, 5), (5, 3)]),  # both fit: each is written once
    (5, 4, [(0, 5), (0, 4), (0, 5), (0, 4)]),
    (9, 4, [(0, 5), (0, 4), (0, 4), (0, 5), (0, 4), (0, 4)]),
])
def test_what_is_predicted_lies_beside_the_set_if_there_is_room(count, others, places):
    inputs, labels = samples(SMALL, count)
    test, _ = samples(SMALL, others, seed=9)
    device = started(Written(SMALL))
    trainer, model = Trainer(device, inputs, labels), integer_model(SMALL)
    model.set_weights(START)
    for _ in range(2):
        trainer.epoch()
        model.learn_all(inputs, labels)
        np.testing.assert_array_equal(trainer.predict(test), model.predict(test))
    assert device.places == places


def image_of(design, inputs, labels):
    """Samples with classes as words of the memory."""
    return sample_image(design, inputs, Targets(np.asarray(labels)))


def undone(design, frames):
    """Words that frames write, bytes; they must follow each other without a gap."""
    words = b""
    for operation, address, count, payload in frames:
        assert address == 7 + len(words) // 2 and 0 < len(payload) <= WRITE_BYTES and count < 256
        words += dense(count, payload) if operation is Operation.WRITE_SPARSE else payload
        assert operation is not Operation.WRITE or count == len(payload) // 2
    return words


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 1.0])
def test_sparse_samples_take_fewer_bytes(share):
    image = image_of(WIDE, *samples(WIDE, 40, share=share))
    words = np.frombuffer(image, "<u2")
    frames = list(sample_frames(WIDE, 7, words))
    assert undone(WIDE, frames) == image
    plain = list(sample_frames(SMALL, 7, words))  # which knows no sparse ones
    assert undone(SMALL, plain) == image
    assert all(operation is Operation.WRITE for operation, *_ in plain)
    assert len(frames) <= len(plain)
    sizes = [sum(len(payload) for *_, payload in some) for some in (frames, plain)]
    assert sizes[0] <= sizes[1] == len(image)
    if share <= 0.05:
        assert sizes[0] < sizes[1] / 4


def test_each_frame_is_of_the_kind_that_is_shorter():
    words = np.concatenate([np.ones(240, int), np.zeros(5000, int), np.ones(130, int),
                            np.zeros(3, int)])
    frames = list(sample_frames(WIDE, 7, words))
    assert undone(WIDE, frames) == words.astype("<u2").tobytes()
    kinds = [operation for operation, *_ in frames]
    assert kinds[:3] == [Operation.WRITE, Operation.WRITE, Operation.WRITE_SPARSE]
    assert len(kinds) <= 5
    assert list(sample_frames(WIDE, 7, words[:0])) == []


@pytest.mark.parametrize("design, sparse", [(WIDE, True), (WIDE.replace(
    network=Network((200, 4, 3))), False)], ids=["known", "unknown"])
def test_the_driver_writes_sparse_by_itself(design, sparse):
    inputs, labels = samples(design, 30, share=0.1)
    with Emulator(design) as emulator:
        with Board.open(emulator.port, design, baud=BAUD, timeout=0.5, attempts=2) as board:
            board.write_samples(inputs, labels, first=4)
            image = image_of(design, inputs, labels)
            begin = 4 * len(image) // 30
            assert emulator.memory[Space.SAMPLES][begin:begin + len(image)] == image
            kinds = {operation for operation, space, _ in emulator.executed
                     if space is Space.SAMPLES}
    assert kinds == {Operation.WRITE_SPARSE if sparse else Operation.WRITE}


def test_a_sparse_write_is_repeated_when_its_answer_is_lost():
    inputs, labels = samples(WIDE, 30, share=0.1)
    with Emulator(WIDE) as emulator:
        with Board.open(emulator.port, WIDE, baud=BAUD, timeout=0.1, attempts=3) as board:
            answers = iter(range(10**9))
            emulator.damage_answer = lambda frame: frame if next(answers) % 3 else b""
            board.write_samples(inputs, labels)
            image = image_of(WIDE, inputs, labels)
            assert emulator.memory[Space.SAMPLES][:len(image)] == image
            assert board.link.repeats > 0
        places = [address for operation, space, address in emulator.executed
                  if space is Space.SAMPLES]
    assert len(places) == len(set(places))
