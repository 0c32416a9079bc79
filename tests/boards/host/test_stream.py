"""Streams through an emulated board, which is the integer model, and their repetition."""

import time

import numpy as np
import pytest

from cortigate.boards.device import stream as results_module
from cortigate.boards.host import stream as stream_module
from cortigate.boards.host.driver import Board, NotWritten
from cortigate.boards.host.link import BAUD, Busy, NoAnswer, Unplugged
from cortigate.boards.host.stream import StreamEnded
from cortigate.boards.learn import replay as replay_module
from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.replay import replay
from cortigate.boards.learn.training import initial_generators
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import QFormat, Rounding, Target, preset
from cortigate.golden.spec.link import Operation, Register, Space
from cortigate.golden.spec.rules.pal import PalRule

from ...campaign import some
from .. import streaming
from ..emulator import Emulator
from ..streaming import StreamingEmulator

# The rounding's generators too, whose draws depend on the data; an odd number of inputs; a lane of
# the last power of two is unused.
DESIGN = PalRule.design((5, 4, 3, 2), lanes=3, sample_capacity=32,
                 weight=QFormat(2, 12, rounding=Rounding.STOCHASTIC))
WEIGHTS = initial_weights(DESIGN, 3)
SAMPLES = 100
RANDOM = np.random.default_rng(5)
INPUTS = RANDOM.integers(0, 129, (SAMPLES, 5))
LABELS = RANDOM.integers(-1, 2, SAMPLES)  # a third without a target
TURNS = RANDOM.integers(0, 4, SAMPLES)
LONG = 255  # instead of 65535, in tests of it


def standing(sample):
    return TURNS[sample % SAMPLES]


@pytest.fixture
def opened(request):
    """Opens an emulator with certain parameters, and a board on it with weights."""
    def opens(**parameters):
        emulator = StreamingEmulator(DESIGN, **{"turns": standing} | parameters)
        emulator.__enter__()
        request.addfinalizer(emulator.unplug)
        board = Board.open(emulator.port, DESIGN, baud=BAUD, timeout=0.5, attempts=2)
        request.addfinalizer(board.close)
        board.write_weights(WEIGHTS)
        board.write_generators(initial_generators(DESIGN))
        return emulator, board
    return opens


def fresh_model():
    model = integer_model(DESIGN)
    model.set_weights(WEIGHTS)
    return model


def assert_repeats(board, stream, inputs=INPUTS, labels=LABELS, **rates):
    """The integer model comes to the board's weights, generators and predictions."""
    model, generators = fresh_model(), board.read_generators()
    assert len(stream.stood) == len(stream.predictions) == len(inputs)
    found = replay(model, inputs, labels, stream.stood, generators=generators, **rates)
    np.testing.assert_array_equal(found, stream.predictions)
    for name, values in board.read_weights().items():
        np.testing.assert_array_equal(values, model.weights[name])
    np.testing.assert_array_equal(generators, model.generator.states)
    assert any((model.weights[name] != fresh_model().weights[name]).any() for name in WEIGHTS)


@pytest.mark.parametrize("ring, part", some(
    [(None, 0), (2, 0), (7, 5), (32, 0)], [1, 3, SAMPLES], every=4))
def test_the_run_can_be_repeated_in_every_bit(opened, ring, part):
    emulator, board = opened()
    size, first = ring
    with board.stream(size=size, first=first) as stream:
        for start in range(0, SAMPLES, part):
            stream.send(INPUTS[start:start + part], LABELS[start:start + part])
    assert not emulator.running and emulator.broken == []
    np.testing.assert_array_equal(stream.stood, TURNS)
    assert stream.sent == SAMPLES and not stream.stood_long.any()
    assert_repeats(board, stream)


def test_without_its_turns_it_is_another_run(opened):
    _, board = opened()
    with board.stream() as stream:
        stream.send(INPUTS, LABELS)
    model = fresh_model()
    replay(model, INPUTS, LABELS, 0 * stream.stood)
    assert (model.weights["B1"] != board.read_weights()["B1"]).any()


@pytest.mark.parametrize("seconds, waits", [(0.005, False), (0.0, True)],
                         ids=["slow board", "slow host"])
def test_either_may_be_faster(opened, seconds, waits):
    emulator, board = opened(seconds=seconds)
    ahead = []
    with board.stream(size=8) as stream:
        for start in range(0, SAMPLES, 5):
            stream.send(INPUTS[start:start + 5], LABELS[start:start + 5],
                        lambda stream: ahead.append(stream.sent - len(stream.predictions)))
            if waits:
                stream.wait()
                time.sleep(0.005)
    assert max(ahead) >= 6 if seconds else max(ahead) <= 5
    assert emulator.broken == []
    assert_repeats(board, stream)


def test_counts_go_round(opened, monkeypatch):
    assert (stream_module.COUNT_MODULUS, stream_module.SAMPLES_MODULUS) == (1 << 16, 1 << 32)
    for module in (results_module, stream_module):
        monkeypatch.setattr(module, "COUNT_MODULUS", 16)
    monkeypatch.setattr(stream_module, "SAMPLES_MODULUS", 32)
    emulator, board = opened(count_modulus=16, samples_modulus=32)
    with board.stream(size=15) as stream:
        stream.send(INPUTS, LABELS)
    assert emulator.broken == []
    assert emulator.register(Register.SAMPLES) == SAMPLES % 32
    assert_repeats(board, stream)
    with pytest.raises(ValueError, match="a ring must have 2 .. 15 samples within 0 .. 31"):
        board.stream(size=16)


def test_results_come_as_the_link_says(opened):
    _, board = opened()
    with board.stream() as stream:
        assert len(stream.predictions) == len(stream.stood) == 0
        for count in range(1, 10):
            stream.send(INPUTS[count - 1:count], LABELS[count - 1:count])
            stream.wait()
            assert len(stream.predictions) == count
            np.testing.assert_array_equal(stream.stood, TURNS[:count - 1])
        stream.close()
        np.testing.assert_array_equal(stream.stood, TURNS[:9])
    assert_repeats(board, stream, INPUTS[:9], LABELS[:9])


@pytest.fixture
def short(monkeypatch):
    """Let 255 turns be more than can be counted."""
    for module in (replay_module, results_module, streaming):
        monkeypatch.setattr(module, "STOOD_LONG", LONG)


def test_the_last_sample_may_stand_for_any_time(opened, monkeypatch, short):
    monkeypatch.setattr(replay_module, "MOST_TURNS", 500)
    turns = [0, 2, 1, LONG - 1, 700]
    _, board = opened(turns=turns.__getitem__)
    with board.stream() as stream:
        stream.send(INPUTS[:5], LABELS[:5])
    assert stream.stood.tolist() == [0, 2, 1, LONG - 1, LONG]
    assert stream.stood_long.tolist() == [False] * 4 + [True]
    assert_repeats(board, stream, INPUTS[:5], LABELS[:5])
    with pytest.raises(ValueError, match="sample 4 stood for an unknown number of turns"):
        replay(fresh_model(), INPUTS[:5], LABELS[:5], stream.stood)
    with pytest.raises(ValueError, match="the generators are not those after this run"):
        replay(fresh_model(), INPUTS[:5], LABELS[:5], stream.stood,
               generators=initial_generators(DESIGN))


def test_turns_are_found_in_the_generators_of_several_neuron_lanes():
    """Two hidden neurons of layer 2 leave the last two generators behind."""
    design = PalRule.design((5, 4, 2, 2), lanes=4, neuron_lanes=4)
    model, board = (integer_model(design) for _ in range(2))
    for one in (model, board):
        one.learn(INPUTS[0], 1)
    for turns in (0, 1, 3):
        assert replay_module.turns_until(model, board.generator.states) == turns
        for _ in range(1 + (turns > 0)):
            board.stand()


def test_a_pause_in_between_is_told(opened, short):
    _, board = opened(turns=[0, 300, 1].__getitem__)
    with board.stream() as stream:
        stream.send(INPUTS[:3], LABELS[:3])
    with pytest.raises(ValueError, match="sample 1 stood for an unknown number of turns, 255"):
        assert_repeats(board, stream, INPUTS[:3], LABELS[:3])


def test_rates_and_targets_reach_the_board(opened):
    emulator, board = opened()
    rates = {"update_shift": 7, "second_update_shift": 6}
    labels = [None, 1, 0, None]
    with board.stream(**rates) as stream:
        stream.send(INPUTS[:4], labels)
        stream.send(INPUTS[4:6])
    before = emulator.memory[Space.SAMPLES][:]
    assert_repeats(board, stream, INPUTS[:6], [*labels, None, None], **rates)
    # Two streams in a row are as independent as two runs.
    board.write_weights(WEIGHTS)
    board.write_generators(initial_generators(DESIGN))
    with board.stream(**rates) as stream:
        stream.send(INPUTS[:6], [-1, 1, 0, -1, -1, -1])
    assert before == emulator.memory[Space.SAMPLES]
    assert_repeats(board, stream, INPUTS[:6], [*labels, None, None], **rates)


def test_without_targets_only_the_feedback_learns(opened):
    _, board = opened()
    with board.stream() as stream:
        stream.send(INPUTS[:20], [None] * 10 + [-1] * 10)
        stream.send(INPUTS[20:])
    weights, before = board.read_weights(), fresh_model().weights
    for name in weights:
        assert (weights[name] != before[name]).any() == name.startswith("B")
    assert_repeats(board, stream, labels=None)


def test_an_exception_stops_the_board_at_once(opened):
    emulator, board = opened(seconds=0.02)
    with pytest.raises(ZeroDivisionError) as caught, board.stream() as stream:
        stream.send(INPUTS[:32], LABELS[:32])
        while not emulator.turned:  # until the first one has been learned
            time.sleep(0.001)
        raise ZeroDivisionError
    assert not emulator.running and not hasattr(caught.value, "__notes__")
    taken = len(stream.predictions)
    assert 0 < taken < stream.sent == 32
    assert_repeats(board, stream, INPUTS[:taken], LABELS[:taken])


def test_ctrl_c_while_it_waits(opened):
    emulator, board = opened(seconds=0.02)

    def interrupt(stream):
        if len(stream.stood) > 1:  # something has been learned
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), board.stream(size=4) as stream:
        stream.send(INPUTS, LABELS, interrupt)
    assert not emulator.running
    assert_repeats(board, stream, INPUTS[:len(stream.stood)], LABELS[:len(stream.stood)])
    board.write_weights(WEIGHTS)
    with board.stream() as stream:  # as if nothing had been
        stream.send(INPUTS[:1], LABELS[:1])
    assert len(stream.stood) == 1


def test_unplugged_while_it_streams(opened):
    emulator, board = opened()

    def unplug(stream):
        if len(stream.predictions) > 20:
            emulator.unplug()

    with pytest.raises(Unplugged, match="is gone .*: plug it in") as caught:
        with board.stream() as stream:
            stream.send(INPUTS, LABELS, unplug)
    assert 20 < len(stream.predictions) < SAMPLES
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(RuntimeError, match="this stream is not open"):
        stream.send(INPUTS, LABELS)


def test_a_board_that_falls_silent_may_go_on(opened):
    emulator, board = opened()
    with pytest.raises(NoAnswer) as caught, board.stream() as stream:
        stream.send(INPUTS[:4], LABELS[:4])
        emulator.damage_request = lambda frame: b""
        stream.send(INPUTS, LABELS)
    assert "could not be stopped and may still be running" in caught.value.__notes__[0]


@pytest.mark.parametrize("register, value", [(Register.STATUS, 0), (Register.SAMPLES, 30)])
def test_a_run_that_is_not_this_streams(opened, register, value):
    emulator, board = opened()
    with pytest.raises(StreamEnded, match="another program or a reset ended it") as caught:
        with board.stream() as stream:
            stream.send(INPUTS[:9], LABELS[:9])
            stream.wait()
            emulator.set_register(register, value)
            stream.send(INPUTS, LABELS)
    assert not hasattr(caught.value, "__notes__")
    assert len(stream.predictions) == 9


def test_other_rules_are_refused():
    for name in ("tiny", "tiny-equilibrium", "tiny-inversion"):
        design = preset(name)
        message = f"the rule {design.rule.name} cannot stream: it learns in phases"
        with Emulator(design) as emulator, Board.open(emulator.port, design, baud=BAUD) as board:
            with pytest.raises(ValueError, match=message):
                board.stream()
            assert all(operation is Operation.READ for operation, *_ in emulator.executed)
        with open_device("integer", design) as device, pytest.raises(ValueError, match=message):
            device.stream()


def test_boards_that_are_not_ready_are_refused(opened):
    emulator, board = opened()
    emulator.set_register(Register.STATUS, 1)
    with pytest.raises(Busy, match="is running: wait for the end of the run, or stop it"):
        with board.stream():
            pass
    emulator.set_register(Register.STATUS, 0)
    emulator.corrupt_write = lambda data: b"\1\0" + data[2:]
    with pytest.raises(NotWritten):
        board.write_weights(WEIGHTS)
    with pytest.raises(NotWritten, match="half written: write them again"):
        with board.stream():
            pass


@pytest.mark.parametrize("options, message", [
    ({"size": 1}, "a ring must have 2 .. 65535 samples within 0 .. 31, not 0 .. 0"),
    ({"size": 33}, "a ring must have .*, not 0 .. 32"),
    ({"size": 20, "first": 20}, "a ring must have .*, not 20 .. 39"),
    ({"first": 31}, "a ring must have"),
    ({"first": -1}, "a ring must have"),
    ({"update_shift": 3}, "^update_shift must lie in 6 .. 9, not 3"),
    ({"second_update_shift": 11}, "second_update_shift must lie in 6 .. 9, not 11"),
])
def test_values_are_checked_before_anything_runs(opened, options, message):
    emulator, board = opened()
    before = len(emulator.executed)
    with pytest.raises(ValueError, match=message):
        board.stream(**options)
    assert len(emulator.executed) == before


@pytest.mark.parametrize("inputs, labels, message", [
    (INPUTS[:, :4], LABELS, r"inputs must be integers of shape \(n, 5\)"),
    (INPUTS / 128, LABELS, "inputs must be integers"),
    (INPUTS + 200, LABELS, r"inputs must lie in 0 .. 255"),
    (INPUTS, LABELS[:-1], "labels must be 100 integers, or None where there is no target"),
    (INPUTS, LABELS * 0.5, "labels must be 100 integers"),
    (INPUTS, np.append(LABELS[:-1], 2), "labels must lie in 0 .. 1, or be -1 or None"),
    (INPUTS, np.append(LABELS[:-1], -2), "labels must lie in 0 .. 1"),
])
def test_bad_samples_are_refused_before_the_first_is_sent(opened, inputs, labels, message):
    emulator, board = opened()
    with board.stream() as stream, open_device("integer", DESIGN) as device:
        with device.stream() as other:
            for one in (stream, other):
                with pytest.raises(ValueError, match=message):
                    one.send(inputs, labels)
                assert one.sent == 0
    assert emulator.register(Register.COUNT) == 0
    with pytest.raises(ValueError, match=message):
        replay(fresh_model(), inputs, labels, TURNS)


def test_repetition_checks_its_numbers():
    with pytest.raises(ValueError, match="stood must have one entry for each of 100 samples"):
        replay(fresh_model(), INPUTS, LABELS, TURNS[1:])


def test_a_stream_runs_once(opened):
    _, board = opened()
    for device in (board, IntegerDevice(DESIGN)):
        stream = device.stream()
        with pytest.raises(RuntimeError, match="this stream is not open"):
            stream.send(INPUTS, LABELS)
        with stream:
            stream.send(INPUTS[:0], LABELS[:0])
        with pytest.raises(RuntimeError, match="a stream runs once: begin another one"):
            stream.__enter__()
        assert len(stream.predictions) == len(stream.stood) == 0


@pytest.mark.parametrize("name", ["integer", "reference", "backprop"])
def test_models_stream_too(name):
    with open_device(name, DESIGN) as device:
        device.write_weights(WEIGHTS)
        told = []
        with device.stream(size=4) as stream:
            stream.send(INPUTS[:50], LABELS[:50], lambda stream: told.append(stream.sent))
            stream.wait()
            assert len(stream.predictions) == 50 and len(stream.stood) == 49
            before = device.read_weights()
            stream.send(INPUTS[50:])
        after = device.read_weights()
        assert told == list(range(1, 51)) and stream.stood.tolist() == [0] * SAMPLES
        np.testing.assert_array_equal(before["W1"], after["W1"])
        assert name == "backprop" or (before["B1"] != after["B1"]).any()
        if name == "integer":
            labels = np.append(LABELS[:50], [-1] * 50)
            assert_repeats(device, stream, labels=labels)


@pytest.mark.parametrize("name", ["integer", "reference", "backprop"])
def test_a_stream_of_values_predicts_no_class(name):
    """Nor does it matter that there are more outputs than classes can be."""
    design = PalRule.design((4, 3, 300), lanes=2, target=Target.VECTOR, sample_capacity=4)
    targets = np.arange(900).reshape(3, 300) % 99
    with open_device(name, design) as device, device.stream() as stream:
        stream.send(np.full((3, 4), 50), targets)
    assert stream.predictions.tolist() == [0, 0, 0]
