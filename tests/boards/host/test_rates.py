"""The search for a rate, over real pseudo-terminals whose speed the adapter sees."""

import json
import time

import pytest
import serial

from cortigate.boards.host import known_rates
from cortigate.boards.host.driver import Board, WrongBoard
from cortigate.boards.host.known_rates import remember_rate
from cortigate.boards.host.link import NoAnswer, Unplugged
from cortigate.boards.host.rates import RATES, open_link
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import Space

from ..line import Adapter

TINY = preset("tiny")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A user's data folder of the test's own."""
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path / "cortigate"))
    return tmp_path / "cortigate"


def opened(adapter, **options):
    """(rate found, rates at which the adapter heard something)."""
    link = open_link(adapter.port, **options)
    link.read(Space.IDENTITY, 0, 1)
    link.close()
    assert adapter.broken == []
    return link.baud, adapter.heard


def up_to(most):
    return lambda rate: float(rate <= most)


@pytest.mark.parametrize("most", [12_000_000, 3_000_000, 921_600])
@pytest.mark.parametrize("garbles", [False, True])
def test_the_fastest_rate_that_works_is_taken(most, garbles):
    with Adapter(TINY, carries=up_to(most), garbles=garbles) as adapter:
        before = json.dumps(list(adapter.model.memory.values())[1:])
        rate, heard = opened(adapter)
        assert rate == most
        # The slowest tells the clock; then from the fastest on.
        assert heard[:RATES.index(most) + 2] == [115_200, *RATES[:RATES.index(most) + 1]]
        registers = json.loads(before)[0]
        after = list(adapter.model.memory.values())[1:]
        registers[-1] = after[0][-1]  # damaged frames
        assert [registers, *json.loads(before)[1:]] == after, "something was written"


def test_a_rate_with_few_errors_is_not_taken():
    with Adapter(TINY, carries=lambda rate: 0.95 if rate > 1_000_000 else 1.0,
                 garbles=True) as adapter:
        assert opened(adapter)[0] == 1_000_000


def test_a_slower_rate_that_carries_more_is_taken():
    delays = {12_000_000: 0.06, 8_000_000: 0.02}
    with Adapter(TINY, delay=lambda rate: delays.get(rate, 0.04)) as adapter:
        rate, heard = opened(adapter)
        assert rate == 8_000_000
        # 6 million was tried, and was not faster.
        assert heard == [115_200, 12_000_000, 8_000_000, 6_000_000, 8_000_000]


@pytest.mark.parametrize("clock, most", [(8_000_000, 1_000_000), (36_000_000, 4_000_000)])
def test_no_rate_above_an_eighth_of_the_clock(clock, most):
    with Adapter(TINY, clock_hz=clock) as adapter:
        rate, heard = opened(adapter)
        assert rate == max(heard) == most
    # A bridge that garbles the slowest rate: the clock is seen where something is understood.
    with Adapter(TINY, clock_hz=clock, carries=lambda rate: float(rate > 115_200)) as adapter:
        assert opened(adapter)[0] == most


def test_rates_that_the_port_refuses_are_passed_over(monkeypatch):
    own = serial.Serial._set_special_baudrate

    def refuse(port, baud):
        if baud > 4_000_000:
            raise ValueError(f"Failed to set custom baud rate ({baud})")
        own(port, baud)

    monkeypatch.setattr(serial.Serial, "_set_special_baudrate", refuse)
    with Adapter(TINY) as adapter:
        rate, heard = opened(adapter)
    assert rate == 4_000_000 and max(heard) == 4_000_000


def test_the_rate_of_a_port_is_remembered_and_tried_first(folder):
    with Adapter(TINY, carries=up_to(460_800)) as adapter:
        assert opened(adapter)[0] == 460_800
        adapter.heard.clear()
        assert opened(adapter) == (460_800, [460_800])
        stored = json.loads((folder / "rates.json").read_text())
        assert stored == {adapter.port: 460_800}
        # It no longer works: as if nothing were known, but not tried twice.
        adapter.carries = up_to(230_400)
        adapter.heard.clear()
        rate, heard = opened(adapter)
        assert rate == 230_400 and heard.count(460_800) == 1
        assert json.loads((folder / "rates.json").read_text()) == {adapter.port: 230_400}


def test_a_slow_rate_that_is_remembered_is_left_by_a_new_search(folder):
    with Adapter(TINY, carries=up_to(460_800)) as adapter:
        remember_rate(adapter.port, 115_200)
        assert opened(adapter)[0] == 115_200
        assert opened(adapter, anew=True)[0] == 460_800
        assert json.loads((folder / "rates.json").read_text()) == {adapter.port: 460_800}


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"PORT": "fast"}', '{"PORT": -5}',
                                  '{"PORT": true}', '{"PORT": 5}', "\xff\xfe", "[" * 100_000])
def test_a_damaged_memory_is_no_error(folder, text):
    with Adapter(TINY, carries=up_to(115_200)) as adapter:
        folder.mkdir()
        (folder / "rates.json").write_text(text.replace("PORT", adapter.port), encoding="latin-1")
        assert known_rates.known_rate(adapter.port) is None
        known_rates.remember_rate(adapter.port, 115_200)
        assert known_rates.known_rate(adapter.port) == 115_200


def test_a_memory_that_cannot_be_written_is_no_error(folder):
    folder.write_text("a file where the folder belongs")
    with Adapter(TINY, carries=up_to(1_000_000)) as adapter:
        assert opened(adapter)[0] == 1_000_000
    assert folder.read_text() == "a file where the folder belongs"


def test_the_memory_does_not_grow_for_ever(folder):
    for number in range(known_rates.MOST_PORTS + 5):
        known_rates.remember_rate(f"/dev/pts/{number}", 115_200)
    stored = json.loads((folder / "rates.json").read_text())
    assert len(stored) == known_rates.MOST_PORTS and "/dev/pts/4" not in stored


def test_a_given_rate_is_not_searched_for(folder):
    with Adapter(TINY) as adapter:
        assert opened(adapter, baud=57_600) == (57_600, [57_600])
    assert not folder.exists()
    with Adapter(TINY) as adapter, Board.open(adapter.port, TINY, baud=230_400) as board:
        assert board.link.baud == 230_400


@pytest.mark.parametrize("garbles, heard", [(False, "115200: silence"),
                                            (True, r"115200: \d+ bytes, but no answer among them")])
def test_a_port_without_a_board_is_told_in_time(garbles, heard):
    with Adapter(TINY, carries=lambda rate: 0.0, garbles=garbles) as adapter:
        known_rates.remember_rate(adapter.port, 576_000)
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="no cortigate board answers on") as caught:
            open_link(adapter.port)
        assert time.monotonic() - began < 30
    said = f"{caught.value}"
    assert "\n" not in said and "576000: no longer works" in said
    assert all(f"{rate}: " in said for rate in RATES) and "--baud" in said


def test_what_was_heard_is_told():
    with Adapter(TINY, carries=lambda rate: 0.9 * (rate == 115_200), garbles=True) as adapter:
        with pytest.raises(NoAnswer, match=r"115200: (an error in round|\d+ bytes)"):
            open_link(adapter.port)
    with Adapter(TINY, clock_hz=500_000) as adapter:
        with pytest.raises(NoAnswer, match="above 62500: more than an eighth of its clock"):
            open_link(adapter.port)


def test_another_design_is_told_as_such():
    with Adapter(TINY) as adapter:
        with pytest.raises(WrongBoard, match="runs 5-4-3-2 with 2 lanes .*, not 64-32-10"):
            Board.open(adapter.port, preset("digits"))
        adapter.model.memory[Space.IDENTITY][2] = 2
        with pytest.raises(WrongBoard, match="speaks version 2 of the protocol"):
            Board.open(adapter.port, TINY)


def test_a_port_that_does_not_open():
    with pytest.raises(Unplugged, match="there is no such port"):
        open_link("/dev/ttyNOT0")
