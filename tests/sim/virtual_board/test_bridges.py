"""Bad USB bridges before a virtual board: a working link at the right rate, or one clear error."""

import os
import subprocess
import sys

import pytest

from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import LinkError, NoAnswer, Unplugged
from cortigate.boards.host.rates import open_link
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import preset
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import Bridge, VirtualBoard

pytestmark = pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))

TINY = preset("tiny")
CUT = 40


@pytest.mark.parametrize(("bridge", "rates"), [
    (Bridge(), {1_000_000, 921_600}),  # the second if a busy machine answers too late at the first
    # At 28,800 baud, for 115,200, the board hears nothing: what it can hear is found all the same.
    (Bridge(factor=0.25), {8_000_000, 6_000_000, 4_000_000, 3_000_000}),
    (Bridge(factor=4), {460_800, 230_400}),
    (Bridge(clean=230_400), {230_400}),
], ids=["good", "quarter", "fourfold", "clean up to 230,400"])
def test_a_rate_that_works_is_found_and_remembered(bridge, rates):
    with VirtualBoard(TINY, bridge=bridge) as port:
        with Board.open(port, TINY, timeout=5) as board:
            assert board.link.baud in rates
            weights = initial_weights(TINY, 1)
            board.write_weights(weights)
            assert {name: w.tolist() for name, w in board.read_weights().items()} == {
                name: TINY.weight.from_float(w).tolist() for name, w in weights.items()}
            found = board.link.baud
        link = open_link(port, timeout=5)
        assert (link.baud, link.repeats) == (found, 0)
        link.close()


def test_a_bridge_that_loses_bytes_at_every_rate_is_one_error():
    with VirtualBoard(TINY, bridge=Bridge(cut=CUT)) as port:
        with pytest.raises(NoAnswer, match="115200") as caught:
            open_link(port)
        assert "\n" not in str(caught.value)


def test_a_board_that_is_unplugged_and_plugged_in_again_has_to_be_opened_again():
    first, second = VirtualBoard(TINY), VirtualBoard(TINY)
    with first as port, Board.open(port, TINY, baud=1_000_000, timeout=5) as board:
        board.write_weights(initial_weights(TINY, 1))
        first.close()
        with pytest.raises((Unplugged, NoAnswer)):
            board.read_weights()
        with second as again, Board.open(again, TINY, baud=1_000_000, timeout=5) as other:
            assert not other.counters().running
            with pytest.raises(LinkError):  # the old one is gone for good
                board.counters()


def test_link_test_prints_what_it_found():
    with VirtualBoard(TINY, bridge=Bridge(clean=230_400)) as port:
        done = subprocess.run(
            [sys.executable, "-c", "from cortigate.scripts.cli import main; main()",
             "link-test", "--device", port, "--requests", "20"], text=True, capture_output=True,
            check=False, timeout=100,
            env=os.environ | {"COLUMNS": "100"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "230400 baud" in done.stdout and "samples of 5 inputs" in done.stdout


def test_bridges_are_checked():
    for wrong in ({"factor": 0}, {"factor": -1}, {"clean": 0}, {"cut": 1.5}, {"cut": True}):
        with pytest.raises(ValueError, match="must "):
            Bridge(**wrong)
