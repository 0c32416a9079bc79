"""A full-speed host: transactions with their repetitions, control transfers, enumeration, CDC."""

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from .packets import BrokenPacket, Pid, data_of, data_packet, handshake, pid_of, token

__all__ = ["UsbWire", "BusState", "NotAnswered", "Stalled", "UsbHost"]

ATTEMPTS = 3  # of a transaction until the device is given up (chapter 8.6.2 to 8.7)
NAKS = 20_000  # in a control transfer
GET_DESCRIPTOR, SET_ADDRESS, SET_CONFIGURATION = 6, 5, 9
SET_LINE_CODING, GET_LINE_CODING, SET_CONTROL_LINE_STATE = 0x20, 0x21, 0x22
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
CDC_CONTROL, CDC_DATA = 2, 10
SETTLE_BITS = 12 * 20  # 20 us, in which a board's own reset ends; hosts wait 100 ms
RESET_BITS = 12 * 60  # 60 us: a device must notice 2.5 us, hosts drive 10 ms


class Stalled(RuntimeError):
    """The device refuses a request."""


class NotAnswered(RuntimeError):
    """The device gives no answer that can be understood, however often it is asked."""


class BusState(NamedTuple):
    """State of a wire: `turn` is the longest wait for an answer, in quarters of a bit."""

    pullup: int
    busy: int
    cycles: int
    bits: int
    clashes: int
    turn: int


class UsbWire:
    """Carrier of packets: a process that obeys as `wire.h` says.

    Parameters
    ----------
    ask : callable
        ``ask(line)`` returns the answer to a command.
    """

    def __init__(self, ask):
        self._ask = ask

    def exchange(self, *packets):
        """Send packets, bytes or a text for `wire.h`, and return the answer; None: there is none.

        Raises
        ------
        BrokenPacket
            The answer is none.
        """
        said = self._ask(f"x {self._words(packets)}")
        if said.startswith("broken"):
            raise BrokenPacket(said)
        return None if said == "none" else bytes.fromhex(said)

    def tell(self, *packets):
        """Send packets that are not answered."""
        self._ask(f"t {self._words(packets)}")

    def reset(self, bits=RESET_BITS):
        """Both lines low for a number of bit times, then some at rest."""
        self._ask(f"r {bits}")
        self._ask("w 40")

    def wait(self, bits):
        """Nothing, for a number of bit times."""
        self._ask(f"w {bits}")

    def state(self):
        """`BusState`."""
        return BusState(*map(int, self._ask("s").split()))

    @staticmethod
    def _words(packets):
        return ",".join(one if isinstance(one, str) else one.hex() for one in packets)


@dataclass
class UsbHost:
    """The host of one device; what it finds is kept here.

    Parameters
    ----------
    wire : UsbWire

    Attributes
    ----------
    address : int
    device, configuration : bytes
        Descriptors.
    data_in, data_out : int
        Numbers of the bulk endpoints of the CDC data interface.
    naks, repeats : int
        Answers NAK so far; transactions that had to be repeated.
    """

    wire: UsbWire
    address: int = 0
    device: bytes = b""
    configuration: bytes = b""
    data_in: int = 0
    data_out: int = 0
    naks: int = 0
    repeats: int = 0
    toggles: dict = field(default_factory=dict)

    # ---- transactions ----------------------------------------------------------------------

    def give(self, endpoint, payload, *, pid=Pid.OUT):
        """One OUT or SETUP transaction: False if the device has no room yet (NAK).

        Raises
        ------
        Stalled, NotAnswered
        """
        toggle = self.toggles.get(("out", endpoint), 0)
        for attempt in range(ATTEMPTS):
            self.repeats += attempt > 0
            try:
                answer = self.wire.exchange(token(pid, self.address, endpoint),
                                            self.packet(toggle, payload))
                found = None if answer is None else pid_of(answer)
            except BrokenPacket:
                continue
            if found is Pid.ACK:
                self.toggles["out", endpoint] = not toggle
                return True
            if found is Pid.NAK:
                self.naks += 1
                return False
            if found is Pid.STALL:
                raise Stalled(f"endpoint {endpoint} stalls")
        raise NotAnswered(f"endpoint {endpoint} does not take {len(payload)} bytes")

    def packet(self, toggle, payload):
        """The data packet that is sent; tests make it wrong."""
        return data_packet(toggle, payload)

    def take(self, endpoint):
        """One IN transaction: bytes, or None if the device has nothing (NAK).

        What comes with the toggle of the last packet is a repetition, and is left out.

        Raises
        ------
        Stalled, NotAnswered
        """
        for attempt in range(ATTEMPTS):
            self.repeats += attempt > 0
            try:
                answer = self.wire.exchange(token(Pid.IN, self.address, endpoint))
                if answer is None:
                    continue
                found = pid_of(answer)
                if found is Pid.NAK:
                    self.naks += 1
                    return None
                if found is Pid.STALL:
                    raise Stalled(f"endpoint {endpoint} stalls")
                toggle, payload = data_of(answer)
            except BrokenPacket:
                continue
            self.acknowledge()
            expected = self.toggles.get(("in", endpoint), 0)
            if toggle != expected:
                return b""
            self.toggles["in", endpoint] = not toggle
            return payload
        raise NotAnswered(f"endpoint {endpoint} gives nothing that can be read")

    def acknowledge(self):
        """The host's ACK; tests lose it."""
        self.wire.tell(handshake(Pid.ACK))

    # ---- control transfers -----------------------------------------------------------------

    def control(self, kind, request, value=0, index=0, data=b"", length=0):
        """A control transfer: bytes of the answer (`length` at most), or b"" once `data` is taken.

        Raises
        ------
        Stalled, NotAnswered
        """
        setup = struct.pack("<BBHHH", kind, request, value, index, length or len(data))
        self.toggles["out", 0] = self.toggles["in", 0] = 0
        if not self.give(0, setup, pid=Pid.SETUP):
            raise NotAnswered("a SETUP is never answered with NAK")
        self.toggles["out", 0] = self.toggles["in", 0] = 1
        found = b""
        if length:
            while len(found) < length:
                found += (part := self._patiently(self.take, 0))
                if len(part) < 64:
                    break
            self.toggles["out", 0] = 1
            self._patiently(self.give, 0, b"")
            return found
        for place in range(0, len(data), 64):
            self._patiently(self.give, 0, data[place:place + 64])
        self.toggles["in", 0] = 1
        if self._patiently(self.take, 0) != b"":
            raise NotAnswered("a request must end with an empty packet")
        return b""

    def _patiently(self, transaction, *arguments):
        """Answer of a transaction, once it is not NAK."""
        for _ in range(NAKS):
            if (found := transaction(*arguments)) not in (None, False):
                return found
        raise NotAnswered("the device answers NAK for ever")

    # ---- enumeration -----------------------------------------------------------------------

    def enumerate(self, address=5):
        """Reset, descriptors, address, configuration: as hosts begin with a device.

        Raises
        ------
        NotAnswered
            It is not there, or has no CDC data interface.
        """
        self.wire.wait(SETTLE_BITS)
        if not self.wire.state().pullup:
            raise NotAnswered("no device pulls D+ up")
        self.wire.reset()
        self.address, self.toggles = 0, {}
        first = self.descriptor(DEVICE, length=8)
        self.wire.reset()
        self.toggles = {}
        self.control(0x00, SET_ADDRESS, address)
        self.address = address
        self.device = self.descriptor(DEVICE, length=first[0])
        total = struct.unpack_from("<H", self.descriptor(CONFIGURATION, length=9), 2)[0]
        self.configuration = self.descriptor(CONFIGURATION, length=total)
        self._find_endpoints()
        self.control(0x00, SET_CONFIGURATION, self.configuration[5])

    def descriptor(self, kind, number=0, length=255, language=0):
        """Bytes of a descriptor."""
        return self.control(0x80, GET_DESCRIPTOR, kind << 8 | number, language, length=length)

    def text(self, number):
        """String number `number` of the device; "" for 0, which is none."""
        if not number:
            return ""
        return self.descriptor(STRING, number, language=0x0409)[2:].decode("utf-16-le")

    def described(self):
        """Descriptors inside the configuration: list of bytes."""
        found, left = [], self.configuration
        while left:
            found.append(left[:left[0]])
            left = left[left[0]:]
        return found

    def _find_endpoints(self):
        inside = False
        for one in self.described():
            if one[1] == INTERFACE:
                inside = one[5] == CDC_DATA
            elif one[1] == ENDPOINT and inside and one[3] & 3 == 2:
                name = "data_in" if one[2] & 0x80 else "data_out"
                setattr(self, name, one[2] & 15)
        if not self.data_in or not self.data_out:
            raise NotAnswered("the device has no bulk endpoints of a CDC data interface")

    # ---- the serial port -------------------------------------------------------------------

    def open_port(self, baud):
        """Requests of drivers when a port is opened: line coding, control lines."""
        self.control(0x21, SET_LINE_CODING, data=struct.pack("<IBBB", baud, 0, 0, 8))
        self.control(0x21, SET_CONTROL_LINE_STATE, 3)

    def line_coding(self):
        """(Rate, stop bits, parity, data bits) that the device remembers."""
        return struct.unpack("<IBBB", self.control(0xA1, GET_LINE_CODING, length=7))
