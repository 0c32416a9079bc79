"""A board that is reset, taken over, stuck or silent while a host uses it."""

import threading
import time

import numpy as np
import pytest

from cortigate.boards.device import Run
from cortigate.boards.host import session as session_module
from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import BAUD, Busy, LinkError, NoAnswer
from cortigate.boards.host.session import BoardReset, RunEnded, Stuck, TakenOver, WrongThread
from cortigate.boards.learn.training import initial_generators
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import Control, Operation, Register, Space

from ..emulator import Emulator
from ..streaming import StreamingEmulator

DESIGN = preset("tiny-pal")
WEIGHTS = initial_weights(DESIGN, 3)
INPUTS, LABELS = np.ones((32, 5), int), np.zeros(32, int)
RUN = Run(32, 21, 6, 6)


class Resettable(Emulator):
    """An emulator that may be reset, and that runs as long as it is told to."""

    def __init__(self, design):
        super().__init__(design)
        self.on_control = lambda word: None
        self.runs_on = False

    def reset(self):
        """Configure it again: every register 0, whatever the host has written."""
        self.memory[Space.REGISTERS][:] = bytes(len(self.memory[Space.REGISTERS]))

    @property
    def session(self):
        """High half of CONTROL."""
        return self.register(Register.CONTROL) >> 16

    def control(self, word):
        """Low half of CONTROL."""
        super().control(word)
        if word & Control.START and self.runs_on:
            self.set_register(Register.STATUS, 1)
        self.on_control(word)


@pytest.fixture
def emulator():
    with Resettable(DESIGN) as emulator:
        yield emulator


@pytest.fixture
def board(emulator):
    with opened(emulator) as board:
        yield board


def opened(emulator, **options):
    return Board.open(emulator.port, DESIGN, baud=BAUD, timeout=0.2, attempts=2, **options)


OPERATIONS = {
    "write_weights": lambda board: board.write_weights(WEIGHTS),
    "read_weights": lambda board: board.read_weights(),
    "write_generators": lambda board: board.write_generators(initial_generators(DESIGN)),
    "read_generators": lambda board: board.read_generators(),
    "write_samples": lambda board: board.write_samples(INPUTS, LABELS),
    "train": lambda board: board.train(RUN),
    "predict": lambda board: board.predict(0, 32),
    "stop": lambda board: board.stop(),
    "counters": lambda board: board.counters(),
    "read_words": lambda board: board.read_words(Space.SAMPLES, 0, 3),
    "write_words": lambda board: board.write_words(Space.SAMPLES, 0, np.ones(3, int)),
}


def test_a_board_is_not_touched_before_it_is_used(emulator, board):
    board.counters()
    assert all(operation is Operation.READ for operation, *_ in emulator.executed)
    assert emulator.session == 0
    board.read_weights()
    assert emulator.session != 0
    wrote = [(space, address) for operation, space, address in emulator.executed
             if operation is Operation.WRITE]
    assert wrote == [(Space.REGISTERS, Register.CONTROL)]


def test_each_host_has_a_session_of_its_own(emulator):
    seen = set()
    for _ in range(4):
        with opened(emulator) as board:
            board.read_weights()
            seen.add(emulator.session)
            board.train(RUN)
            board.stop()
            assert emulator.session in seen
    assert len(seen) == 4


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("answers", [0, 1, 2, 3])
def test_a_reset_before_or_within_an_operation_is_told(emulator, board, name, answers):
    board.write_weights(WEIGHTS)
    seen = []

    def damage(frame):
        if len(seen) == answers:
            emulator.reset()
        seen.append(frame)
        return frame

    emulator.damage_answer = damage
    try:
        OPERATIONS[name](board)
    except BoardReset as error:
        assert "was reset or replaced while it was in use: its weights, samples and" in f"{error}"
    else:  # it was over by then: the reset followed its last answer, if it has come at all
        assert answers >= len(seen) - 1
        emulator.damage_answer = lambda frame: frame
        emulator.reset()
    with pytest.raises(BoardReset):
        board.counters()


@pytest.mark.parametrize("name", OPERATIONS)
def test_another_host_is_told(emulator, board, name):
    board.write_weights(WEIGHTS)
    emulator.set_register(Register.CONTROL, 0x12340000)
    with pytest.raises(TakenOver, match="another program has taken over the board on"):
        OPERATIONS[name](board)
    assert emulator.session == 0x1234, "its session is not overwritten"


@pytest.mark.parametrize("name, bit", [("train", Control.START), ("stop", Control.STOP)])
def test_a_reset_just_before_a_word_to_control_is_told(emulator, board, name, bit):
    """This word brings the session, too: that the settings are lost tells."""
    board.write_weights(WEIGHTS)
    if name == "stop":
        emulator.runs_on = True
        board.start(32, train=True)

    def control(word):
        if word & bit:
            session = emulator.register(Register.CONTROL)
            emulator.reset()
            emulator.set_register(Register.CONTROL, session)

    emulator.on_control = control
    with pytest.raises(BoardReset):
        OPERATIONS[name](board)


@pytest.mark.parametrize("name", ["train", "predict"])
def test_a_run_that_ends_early_is_told(emulator, board, name):
    emulator.on_control = lambda word: emulator.set_register(Register.SAMPLES, 31)
    with pytest.raises(RunEnded, match="ended after 31 of 32 samples"):
        OPERATIONS[name](board)


def test_a_running_board_is_busy_and_can_be_taken_over(emulator):
    emulator.set_register(Register.STATUS, 1)
    emulator.set_register(Register.CONTROL, 0x12340000)
    for name in set(OPERATIONS) - {"counters"}:
        with opened(emulator) as board, pytest.raises(Busy) as caught:
            OPERATIONS[name](board)
        for text in (f"cortigate stop --device {emulator.port}", "--take-over", "take_over=True"):
            assert text in f"{caught.value}"
    assert all(operation is Operation.READ for operation, *_ in emulator.executed)
    with opened(emulator, take_over=True) as board:
        assert board.counters().running
        board.write_weights(WEIGHTS)
        assert emulator.session not in (0, 0x1234) and not board.counters().running


@pytest.fixture
def short(monkeypatch):
    """Lose patience soon."""
    monkeypatch.setattr(session_module, "STILL_SECONDS", 0.3)
    monkeypatch.setattr(session_module, "STOP_SECONDS", 0.6)


def test_a_run_that_stands_still_is_stuck(emulator, board, short):
    emulator.runs_on = True
    began = time.monotonic()
    with pytest.raises(Stuck, match="neither a sample nor a clock cycle for"):
        board.train(RUN)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("counts", [False, True])
def test_a_run_that_does_not_stop_is_stuck(emulator, board, short, counts):
    emulator.runs_on = True
    emulator.on_control = lambda word: emulator.set_register(Register.STATUS, 1)

    def damage(frame):
        cycles = emulator.register(Register.CYCLES)
        emulator.set_register(Register.CYCLES, cycles + counts)
        return frame

    emulator.damage_answer = damage
    with pytest.raises(Stuck, match="told to stop" if counts else "neither a sample nor"):
        board.stop()
    emulator.set_register(Register.STATUS, 1)
    with pytest.raises(Stuck), opened_again(board, emulator) as other:
        other.read_weights()


def opened_again(board, emulator):
    board.close()
    return opened(emulator, take_over=True)


def test_ctrl_c_stops_and_a_second_one_leaves(emulator, board):
    emulator.runs_on = True
    calls = []

    def interrupt(counters):
        calls.append(counters)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        board.train(RUN, interrupt)
    assert emulator.register(Register.STATUS) == 0 and len(calls) == 1

    def again(word):
        if word & Control.STOP:
            emulator.set_register(Register.STATUS, 1)
            interrupted.append(True)

    interrupted, own = [], board.session.counters
    emulator.on_control = again

    def counters():
        if interrupted:
            raise KeyboardInterrupt  # the second one, inside of stop
        return own()

    board.session.counters = counters
    with pytest.raises(KeyboardInterrupt):
        board.train(RUN, interrupt)
    assert interrupted


def test_ctrl_c_that_cannot_stop_the_board_says_so(emulator, board):
    emulator.runs_on = True

    def interrupt(counters):
        emulator.damage_request = lambda frame: b""
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        board.train(RUN, interrupt)
    assert "could not be stopped and may still be running" in caught.value.__notes__[0]


def test_noise_without_end_is_no_answer(emulator, board):
    emulator.damage_answer = lambda frame: b"\5\0\7" * 1000
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        board.counters()
    assert time.monotonic() - began < 3


@pytest.fixture
def streaming():
    with StreamingEmulator(DESIGN) as emulator, opened(emulator) as board:
        board.write_weights(WEIGHTS)
        board.write_generators(initial_generators(DESIGN))
        yield emulator, board


def lose(emulator, session):
    """Another session, or a reset that the run survives in name."""
    def on_progress(stream):
        if len(stream.predictions) >= 8:
            emulator.set_register(Register.CONTROL, session)
    return on_progress


@pytest.mark.parametrize("session, error", [(0, BoardReset), (0x12340000, TakenOver)])
def test_a_stream_notices_too(streaming, session, error):
    emulator, board = streaming
    with pytest.raises(error) as caught, board.stream(size=4) as stream:
        stream.send(INPUTS, LABELS, lose(emulator, session))
    assert 8 <= len(stream.predictions) < 32 and not hasattr(caught.value, "__notes__")
    assert emulator.register(Register.CONTROL) == session, "nothing was written after that"


def test_a_stream_that_stands_still_is_stuck(streaming, short):
    emulator, board = streaming
    emulator.seconds = 1.5
    with pytest.raises(Stuck), board.stream(size=4) as stream:
        stream.send(INPUTS, LABELS)


def test_results_that_are_read_from_a_board_after_a_reset_are_not_taken(streaming, monkeypatch):
    emulator, board = streaming
    own = emulator.touched

    def touched(operation, space, addresses):
        own(operation, space, addresses)
        if operation is Operation.READ and space == Space.SAMPLES and emulator.register(
                Register.SAMPLES) >= 8:
            emulator.set_register(Register.CONTROL, 0)

    monkeypatch.setattr(emulator, "touched", touched)
    with pytest.raises(BoardReset), board.stream(size=4) as stream:
        for sample in range(32):
            stream.send(INPUTS[sample:sample + 1], LABELS[sample:sample + 1])
            stream.wait()
    assert len(stream.predictions) == 7


def in_a_thread(call):
    """What a call returns or raises in another thread."""
    found = []

    def run():
        try:
            found.append(call())
        except LinkError as error:
            found.append(error)

    thread = threading.Thread(target=run, name="the other")
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_second_thread_is_refused_and_spoils_nothing(emulator, board, name):
    board.write_weights(WEIGHTS)
    held, done = bytes(emulator.memory[Space.WEIGHTS]), len(emulator.executed)
    error = in_a_thread(lambda: OPERATIONS[name](board))
    if name in ("counters", "stop"):  # which are for every thread
        assert not isinstance(error, Exception)
        return
    assert isinstance(error, WrongThread)
    assert "is used by another thread or process of this program (MainThread" in str(error)
    assert bytes(emulator.memory[Space.WEIGHTS]) == held and len(emulator.executed) == done
    board.read_weights()


def test_a_thread_that_has_ended_leaves_the_board_to_the_next(board):
    assert set(in_a_thread(lambda: board.read_weights())) == set(WEIGHTS)
    board.write_weights(WEIGHTS)


def test_another_thread_may_stop_a_run(emulator, board):
    emulator.runs_on = True
    board.start(32, train=True)
    assert board.counters().running
    assert not in_a_thread(board.stop).running
    assert not board.wait().running


def test_a_forked_process_is_refused(board, monkeypatch):
    board.write_weights(WEIGHTS)
    monkeypatch.setattr(session_module.os, "getpid", lambda: 1)
    with pytest.raises(WrongThread, match="use a board in one thread, and open it there"):
        board.read_weights()
