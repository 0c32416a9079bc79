"""A board's own USB port, from D+ and D- on: enumeration, CDC, errors on the bus, and learning."""

import random
import struct

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Const
from amaranth.lib.fifo import AsyncFIFO

from cortigate.boards.host.identify import read_identity
from cortigate.boards.usb import device, top
from cortigate.boards.usb.identity import MANUFACTURER, PRODUCT, PRODUCT_ID, VENDOR_ID
from cortigate.boards.usb.top import UsbTop
from cortigate.golden.spec import preset
from cortigate.sim.proof import differences
from cortigate.sim.usb.board import IO_HZ, UsbBoard, open_usb
from cortigate.sim.usb.host import CDC_CONTROL, INTERFACE, NotAnswered, Stalled
from cortigate.sim.usb.packets import Pid, data_packet, handshake, token

from .echo import Echo

TINY = preset("tiny").replace(sample_capacity=6)
TURN = 4 * 15  # quarters of a bit; hosts wait for 16 bit times and more


def quiet(text):
    """Nobody listens."""


def echo():
    """RTLIL of a board that echoes."""
    return rtlil.convert(UsbTop(Echo()), emit_src=False)


def echoing(text, **options):
    """A board that echoes."""
    return UsbBoard(TINY, text=text, announce=quiet, **options)


def there_and_back(host, data, *, waits=0):
    """Bytes as an echoing board gives them back, read after a pause in bit times."""
    for place in range(0, len(data), 64):
        for _ in range(2000):
            if host.give(host.data_out, data[place:place + 64]):
                break
    if waits:
        host.wire.wait(waits)
    found = b""
    for _ in range(400 + len(data)):
        found += host.take(host.data_in) or b""
        if len(found) >= len(data):
            break
    return found


def some(rng, count):
    """Bytes of a frame: none is zero but the last."""
    return bytes(rng.randrange(1, 256) for _ in range(count - 1)) + b"\0"


@pytest.fixture(scope="module")
def text():
    """RTLIL of a board that echoes, made once."""
    return echo()


@pytest.fixture
def host(text):
    """An enumerated board that echoes."""
    with echoing(text) as found:
        found.enumerate()
        yield found
        state = found.wire.state()
        assert state.clashes == 0 and state.turn <= TURN


def test_a_board_enumerates_as_a_serial_port(host):
    assert struct.unpack_from("<HH", host.device, 8) == (VENDOR_ID, PRODUCT_ID)
    assert host.device[4:8] == bytes([0xEF, 2, 1, 64])  # functions by association, 64-byte packets
    assert [host.text(number) for number in host.device[14:17]] == [MANUFACTURER, PRODUCT, ""]
    kinds = [one[5] for one in host.described() if one[1] == INTERFACE]
    assert kinds == [CDC_CONTROL, 10] and len(host.configuration) == host.configuration[2]
    assert host.control(0x80, 8, length=1) == b"\1"  # GET_CONFIGURATION
    host.address = 9
    with pytest.raises(NotAnswered):
        host.control(0x80, 8, length=1)


def test_requests_of_a_serial_port(host):
    host.open_port(921_600)
    assert host.line_coding() == (921_600, 0, 0, 8)
    host.control(0x21, 0x20, data=struct.pack("<IBBB", 115_200, 2, 1, 7))
    assert host.line_coding() == (115_200, 2, 1, 7)
    host.control(0x21, 0x22, 0)
    for kind, request in ((0xC0, 1), (0xA1, 0x55), (0x80, 0x33)):
        with pytest.raises(Stalled):
            host.control(kind, request, length=4)
    assert there_and_back(host, b"still here\0") == b"still here\0"


@pytest.mark.parametrize("options", [
    {}, {"sync_hz": 400_000, "io_hz": IO_HZ * 1.0016}, {"sync_hz": 199e6, "io_hz": IO_HZ * 0.998}])
def test_every_length_comes_back_at_any_clocks(options, text):
    rng = random.Random(3)
    with echoing(text, **options) as host:
        host.enumerate()
        for count in (1, 2, 63, 64, 65, 127, 128, 129, 600):
            data = some(rng, count)
            assert there_and_back(host, data, waits=8 * count) == data
        assert host.repeats == 0 and host.wire.state().clashes == 0
        # The slow engine takes bytes later than they come: the device tells the host to wait.
        assert (options.get("sync_hz", 1e9) < 1e7) == (host.naks > 100)


def test_errors_on_the_bus_neither_lose_nor_double_a_byte(host):
    rng = random.Random(4)
    right, last = host.packet, {"count": 0}

    def wrong(toggle, payload):
        """Every third packet has a wrong CRC."""
        last["count"] += 1
        return data_packet(toggle, payload, error=0x40 if last["count"] % 3 == 1 else 0)

    host.packet = wrong
    for count in (5, 64, 200):
        data = some(rng, count)
        assert there_and_back(host, data) == data
    assert host.repeats >= 2
    host.packet, repeats = right, host.repeats
    # The host's handshake is lost now and then: the device repeats, the host knows the toggle.
    acknowledge = host.acknowledge
    host.acknowledge = lambda: rng.random() < 0.5 and acknowledge()
    for count in (5, 64, 200):
        data = some(rng, count)
        assert there_and_back(host, data) == data
    del host.acknowledge
    # The device's handshake is lost: the host repeats, the device knows the toggle.
    data = some(rng, 20)
    packet = data_packet(host.toggles["out", host.data_out], data)
    out = token(Pid.OUT, host.address, host.data_out)
    assert host.wire.exchange(out, packet) == handshake(Pid.ACK)
    assert there_and_back(host, data) == data and not host.take(host.data_in)
    assert host.repeats == repeats


def test_what_is_not_for_the_board_is_not_answered(host):
    packet = data_packet(host.toggles.get(("out", host.data_out), 0), b"x\0")
    out = token(Pid.OUT, host.address, host.data_out)
    damaged = bytes([*out[:2], out[2] ^ 0x80])
    ones = data_packet(host.toggles.get(("out", host.data_out), 0), b"\xff\xff\0")
    for packets in ((token(Pid.OUT, host.address + 1, host.data_out), packet), (damaged, packet),
                    (out, f"~{ones.hex()}"), (token(Pid.SOF, 77, 0),)):
        assert host.wire.exchange(*packets) is None
        host.wire.wait(40)
    assert there_and_back(host, b"y\0") == b"y\0"


def test_a_host_that_stalls_loses_nothing(host):
    data = b"".join(some(random.Random(5), count) for count in (100, 250, 250))
    assert there_and_back(host, data, waits=30_000) == data


def test_a_new_host_begins_anew(host):
    """An odd number of packets each way, half a frame in the board: the next host sees nothing."""
    assert there_and_back(host, b"odd\0") == b"odd\0"
    host.give(host.data_out, b"half a frame")
    host.wire.wait(2000)
    host.enumerate(address=17)
    assert there_and_back(host, b"new\0")[-4:] == b"new\0"
    assert host.repeats == 0


class Leaky(AsyncFIFO):
    """Says to others that it has room, always."""

    inside = False

    @property
    def w_rdy(self):
        return self.full if self.inside else Const(1)

    @w_rdy.setter
    def w_rdy(self, signal):
        self.full = signal

    def elaborate(self, platform):
        self.inside = True
        return super().elaborate(platform)


class Credulous(device.USBStreamOutEndpoint):
    """Takes packets with a wrong CRC."""

    def elaborate(self, platform):
        m, interface = super().elaborate(platform), self.interface
        m.d.comb += [
            m.submodules.boundary_detector.invalid_in.eq(0),
            m.submodules.boundary_detector.complete_in.eq(
                interface.rx_complete | interface.rx_invalid)]
        return m


class SameToggle(device.USBStreamInEndpoint):
    """Always DATA0."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.interface.tx_pid_toggle.eq(0)
        return m


FAULTS = {
    "bytes are lost where the host stalls": (
        lambda patch: patch.setattr(top.fifo, "AsyncFIFO", Leaky),
        test_a_host_that_stalls_loses_nothing),
    "the data toggle stays": (
        lambda patch: patch.setattr(device, "USBStreamInEndpoint", SameToggle),
        test_a_host_that_stalls_loses_nothing),
    "the endpoints keep what the last host left": (
        lambda patch: patch.setattr(device, "ResetInserter", lambda control: lambda part: part),
        test_a_new_host_begins_anew),
    "the CRC of packets is not looked at": (
        lambda patch: patch.setattr(device, "USBStreamOutEndpoint", Credulous),
        test_errors_on_the_bus_neither_lose_nor_double_a_byte),
}


@pytest.mark.parametrize("fault", [
    pytest.param(name, marks=[] if number < 1 else [pytest.mark.campaign])
    for number, name in enumerate(FAULTS)])
def test_planted_faults_are_seen(fault, monkeypatch):
    plant, check = FAULTS[fault]
    plant(monkeypatch)
    with echoing(echo()) as host:
        host.enumerate()
        with pytest.raises((AssertionError, NotAnswered)):
            check(host)


def test_a_board_learns_over_usb_as_the_integer_model():
    """Identity, weights, samples, learning, predictions, all by the project's own driver."""
    process = UsbBoard(TINY, announce=quiet)
    with open_usb(process, TINY) as board:
        found = read_identity(board.link)
        assert (found.digest, found.clock_hz) == (TINY.digest, 87_500_000)
        texts, weights, predictions = differences(board, TINY, 6)
        assert texts == [] and weights > 40 and predictions == 6
        assert board.link.repeats == 0
    assert process.cycles > 100_000


def test_a_request_that_is_lost_in_the_queue_is_sent_again():
    process = UsbBoard(TINY, announce=quiet)
    with open_usb(process, TINY, timeout=0.3) as board:
        host = board.link._host
        host.give(host.data_out, b"\x09noise\0")
        give, lost = host.give, []

        def once(endpoint, payload, **options):
            if not lost:
                lost.append(payload)
                return True
            return give(endpoint, payload, **options)

        host.give = once
        assert read_identity(board.link).digest == TINY.digest
        assert lost and board.link.repeats == 1
