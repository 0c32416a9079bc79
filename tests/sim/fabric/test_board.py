"""Circuits behind a serial port: pins, levels, and how a board ends. The chip here has one cell."""

import dataclasses
import itertools
import random
import sys
import time
import types

import pytest
import serial

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.boards.board import board
from cortigate.boards.host.link import Unplugged
from cortigate.golden.spec import preset
from cortigate.sim.compiling import compiler
from cortigate.sim.fabric import board as fabric
from cortigate.sim.fabric.board import FabricBoard, network_of, open_fabric, signals_of
from cortigate.sim.fabric.run import respond

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")

PADS = {"35": "pad clk", "6": "pad rx", "9": "pad tx", "11": "pad led"}


def lower(circuit, network):
    """ECHO: the serial line goes back through a register; the LED is dark."""
    for cell in circuit.cells.values():
        if cell.kind == "ECHO":
            first, second = network.fresh(), network.net(("echo", "O"))
            network.register(first, network.net(cell.inputs["I"]), network.net(cell.inputs["C"]),
                             initial=1)
            network.register(second, first, network.net(cell.inputs["C"]), initial=1)
        elif cell.kind == "RING":
            network.table(network.net(("ring", "O")), 0b01, [network.net(cell.inputs["I"])])
        elif "O" in cell.inputs:
            place = cell.settings["PLACE"]
            network.wire(network.net((place, "PAD_OUT")), network.net(cell.inputs["O"]))


@pytest.fixture(autouse=True)
def echo(monkeypatch):
    """The family of the chip; its PLL passes on the oscillator of 12 MHz."""
    for name, given in (("sim.fabric", {"lower": lower}),
                        ("boards.bitstream", {"clock_hz": lambda circuit, reference: reference})):
        family = types.ModuleType(f"cortigate.{name}.echo")
        vars(family).update(given)
        monkeypatch.setitem(sys.modules, family.__name__, family)


@pytest.fixture
def chip():
    """An iCEBreaker with another chip."""
    known = board("icebreaker")
    family = dataclasses.replace(known.chip.family, name="echo")
    return dataclasses.replace(known, chip=dataclasses.replace(known.chip, family=family),
                               baud=1_000_000, clock_hz=12_000_000)


def circuit(listens=("pad rx", "PAD"), clock=("pad clk", "PAD"), tx=("echo", "O"), led=1, **more):
    cells = {"echo": Cell("ECHO", {}, {"I": listens, "C": clock}),
             "pad tx": Cell("PAD", {"PLACE": "pad tx"}, {} if tx is None else {"O": tx}),
             "pad led": Cell("PAD", {"PLACE": "pad led"}, {"O": led})}
    return Circuit(cells | more, PADS)


def test_bytes_come_back(chip):
    sent = bytes(range(256)) * 2
    virtual = FabricBoard(circuit(), chip, settle=200)
    with virtual as port, serial.Serial(port, virtual.baud, timeout=20) as line:
        line.write(sent)
        assert line.read(len(sent)) == sent
    # 12 cycles a bit, 180 of reset, and the margins.
    assert virtual.cycles > 12 * 10 * len(sent)
    assert virtual.cycles_per_second > 0
    assert virtual.ended is None
    assert virtual.port is None


def test_the_line_runs_at_the_clock_of_the_circuit(chip, monkeypatch):
    """8 cycles a bit where the PLL makes 4 MHz and the board says so, too."""
    slow = dataclasses.replace(chip, baud=500_000, clock_hz=4_000_000)
    monkeypatch.setattr(fabric, "made_hz", lambda board, circuit: 4_000_000)
    virtual = FabricBoard(circuit(), slow, settle=200)
    with virtual as port, serial.Serial(port, virtual.baud, timeout=20) as line:
        line.write(b"four")
        assert line.read(4) == b"four"
    assert virtual.cycles < 12 * 15 + fabric.RESET_MARGIN + 8 * 10 * 5 + 200 + 3 * 256
    monkeypatch.setattr(fabric, "made_hz", lambda board, circuit: 10_500_000)
    with pytest.raises(ValueError, match="clock must be the 12000000 Hz of .*, not 10500000 Hz"):
        FabricBoard(circuit(), chip)


def test_a_lit_led_keeps_a_board_awake(chip):
    for led, awake in ((1, False), (0, True)):  # it is lit by 0
        virtual = FabricBoard(circuit(led=led), chip, settle=200)
        with virtual:
            time.sleep(0.3)
        assert (virtual.cycles > 10_000) is awake


def test_a_reset_comes_before_there_is_a_port(chip):
    virtual = FabricBoard(circuit(), chip, settle=1)
    with virtual:
        pass
    assert virtual.cycles == 12 * 15 + fabric.RESET_MARGIN + 256  # and one look at the terminal


def test_pins_are_the_boards(chip):
    assert signals_of(chip) == {
        "clk": ("clk12", ("35", False)), "rx": ("uart rx", ("6", False)),
        "tx": ("uart tx", ("9", False)), "busy": ("led", ("11", True))}
    # Through a connector.
    assert signals_of(board("upduino"))["busy"][1] == ("39", True)


@pytest.mark.parametrize("inverted", list(itertools.product([False, True], repeat=3)))
def test_inverted_pins(chip, monkeypatch, inverted):
    kept = signals_of(chip)
    given = {signal: (kept[signal][0], kept[signal][1]._replace(inverted=level))
             for signal, level in zip(("clk", "rx", "tx"), inverted, strict=True)}
    monkeypatch.setattr(fabric, "signals_of", lambda board: kept | given)
    levels = [random.Random(1).randint(0, 1) for _ in range(50)]
    seen = respond(network_of(circuit(), chip), [{"rx": level} for level in levels])
    for level, row in zip(levels, seen[2:], strict=False):
        assert row["tx"] == level ^ inverted[1] ^ inverted[2]
        assert row["busy"] == 0


@pytest.mark.parametrize(("pad", "said"), [
    ("35", "clk12 of icebreaker is at pin 35, where the circuit has no pad"),
    ("6", "uart rx of icebreaker is at pin 6, where the circuit has no pad; it has pads at 35, 9"),
    ("9", "uart tx of icebreaker is at pin 9, where"),
    ("11", "led of icebreaker is at pin 11, where"),
])
def test_a_pin_without_a_pad(chip, pad, said):
    wrong = circuit()
    pads = {pin: place for pin, place in PADS.items() if pin != pad}
    with pytest.raises(ValueError, match=said):
        FabricBoard(dataclasses.replace(wrong, pads=pads), chip)


@pytest.mark.parametrize(("change", "said"), [
    ({"listens": 1}, r"pin 6, where the circuit reads nothing \(pad rx\)"),
    ({"clock": 0}, r"pin 35, where the circuit reads nothing \(pad clk\)"),
    ({"tx": None}, r"pin 9, where the circuit drives nothing \(pad tx\)"),
])
def test_a_pad_that_is_not_used(chip, change, said):
    with pytest.raises(ValueError, match=said):
        FabricBoard(circuit(**change), chip)


def test_other_pads_hear_what_they_drive(chip):
    """The line goes out at a fifth pad and comes back from there."""
    more = {"pad x": Cell("PAD", {"PLACE": "pad x"}, {"O": ("echo", "O")})}
    used = circuit(tx=("pad x", "PAD"), **more)
    used.pads["1"] = "pad x"
    try:
        with FabricBoard(used, chip, settle=200) as port:
            with serial.Serial(port, chip.baud, timeout=20) as line:
                line.write(b"through")
                assert line.read(7) == b"through"
    finally:
        del used.pads["1"]


def test_a_circuit_that_does_not_settle(chip):
    ring = Cell("RING", {}, {"I": ("ring", "O")})
    virtual = FabricBoard(circuit(ring=ring), chip)
    with pytest.raises(RuntimeError, match=r"did not start: the circuit does not settle at net "
                                           r"\d+ \(ring O\)"):
        virtual.start()
    virtual.close()


def test_a_board_that_gives_no_answer_ends(chip):
    virtual = FabricBoard(circuit(tx=1), chip, settle=200, patience=0.2)
    with virtual as port, serial.Serial(port, virtual.baud, timeout=20) as line:
        line.write(b"?")
        virtual.wait()
    assert virtual.ended == "it gave no answer"


def test_a_board_that_has_answered_waits(chip):
    virtual = FabricBoard(circuit(), chip, settle=200, patience=0.1)
    with virtual as port, serial.Serial(port, virtual.baud, timeout=20) as line:
        for sent in (b"one", b"two"):
            time.sleep(0.4)
            line.write(sent)
            assert line.read(3) == sent
        time.sleep(0.4)
    assert virtual.ended is None


def test_a_board_with_its_cycles_used_up_ends(chip):
    virtual = FabricBoard(circuit(led=0), chip, settle=200, most_cycles=100_000)
    with virtual:
        virtual.wait()
    assert virtual.ended == "its cycles were used up"
    assert 100_000 <= virtual.cycles < 101_000


def test_the_driver_is_told_why(chip):
    with pytest.raises(Unplugged, match="it gave no answer"):
        open_fabric(circuit(tx=1), chip, preset("tiny"), patience=0.2)
