"""The host program against the RTL of the whole board, Verilated, over its UART."""

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import serial

from cortigate.boards.host.driver import Board, WrongBoard
from cortigate.boards.host.link import Busy, Unplugged
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.replay import replay
from cortigate.boards.learn.trainer import learn_in_order, predict_all
from cortigate.boards.learn.training import epoch_run
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryKind, Network, QFormat, Rounding, preset
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.rules.ghost import Mechanism, design_for
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import BAUD, VirtualBoard

pytestmark = pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))

DIGITS = preset("digits")
# Everything that the digits lack: plastic ghosts, rounding generators, lanes that are no power of
# two, partly filled blocks, an odd number of inputs.
SMALL = design_for(Network((5, 4, 3, 2)), Mechanism.LEARN, lanes=3, sample_capacity=32,
                   weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC))
# As an iCE40's SPRAM holds them: an update reads and writes them in turns.
ONE_PORT = DIGITS.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC),
                          weight_memory=MemoryKind.SINGLE)
DATA = load_digits_split(0)
TRAIN, TEST = len(DATA.x_train), len(DATA.x_test)


def stored(device, train=TRAIN, test=TEST):
    """The device with digits in its sample memory: those to learn from, then those of the test."""
    sample = device.design.sample
    device.write_samples(sample.from_float(DATA.x_train[:train]), DATA.y_train[:train])
    if test:
        device.write_samples(sample.from_float(DATA.x_test[:test]), DATA.y_test[:test], first=train)
    return device


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


@pytest.fixture(scope="module")
def virtual():
    """The virtual board, with all digits, for the tests that do not end it."""
    virtual = VirtualBoard(DIGITS)
    with virtual as port:
        with Board.open(port, DIGITS, baud=BAUD) as board:
            stored(board)
        yield virtual


@pytest.fixture
def board(virtual):
    with Board.open(virtual.port, DIGITS, baud=BAUD) as board:
        board.write_weights(initial_weights(DIGITS, 0))
        yield board


@pytest.fixture
def model():
    model = stored(IntegerDevice(DIGITS))
    model.write_weights(initial_weights(DIGITS, 0))
    return model


def test_a_whole_epoch_gives_the_integer_models_weights_and_predictions(board, model):
    seen = []
    for epoch in range(2):
        run = epoch_run(DIGITS, 0, epoch, TRAIN, milestones=(1,))
        done, expected = board.train(run, seen.append), model.train(run)
        assert (done.samples, done.correct) == (TRAIN, expected.correct)
        assert done.shuffle_state == expected.shuffle_state
        assert done.weight_saturations == expected.weight_saturations
        assert done.state_saturations == expected.state_saturations
        assert 0 < done.cycles < 1000 * TRAIN
        assert_same(board.read_weights(), model.read_weights())
    assert [counters.running for counters in seen].count(False) == 2
    predictions = board.predict(TRAIN, TEST)
    np.testing.assert_array_equal(predictions, model.predict(TRAIN, TEST))
    assert (predictions == DATA.y_test).mean() > 0.9
    assert board.link.repeats == 0
    assert board.counters().frames_dropped == 0


@pytest.mark.parametrize("design", [
    preset("pal").replace(lanes=4, neuron_lanes=2, sample_capacity=60,
                          weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC)),
    # Drives that saturate in several lanes at once.
    pytest.param(DIGITS.replace(lanes=4, neuron_lanes=4, weight=QFormat(3, 13),
                                state=QFormat(2, 8)), marks=pytest.mark.campaign)],
    ids=["pal", "ghost"])
def test_generators_and_saturations_of_several_neuron_lanes(design):
    model = stored(IntegerDevice(design), 60, 0)
    rng = np.random.default_rng(6)
    wide = {name: rng.integers(design.weight.minimum, design.weight.maximum + 1, w.shape)
            for name, w in initial_weights(design, 0).items()}
    run = dataclasses.replace(epoch_run(design, 1, 0, 60), count=60)
    with open_device("virtual", design) as board:
        for device in (board, model):
            device.write_weights(wide)
        stored(board, 60, 0)
        done, expected = board.train(run), model.train(run)
        assert done.state_saturations == expected.state_saturations > 60
        assert_same(board.read_weights(), model.read_weights())
        states = board.read_generators()
        np.testing.assert_array_equal(states, model.read_generators())
        if states.size:  # read and loaded like those of the lanes
            assert states.shape == (design.lanes + 2,)
            board.write_generators(states[::-1].copy())
            np.testing.assert_array_equal(board.read_generators(), states[::-1])


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["inversion", "equilibrium", "pal", "microcircuit", "one port"])
def test_the_digits_by_every_rule(name):
    design = ONE_PORT if name == "one port" else preset(name)
    model, train, test = IntegerDevice(design), 400, 100
    with open_device("virtual", design) as board:
        for device in (board, model):
            device.write_weights(initial_weights(design, 1))
            stored(device, train, test)
        # Some of the first epoch, and of the second, which learns at half the rate.
        for epoch, count in ((0, 400), (1, 100)):
            run = dataclasses.replace(epoch_run(design, 1, epoch, train, milestones=(1,)),
                                      count=count)
            done, expected = board.train(run), model.train(run)
            assert (done.samples, done.correct) == (count, expected.correct)
            assert done.weight_saturations == expected.weight_saturations
            assert done.state_saturations == expected.state_saturations
            assert_same(board.read_weights(), model.read_weights())
            np.testing.assert_array_equal(board.read_generators(), model.read_generators())
        predictions = board.predict(train, test)
    np.testing.assert_array_equal(predictions, model.predict(train, test))
    # Phaseless alignment starts with feedback that points anywhere.
    assert (predictions == DATA.y_test[:test]).mean() > (0.7 if name == "pal" else 0.8)


def test_a_set_larger_than_the_sample_memory_goes_through_in_portions():
    """Inputs so many that they come without their zeros; some portions dense all the same."""
    design = design_for(Network((301, 6, 4)), lanes=4, sample_capacity=7,
                        weight=QFormat(2, 12, rounding=Rounding.STOCHASTIC))
    rng = np.random.default_rng(5)
    inputs = rng.integers(0, 129, (31, 301)) * (rng.random((31, 301)) < 0.15)
    inputs[9:16] = rng.integers(1, 129, (7, 301))
    labels, model = rng.integers(0, 4, 31), integer_model(design)
    model.set_weights(initial_weights(design, 2))
    right = model.learn_all(inputs, labels) == labels
    with open_device("virtual", design) as board:
        board.write_weights(initial_weights(design, 2))
        done = learn_in_order(board, inputs, labels)
        assert (done.samples, done.correct) == (31, right.sum())
        assert done.weight_saturations == model.weight_saturations
        assert done.state_saturations == model.state_saturations
        assert_same(board.read_weights(), model.weights)
        np.testing.assert_array_equal(board.read_generators(), model.generator.states)
        np.testing.assert_array_equal(predict_all(board, inputs), model.predict(inputs))
        assert board.link.repeats == 0


@pytest.mark.parametrize("size", [3, None])
def test_a_stream_with_pauses_can_be_repeated_in_every_bit(size):
    design, draw, taught = preset("pal"), random.Random(2), 50
    inputs = design.sample.from_float(DATA.x_train[:taught + 20])
    labels = [*DATA.y_train[:taught].tolist(), *[None] * 20]
    model = integer_model(design)
    model.set_weights(initial_weights(design, 1))
    with open_device("virtual", design) as board:
        board.write_weights(initial_weights(design, 1))
        with board.stream(size=size) as stream:
            while stream.sent < len(labels):
                part = slice(stream.sent, stream.sent + draw.randint(1, 7))
                stream.send(inputs[part], labels[part])
                if draw.random() < 0.5:
                    time.sleep(0.02 * draw.random())
        assert stream.stood.any() and not stream.stood_long.any()
        generators = board.read_generators()
        predictions = replay(model, inputs, labels, stream.stood, generators=generators)
        np.testing.assert_array_equal(stream.predictions, predictions)
        assert_same(board.read_weights(), model.weights)
        np.testing.assert_array_equal(generators, model.generator.states)
        done = board.counters()
        assert (done.samples, done.correct) == (70, (predictions[:taught]
                                                      == labels[:taught]).sum())
        assert done.weight_saturations == model.weight_saturations
        assert done.state_saturations == model.state_saturations


def test_a_run_that_was_stopped_goes_on_bit_for_bit(board, model):
    run = epoch_run(DIGITS, 0, 0, TRAIN)
    board.start(TRAIN, train=True, mask=run.mask)
    with pytest.raises(Busy, match="stop it"):
        board.read_weights()
    with pytest.raises(Busy, match="stop it"):
        board.start(1, train=True)
    stopped = board.stop()
    assert 0 < stopped.samples < TRAIN
    model.train(dataclasses.replace(run, count=stopped.samples))
    assert_same(board.read_weights(), model.read_weights())
    rest = dataclasses.replace(run, count=TRAIN - stopped.samples, state=stopped.shuffle_state)
    board.train(rest)
    model.train(rest)
    assert_same(board.read_weights(), model.read_weights())


def test_noise_on_the_line_changes_nothing(virtual, board):
    weights = raw_weights(DIGITS, initial_weights(DIGITS, 9))
    board.write_weights(weights)
    board.close()
    noise = random.Random(4).randbytes(3000)
    with serial.Serial(virtual.port, BAUD) as port:
        port.write(noise)
        port.flush()
    with Board.open(virtual.port, DIGITS, baud=BAUD) as board:
        assert_same(board.read_weights(), weights)
        assert board.counters().frames_dropped > 0
        board.train(epoch_run(DIGITS, 0, 0, 3))


def test_another_design_is_refused_by_name(virtual):
    with pytest.raises(WrongBoard, match="runs 64-32-10 with 8 lanes .*, not 64-64-32-10 with 16"):
        Board.open(virtual.port, preset("digits-deep"), baud=BAUD)


def test_the_estimator_learns_the_same_on_both():
    x, y = DATA.x_train[:200], np.array([f"digit {label}" for label in DATA.y_train[:200]])
    integer = CortigateClassifier(epochs=2, milestones=(1,)).fit(x, y)
    on_chip = CortigateClassifier(epochs=2, milestones=(1,), device="virtual").fit(x, y)
    assert_same(on_chip.weights_, integer.weights_)
    np.testing.assert_array_equal(on_chip.predict(DATA.x_test), integer.predict(DATA.x_test))
    assert on_chip.online_accuracy_ == integer.online_accuracy_
    assert on_chip.cycles_ > 0


def test_a_checkpoint_survives_a_power_cycle(tmp_path):
    generator = np.random.default_rng(1)
    inputs, labels = generator.integers(0, 129, (32, 5)), generator.integers(0, 2, 32)
    run = epoch_run(SMALL, 3, 0, 32)
    model = IntegerDevice(SMALL)
    model.write_weights(initial_weights(SMALL, 3))
    model.write_samples(inputs, labels)
    model.train(run)

    wave = tmp_path / "wave.vcd"
    with VirtualBoard(SMALL, trace=wave, trace_cycles=200) as port:
        with Board.open(port, SMALL, baud=BAUD) as board:
            board.write_weights(initial_weights(SMALL, 3))
            board.write_samples(inputs, labels)
            done = board.train(dataclasses.replace(run, count=13))
            Checkpoint.of(board, state=done.shuffle_state).save(tmp_path / "half")
    assert "$enddefinitions" in wave.read_text()

    half = Checkpoint.load(tmp_path / "half", SMALL)
    with VirtualBoard(SMALL, trace=wave, trace_cycles=1) as port:
        with Board.open(port, SMALL, baud=BAUD) as board:
            half.restore(board)
            board.write_samples(inputs, labels)
            board.train(dataclasses.replace(run, count=19, state=half.position["state"]))
            assert_same(board.read_weights(), model.read_weights())
            np.testing.assert_array_equal(board.read_generators(), model.read_generators())
            np.testing.assert_array_equal(board.predict(0, 32), model.predict(0, 32))


def test_a_board_that_ends_is_unplugged():
    virtual = VirtualBoard(DIGITS)
    with virtual as port:
        board = Board.open(port, DIGITS, baud=BAUD)
        os.kill(virtual.pid, signal.SIGTERM)
        virtual.wait()
        with pytest.raises(Unplugged, match="plug it in"):
            board.counters()
        board.close()
    assert virtual.cycles > 0
    assert virtual.port is None


def processor_time(pid):
    """Clock ticks that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_an_idle_board_sleeps(virtual, board):
    time.sleep(0.3)
    before = processor_time(virtual.pid)
    time.sleep(0.5)
    assert processor_time(virtual.pid) - before <= 1
    assert board.counters().running is False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_board_dies_with_its_parent():
    program = ("import sys, time; from cortigate.golden.spec import preset;"
               "from cortigate.sim.virtual_board import BAUD, VirtualBoard;"
               "board = VirtualBoard(preset('digits')); board.start();"
               "print(board.pid, flush=True); time.sleep(60)")
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
