"""Which ports are asked, what they say, and the only board; ports are pseudo-terminals."""

import os
import tty

import pytest
import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from cortigate.boards.host import rates
from cortigate.boards.host.discovery import NoBoard, ask, only_board, ports
from cortigate.boards.host.known_rates import known_rate, port_key
from cortigate.boards.host.link import BAUD
from cortigate.boards.learn.opening import AUTO, is_port, open_device
from cortigate.boards.usb.identity import PRODUCT_ID, VENDOR_ID
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import Operation, Register, Space

from ..emulator import Emulator

TINY, PAL = preset("tiny"), preset("tiny-pal")


@pytest.fixture
def plugged(monkeypatch):
    """Says which ports the machine has: pseudo-terminals are not found by themselves."""
    def plug(*on_usb, others=()):
        infos = [*map(ListPortInfo, on_usb), *map(ListPortInfo, others)]
        for info in infos[:len(on_usb)]:
            info.vid, info.pid = 0x0403, 0x6010
        monkeypatch.setattr(list_ports, "comports", lambda: infos)

    return plug


@pytest.fixture
def silent():
    """A port behind which nobody answers."""
    near, far = os.openpty()
    tty.setraw(far)
    yield os.ttyname(far)
    os.close(near)
    os.close(far)


def test_a_boards_own_port_is_asked_at_one_rate(plugged, silent, monkeypatch):
    """Its numbers on USB say so; whatever the rate is called, it means nothing."""
    plugged(silent)
    (info,) = list_ports.comports()
    info.vid, info.pid = VENDOR_ID, PRODUCT_ID
    assert ask(silent).reason == "no cortigate board answers at 1000000 baud"
    with Emulator(TINY) as emulator:
        info.device = emulator.port
        assert only_board() == emulator.port
        monkeypatch.setattr(rates, "search", None)
        with open_device(AUTO, TINY) as board:
            assert board.link.baud == BAUD and known_rate(port_key(emulator.port)) is None


def test_what_may_be_a_board(plugged):
    plugged("COM3", "/dev/x10", "/dev/x9",
            others=("/dev/ttyS0", "/dev/ttyUSB7", "/dev/cu.usbmodem1", "COM1"))
    on_usb, others = ports()
    assert set(on_usb) == {"COM3", "/dev/x9", "/dev/x10", "/dev/ttyUSB7", "/dev/cu.usbmodem1"}
    assert on_usb.index("/dev/x9") < on_usb.index("/dev/x10")
    assert set(others) == {"COM1", "/dev/ttyS0"}


def test_a_board_says_what_it_is_and_whether_it_runs():
    with Emulator(TINY) as emulator:
        answer = ask(emulator.port)
        assert (answer.identity.digest, answer.running, answer.reason) == (TINY.digest, None, "")
        assert ask(emulator.port, state=True).running is False
        emulator.memory[Space.REGISTERS][4 * Register.STATUS] = 1
        assert ask(emulator.port, state=True).running is True
        assert {operation for operation, *_ in emulator.executed} == {Operation.READ}


def test_ports_without_a_board_say_why(silent, plugged):
    plugged()
    assert ask(silent).reason == "no cortigate board answers at 115200 or 1000000 baud"
    assert "there is no such port" in ask("/dev/nothing").reason
    with Emulator(TINY) as emulator:
        with serial.Serial(emulator.port, exclusive=True):
            assert ask(emulator.port).reason == (
                "does not open: another program uses it; end that one first")
        emulator.memory[Space.IDENTITY][2] = 99
        assert ask(emulator.port).reason.startswith("speaks version 99 of the protocol, this pro")
        emulator.memory[Space.IDENTITY][0] = 0
        assert ask(emulator.port).reason.startswith("the device does not identify itself")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every port")
def test_a_port_without_permission_says_so(silent):
    os.chmod(silent, 0)
    assert "permission denied; add yourself to its group" in ask(silent).reason


def test_the_only_board_is_taken_and_only_asked_what_it_is(plugged, silent):
    with Emulator(TINY) as emulator:
        plugged(silent, emulator.port, others=("/dev/ttyS0",))
        assert only_board() == emulator.port
        assert {entry[:2] for entry in emulator.executed} == {(Operation.READ, Space.IDENTITY)}
        with open_device(AUTO, TINY) as board:
            assert board.link.port == emulator.port


def test_no_board_is_one_error_that_lists_all_ports(plugged, silent):
    plugged()
    with pytest.raises(NoBoard, match="machine has no USB serial port: plug .* name its port$"):
        only_board()
    plugged(others=("/dev/ttyS0",))
    with pytest.raises(NoBoard, match="its port; not asked, since not on USB: /dev/ttyS0$"):
        only_board()
    with Emulator(TINY) as emulator, serial.Serial(emulator.port, exclusive=True):
        plugged(silent, emulator.port)
        with pytest.raises(NoBoard) as caught:
            only_board()
    said = str(caught.value)
    assert f"{silent} (no cortigate board answers at 115200 or 1000000 baud)" in said
    assert f"{emulator.port} (does not open: another program uses it" in said
    assert "\n" not in said


def test_several_boards_are_one_error_that_lists_them(plugged):
    with Emulator(TINY) as one, Emulator(PAL) as two:
        plugged(one.port, two.port)
        with pytest.raises(NoBoard, match="there are 2 boards, name the port of one: ") as caught:
            only_board()
        for emulator in (one, two):
            assert f"{emulator.port} (5-4-3-2 with 2 lanes" in str(caught.value)
            assert emulator.design.digest in str(caught.value)
        two.unplug()
        assert only_board() == one.port


@pytest.mark.parametrize("device, expected", [
    ("auto", True), ("/dev/ttyUSB1", True), ("COM3", True), ("com11", True),
    ("socket://host:1234", True), ("virtual", False), ("integer", False), ("abacus", False),
    (open_device, False), (None, False)])
def test_what_is_a_port(device, expected):
    assert is_port(device) is expected
