"""The link's errors, over a real pseudo-terminal."""

import os
import random
import threading

import pytest
from cobs import cobs

from cortigate.boards.host.link import Busy, Link, NoAnswer, Refused, Unplugged, WrongAnswer
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import Space, Status
from cortigate.sim.link_model import encoded

from ..emulator import Emulator

TINY = preset("tiny")
DATA = bytes(range(60))


@pytest.fixture
def board():
    with Emulator(TINY) as emulator:
        yield emulator


@pytest.fixture
def link(board):
    link = Link(board.port, timeout=0.2, attempts=4)
    yield link
    link.close()


def every(n, damage):
    """Damage all frames but every n-th."""
    seen = iter(range(10**9))

    def some(frame):
        return frame if next(seen) % n == n - 1 else damage(frame)
    return some


def flip(frame):
    """One bit flipped somewhere."""
    data, place = bytearray(frame), random.Random(len(frame)).randrange(len(frame) - 1)
    data[place] ^= 0x10
    return bytes(data)


@pytest.mark.parametrize("damage", [
    flip, lambda frame: b"", lambda frame: frame[:-1], lambda frame: frame[:5] + b"\0" + frame[5:],
    lambda frame: b"\x55" * 700,
], ids=["flipped", "lost", "no delimiter", "extra delimiter", "noise"])
def test_damaged_answers_are_asked_for_again_and_writes_happen_once(board, link, damage):
    board.damage_answer = every(3, damage)
    link.write(Space.SAMPLES, 4, 30, DATA)
    assert link.read(Space.SAMPLES, 4, 30) == DATA
    assert [address for *_, address in board.executed].count(4) == 2
    assert link.repeats == 4


def test_damaged_requests_are_sent_again(board, link):
    board.damage_request = every(2, flip)
    link.write(Space.SAMPLES, 0, 30, DATA)
    assert link.read(Space.SAMPLES, 0, 30) == DATA
    assert link.repeats == 2


def test_late_and_doubled_answers_are_not_mistaken_for_the_next(board, link):
    board.damage_answer = lambda frame: frame * 3
    link.write(Space.SAMPLES, 0, 30, DATA)
    for start in range(30):
        assert link.read(Space.SAMPLES, start, 1) == DATA[2 * start:2 * start + 2]


def test_strided_read(board, link):
    link.write(Space.SAMPLES, 0, 30, DATA)
    assert link.read(Space.SAMPLES, 1, 4, 4) == bytes([2, 3, 10, 11, 18, 19, 26, 27])


def test_silence_says_what_to_look_at(board, link):
    board.damage_request = lambda frame: b""
    with pytest.raises(NoAnswer, match=r"no answer from .* to 4 requests, 0.2 s each: is the board "
                                       r"powered"):
        link.read(Space.REGISTERS, 0, 1)


def test_refusals_are_not_repeated(board, link):
    with pytest.raises(Refused, match=r"refuses a READ of REGISTERS \(BAD_ADDRESS\)"):
        link.read(Space.REGISTERS, 16, 1)
    board.status = Status.BUSY
    with pytest.raises(Busy, match=r"is running and refuses a WRITE of WEIGHTS.*: wait"):
        link.write(Space.WEIGHTS, 0, 1, b"\0\0")
    assert link.repeats == 0


def test_unplugged_while_in_use(board, link):
    assert link.read(Space.REGISTERS, 0, 1) == bytes(4)
    board.unplug()
    with pytest.raises(Unplugged, match=r"is gone .*: plug it in, then open the port again"):
        link.read(Space.REGISTERS, 0, 1)


def test_ports_that_do_not_open(board, link, tmp_path):
    with pytest.raises(Unplugged, match="there is no such port; ports of this machine:"):
        Link("/dev/ttyNOT0")
    with pytest.raises(Unplugged, match="another program uses it"):
        Link(board.port)
    (tmp_path / "file").write_text("")
    if os.geteuid():  # root may open everything
        (tmp_path / "file").chmod(0)
        with pytest.raises(Unplugged, match="permission denied"):
            Link(str(tmp_path / "file"))


@pytest.mark.parametrize("change", [lambda words: words[:-1], lambda words: words + b"x",
                                    lambda words: b""], ids=["shorter", "longer", "empty"])
def test_an_intact_answer_of_another_length_is_no_answer(board, link, change):
    def other(frame):
        body = cobs.decode(frame[:-1])[:-2]
        return encoded(body[:3] + change(body[3:]))

    board.damage_answer = other
    with pytest.raises(WrongAnswer, match="answers a READ of REGISTERS with .* bytes instead of 8"):
        link.read(Space.REGISTERS, 0, 2)
    board.damage_answer = lambda frame: encoded(cobs.decode(frame[:-1])[:-2] + b"x")
    with pytest.raises(WrongAnswer, match="answers a WRITE of SAMPLES with 1 bytes instead of 0"):
        link.write(Space.SAMPLES, 4, 30, DATA)
    assert link.repeats == 0


def test_requests_of_several_threads_do_not_mix(link):
    link.write(Space.SAMPLES, 0, 30, DATA)
    wrong = []

    def ask(word):
        for _ in range(40):
            if link.read(Space.SAMPLES, word, 1) != DATA[2 * word:2 * word + 2]:
                wrong.append(word)

    threads = [threading.Thread(target=ask, args=(word,)) for word in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and link.repeats == 0


@pytest.mark.parametrize("changes, message", [
    ({"baud": 0}, "baud must lie in 1 .. "), ({"baud": 1e6}, "baud must be an integer"),
    ({"baud": True}, "baud must be an integer, not True"),
    ({"timeout": 0}, "timeout must be more than 0 and at most 86400 seconds, not 0"),
    ({"timeout": float("inf")}, "timeout must be more than 0"),
    ({"timeout": float("nan")}, "timeout must be a number"),
    ({"timeout": "1"}, "timeout must be a number, not '1'"),
    ({"attempts": 0}, "attempts must lie in 1 .. "),
    ({"attempts": 2.5}, "attempts must be an integer, not 2.5"),
])
def test_arguments_are_checked_before_the_port_opens(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Link("/dev/ttyNOT0", **changes)
