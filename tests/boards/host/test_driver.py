"""The driver's checks; what a board computes is tested with the virtual board."""

import numpy as np
import pytest

from cortigate.boards.host.driver import Board, NotWritten, WrongBoard
from cortigate.boards.host.link import BAUD, Busy, NoAnswer, WrongAnswer
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import MemoryMap, Network, preset
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.link import Operation, Register, Space
from cortigate.golden.spec.rules.ghost import Mechanism, design_for

from ..emulator import Emulator

# Three lanes: a lane of the last power of two is unused, and blocks are partly filled.
DESIGN = design_for(Network((5, 4, 3, 2)), Mechanism.LEARN, lanes=3, sample_capacity=32)
WEIGHTS = initial_weights(DESIGN, 7)


@pytest.fixture
def emulator():
    with Emulator(DESIGN) as emulator:
        yield emulator


@pytest.fixture
def board(emulator):
    with Board.open(emulator.port, DESIGN, baud=BAUD, timeout=0.2, attempts=2) as board:
        yield board


def test_another_configuration_is_refused_by_name(emulator):
    other = preset("digits")
    with pytest.raises(WrongBoard) as caught:
        Board.open(emulator.port, other, baud=BAUD)
    for text in ("5-4-3-2 with 3 lanes", DESIGN.digest, "64-32-10 with 8 lanes", other.digest):
        assert text in str(caught.value)


@pytest.mark.parametrize("place, value, message", [
    (2, 9, "speaks version 9 of the protocol, this program version 3"),
    (0, 0, "does not identify itself as a cortigate board; load a cortigate bitstream"),
    (12, 1, "not 5-4-3-2 with 3 lanes"),
    (14, 0, r"identity is of no possible design: sizes must name 3 \.\. 8 layers"),
    (14, 255, "does not identify itself as a cortigate board; load a cortigate bitstream"),
    (13, 255, r"lanes must lie in 1 \.\. 256, not 65283"),
    (15, 0, r"weight bytes must lie in 1 \.\. 8, not 0"),
    (17, 255, "layer size must lie in"),
])
def test_strange_identities_are_refused(emulator, place, value, message):
    emulator.memory[Space.IDENTITY][place] = value
    with pytest.raises(WrongBoard, match=message):
        Board.open(emulator.port, DESIGN, baud=BAUD)


def test_weights_lie_where_the_memory_map_says(emulator, board):
    board.write_weights(WEIGHTS)
    raw, maps = raw_weights(DESIGN, WEIGHTS), MemoryMap(DESIGN)
    memory = np.frombuffer(bytes(emulator.memory[Space.WEIGHTS]), "<i2").copy()
    for matrix, word, lane, row, column in maps.host_weights():
        address = word << maps.lane_address_bits | lane
        assert memory[address] == raw[matrix.name][row, column]
        memory[address] = 0
    assert not memory.any()
    for name, values in board.read_weights().items():
        np.testing.assert_array_equal(values, raw[name])


def test_samples_lie_where_the_memory_map_says(emulator, board):
    inputs = np.arange(10).reshape(2, 5)
    board.write_samples(inputs, np.array([1, 0]), first=3)
    words = MemoryMap(DESIGN).sample_words
    stored = bytes(emulator.memory[Space.SAMPLES])[2 * 3 * words:][:2 * 2 * words]
    assert stored == bytes([0, 1, 2, 3, 4, 0, 1, 0, 5, 6, 7, 8, 9, 0, 0, 0])


def test_weights_that_do_not_stick_are_told_and_block_a_run(emulator, board):
    emulator.corrupt_write = lambda data: b"\1\0" + data[2:]
    with pytest.raises(NotWritten, match=r"not hold the weights that were written \(.* in [WG]\d"):
        board.write_weights(WEIGHTS)
    with pytest.raises(NotWritten, match="half written: write them again"):
        board.start(1, train=True)
    emulator.corrupt_write = lambda data: data
    board.write_weights(WEIGHTS)
    board.start(1, train=True)


def test_a_link_that_fails_half_way_leaves_no_weights_to_run_with(emulator, board):
    writes = iter(range(10**9))
    emulator.damage_request = lambda frame: frame if next(writes) < 5 else b""
    with pytest.raises(NoAnswer) as caught:
        board.write_weights(WEIGHTS)
    assert "half written" in caught.value.__notes__[0]
    emulator.damage_request = lambda frame: frame
    with pytest.raises(NotWritten, match="half written"):
        board.start(1, train=True)


def bad(name="W1", **changes):
    weights = {key: value.copy() for key, value in WEIGHTS.items()}
    return {key: value for key, value in (weights | {name: changes["to"]}).items()
            if value is not None}


@pytest.mark.parametrize("weights, message", [
    (bad(to=None), "weights must hold W1, W2, W3, G2, G3, not W2, W3, G2, G3"),
    (bad("W9", to=WEIGHTS["W1"]), "weights must hold"),
    (bad(to=WEIGHTS["W1"].T), r"W1 must have shape \(4, 6\), not \(6, 4\)"),
    (bad(to=WEIGHTS["W1"] * np.nan), "W1 must be finite"),
    (bad(to=WEIGHTS["W1"] * np.inf), "W1 must be finite"),
    (bad(to=np.full((4, 6), 40_000)), r"raw integers in -32768 .. 32767 \(Q2.14\)"),
    (bad(to=np.full((4, 6), "a")), "W1 must hold numbers"),
])
def test_bad_weights_are_refused_before_the_first_byte(emulator, board, weights, message):
    before = list(emulator.executed)
    with pytest.raises((ValueError, TypeError), match=message):
        board.write_weights(weights)
    assert emulator.executed == before


@pytest.mark.parametrize("inputs, labels, first, message", [
    (np.zeros((2, 4), int), [0, 0], 0, r"inputs must be integers of shape \(n, 5\)"),
    (np.zeros((2, 5)), [0, 0], 0, "inputs must be integers"),
    (np.full((2, 5), 256), [0, 0], 0, r"inputs must lie in 0 .. 255 \(raw U1.7\)"),
    (np.zeros((2, 5), int), [0, 2], 0, r"labels must lie in 0 .. 1"),
    (np.zeros((2, 5), int), [0], 0, r"labels must be integers of shape \(2,\)"),
    (np.zeros((2, 5), int), [0, 1], 31, r"samples must lie in 0 .. 31 of the sample memory"),
])
def test_bad_samples_are_refused_before_the_first_byte(emulator, board, inputs, labels, first,
                                                       message):
    before = list(emulator.executed)
    with pytest.raises(ValueError, match=message):
        board.write_samples(inputs, np.array(labels), first)
    assert emulator.executed == before


def test_a_run_is_refused_while_another_is_under_way(emulator, board):
    emulator.memory[Space.REGISTERS][0] = 1
    with pytest.raises(Busy, match="is running: wait for the end of the run, or stop it"):
        board.start(4, train=False)
    assert all(operation is Operation.READ for operation, *_ in emulator.executed)


def test_registers_of_a_run(emulator, board):
    board.start(7, train=True, first=2, size=9, mask=21, state=3, update_shift=5,
                second_update_shift=-2)
    registers = np.frombuffer(bytes(emulator.memory[Space.REGISTERS]), "<i4")
    start = Register.COUNT
    assert registers[start:start + 8].tolist() == [7, 2, 9, 0, 3, 21, 5, -2]


def test_results_that_no_board_has_are_refused(emulator, board):
    board.write_samples(np.ones((2, 5), int), np.zeros(2, int))
    words = MemoryMap(DESIGN).sample_words
    emulator.memory[Space.SAMPLES][2 * words - 1] = 7  # the prediction of the first sample
    with pytest.raises(WrongAnswer, match=r"class 7, but its design has the classes 0 \.\. 1"):
        board.predict(0, 2)
    if DESIGN.generators:
        emulator.memory[Space.GENERATORS][:4] = bytes(4)
        with pytest.raises(WrongAnswer, match="a generator outside 1 .*write the generators again"):
            board.read_generators()
